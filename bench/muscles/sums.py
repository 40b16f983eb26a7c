# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nine sums of an actor's expressions that were never scanned together: volume kept, flesh turned inside out.

Beside the simulation stands the flesh under the plain sum of shapes: at rest with its skin pinned to that sum.
A region is the flesh nearest to a landmark, within 25 mm.
"""

import numpy as np
import torch

from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.regions import Regions
from aim_blender_addon.backend.muscles.tracks import pinned_to_skin, skin_pull

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


def sums(flesh: Flesh, model: AimModel) -> list[str]:
    """Rows of the table."""
    regions = Regions.find(flesh, FaceSurvey(model.neutral).landmarks)
    drive, solver = Drive(flesh), Equilibrium(flesh.elastic, flesh.blocks)
    pinned = pinned_to_skin(flesh)
    rows = [
        "| sum | shapes: worst region | inverted | muscles: worst region | inverted | steps | converged |",
        "|---|---|---|---|---|---|---|",
    ]
    ours, theirs = [], []
    for name, total in SUMS.items():
        weights, jaw = pose_of(model, total)
        tensors = torch.as_tensor(weights), torch.as_tensor(jaw)
        start = drive.passive(tensors[1]).numpy()
        solved = solver.newton(start, drive.pull(*tensors).numpy())
        strain = solver.strain(solved.free)
        pose = model.joint.pose(jaw)
        skin = model.skin(weights.astype(np.float32), pose)
        pull = skin_pull(flesh, skin, pose)
        plain = pinned.strain(pinned.newton(start, pull).free)
        region, change = regions.worst(strain)
        other, theirs_change = regions.worst(plain)
        ours.append(abs(change))
        theirs.append(abs(theirs_change))
        rows.append(
            f"| {name} | {other} {theirs_change:+.1%} | {(plain.volume <= 0).sum()} "
            f"| {region} {change:+.1%} | {(strain.volume <= 0).sum()} | {solved.steps} | {solved.converged} |"
        )
    rows.append(f"| mean | {np.mean(theirs):.1%} | | {np.mean(ours):.1%} | | | |")
    return rows
