# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slopes through contact beside central differences: ``python -m bench.muscles.contact_slopes MODEL FLESH``.

The pose is lips rolled over the teeth and puckered. A row a column and a step: the largest and the 99th percentile of
the differences over the skin, beside the column's largest slope.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.settle import pose_slopes
from aim_blender_addon.backend.muscles.touch_make import make_touching

from .sums import SUMS, pose_of

#: The pose, and steps of the differences (radians and mm for the jaw).
SUM, STEPS = "lip roll + pucker", (1e-6, 1e-5, 1e-4)


def main() -> None:
    """Print the table."""
    model = read_model(Path(sys.argv[1]))
    flesh = flesh_from_bytes(Path(sys.argv[2]).read_bytes(), sys.argv[2], model)
    drive, touching = Drive(flesh), make_touching(flesh, model)
    solver = Equilibrium(flesh.elastic, flesh.blocks, couples=touching.couples)
    weights, jaw = pose_of(model, SUMS[SUM])
    count, pose = len(weights), np.concatenate([weights, jaw])

    def solve(at: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        parts = torch.as_tensor(at[:count]), torch.as_tensor(at[count:])
        offset = touching.offset(*parts).numpy()
        solver.touch = touching.posed(offset, model.joint.pose(at[count:]), solver.touch)
        solved = solver.newton(start, drive.pull_of(at[:count], at[count:]))
        return solved.free, solver.touch.shown(solved.free)[touching.rows_of_flesh]

    free, _ = solve(pose, drive.passive(torch.as_tensor(jaw)).numpy())
    free, _ = solve(pose, free)
    slopes = pose_slopes(drive, solver, free, weights, jaw).skin
    lines = ["| column | step | 99 % of the skin | largest |", "|---|---|---|---|"]
    sys.stdout.write("\n".join(lines) + "\n")
    on = [int(k) for k in np.argsort(-weights)[:2]]
    names = [*model.expression_names, "jaw opening", "jaw forward", "jaw side", "jaw shift"]
    for number in (*on, count, count + 1):
        size = np.linalg.norm(slopes[:, :, number], axis=1).max()
        for step in STEPS:
            ends = []
            for sign in (-1, 1):
                at = pose.copy()
                at[number] += sign * step
                ends.append(solve(at, free)[1])
            off = np.linalg.norm((ends[1] - ends[0]) / (2 * step) - slopes[:, :, number], axis=1)
            cells = np.percentile(off, 99) / size, off.max() / size
            cells = " | ".join(f"{cell:.1e}" for cell in cells)
            sys.stdout.write(f"| {names[number]} | {step:.0e} | {cells} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
