# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A take without its eyes: what turns with an eye is no skin, and is not solved as such (numpy only)."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..io.takes import DENSE, Take
from .look import SeenEye


def eye_vertices(eyes: Sequence[SeenEye]) -> np.ndarray:
    """[N] the vertices of a dense take that turn with eyes."""
    return np.unique(np.concatenate([np.zeros(0, np.int64), *(eye.vertices for eye in eyes)]))


def without_eyes(take: Take, eyes: Sequence[SeenEye]) -> Take:
    """The take with vertices of eyes unseen, or without the points on pupils."""
    if take.kind == DENSE:
        vertices = eye_vertices(eyes)
        return replace(take, frames=_Unseen(take.frames, vertices)) if len(vertices) else take
    pupils = np.concatenate([np.zeros(0, np.int64), *(eye.points for eye in eyes)])
    if not len(pupils):
        return take
    kept = np.setdiff1d(np.arange(_points(take)), pupils)

    def picked(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else np.asarray(values)[kept]

    return replace(
        take,
        frames=_Kept(take.frames, kept, -2),
        weights=None if take.weights is None else _Kept(take.weights, kept, -1),
        vertex_indices=picked(take.vertex_indices),
        corners=picked(take.corners),
        barycentric=picked(take.barycentric),
        offsets=picked(take.offsets),
    )


def eyes_stamp(eyes: Sequence[SeenEye]) -> str:
    """What tells eyes from others, so that frames of a solve without them are not gone on with."""
    hashed = hashlib.sha256()
    for eye in eyes:
        hashed.update(eye.side.encode())
        ball = eye.ball and [*eye.ball.centre, eye.ball.radius, eye.ball.error_mm]
        for values in (ball or [], eye.axes, eye.vertices, eye.points):
            hashed.update(np.asarray(values, np.float64).tobytes())
    return hashed.hexdigest()[:16]


def _points(take: Take) -> int:
    return len(take.vertex_indices if take.vertex_indices is not None else take.corners)


class _Unseen:
    """Frames [V, 3] by number, some of their vertices unseen."""

    def __init__(self, frames: Sequence[np.ndarray], vertices: np.ndarray) -> None:
        self._frames, self._vertices = frames, vertices

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, number: int) -> np.ndarray:
        frame = np.array(self._frames[number], np.float64)
        frame[self._vertices] = np.nan
        return frame


class _Kept:
    """Frames by number, some of their points left out along an axis."""

    def __init__(self, frames: Sequence[np.ndarray], kept: np.ndarray, axis: int) -> None:
        self._frames, self._kept, self._axis = frames, kept, axis

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, number: int) -> np.ndarray:
        return np.take(np.asarray(self._frames[number]), self._kept, axis=self._axis)
