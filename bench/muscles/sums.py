# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nine sums of an actor's expressions that were never scanned together: volume kept, flesh turned inside out.

Beside the simulation stands the flesh under the plain sum of shapes: at rest with its skin pinned to that sum. What a
user sees is told by flesh pinned to the skin that is shown.
A region is the flesh nearest to a landmark, within 25 mm. How it looks is told by ``lips``: how far the lips' rims are
off the plain sum, and how much the skin bends across its edges otherwise than the plain sum.

    python -m bench.muscles.sums MODEL.safetensors FLESH.safetensors
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.io.model_file import read_whole, stored_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.even_skin import EvenSkin
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.pinning import pinned_to_skin, skin_pull
from aim_blender_addon.backend.muscles.regions import Regions

from .lips import LipFigures

#: A pose is at rest where nothing is farther from the answer than this, mm: volumes tell no more.
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
    survey = FaceSurvey(model.neutral)
    regions, lips = (
        Regions.find(flesh, survey.landmarks),
        LipFigures.of(model.neutral, survey, flesh),
    )
    drive, solver = Drive(flesh), Equilibrium(flesh.elastic, flesh.blocks, shown=flesh.skin_places)
    pinned, even = pinned_to_skin(flesh), EvenSkin(model, drive)
    yield (
        "| sum | shapes: worst region | inverted | muscles: worst region | inverted | shown: worst region "
        "| rims off, mm | creased, degrees | steps | converged |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    ours, theirs, looks = [], [], []
    for name, total in SUMS.items():
        weights, jaw = pose_of(model, total)
        tensors = torch.as_tensor(weights), torch.as_tensor(jaw)
        start = drive.passive(tensors[1]).numpy()
        solved = solver.newton(start, drive.pull(*tensors).numpy(), CLOSE_MM)
        strain = solver.strain(solved.free)
        pose = model.joint.pose(jaw)
        skin = model.skin(weights.astype(np.float32), pose)
        pull = skin_pull(flesh, skin, pose)
        plain = pinned.strain(pinned.newton(start, pull, CLOSE_MM).free)
        shown = even.whole(solved.free, weights, jaw)
        look = pinned.newton(solved.free, skin_pull(flesh, shown, pose), CLOSE_MM)
        seen, seen_change = regions.worst(pinned.strain(look.free))
        region, change = regions.worst(strain)
        other, theirs_change = regions.worst(plain)
        ours.append(abs(change))
        theirs.append(abs(theirs_change))
        looks.append(abs(seen_change))
        yield (
            f"| {name} | {other} {theirs_change:+.1%} | {(plain.volume <= 0).sum()} "
            f"| {region} {change:+.1%} | {(strain.volume <= 0).sum()} | {seen} {seen_change:+.1%} "
            f"| {lips.held(shown, skin):.2f} | {lips.creased(shown, skin):.1f} "
            f"| {solved.steps} | {solved.converged} |"
        )
    yield (
        f"| mean | {np.mean(theirs):.1%} | | {np.mean(ours):.1%} | | {np.mean(looks):.1%} | | | | |"
    )


def main() -> None:
    """Print the table."""
    model = stored_model(Path(sys.argv[1])).read()
    flesh = flesh_from_bytes(read_whole(Path(sys.argv[2])), sys.argv[2], model)
    for row in sums(flesh, model):
        sys.stdout.write(row + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
