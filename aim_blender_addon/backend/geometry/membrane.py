# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth fields over a triangle mesh without scipy, for Blender's process (numpy only)."""

import numpy as np

from .mesh import area_vectors

#: Most steps of conjugate gradients.
_STEPS = 600
#: They end when the residual is this small, over that of the start.
_NEAR = 1e-5


class Membrane:
    """The cotangent Laplacian of a triangle mesh, kept as a list of edges."""

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray):
        """Vertices [V, 3] mm, triangles [T, 3]."""
        corner = np.asarray(vertices, np.float64)[triangles]
        area = np.linalg.norm(area_vectors(vertices, triangles), axis=1) / 2
        count = len(vertices)
        self.mass = np.maximum(np.bincount(triangles.ravel(), np.repeat(area / 3, 3), count), 1e-9)
        ends, weights = [], []
        for k in range(3):
            a, b = corner[:, (k + 1) % 3] - corner[:, k], corner[:, (k + 2) % 3] - corner[:, k]
            across = np.linalg.norm(np.cross(a, b), axis=1)
            # Obtuse and degenerate corners: never negative, never without end.
            weights.append(
                np.clip(np.einsum("tc,tc->t", a, b) / np.maximum(across, 1e-12), 0.01, 20.0) / 2
            )
            ends.append(triangles[:, [(k + 1) % 3, (k + 2) % 3]])
        ends, weights = np.concatenate(ends), np.concatenate(weights)
        rows = np.concatenate([ends[:, 0], ends[:, 1]])
        order = np.argsort(rows, kind="stable")
        self._columns = np.concatenate([ends[:, 1], ends[:, 0]])[order]
        self._weights = np.concatenate([weights, weights])[order]
        self._rows, self._starts = np.unique(rows[order], return_index=True)
        self._diagonal = np.bincount(rows, np.concatenate([weights, weights]), count)

    def fill(self, values: np.ndarray, weight: np.ndarray, length: float) -> np.ndarray:
        """The field [V, C] that follows ``values`` [V, C] where ``weight`` [V] is large, and is a soap film elsewhere.

        Minimises sum weight M |x - values|^2 + length^2 |grad x|^2 by conjugate gradients.

        Args:
            values: wanted values.
            weight: >= 0, not all zero.
            length: mm below which detail is smoothed.
        """
        data = (weight * self.mass)[:, None]
        diagonal = data[:, 0] + length**2 * self._diagonal + 1e-12
        x = np.asarray(values, np.float64).copy()
        residual = data * values - self._apply(x, data, length)
        step = residual / diagonal[:, None]
        direction, before = step.copy(), np.einsum("vc,vc->c", residual, step)
        tolerance = _NEAR**2 * np.maximum(before, 1e-30)
        for _ in range(_STEPS):
            if (before <= tolerance).all():
                break
            answer = self._apply(direction, data, length)
            along = before / np.maximum(np.einsum("vc,vc->c", direction, answer), 1e-30)
            x += along * direction
            residual -= along * answer
            step = residual / diagonal[:, None]
            after = np.einsum("vc,vc->c", residual, step)
            direction = step + after / np.maximum(before, 1e-30) * direction
            before = after
        return x

    def _apply(self, x: np.ndarray, data: np.ndarray, length: float) -> np.ndarray:
        near = np.zeros_like(x)
        near[self._rows] = np.add.reduceat(self._weights[:, None] * x[self._columns], self._starts)
        return data * x + length**2 * (self._diagonal[:, None] * x - near)
