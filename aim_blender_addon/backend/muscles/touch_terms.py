# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places of the skin that touch something: their energy by distance, its slope and second slopes.

A place that is nearer to what it touches than its floor by u has the energy

    k u^3 / (6 e)  where u < e,    k (u^2 - e u + e^2 / 3) / 2  beyond,

whose second slope grows evenly from 0 to k. So Newton's method sees no jump where skin begins to touch.
The force is that of a soft layer of stiffness k, and the layer gives way by force over k: the skin that is shown is
moved off by as much.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

#: Over this depth the stiffness of touching skin grows to its whole, mm.
SOFT_MM = 0.2
#: Touching begins this far before the surface, mm: the yielding layer then ends on it.
CLEAR_MM = SOFT_MM / 2
#: A step of the solver goes no deeper than this into what it meets, mm: teeth are thin, and have two sides.
DEEPER_MM = 1.0


@dataclass(frozen=True)
class Terms:
    """K places, each given by M vertices of the touching skin.

    Attributes:
        points: [K, M] rows of the touching skin.
        slope: [K, M, 3] slope of the distance by each vertex.
        bend: [K, M, 3, M, 3] its second slopes, 1/mm; None where nobody asked.
        depth: [K] mm below the floor; negative above it.
        stiffness: [K] N/mm.
        shown: share of the layer's yielding that the first vertex shows; the other side shows the rest.
        on_jaw: what is touched moves with the jaw.
    """

    points: np.ndarray
    slope: np.ndarray
    bend: np.ndarray | None
    depth: np.ndarray
    stiffness: np.ndarray
    shown: float = 1.0
    on_jaw: bool = False

    def energy(self) -> float:
        """N mm."""
        u = np.maximum(self.depth, 0.0)
        soft = u**3 / (6 * SOFT_MM)
        firm = (u**2 - SOFT_MM * u + SOFT_MM**2 / 3) / 2
        return float((self.stiffness * np.where(u < SOFT_MM, soft, firm)).sum())

    @property
    def yielding(self) -> np.ndarray:
        """[K] mm by which the layer gives way."""
        u = np.maximum(self.depth, 0.0)
        return np.where(u < SOFT_MM, u**2 / (2 * SOFT_MM), u - SOFT_MM / 2)

    @property
    def _firmness(self) -> np.ndarray:
        """[K] slope of the yielding by the depth, 0 to 1."""
        return np.clip(self.depth / SOFT_MM, 0.0, 1.0)

    def forces(self, count: int) -> np.ndarray:
        """Slope [count, 3] of the energy by the touching skin, N."""
        each = -(self.stiffness * self.yielding)[:, None, None] * self.slope
        flat = self.points.ravel()
        return np.stack(
            [np.bincount(flat, each[..., axis].ravel(), count) for axis in range(3)], axis=1
        )

    def stiffness_matrix(self, count: int, held: float = 0.0) -> sp.csr_matrix:
        """Second slopes [3 count, 3 count] of the energy, N/mm; the more it is held, the less it pulls wrongly."""
        width = 3 * self.points.shape[1]
        slope = self.slope.reshape(-1, width)
        blocks = (self.stiffness * self._firmness)[:, None, None] * _dyads(slope, slope)
        if held < 1 and self.bend is not None:
            force = (1 - held) * self.stiffness * self.yielding
            blocks -= force[:, None, None] * self.bend.reshape(-1, width, width)
        return self._spread(blocks, self.points, count)

    def shown_shift(self, count: int) -> np.ndarray:
        """[count, 3] mm by which the layer moves the skin that is shown."""
        shift = np.zeros((count, 3))
        np.add.at(
            shift, self.points[:, 0], (self.shown * self.yielding)[:, None] * self.slope[:, 0]
        )
        return shift

    def shown_slopes(self, count: int) -> sp.csr_matrix:
        """Slopes [3 count, 3 count] of ``shown_shift`` by the touching skin."""
        width = 3 * self.points.shape[1]
        blocks = -self._firmness[:, None, None] * _dyads(
            self.slope[:, 0], self.slope.reshape(-1, width)
        )
        if self.bend is not None:
            blocks += self.yielding[:, None, None] * self.bend[:, 0].reshape(-1, 3, width)
        return self._spread(self.shown * blocks, self.points[:, :1], count)

    def _spread(self, blocks: np.ndarray, left: np.ndarray, count: int) -> sp.csr_matrix:
        """Blocks [K, 3 A, 3 M] of vertices ``left`` [K, A] and ``points``, added up."""
        rows, columns = (_axes(numbers) for numbers in (left, self.points))
        shape = blocks.shape
        rows = np.broadcast_to(rows[:, :, None], shape).ravel()
        columns = np.broadcast_to(columns[:, None, :], shape).ravel()
        return sp.csr_matrix((blocks.ravel(), (rows, columns)), (3 * count, 3 * count))


def _axes(points: np.ndarray) -> np.ndarray:
    """[K, 3 M] numbers of the coordinates of points [K, M]."""
    return (3 * points[:, :, None] + np.arange(3)).reshape(len(points), -1)


def _dyads(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return first[:, :, None] * second[:, None, :]


def least_share(coming: np.ndarray, room: np.ndarray) -> float:
    """Share of a way on which none that is ``coming`` [N] mm nearer takes more than its ``room`` [N] mm."""
    return float(np.min(room / np.maximum(coming, room), initial=1.0))


def plane_terms(  # noqa: PLR0913
    skin: np.ndarray,
    points: np.ndarray,
    floor: np.ndarray,
    stiffness: np.ndarray,
    shown: float,
    bent: bool,
) -> Terms:
    """Terms of vertices before the planes of triangles that move as well.

    Args:
        skin: [T, 3] mm.
        points: [K, 4] the vertex, then the triangle's corners; their order tells which side is outside.
        floor: [K] mm.
        stiffness: [K] N/mm.
        shown: see ``Terms``.
        bent: second slopes are wanted.
    """
    place, *corners = (skin[points[:, k]] for k in range(4))
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    twice = np.maximum(np.linalg.norm(normal, axis=1), 1e-9)[:, None]
    normal = normal / twice
    # How the shares of the corners grow across the triangle.
    grow = np.stack(
        [np.cross(normal, corners[k - 1] - corners[k - 2]) / twice for k in range(3)], axis=1
    )
    offset = place - corners[0]
    share = np.einsum("kic,kc->ki", grow, offset)
    share[:, 0] += 1.0
    distance = np.einsum("kc,kc->k", normal, offset)
    count = np.concatenate([np.ones((len(points), 1)), -share], axis=1)
    slope = count[:, :, None] * normal[:, None]
    bend = None
    if bent:
        bend = np.zeros((len(points), 4, 3, 4, 3))
        grown = np.einsum("kic,kjc->kij", grow, grow) * distance[:, None, None]
        turned = -grow[:, :, :, None] * normal[:, None, None, :]  # of the normal by each corner
        for j in range(3):
            bend[:, 0, :, j + 1, :] = turned[:, j]
            bend[:, j + 1, :, 0, :] = turned[:, j].transpose(0, 2, 1)
            for i in range(3):
                way = grown[:, i, j, None] * normal - share[:, j, None] * grow[:, i]
                bend[:, i + 1, :, j + 1, :] = (
                    -_dyads(normal, way) - share[:, i, None, None] * turned[:, j]
                )
    return Terms(points, slope, bend, floor - distance, stiffness, shown)
