# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sumner and Popovic's deformation transfer (2004), written for the bench.

Every triangle of the target takes the deformation gradient of the source's triangle; vertices are the least-squares
answer, weighted by area. That is the Poisson form of their eq. 8 (Botsch et al. 2006), with what does not move held.
"""

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla


class DeformationTransfer:
    """From a source's skin to a target's.

    Args:
        source: [S', 3] and ``source_triangles`` [T', 3] at rest.
        target: [S, 3] and ``target_triangles`` [T, 3] at rest.
        pairs: [T] number of the source's triangle for each of the target's.
        held: [S] bool, vertices that stay.
    """

    def __init__(self, source, source_triangles, target, target_triangles, pairs, held):  # noqa: ANN001
        self._source, self._triangles = _frames(source, source_triangles), source_triangles
        self._pairs, self._rest, self._held = pairs, target, held
        frames, inverse, area = _all(target, target_triangles)
        # Gradient of a function given at the corners: rows of the inverse frame, without the normal's.
        count = len(target_triangles)
        values = np.stack([-inverse[:, 0] - inverse[:, 1], inverse[:, 0], inverse[:, 1]], axis=2)
        rows = np.repeat(3 * np.arange(count)[:, None, None] + np.arange(3)[:, None], 3, axis=2)
        columns = np.repeat(target_triangles[:, None, :], 3, axis=1)
        shape = (3 * count, len(target))
        self._gradient = sp.csr_matrix((values.ravel(), (rows.ravel(), columns.ravel())), shape)
        self._weight = sp.diags(np.repeat(area, 3))
        free = np.flatnonzero(~held)
        system = (self._gradient.T @ self._weight @ self._gradient).tocsc()
        self._free = free
        small = system[free][:, free] + 1e-9 * sp.eye(len(free))
        self._solve = sla.factorized(small.tocsc())
        self._system = system

    def __call__(self, posed: np.ndarray) -> np.ndarray:
        """Target skin [S, 3] for the source's skin [S', 3]."""
        moved = _frames(posed, self._triangles) @ np.linalg.inv(self._source)  # [T', 3, 3]
        gradient = moved[self._pairs].transpose(0, 2, 1).reshape(-1, 3)
        right = self._gradient.T @ (self._weight @ gradient)
        right = right - self._system[:, self._held] @ self._rest[self._held]
        result = self._rest.copy()
        result[self._free] = self._solve(right[self._free])
        return result


def _frames(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """[T, 3, 3] columns: two edges and the normal, its length the root of the area's."""
    corner = np.asarray(points, np.float64)[triangles]
    first, second = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    normal = np.cross(first, second)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    return np.stack([first, second, normal / np.sqrt(np.maximum(length, 1e-12))], axis=2)


def _all(points: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    frames = _frames(points, triangles)
    inverse = np.linalg.pinv(frames)
    area = np.linalg.norm(np.cross(frames[:, :, 0], frames[:, :, 1]), axis=1) / 2
    return frames, inverse, area
