# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the distances between skin and bone from looks before; it spares looking again."""

import numpy as np

from ..contact.over_bone import KnownRoom
from ..geometry.rigid import undo_rigid


class KnownSlack:
    """Where distances were measured last, and how far skin may move from there and keep its limits for certain.

    A distance changes by no more than a point moves: in the head for the skull, and in the jaw for the jaw. What is
    known spares measuring, and changes no result.

    Args:
        points: [V, 3] mm, skin.
        jaw: [4, 4] its jaw.
        slack: [V] mm as of :meth:`.limits.TissueLimits.slack`; below zero where skin may be outside its limits.
        touching: the same of skin that touches bones, measured by the bones themselves.
    """

    def __init__(
        self,
        points: np.ndarray,
        jaw: np.ndarray,
        slack: np.ndarray,
        touching: "KnownSlack | None" = None,
    ):
        self._points, self._in_jaw = points.copy(), undo_rigid(points, jaw)
        self._squared = np.where(slack < 0, -1.0, slack**2)
        self._bone_distance = np.full((len(points), 2), np.nan)
        self.touching = touching
        self.over: KnownRoom | None = None
        self.rough: KnownRoom | None = None

    @classmethod
    def nothing(cls, points: np.ndarray, jaw: np.ndarray) -> "KnownSlack":
        """Nothing is known of skin [V, 3] mm yet."""
        none = np.full(len(points), -1.0)
        return cls(points, jaw, none, cls(points, jaw, none))

    def next_to(self, points: np.ndarray, jaw: np.ndarray, slack: np.ndarray) -> "KnownSlack":
        """The same with the slack [V] mm measured anew for all; what is known of skin that touches is kept."""
        known = KnownSlack(points, jaw, slack, self.touching)
        known.over, known.rough = self.over, self.rough
        return known

    def exhausted(
        self, points: np.ndarray, jaw: np.ndarray, rows: np.ndarray | slice = slice(None)
    ) -> np.ndarray:
        """Which [N] bool of the vertices ``rows`` [N], now at ``points`` [N, 3] mm, may have left their limits."""
        return self._squared_way(points, jaw, rows) > self._squared[rows]

    def exhausted_and_still(
        self, points: np.ndarray, jaw: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The vertices [N] that may have left their limits, and which [N] bool of them have not moved at all."""
        far = self._squared_way(points, jaw, slice(None))
        rows = np.flatnonzero(far > self._squared)
        return rows, (far[rows] == 0) & ~np.isnan(self._bone_distance[rows, 0])

    def bone_distance(self, rows: np.ndarray) -> np.ndarray:
        """Distances [N, 2] mm of vertices [N] from the bones, by the fields, where they were measured last."""
        return self._bone_distance[rows]

    def _squared_way(
        self, points: np.ndarray, jaw: np.ndarray, rows: np.ndarray | slice
    ) -> np.ndarray:
        moved = points - self._points[rows]
        far = np.einsum("vc,vc->v", moved, moved)
        moved = undo_rigid(points, jaw) - self._in_jaw[rows]
        return np.maximum(far, np.einsum("vc,vc->v", moved, moved))

    def record(
        self,
        rows: np.ndarray,
        points: np.ndarray,
        jaw: np.ndarray,
        slack: np.ndarray,
        bone_distance: np.ndarray | float = np.nan,
    ) -> None:
        """The vertices ``rows`` [N] at ``points`` [N, 3] mm have ``slack`` [N] mm, at ``bone_distance`` [N, 2] mm."""
        self._bone_distance[rows] = bone_distance
        self._points[rows], self._in_jaw[rows] = points, undo_rigid(points, jaw)
        self._squared[rows] = np.where(slack < 0, -1.0, slack**2)
