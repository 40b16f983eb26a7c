# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Muscle tracks from the actor's own expressions: where each takes the flesh, by a morph between skin and bone.

First the flesh is solved under the jaw's opening alone (see ``opening``). Then each scan's skin is pinned, its jaw set,
and one linear solve about that flesh tells where the inside goes ([Cong2016], [Bao2019]).
What the simulated skin still lacks to the scan is kept as a residual.
"""

from dataclasses import replace

import numpy as np
import torch

from ..geometry.skinning import undo_jaw
from ..model.aim import AimModel
from ..progress import Progress, section, silent
from .drive import Drive
from .equilibrium import Equilibrium
from .flesh import Flesh, Tracks
from .kept_volume import KeptVolume
from .opening import Opened, open_jaw
from .pinning import pinned_to_skin, skin_pull


def make_tracks(flesh: Flesh, model: AimModel, progress: Progress = silent) -> Flesh:
    """The flesh with its tracks and residuals."""
    opened = open_jaw(flesh, model, section(progress, 0.0, 0.4))
    count = len(model.expression_names)
    tracks = Tracks(opened.openings, opened.flesh, np.zeros((count, *flesh.rest.shape)))
    flesh = flesh.with_tracks(tracks)
    flesh = flesh.with_tracks(replace(tracks, lacking=_lacking(flesh, opened, progress)))
    flesh = flesh.with_tracks(replace(flesh.tracks, moves=_moves(flesh, model, progress)))
    residual, volume = _in_scans(flesh, model, progress)
    return replace(flesh, residual=residual, scan_volume=volume)


def _lacking(flesh: Flesh, opened: Opened, progress: Progress) -> np.ndarray:
    """[A, S, 3] what the simulated skin lacks to that under the jaw alone, the jaw's turn undone."""
    drive, solver = Drive(flesh), Equilibrium(flesh.elastic, flesh.blocks)
    still, found = np.zeros(len(flesh.expression_names)), []
    for number, opening in enumerate(opened.openings):
        progress("simulating the open jaw", 0.4 + 0.1 * number / len(opened.openings), {})
        jaw = np.array([opening, 0.0, 0.0, 0.0])
        solved = solver.newton(opened.flesh[number], drive.pull_of(still, jaw))
        lacking = opened.skin[number] - flesh.skin_places @ solved.free
        found.append(undo_turn(lacking, flesh.joint.pose(jaw), flesh.skin_jaw_share))
    return np.stack(found)


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


def _in_scans(flesh: Flesh, model: AimModel, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    """[E, S, 3] scan less simulated scan, the jaw's turn undone; [E, S] mm^3 of volume below the skin of each scan."""
    drive, solver = Drive(flesh), Equilibrium(flesh.elastic, flesh.blocks)
    volume = KeptVolume(flesh, model)
    count = len(model.expression_names)
    found, gained = [], []
    for number in range(count):
        progress("simulating the scans", 0.8 + 0.2 * number / count, {})
        pose = model.jaw_poses[number]
        weights = torch.zeros(count, dtype=torch.float64)
        weights[number] = 1.0
        jaw = torch.as_tensor(flesh.joint.parameters(pose))
        solved = solver.newton(drive.passive(jaw).numpy(), drive.pull(weights, jaw).numpy())
        skin, carried = model.scan(number)[flesh.skin], flesh.skin_places @ solved.free
        lacking = undo_turn(skin - carried, pose, flesh.skin_jaw_share)
        found.append(lacking - drive.lacking(jaw).numpy())
        gained.append(volume.gained(solved.free, carried, skin))
    return np.stack(found), np.stack(gained)


def undo_turn(ways: np.ndarray, jaw: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Directions [N, 3] as they were before a jaw pose [4, 4] turned them by shares [N]."""
    turn = np.eye(4)
    turn[:3, :3] = jaw[:3, :3]
    return undo_jaw(ways, turn, share)
