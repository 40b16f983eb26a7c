# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Discrete Laplacian of the skin and what is built on it: smooth coordinates, smooth fields.

The operator is the intrinsic Delaunay one of the package robust-laplacian [SharpCrane2020]. It copes with thin
triangles, and the cut of the surface into polygons does not matter.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import robust_laplacian
import scipy.sparse as sp
import scipy.sparse.linalg as sla

from .weld import seam_pairs

#: Of the springs across split seams; an edge of a triangle mesh has about one.
SEAM_STIFFNESS = 1e3


@dataclass(frozen=True)
class SurfaceOperator:
    """Stiffness and mass of a triangle mesh.

    Attributes:
        stiffness: [V, V] sparse, positive semi-definite, dimensionless.
        mass: [V] vertex areas, mm^2.
    """

    stiffness: sp.csc_matrix
    mass: np.ndarray

    @classmethod
    def of(cls, vertices: np.ndarray, triangles: np.ndarray) -> "SurfaceOperator":
        """Operator of vertices [V, 3] mm and triangles [T, 3]; the two sides of a split seam are tied to each other."""
        stiffness, mass = robust_laplacian.mesh_laplacian(
            np.asarray(vertices, np.float64), np.asarray(triangles, np.int64)
        )
        seams = seam_pairs(vertices, triangles)
        if len(seams):
            stiffness = stiffness + _tied(seams, len(vertices))
        return cls(stiffness.tocsc(), np.maximum(np.asarray(mass.diagonal()), 1e-9))

    @cached_property
    def area(self) -> float:
        """Area of the surface, mm^2."""
        return float(self.mass.sum())

    def eigenfunctions(self, count: int) -> np.ndarray:
        """The ``count`` smoothest eigenfunctions [V, count] after the constant, mean square one.

        Two points that touch in space but not along the skin, as the lips do, differ in them.
        """
        start = np.random.default_rng(0).standard_normal(len(self.mass))  # same result every time
        values, functions = sla.eigsh(
            self.stiffness, count + 1, sp.diags(self.mass).tocsc(), sigma=-1e-6, v0=start
        )
        functions = functions[:, np.argsort(values)[1:]]
        return functions * np.sqrt(self.area)

    def smoothed(self, field: np.ndarray, length: float) -> np.ndarray:
        """``field`` [V, C] after heat flow over about ``length`` mm: (M + t L) x = M field."""
        factor = sla.splu((sp.diags(self.mass) + length**2 * self.stiffness).tocsc())
        return factor.solve(self.mass[:, None] * np.asarray(field, np.float64))

    def fill(
        self, values: np.ndarray, weight: np.ndarray, length: float, bending: bool = True
    ) -> np.ndarray:
        """The smooth field that follows ``values`` [V, C] where ``weight`` [V] is large.

        Minimises sum weight M |x - values|^2 + smoothness. Where the weight is zero, the field goes on without a
        kink (bending energy) or as a soap film (membrane energy).

        Args:
            values: [V, C]; ignored where the weight is zero.
            weight: [V] >= 0, not all zero.
            length: mm below which detail is smoothed.
            bending: bending energy if true, else membrane.
        """
        membrane = self.stiffness
        if bending:
            energy = length**4 * (membrane @ sp.diags(1 / self.mass) @ membrane)
        else:
            energy = length**2 * membrane
        # A whisper of membrane keeps parts without any data determined.
        system = energy + 1e-9 * membrane + sp.diags(weight * self.mass)
        system = system + 1e-12 * sp.diags(self.mass)
        values = np.where(weight[:, None] > 0, np.asarray(values, np.float64), 0.0)
        return sla.splu(system.tocsc()).solve((weight * self.mass)[:, None] * values)


def _tied(pairs: np.ndarray, count: int) -> sp.csc_matrix:
    """[count, count] stiffness of springs between the vertices of each pair [N, 2]."""
    one, other = pairs.T
    rows, columns = np.r_[one, other, one, other], np.r_[one, other, other, one]
    values = SEAM_STIFFNESS * np.repeat([1.0, -1.0], 2 * len(pairs))
    return sp.csc_matrix((values, (rows, columns)), shape=(count, count))
