# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A smooth map of space, fitted to linear residuals: affine part and biharmonic splines at a few nodes."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve, null_space
from scipy.spatial.distance import cdist


class SmoothMap:
    """Displacements of points of space, linear in their coefficients.

    The splines have the kernel -|r|, whose energy is that of biharmonic bending in space [Carr2001]. One
    map moves skull and mandible, so that what is apart stays apart.

    Args:
        nodes: [K, 3] where the splines sit.
        size: extent of what is mapped, mm; a change of shape is counted in it.
    """

    def __init__(self, nodes: np.ndarray, size: float):
        self._nodes, self._centre, self._size = nodes, nodes.mean(axis=0), size
        flat = np.column_stack([np.ones(len(nodes)), (nodes - self._centre) / size])
        self._free = null_space(flat.T)  # [K, K - 4]: splines that hold no affine part
        energy = self._free.T @ (-cdist(nodes, nodes)) @ self._free
        self._energy = np.zeros((self.count, self.count))
        self._energy[4:, 4:] = (energy + energy.T) / 2
        self._stretch = np.zeros(self.count)
        self._stretch[1:4] = 1.0
        self.coefficients = np.zeros((self.count, 3))

    @property
    def count(self) -> int:
        """Number of basis functions."""
        return self._free.shape[1] + 4

    def basis(self, points: np.ndarray) -> np.ndarray:
        """Basis functions [N, count] at points [N, 3]."""
        points = np.asarray(points, np.float64)
        flat = np.column_stack([np.ones(len(points)), (points - self._centre) / self._size])
        return np.hstack([flat, -cdist(points, self._nodes) @ self._free])

    def fit(
        self,
        basis: np.ndarray,
        directions: np.ndarray,
        wanted: np.ndarray,
        weights: np.ndarray,
        bending: float,
        stretch_mm: float,
    ) -> None:
        """Coefficients that minimise sum w (direction . displacement - wanted)^2 + bending.

        Args:
            basis: [R, count] of the points of the residuals (rows of :meth:`basis` or mixtures of them).
            directions: [R, 3] along which each residual is measured.
            wanted: [R] displacement along it, mm.
            weights: [R] inverse variances.
            bending: weight of the bending energy.
            stretch_mm: how far, in mm over ``size``, an affine change of shape usually goes.
        """
        n = self.count
        normal = np.zeros((3 * n, 3 * n))
        right = np.zeros(3 * n)
        for i in range(3):
            weighted = basis * (weights * directions[:, i])[:, None]
            right[i * n : (i + 1) * n] = weighted.T @ wanted
            for j in range(3):
                block = weighted.T @ (basis * directions[:, [j]])
                normal[i * n : (i + 1) * n, j * n : (j + 1) * n] = block
        prior = bending * self._energy + np.diag(self._stretch / stretch_mm**2 + 1e-9)
        for i in range(3):
            normal[i * n : (i + 1) * n, i * n : (i + 1) * n] += prior
        solution = cho_solve(cho_factor(normal), right)
        self.coefficients = solution.reshape(3, n).T
