# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Muscles that contract along their fibres: active and passive force by length ([Zajac1989], [Sifakis2005]).

    T(l, a) = s_max (a active(l) + passive(l))        l = |F f|, f the fibre at rest
    W = s_max (a A(l) + P(l)),  A' = active, P' = passive, both 0 at rest

Each tetrahedron gives a muscle the share of its volume that the muscle has in it.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from .curves import FADES, MuscleCurve
from .elastic import SLOPES, Strain
from .flesh import Flesh
from .lattice import TETRAHEDRA, Lattice
from .springs import add_to_axes

#: Passive force of a stretched fibre: its size, its steepness, and the length from which it is straight.
PASSIVE, STEEP, STRAIGHT = 0.05, 6.6, 1.4
#: A share of a muscle smaller than this is none.
LEAST_SHARE = 1e-3
#: Shorter fibres have no direction.
_SHORTEST = 1e-6


def active_force(length: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Force of a fully active fibre beside its largest, by its length (1 at rest); its slope; its energy."""
    e = length - 1.0
    far = np.abs(e)
    near, edge = far < 0.4, far < 0.6  # noqa: PLR2004 -- the curve of methods, Sifakis 2005
    lack = np.where(edge, far - 0.6, 0.0)
    force = np.where(near, 1 - 25 / 6 * e**2, 25 / 3 * lack**2)
    slope = np.where(near, -25 / 3 * e, 50 / 3 * lack * np.sign(e))
    inside = np.clip(far, 0.0, 0.4)
    energy = inside - 25 / 18 * inside**3
    energy = energy + np.where(near, 0.0, 25 / 9 * (lack**3 + 0.2**3))
    return force, slope, np.sign(e) * energy


def passive_force(length: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Force of a fibre that is stretched, beside the largest active one; its slope; its energy."""
    e = np.clip(length - 1.0, 0.0, STRAIGHT - 1.0)
    grown = np.exp(STEEP * e)
    beyond = np.maximum(length - STRAIGHT, 0.0)
    force = PASSIVE * (grown - STEEP * e - 1)
    slope = PASSIVE * STEEP * (grown - 1)
    energy = PASSIVE * ((grown - 1) / STEEP - STEEP * e**2 / 2 - e)
    energy = energy + force * beyond + slope * beyond**2 / 2
    return force + slope * beyond, slope, energy


@dataclass(frozen=True)
class Fibres:
    """Fibres of M muscles in R tetrahedra; an energy of the flesh, as ``Equilibrium`` takes it.

    Attributes:
        lattice: the flesh mesh.
        names: M muscles.
        cube, tetrahedron, muscle: [R] where each piece lies, and whose it is; ordered by cube.
        direction: [R, 3] unit, of the fibre at rest.
        volume: [R] mm^3, of the muscle in the tetrahedron.
        tension: N/mm^2, largest active stress.
        activation: [M] from 0 to 1.
        passive: [M] how much of the passive force acts, from 0 to 1.
    """

    lattice: Lattice
    names: tuple[str, ...]
    cube: np.ndarray
    tetrahedron: np.ndarray
    muscle: np.ndarray
    direction: np.ndarray
    volume: np.ndarray
    tension: float
    activation: np.ndarray
    passive: np.ndarray

    def activated(self, activation: np.ndarray) -> "Fibres":
        """The same fibres at activations [M]."""
        again = replace(self, activation=np.asarray(activation, float))
        # What does not depend on activation is kept.
        for name in ("_grip", "_scatter"):
            again.__dict__[name] = getattr(self, name)
        return again

    @cached_property
    def _grip(self) -> np.ndarray:
        """[R, 8] 1/mm, what each corner of the cube adds to the stretched fibre F f."""
        odd = self.lattice.odd[self.cube].astype(int)
        table = SLOPES[odd, self.tetrahedron]  # [R, 8, 3]
        return (
            np.einsum("rai,ri->ra", table, self.direction) / self.lattice.edge[self.cube][:, None]
        )

    @cached_property
    def _scatter(self) -> sp.csr_matrix:
        """[F, 8 R]: sums over the pieces' corners at each free node."""
        flat = self.lattice.cubes[self.cube].ravel()
        count = len(flat)
        whole = sp.csr_matrix(
            (np.ones(count), (flat, np.arange(count))), (len(self.lattice.nodes), count)
        )
        return (self.lattice.carry.T @ whole).tocsr()

    def stretched(self, strain: Strain) -> tuple[np.ndarray, np.ndarray]:
        """Fibres F f [R, 3] in a pose, and their lengths [R], 1 at rest."""
        fibre = np.einsum("rij,rj->ri", strain.f[self.cube, self.tetrahedron], self.direction)
        return fibre, np.maximum(np.linalg.norm(fibre, axis=1), _SHORTEST)

    def _shares(self) -> tuple[np.ndarray, np.ndarray]:
        """[R] N mm of largest active and of passive force."""
        whole = self.tension * self.volume
        return whole * self.activation[self.muscle], whole * self.passive[self.muscle]

    def energy(self, free: np.ndarray, strain: Strain) -> float:  # noqa: ARG002
        """N mm, zero at rest."""
        length = self.stretched(strain)[1]
        active, passive = self._shares()
        return float((active * active_force(length)[2] + passive * passive_force(length)[2]).sum())

    def forces(self, free: np.ndarray, strain: Strain) -> np.ndarray:  # noqa: ARG002
        """[F, 3] N, slope of the energy by the free nodes."""
        fibre, length = self.stretched(strain)
        active, passive = self._shares()
        pull = active * active_force(length)[0] + passive * passive_force(length)[0]
        return self._scatter @ self._corners(fibre * (pull / length)[:, None])

    def unit_forces(self, strain: Strain) -> np.ndarray:
        """[M, F, 3] N, what each muscle's forces gain by its activation."""
        fibre, length = self.stretched(strain)
        pull = self.tension * self.volume * active_force(length)[0] / length
        corners = self._corners(fibre * pull[:, None]).reshape(-1, 8, 3)
        found = np.zeros((len(self.names), self._scatter.shape[0], 3))
        for number in range(len(self.names)):
            own = np.where(self.muscle == number)[0]
            columns = (8 * own[:, None] + np.arange(8)).ravel()
            found[number] = self._scatter[:, columns] @ corners[own].reshape(-1, 3)
        return found

    def activation_slopes(self, strain: Strain, answer: np.ndarray) -> np.ndarray:
        """[M] slopes of a loss by activations, from its answer [F, 3] mm/N to a force on each free node."""
        fibre, length = self.stretched(strain)
        pull = self.tension * self.volume * active_force(length)[0] / length
        moved = (self.lattice.carry @ answer)[self.lattice.cubes[self.cube]]  # [R, 8, 3]
        along = np.einsum("ra,rai,ri->r", self._grip, moved, fibre) * pull
        return -np.bincount(self.muscle, along, minlength=len(self.names))

    def _corners(self, pull: np.ndarray) -> np.ndarray:
        """[8 R, 3] what pulls [R, 3] along the fibres do to the cubes' corners."""
        return (self._grip[:, :, None] * pull[:, None, :]).reshape(-1, 3)

    def stiffness(self, free: np.ndarray, strain: Strain, held: float) -> np.ndarray | None:  # noqa: ARG002
        """Blocks [C, 24, 24] N/mm; held back, no fibre grows slacker as it is stretched."""
        fibre, length = self.stretched(strain)
        active, passive = self._shares()
        forces, slopes = zip(active_force(length)[:2], passive_force(length)[:2], strict=True)
        pull = (active * forces[0] + passive * forces[1]) / length
        steep = active * slopes[0] + passive * slopes[1]
        steep += held * (np.maximum(steep, 0.0) - steep)
        acts = np.flatnonzero((pull != 0) | (steep != 0))
        if not len(acts):
            return None
        grip, unit = self._grip[acts], (fibre / length[:, None])[acts]
        dyad = (grip[:, :, None] * unit[:, None, :]).reshape(-1, 24)
        # The pieces of a cube side by side, so that one product of matrices adds them up.
        homes, first, counts = np.unique(self.cube[acts], return_index=True, return_counts=True)
        home = np.repeat(np.arange(len(homes)), counts)
        place = np.arange(len(acts)) - first[home]
        ahead, aside = (np.zeros((len(homes), counts.max(), width)) for width in (24, 8))
        ahead[home, place], aside[home, place] = dyad, grip
        bends = np.zeros((2, len(homes), counts.max()))
        bends[:, home, place] = (steep - pull)[acts], pull[acts]
        own = (ahead * bends[0, ..., None]).transpose(0, 2, 1) @ ahead
        add_to_axes(own, (aside * bends[1, ..., None]).transpose(0, 2, 1) @ aside)
        blocks = np.zeros((len(self.lattice.cubes), 24, 24))
        blocks[homes] = own
        return blocks


def make_fibres(flesh: Flesh, *, passive: bool) -> Fibres:
    """The fibres of a flesh, at rest. Muscles that are off do not contract.

    Args:
        flesh: the actor's.
        passive: fibres resist stretch. Leave it off under tracks, which hold passive flesh as it is.
    """
    lattice = flesh.lattice
    skin = np.einsum("sk,skd->sd", flesh.skin_shares, lattice.nodes[lattice.cubes[flesh.skin_cube]])
    graph = ways_through(lattice)
    pieces, shares, ways = [], [], []
    for muscle in flesh.muscles:
        tet, share, way = lie_of(muscle, lattice, graph, skin, flesh.skin_cube)
        pieces.append(tet)
        shares.append(share)
        ways.append(way)
    muscle = np.repeat(np.arange(len(pieces)), [len(p) for p in pieces])
    tet, share = np.concatenate([*pieces, np.zeros(0, int)]), np.concatenate([*shares, np.zeros(0)])
    # Muscles that lie in one place share it.
    whole = np.bincount(tet, share, minlength=5 * len(lattice.cubes))
    share = share / np.maximum(whole, 1.0)[tet]
    order = np.argsort(tet, kind="stable")
    tet, muscle, share = tet[order], muscle[order], share[order]
    way = np.concatenate([*ways, np.zeros((0, 3))])[order]
    strength = np.array([m.strength if m.on else 0.0 for m in flesh.muscles])
    volume = share * flesh.elastic.rest_volume.reshape(-1)[tet] * strength[muscle]
    count = len(flesh.muscles)
    return Fibres(
        lattice,
        tuple(m.name for m in flesh.muscles),
        tet // 5,
        tet % 5,
        muscle,
        way,
        volume,
        flesh.material.tension,
        np.zeros(count),
        np.full(count, float(passive)),
    )


def _centres(lattice: Lattice) -> np.ndarray:
    """[5 C, 3] mm, centres of the tetrahedra at rest."""
    corners = TETRAHEDRA[lattice.odd.astype(int)].reshape(len(lattice.cubes), 20)
    numbers = np.take_along_axis(lattice.cubes, corners, axis=1)
    return lattice.nodes[numbers].reshape(-1, 4, 3).mean(axis=1)


def lie_of(
    muscle: MuscleCurve,
    lattice: Lattice,
    graph: sp.csr_matrix,
    places: np.ndarray,
    homes: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tetrahedra [K] of a muscle, its share of each [K], and the fibres' directions [K, 3].

    Args:
        muscle: its curve.
        lattice: the flesh mesh; tetrahedra are numbered cube by cube.
        graph: its :func:`ways_through`.
        places: [P, 3] mm, skin in rest. It tells on which side of a gap between lips or lids a muscle lies.
        homes: [P] their cubes.
    """
    points, way = muscle.evenly(), muscle.directions()
    reach = FADES * muscle.radius
    apart, nearest = cKDTree(points).query(_centres(lattice), distance_upper_bound=reach)
    close = np.flatnonzero(np.isfinite(apart))
    share = np.clip((FADES - apart[close] / muscle.radius) / (FADES - 1), 0.0, 1.0)
    depth, skin = cKDTree(places).query(points)
    # From the skin above the curve down to it and aside, by the middles of cubes.
    far = depth.max() + 2 * reach + 2 * lattice.edge.max()
    joined = _reached(graph, np.unique(homes[skin]), far)[close // 5]
    kept = (share > LEAST_SHARE) & joined
    return close[kept], share[kept], way[nearest[close[kept]]]


def ways_through(lattice: Lattice) -> sp.csr_matrix:
    """[C, C] mm between the middles of cubes that share a corner; there is no way across a gap."""
    count = len(lattice.cubes)
    rows = np.repeat(np.arange(count), 8)
    at = sp.csr_matrix(
        (np.ones(8 * count), (rows, lattice.cubes.ravel())), (count, len(lattice.nodes))
    )
    beside = sp.triu(at @ at.T, 1).tocoo()
    middle = lattice.nodes[lattice.cubes].mean(axis=1)
    length = np.linalg.norm(middle[beside.row] - middle[beside.col], axis=1)
    return sp.csr_matrix((length, (beside.row, beside.col)), (count, count))


def _reached(graph: sp.csr_matrix, seeds: np.ndarray, far: float) -> np.ndarray:
    """[C] bool: cubes no farther than ``far`` mm from the cubes ``seeds``, through flesh."""
    way = dijkstra(graph, directed=False, indices=seeds, min_only=True, limit=far)
    return np.isfinite(way)
