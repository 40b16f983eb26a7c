# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Muscle tracks from the actor's own expressions: where each takes the flesh, by a morph between skin and bone.

First the passive flesh is solved under the jaw's opening alone. Then each scan's skin is pinned, its jaw set, and one
linear solve about the passive flesh tells where the inside goes ([Cong2016], [Bao2019]).
What the simulated skin still lacks to the scan is kept as a residual.
"""

import numpy as np
import torch

from ..geometry.skinning import skin_with_jaw, undo_jaw
from ..model.aim import AimModel
from ..progress import Progress, silent
from .drive import Drive
from .equilibrium import Equilibrium
from .flesh import Flesh, Tracks
from .springs import spring_blocks

#: Between the openings at which the passive flesh is solved, degrees; and how far beyond the widest scan.
STEP_DEGREES, BEYOND_DEGREES = 6.0, 6.0
#: Springs that pin the skin to a scan, N/mm each.
PINNED = 20.0


def make_tracks(flesh: Flesh, model: AimModel, progress: Progress = silent) -> Flesh:
    """The flesh with its tracks and residuals."""
    openings, passive = _passive(flesh, model, progress)
    count = len(model.expression_names)
    empty = np.zeros((count, *flesh.rest.shape))
    flesh = flesh.with_tracks(Tracks(openings, passive, empty))
    flesh = flesh.with_tracks(Tracks(openings, passive, _moves(flesh, model, progress)))
    return flesh.with_tracks(flesh.tracks, _residual(flesh, model, progress))


def _passive(flesh: Flesh, model: AimModel, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    """Openings [A] and the flesh [A, F, 3] under each, with nothing but bones and border."""
    joint = flesh.joint
    widest = max((joint.parameters(pose)[0] for pose in model.jaw_poses), default=0.0)
    step = np.radians(STEP_DEGREES)
    openings = np.arange(0.0, max(widest, step) + np.radians(BEYOND_DEGREES) + step / 2, step)
    # A jaw that closes farther than at rest goes on as the first piece does.
    blocks = flesh.holds["skull"] + flesh.holds["jaw"] + flesh.holds["border"]
    solver = Equilibrium(flesh.elastic, blocks)
    border = flesh.hold_matrices["border"]
    found = [flesh.rest]
    for number, opening in enumerate(openings[1:], 1):
        progress("opening the jaw", number / len(openings) * 0.5, {})
        pose = joint.pose([opening, 0.0, 0.0, 0.0])
        pull = flesh.bone_pull(pose) + border @ skin_with_jaw(flesh.rest, pose, flesh.jaw_share)
        found.append(solver.newton(found[-1], pull).free)
    return openings, np.stack(found)


def _moves(flesh: Flesh, model: AimModel, progress: Progress) -> np.ndarray:
    """[E, F, 3] what each scan adds to the passive flesh, the jaw's turn undone."""
    pinned, drive = pinned_to_skin(flesh), Drive(flesh)
    moves = []
    for number in range(len(model.expression_names)):
        progress(
            "carrying expressions into the flesh", 0.5 + 0.3 * number / len(model.jaw_poses), {}
        )
        pose = model.jaw_poses[number]
        jaw = torch.as_tensor(flesh.joint.parameters(pose))
        start = drive.passive(jaw).numpy()
        pinned.take_apart(start, held=1.0)
        force = skin_pull(flesh, model.scan(number), pose) - pinned.springs @ start
        moved = pinned.factor.solve(force.ravel()).reshape(-1, 3)
        moves.append(undo_turn(moved, pose, flesh.jaw_share))
    return np.stack(moves)


def _residual(flesh: Flesh, model: AimModel, progress: Progress) -> np.ndarray:
    """[E, S, 3] scan less simulated scan, the jaw's turn undone."""
    drive, solver = Drive(flesh), Equilibrium(flesh.elastic, flesh.blocks)
    count = len(model.expression_names)
    found = []
    for number in range(count):
        progress("simulating the scans", 0.8 + 0.2 * number / count, {})
        pose = model.jaw_poses[number]
        weights = torch.zeros(count, dtype=torch.float64)
        weights[number] = 1.0
        jaw = torch.as_tensor(flesh.joint.parameters(pose))
        solved = solver.newton(drive.passive(jaw).numpy(), drive.pull(weights, jaw).numpy())
        lacking = model.scan(number)[flesh.skin] - flesh.skin_places @ solved.free
        found.append(undo_turn(lacking, pose, flesh.skin_jaw_share))
    return np.stack(found)


def pinned_to_skin(flesh: Flesh) -> Equilibrium:
    """The flesh held by its bones, with its skin pinned; see :func:`skin_pull`."""
    pins = spring_blocks(
        len(flesh.lattice.cubes),
        flesh.skin_cube,
        flesh.skin_shares,
        np.full(len(flesh.skin), PINNED),
    )
    return Equilibrium(flesh.elastic, pins + flesh.holds["skull"] + flesh.holds["jaw"])


def skin_pull(flesh: Flesh, skin: np.ndarray, jaw: np.ndarray) -> np.ndarray:
    """[F, 3] N of bones in a jaw pose [4, 4] and of pins at a whole skin [V, 3] mm."""
    return PINNED * (flesh.skin_places.T @ skin[flesh.skin].astype(float)) + flesh.bone_pull(jaw)


def undo_turn(ways: np.ndarray, jaw: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Directions [N, 3] as they were before a jaw pose [4, 4] turned them by shares [N]."""
    turn = np.eye(4)
    turn[:3, :3] = jaw[:3, :3]
    return undo_jaw(ways, turn, share)
