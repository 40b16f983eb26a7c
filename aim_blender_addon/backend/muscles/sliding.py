# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin under a jaw that goes forward or to a side: what it lacks to the skin that the model has learned.

Opening has a base of its own (see ``opening``). The jaw's other ways move flesh far less, and it follows by its share
of the jaw. But lips that slide along each other share cubes at the corners of the mouth, so that skin there creases.
What it lacks is found with the jaw shut, at both limits of each way. It grows nearly evenly on the way there, and it
changes little as the jaw opens, so each way adds its own.
"""

from dataclasses import replace

import numpy as np
import torch

from ..model.aim import AimModel
from ..progress import Progress, silent
from .drive import Drive
from .equilibrium import Equilibrium
from .flesh import Flesh
from .tracks import undo_turn

#: What is left of a search, mm.
CLOSE_MM = 0.01


def slide_jaw(flesh: Flesh, model: AimModel, progress: Progress = silent) -> Flesh:
    """Flesh with tracks, whose skin also follows a jaw that goes forward, to a side, and shifts.

    Residuals leave out what this adds, so that scans are met as before.
    """
    drive = Drive(flesh)
    solver = Equilibrium(flesh.elastic, flesh.blocks, shown=flesh.skin_places)
    still = np.zeros(len(flesh.expression_names))

    def carried(jaw: np.ndarray) -> np.ndarray:
        solved = solver.newton(drive.passive_of(jaw), drive.pull_of(still, jaw), CLOSE_MM)
        return flesh.skin_places @ solved.free

    def lacks(jaw: np.ndarray) -> np.ndarray:
        learned = model.skin(still.astype(np.float32), flesh.joint.pose(jaw))[flesh.skin]
        missed = undo_turn(learned - carried(jaw), flesh.joint.pose(jaw), flesh.skin_jaw_share)
        return missed - drive.lacking(torch.as_tensor(jaw)).numpy()

    sides = at_limits(flesh)
    ways = np.zeros((*sides.shape[:2], len(flesh.skin), 3))
    for number, (way, end) in enumerate(np.ndindex(*sides.shape[:2])):
        progress("sliding the jaw", number / sides[..., 0].size, {})
        ways[way, end] = lacks(sides[way, end])
    slid = flesh.with_tracks(replace(flesh.tracks, ways=ways), flesh.residual)
    return replace(slid, residual=flesh.residual - _in_scans(slid, drive, model))


def at_limits(flesh: Flesh) -> np.ndarray:
    """[3, 2, 4] jaw parameters: forward, side and shift, each at its lower and upper limit alone."""
    found = np.zeros((3, 2, 4))
    for end, limits in enumerate(flesh.joint.limits.bounds()):
        found[range(3), end, range(1, 4)] = limits[1:]
    return found


def _in_scans(slid: Flesh, before: Drive, model: AimModel) -> np.ndarray:
    """[E, S, 3] mm that the skin of each scan's jaw has got, the jaw's turn undone."""
    after, found = Drive(slid), []
    for pose in model.jaw_poses:
        jaw = torch.as_tensor(slid.joint.parameters(pose))
        found.append((after.lacking(jaw) - before.lacking(jaw)).numpy())
    return np.stack(found)
