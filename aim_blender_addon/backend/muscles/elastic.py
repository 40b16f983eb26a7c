# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic energy of the lattice, its forces and stiffness: stable Neo-Hookean with mean dilatation ([Smith2018]).

    W(F) = mu/2 (|F|^2 - 3) - mu (J - 1) + lambda_t/2 (J - 1)^2      in each tetrahedron, J = det F
         + beta mu (J_0 - J)^3 / J_0^2                                 where J < J_0
         + (lambda - lambda_t)/2 (J_mean - 1)^2                        in each cube, J_mean over its volume

Linear tetrahedra lock when flesh keeps its volume. The mean over a cube frees them, and the part in each of them,
``lambda_t`` = 2 mu, keeps single ones from turning inside out. W is finite for every F.
A cube's tetrahedra are the same in every cube of its kind, so that their slopes are a table and one product of
matrices gives all of them.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from .lattice import CORNERS, TETRAHEDRA, Lattice

#: Share of a cube's volume that each of its five tetrahedra has.
VOLUME_SHARE = np.array([1 / 3, 1 / 6, 1 / 6, 1 / 6, 1 / 6])
#: Below this share of its volume at rest a tetrahedron resists ever more, by so many mu, and is not turned inside out.
LEAST_VOLUME, RESISTS = 0.5, 300.0
#: Beyond so much lacking volume it resists no more steeply: what a step turned inside out, the next one turns back.
LOST = 0.5
#: How much of lambda each tetrahedron keeps for itself, in mu.
OWN_LAMBDA = 2.0


def _slopes() -> np.ndarray:
    """[2, 5, 8, 3] slopes of the corners' shape functions in each tetrahedron of a unit cube, even and odd."""
    slopes = np.zeros((2, 5, 8, 3))
    for kind in (0, 1):
        for number, corners in enumerate(TETRAHEDRA[kind]):
            frame = np.vstack([CORNERS[corners].T, np.ones(4)])
            slopes[kind, number, corners] = np.linalg.inv(frame)[:, :3]
    return slopes


SLOPES = _slopes()


def cofactor(f: np.ndarray) -> np.ndarray:
    """Cofactors of matrices [3, 3, ...]: the slope of their determinants."""
    c = np.empty_like(f)
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        for m in range(3):
            n, o = (m + 1) % 3, (m + 2) % 3
            np.multiply(f[j, n], f[k, o], out=c[i, m])
            c[i, m] -= f[j, o] * f[k, n]
    return c


@dataclass(frozen=True)
class Strain:
    """What a pose of the nodes does to the flesh. In memory the cubes run fastest, so that sums over them are quick.

    Attributes:
        f: [C, 5, 3, 3] deformation gradient.
        cofactor: [C, 5, 3, 3].
        volume: [C, 5] J, volume beside that at rest.
        mean: [C] J of the cubes.
    """

    f: np.ndarray
    cofactor: np.ndarray
    volume: np.ndarray
    mean: np.ndarray


def cubes_last(values: np.ndarray) -> np.ndarray:
    """[3, 3, 5, C] of what has [C, 5, 3, 3], or [5, C] of [C, 5]; the same memory where it is a strain's."""
    if values.ndim == 2:  # noqa: PLR2004
        return values.T
    return values.transpose(2, 3, 1, 0)


@dataclass(frozen=True)
class Elastic:
    """The elastic flesh of a lattice.

    Attributes:
        lattice: its cubes.
        mu: [C] N/mm^2, shear stiffness.
        bulk: [C] N/mm^2, lambda: how firmly a cube keeps its volume.
    """

    lattice: Lattice
    mu: np.ndarray
    bulk: np.ndarray

    @cached_property
    def kinds(self) -> list[slice | np.ndarray]:
        """Even cubes and odd ones; a slice where they stand together."""
        found = []
        for rows in (np.flatnonzero(~self.lattice.odd), np.flatnonzero(self.lattice.odd)):
            together = len(rows) and rows[-1] - rows[0] + 1 == len(rows)
            found.append(slice(rows[0], rows[-1] + 1) if together else rows)
        return found

    @cached_property
    def _corners(self) -> list[np.ndarray]:
        """For each kind the nodes [8, R] of its cubes."""
        return [np.ascontiguousarray(self.lattice.cubes[rows].T) for rows in self.kinds]

    @cached_property
    def rest_volume(self) -> np.ndarray:
        """[C, 5] mm^3."""
        return self.lattice.edge[:, None] ** 3 * VOLUME_SHARE

    def strain(self, nodes: np.ndarray) -> Strain:
        """Strain of the flesh where all nodes stand at ``nodes`` [N, 3] mm."""
        count = len(self.lattice.cubes)
        f = np.empty((3, 3, 5, count))
        axes = np.ascontiguousarray(nodes.T)
        for kind, rows in enumerate(self.kinds):
            table = SLOPES[kind].transpose(2, 0, 1).reshape(15, 8)
            corners = np.take(axes, self._corners[kind], axis=1)  # [3, 8, R]
            f[..., rows] = (table @ corners).reshape(3, 3, 5, -1)
        f /= self.lattice.edge
        c = cofactor(f)
        volume = f[0, 0] * c[0, 0] + f[0, 1] * c[0, 1] + f[0, 2] * c[0, 2]
        return Strain(
            f.transpose(3, 2, 0, 1), c.transpose(3, 2, 0, 1), volume.T, VOLUME_SHARE @ volume
        )

    def energy(self, strain: Strain) -> float:
        """N mm, zero at rest."""
        f = cubes_last(strain.f)
        stretch = np.einsum("ijec,ijec->ec", f, f).T - 3
        own = OWN_LAMBDA * self.mu[:, None]
        grown = strain.volume - 1
        each = self.mu[:, None] * (stretch / 2 - grown) + own / 2 * grown**2
        cubic, lost = _lacking(strain)
        each += (
            RESISTS
            / LEAST_VOLUME**2
            * self.mu[:, None]
            * (cubic**3 + 3 * LOST * lost * (LOST + lost))
        )
        shared = (self.bulk - OWN_LAMBDA * self.mu) / 2 * (strain.mean - 1) ** 2
        return float((each * self.rest_volume).sum() + (shared * self.lattice.edge**3).sum())

    def pressure(self, strain: Strain) -> np.ndarray:
        """[C, 5] N/mm^2, what multiplies the cofactor in the stress."""
        mu = self.mu[:, None]
        cubic, lost = _lacking(strain)
        return (
            OWN_LAMBDA * mu * (strain.volume - 1)
            - mu
            - 3 * RESISTS / LEAST_VOLUME**2 * mu * (cubic**2 + 2 * LOST * lost)
            + ((self.bulk - OWN_LAMBDA * self.mu) * (strain.mean - 1))[:, None]
        )

    def material_slopes(self, strain: Strain, answer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Slopes [C] of a loss by mu and by bulk, from its answer [N, 3] mm/N to a force on each node.

        Stress is linear in both, so it is taken at one of each and none of the other.
        """
        way = self.strain(answer).f
        stretched = np.einsum("ceij,ceij->ce", strain.f, way)
        grown = np.einsum("ceij,ceij->ce", strain.cofactor, way)
        none, one = np.zeros_like(self.mu), np.ones_like(self.mu)
        by_mu = stretched + replace(self, mu=one, bulk=none).pressure(strain) * grown
        by_bulk = replace(self, mu=none, bulk=one).pressure(strain) * grown
        return -(by_mu * self.rest_volume).sum(axis=1), -(by_bulk * self.rest_volume).sum(axis=1)

    def forces(self, strain: Strain) -> np.ndarray:
        """Slope of the energy by all nodes [N, 3], N."""
        stress = (self._weight * self.mu) * cubes_last(strain.f)
        stress += (self._weight * self.pressure(strain).T) * cubes_last(strain.cofactor)
        return self._nodal(stress)

    def pressure_forces(self, strain: Strain, pressure: np.ndarray) -> np.ndarray:
        """Forces [N, 3] N on all nodes of a pressure [C, 5] alone, along the volumes' slopes in a strain."""
        return self._nodal((self._weight * pressure.T) * cubes_last(strain.cofactor))

    @cached_property
    def _weight(self) -> np.ndarray:
        """[5, C] mm^2 from stress to forces."""
        return (self.rest_volume / self.lattice.edge[:, None]).T

    def _nodal(self, stress: np.ndarray) -> np.ndarray:
        """Forces [N, 3] of stress [3, 3, 5, C] times ``_weight``."""
        corner = np.empty((3, 8, len(self.mu)))
        for kind, rows in enumerate(self.kinds):
            table = SLOPES[kind].transpose(1, 2, 0).reshape(8, 15)
            corner[..., rows] = table @ stress[..., rows].reshape(3, 15, -1)
        return np.stack([self._gather @ axis.ravel() for axis in corner], axis=1)

    @cached_property
    def _gather(self) -> sp.csr_matrix:
        """[N, 8 C]: sums over the cubes' corners at each node."""
        flat = self.lattice.cubes.T.ravel()
        ones = np.ones(len(flat))
        return sp.csr_matrix(
            (ones, (flat, np.arange(len(flat)))), (len(self.lattice.nodes), len(flat))
        )

    def pressure_held(self, strain: Strain, held: float) -> np.ndarray:
        """[C, 5] ``pressure``, held back by a share: at 1 no tetrahedron pulls the wrong way."""
        pressure = self.pressure(strain)
        if held:
            stretch = np.maximum(_largest_stretch(cubes_last(strain.f)), 1e-6)
            limit = (self.mu / (held * stretch)).T
            pressure = np.clip(pressure, -limit, limit)
        return pressure

    def steepness(self, strain: Strain) -> np.ndarray:
        """[C, 5] N/mm^2, how pressure grows with a tetrahedron's own volume."""
        cubic, _ = _lacking(strain)
        return (OWN_LAMBDA + 6 * RESISTS / LEAST_VOLUME**2 * cubic) * self.mu[:, None]


def _lacking(strain: Strain) -> tuple[np.ndarray, np.ndarray]:
    """[C, 5] volume that lacks to the least that flesh bears easily: up to ``LOST``, and what lacks beyond it."""
    lacking = np.maximum(LEAST_VOLUME - strain.volume, 0.0)
    cubic = np.minimum(lacking, LOST)
    return cubic, lacking - cubic


def _largest_stretch(f: np.ndarray) -> np.ndarray:
    """Largest singular value [...] of matrices [3, 3, ...], by the closed formula ([Smith1961])."""
    square = {
        (j, k): f[0, j] * f[0, k] + f[1, j] * f[1, k] + f[2, j] * f[2, k]
        for j in range(3)
        for k in range(j, 3)
    }
    mean = (square[0, 0] + square[1, 1] + square[2, 2]) / 3
    a, b, c = (square[k, k] - mean for k in range(3))
    d, e, g = square[0, 1], square[0, 2], square[1, 2]
    size = np.sqrt((a * a + b * b + c * c + 2 * (d * d + e * e + g * g)) / 6)
    determinant = a * (b * c - g * g) - d * (d * c - g * e) + e * (d * g - b * e)
    half = np.clip(determinant / (2 * np.maximum(size, 1e-12) ** 3), -1.0, 1.0)
    return np.sqrt(np.maximum(mean + 2 * size * np.cos(np.arccos(half) / 3), 0.0))
