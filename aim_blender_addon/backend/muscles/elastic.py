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
LEAST_VOLUME, RESISTS = 0.5, 100.0
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
    """Cofactors of matrices [..., 3, 3]: the slope of their determinants."""
    a, b, c = f[..., 0, :], f[..., 1, :], f[..., 2, :]
    return np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=-2)


@dataclass(frozen=True)
class Strain:
    """What a pose of the nodes does to the flesh.

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


@dataclass(frozen=True)
class Elastic:
    """The elastic flesh of a lattice.

    Attributes:
        lattice: its cubes.
        mu: [C] N/mm^2, shear stiffness.
        bulk: [C] N/mm^2, lambda.
    """

    lattice: Lattice
    mu: np.ndarray
    bulk: np.ndarray

    @cached_property
    def _kinds(self) -> list[np.ndarray]:
        return [np.flatnonzero(~self.lattice.odd), np.flatnonzero(self.lattice.odd)]

    @cached_property
    def rest_volume(self) -> np.ndarray:
        """[C, 5] mm^3."""
        return self.lattice.edge[:, None] ** 3 * VOLUME_SHARE

    def strain(self, nodes: np.ndarray) -> Strain:
        """Strain of the flesh where all nodes stand at ``nodes`` [N, 3] mm."""
        count = len(self.lattice.cubes)
        f = np.empty((count, 5, 3, 3))
        corners = nodes[self.lattice.cubes]  # [C, 8, 3]
        for kind, rows in enumerate(self._kinds):
            table = SLOPES[kind].transpose(1, 0, 2).reshape(8, 15)
            product = corners[rows].transpose(0, 2, 1) @ table  # [R, 3, 15]
            f[rows] = product.reshape(-1, 3, 5, 3).transpose(0, 2, 1, 3)
        f /= self.lattice.edge[:, None, None, None]
        c = cofactor(f)
        volume = np.einsum("ceij,ceij->ce", f, c) / 3
        return Strain(f, c, volume, volume @ VOLUME_SHARE)

    def energy(self, strain: Strain) -> float:
        """N mm, zero at rest."""
        stretch = np.einsum("ceij,ceij->ce", strain.f, strain.f) - 3
        own = OWN_LAMBDA * self.mu[:, None]
        grown = strain.volume - 1
        each = self.mu[:, None] * (stretch / 2 - grown) + own / 2 * grown**2
        each += RESISTS * self.mu[:, None] * _lacking(strain) ** 3 / LEAST_VOLUME**2
        shared = (self.bulk - OWN_LAMBDA * self.mu) / 2 * (strain.mean - 1) ** 2
        return float((each * self.rest_volume).sum() + (shared * self.lattice.edge**3).sum())

    def pressure(self, strain: Strain) -> np.ndarray:
        """[C, 5] N/mm^2, what multiplies the cofactor in the stress."""
        mu = self.mu[:, None]
        return (
            OWN_LAMBDA * mu * (strain.volume - 1)
            - mu
            - 3 * RESISTS / LEAST_VOLUME**2 * mu * _lacking(strain) ** 2
            + ((self.bulk - OWN_LAMBDA * self.mu) * (strain.mean - 1))[:, None]
        )

    def stress(self, strain: Strain) -> np.ndarray:
        """[C, 5, 3, 3] N/mm^2, slope of the energy by the deformation gradient; linear in mu and bulk."""
        stress = self.mu[:, None, None, None] * strain.f
        stress += self.pressure(strain)[..., None, None] * strain.cofactor
        return stress

    def material_slopes(
        self, strain: Strain, answer: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Slopes [C] of a loss by mu and by bulk, from its answer [N, 3] mm/N to a force on each node."""
        way = self.strain(answer).f
        none, one = np.zeros_like(self.mu), np.ones_like(self.mu)
        slopes = []
        for mu, bulk in ((one, none), (none, one)):
            stress = replace(self, mu=mu, bulk=bulk).stress(strain)
            work = np.einsum("ceij,ceij->ce", stress, way)
            slopes.append(-(work * self.rest_volume).sum(axis=1))
        return slopes[0], slopes[1]

    def forces(self, strain: Strain) -> np.ndarray:
        """Slope of the energy by all nodes [N, 3], N."""
        stress = self.stress(strain)
        stress *= (self.rest_volume / self.lattice.edge[:, None])[..., None, None]
        corner = np.empty((len(stress), 8, 3))
        for kind, rows in enumerate(self._kinds):
            table = SLOPES[kind].transpose(0, 2, 1).reshape(15, 8)
            flat = stress[rows].transpose(0, 2, 1, 3).reshape(len(rows), 3, 15)
            corner[rows] = (flat @ table).transpose(0, 2, 1)
        return self._gather @ corner.reshape(-1, 3)

    @cached_property
    def _gather(self) -> sp.csr_matrix:
        """[N, 8 C]: sums over the cubes' corners at each node."""
        flat = self.lattice.cubes.ravel()
        ones = np.ones(len(flat))
        return sp.csr_matrix(
            (ones, (flat, np.arange(len(flat)))), (len(self.lattice.nodes), len(flat))
        )

    def stiffness(self, strain: Strain, held: float) -> np.ndarray:
        """Second slopes [C, 24, 24] of each cube's energy, N/mm; rows are corner by corner, x, y, z.

        Args:
            strain: of the pose.
            held: 0 is the true stiffness. At 1 pressures are held back so far that no tetrahedron pulls the wrong way.
        """
        edge = self.lattice.edge
        pressure = self.pressure(strain)
        if held:
            pressure += held * (_held_back(pressure, strain.f, self.mu) - pressure)
        weight = self.rest_volume / edge[:, None] ** 2  # [C, 5]
        blocks = np.empty((len(edge), 24, 24))
        for kind, rows in enumerate(self._kinds):
            slopes = SLOPES[kind]  # [5, 8, 3]
            twice = np.einsum("eai,ebi->eab", slopes, slopes)
            own = np.einsum("ce,eab->cab", weight[rows] * self.mu[rows, None], twice)
            block = np.zeros((len(rows), 8, 3, 8, 3))
            for axis in range(3):
                block[:, :, axis, :, axis] = own
            # How volume changes with each corner: [R, 5, 8, 3], times the edge.
            grows = np.einsum("eaj,ceij->ceai", slopes, strain.cofactor[rows], optimize=True)
            flat = grows.reshape(len(rows), 5, 24)
            steep = OWN_LAMBDA + 6 * RESISTS / LEAST_VOLUME**2 * _lacking(strain)[rows]
            scaled = flat * np.sqrt(steep * self.mu[rows, None] * weight[rows])[..., None]
            shared = np.einsum("ce,cek->ck", self.rest_volume[rows], flat) / edge[rows, None]
            spare = self.bulk[rows] - OWN_LAMBDA * self.mu[rows]
            shared *= np.sqrt(spare / edge[rows] ** 3)[:, None]
            dyads = np.concatenate([scaled, shared[:, None]], axis=1)
            block = block.reshape(len(rows), 24, 24)
            block += dyads.transpose(0, 2, 1) @ dyads
            # The cofactor's own slope: with the crossed slopes of two corners it is a cross product.
            crossed = np.cross(slopes[:, :, None], slopes[:, None])  # [5, 8, 8, 3]
            bent = (weight[rows] * pressure[rows])[..., None, None] * strain.f[rows]
            vector = np.einsum("ceij,eabj->cabi", bent, crossed, optimize=True)
            view = block.reshape(len(rows), 8, 3, 8, 3)
            for i, k, m, sign in _LEVI_CIVITA:
                view[:, :, i, :, k] += sign * vector[..., m]
            blocks[rows] = block
        return blocks


def _lacking(strain: Strain) -> np.ndarray:
    """[C, 5] volume that lacks to the least that flesh bears easily."""
    return np.maximum(LEAST_VOLUME - strain.volume, 0.0)


_LEVI_CIVITA = [
    (0, 1, 2, 1),
    (1, 2, 0, 1),
    (2, 0, 1, 1),
    (1, 0, 2, -1),
    (2, 1, 0, -1),
    (0, 2, 1, -1),
]


def _held_back(pressure: np.ndarray, f: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """Pressures [C, 5] no larger than mu over the largest stretch: twists and flips then resist."""
    square = np.einsum("ceij,ceik->cejk", f, f)
    largest = np.sqrt(_largest_eigenvalue(square))
    limit = mu[:, None] / np.maximum(largest, 1e-6)
    return np.clip(pressure, -limit, limit)


def _largest_eigenvalue(square: np.ndarray) -> np.ndarray:
    """Largest eigenvalue [...] of symmetric matrices [..., 3, 3], by the closed formula ([Smith1961])."""
    mean = np.trace(square, axis1=-2, axis2=-1) / 3
    rest = square - mean[..., None, None] * np.eye(3)
    size = np.sqrt(np.einsum("...ij,...ij->...", rest, rest) / 6)
    unit = rest / np.maximum(size, 1e-12)[..., None, None]
    half = np.clip(np.linalg.det(unit) / 2, -1.0, 1.0)
    return np.maximum(mean + 2 * size * np.cos(np.arccos(half) / 3), 0.0)
