# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nine sums of an actor's expressions that were never scanned together: ``python -m bench.muscles.sums MODEL FLESH``.

Volume kept, flesh turned inside out. Beside the simulation stands the flesh under the plain sum of shapes: at rest
with its skin pinned to that sum. A region is the flesh nearest to a landmark, within 25 mm. Prints rows of a table, one
as soon as it is known.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.regions import Regions
from aim_blender_addon.backend.muscles.tracks import pinned_to_skin, skin_pull

#: A pose is at rest where no skin is farther from the answer than this, mm: volumes tell no more.
CLOSE_MM = 0.01
#: Sums: expressions at their weights, and the scan whose jaw is taken, by a share.
SUMS = {
    "open + smile + pucker": (
        {"mouth_stretch": 1, "smile": 1, "lip_puckerer": 1},
        "mouth_stretch",
        1.0,
    ),
    "jaw alone": ({}, "mouth_stretch", 1.0),
    "smile + pucker": ({"smile": 1, "lip_puckerer": 1}, "", 0.0),
    "smile + funnel": ({"smile": 1, "lip_funneler": 1}, "lip_funneler", 1.0),
    "cheek puff + smile": ({"cheek_blowing": 1, "smile": 1}, "", 0.0),
    "half open + chin raiser": ({"mouth_stretch": 0.5, "chin_raiser": 1}, "mouth_stretch", 0.5),
    "lip roll + pucker": ({"lip_roll": 1, "lip_puckerer": 1}, "", 0.0),
    "grin + sadness": ({"grin": 1, "sadness": 1}, "", 0.0),
    "anger + smile + dimpler": ({"anger": 1, "smile": 1, "dimpler": 1}, "", 0.0),
}


def pose_of(model: AimModel, total: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Weights [E] and jaw parameters [4] of one of the sums."""
    values, scan, share = total
    weights = np.array([float(values.get(name, 0.0)) for name in model.expression_names])
    jaw = np.zeros(4)
    if scan:
        jaw = share * model.joint.parameters(model.jaw_poses[model.expression_names.index(scan)])
    return weights, jaw


def sums(flesh: Flesh, model: AimModel) -> Iterator[str]:
    """Rows of the table, one by one."""
    regions = Regions.find(flesh, FaceSurvey(model.neutral).landmarks)
    drive = Drive(flesh)
    solver = Equilibrium(flesh.elastic, flesh.blocks, shown=flesh.skin_places)
    pinned = pinned_to_skin(flesh)
    yield "| sum | shapes: worst region | inverted | muscles: worst region | inverted | steps | converged |"
    yield "|---|---|---|---|---|---|---|"
    ours, theirs = [], []
    for name, total in SUMS.items():
        weights, jaw = pose_of(model, total)
        start = drive.passive(torch.as_tensor(jaw)).numpy()
        solved = solver.newton(start, drive.pull_of(weights, jaw), CLOSE_MM)
        strain = solver.strain(solved.free)
        pose = model.joint.pose(jaw)
        skin = model.skin(weights.astype(np.float32), pose)
        plain = pinned.strain(pinned.newton(start, skin_pull(flesh, skin, pose), CLOSE_MM).free)
        region, change = regions.worst(strain)
        other, theirs_change = regions.worst(plain)
        ours.append(abs(change))
        theirs.append(abs(theirs_change))
        yield (
            f"| {name} | {other} {theirs_change:+.1%} | {(plain.volume <= 0).sum()} "
            f"| {region} {change:+.1%} | {(strain.volume <= 0).sum()} | {solved.steps} | {solved.converged} |"
        )
    yield f"| mean | {np.mean(theirs):.1%} | | {np.mean(ours):.1%} | | | |"


def main() -> None:
    """Read, solve and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("flesh", type=Path)
    options = parser.parse_args()
    model = read_model(options.model)
    flesh = flesh_from_bytes(options.flesh.read_bytes(), options.flesh.name, model)
    for row in sums(flesh, model):
        sys.stdout.write(row + "\n")
        sys.stdout.flush()
    sys.stdout.write(f"load {os.getloadavg()[0]:.1f}\n")


if __name__ == "__main__":
    main()
