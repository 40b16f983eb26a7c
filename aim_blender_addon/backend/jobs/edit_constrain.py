# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that brings a sculpted shape to the nearest valid one."""

from dataclasses import dataclass

import numpy as np

from ..progress import Progress
from .edited_face import EditedFace, RigState, initial_state, prepared
from .wire import Request


@dataclass(frozen=True)
class EditConstrainRequest(Request):
    """Bring a freely sculpted shape to the nearest valid one; prepares the face if need be.

    Attributes:
        face: that was sculpted on.
        initial: what its rig shows without the sculpt.
        sculpted: [V, 3] mm, what its shape keys show with it.
        strength, volume_share, solve_jaw: see ``editing.session.constrain_key``.
        own: which expression of the model was sculpted on, or -1. It counts as the model has it: only what was
            changed of it is a sculpt.
        mask: [V] in [0, 1], or None.
    """

    face: EditedFace
    initial: RigState
    sculpted: np.ndarray
    strength: float
    volume_share: float
    solve_jaw: bool
    own: int = -1
    mask: np.ndarray | None = None


@dataclass(frozen=True)
class EditConstrainResult:
    """A valid shape.

    Attributes:
        shape: [V, 3] float32 mm, before the jaw moves it.
        jaw: [4, 4] mm.
        moved_mean_mm, moved_max_mm: how far the sculpt was moved.
        volume_change: of the soft tissue, as a share.
        kept: share of the sculpt that was kept for the volume's sake.
    """

    shape: np.ndarray
    jaw: np.ndarray
    moved_mean_mm: float
    moved_max_mm: float
    volume_change: float
    kept: float


def run(request: EditConstrainRequest, progress: Progress) -> EditConstrainResult:
    """Constrain the sculpt.

    Raises:
        EditError: the skin does not fit the model.
    """
    from ..editing.session import constrain_key, with_expression

    ready = prepared(request.face, progress)
    progress("Constraining the sculpt", 0.95, {})
    shape = request.initial.shape
    if request.own >= 0:
        shape = with_expression(ready.face, shape, request.own)
    done, found, pose = constrain_key(
        ready.face,
        initial_state(ready, request.initial, shape),
        request.sculpted,
        request.strength,
        request.mask,
        request.volume_share,
        request.solve_jaw,
    )
    return EditConstrainResult(
        found,
        pose,
        float(done.moved_mm.mean()),
        float(done.moved_mm.max()),
        done.volume_change,
        done.kept,
    )
