# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What bones pushed in the last quick answer of a drag, taken on to the next one."""

import numpy as np

from .limits import TissueLimits
from .projection import Projected, with_surroundings

#: Pushes shorter than this are not taken on, mm.
LEAST_MM = 0.05
#: What is taken on of a push, where the last step had to push again,
AGAIN = 1.0
#: and where it had not.
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

    def __bool__(self) -> bool:
        return bool(len(self._rows))

    def on(self, way: np.ndarray, shape: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Displacements [V, 3] mm, and how far [V] mm each vertex is pushed as of ``Projected.pushed``.

        Args:
            way: [V, 3] mm of the skin before it is pushed, from the rest under its jaw.
            shape: [V, 3] mm, that skin.
        """
        length = np.linalg.norm(self._push, axis=1)
        out = np.einsum("nc,nc->n", way[self._rows] - self._way, self._push) / length
        share = self._kept * np.maximum(1 - out / length, 0.0)
        most = FARTHER_MM + np.linalg.norm((shape - self._before)[self._rows], axis=1)
        share = np.minimum(share, most / length)
        pushed = np.zeros(len(way))
        pushed[self._rows] = share * self._amount
        return with_surroundings(self._limits, self._rows, share[:, None] * self._push), pushed

    def keep(
        self, way: np.ndarray, shape: np.ndarray, done: Projected, again: np.ndarray
    ) -> None:
        """Remember how skin [V, 3] mm was pushed whose ``way`` [V, 3] mm is as of :meth:`on`.

        Args:
            way: [V, 3] mm.
            shape: [V, 3] mm, the skin before it was pushed.
            done: the skin as it was pushed, in all.
            again: [V] mm, what of that was pushed now.
        """
        push = done.points - shape
        rows = np.flatnonzero(done.pushed)
        rows = rows[np.einsum("vc,vc->v", push[rows], push[rows]) > LEAST_MM**2]
        self._rows, self._way, self._push = rows, way[rows], push[rows]
        self._amount = done.pushed[rows]
        self._kept = np.ones(len(rows))
        if self._fades:
            self._kept = np.where(again[rows] != 0, AGAIN, ENOUGH)
