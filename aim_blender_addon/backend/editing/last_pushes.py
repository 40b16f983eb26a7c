# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What bones pushed in the last quick answer of a drag, taken on to the next one."""

import numpy as np

from .limits import TissueLimits
from .projection import Projected
from .surroundings import with_surroundings

#: Pushes shorter than this are not taken on, mm.
LEAST_MM = 0.05
#: What is taken on of a push where the last step did not have to push again.
ENOUGH = 0.8
#: Pushes are no longer than the way from where the drag began and this, mm.
FARTHER_MM = 0.25


class LastPushes:
    """The pushes of one step of the mouse, from which the next step starts.

    A vertex that was pushed stays in the plane that it was pushed to: it slides along, and is pushed less where its
    own way leads out. Its surroundings go along as they do with any push. A mouse that goes back gets all of it back.

    Args:
        limits: of the face.
        before: [V, 3] mm, skin that keeps them, which the drag started from.
        fades: whether pushes fade from step to step, so that what is not asked for any more goes.
    """

    def __init__(self, limits: TissueLimits, before: np.ndarray, fades: bool = True):
        self._limits, self._before, self._fades = limits, before, fades
        self._rows = np.zeros(0, int)
        self._way = self._push = np.zeros((0, 3))
        self._amount = np.zeros(0)
        self._kept = np.zeros(0)

    def on(self, shape: np.ndarray, safe: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Displacements [V, 3] mm, and how far [V] mm each vertex is pushed as of ``Projected.pushed``.

        Args:
            shape: [V, 3] mm, skin before it is pushed.
            safe: [V, 3] mm, the rest under its jaw.
        """
        pushed = np.zeros(len(shape))
        if not len(self._rows):
            return np.zeros_like(shape), pushed
        rows, length = self._rows, np.linalg.norm(self._push, axis=1)
        out = np.einsum("nc,nc->n", (shape - safe)[rows] - self._way, self._push) / length
        most = FARTHER_MM + np.linalg.norm((shape - self._before)[rows], axis=1)
        share = self._kept * np.minimum(np.maximum(1 - out / length, 0.0), most / length)
        pushed[rows] = share * self._amount
        return with_surroundings(self._limits, rows, share[:, None] * self._push), pushed

    def keep(self, shape: np.ndarray, safe: np.ndarray, done: Projected, again: np.ndarray) -> None:
        """Remember how skin was pushed.

        Args:
            shape: [V, 3] mm, the skin before it was pushed.
            safe: [V, 3] mm, the rest under its jaw.
            done: the skin as it was pushed, in all.
            again: [V] mm, what of that was pushed now.
        """
        push = done.points - shape
        rows = np.flatnonzero(done.pushed)
        rows = rows[np.einsum("nc,nc->n", push[rows], push[rows]) > LEAST_MM**2]
        self._rows, self._way, self._push = rows, (shape - safe)[rows], push[rows]
        self._amount = done.pushed[rows]
        self._kept = np.ones(len(rows))
        if self._fades:
            self._kept = np.where(again[rows] != 0, 1.0, ENOUGH)
