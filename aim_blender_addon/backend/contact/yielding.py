# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smallest smooth motion of the skin that meets conditions between pairs of its points.

Skin is as a plate on a soft bed: forces where it touches move it by its compliance

    G = D F M F D,   F = (M + l^2 L)^-1

with M and L mass and stiffness of the skin, l how far a force is felt, D the fraction that each side takes. For
conditions n_i . (u(a_i) - u(b_i)) = c_i the forces are (N G N^T)^-1 c. Those that may only push leave the active set
where they would pull ([Nocedal2006], section 16.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla
from scipy.linalg.lapack import dposv, dpotrf, dpotrs
from scipy.sparse.csgraph import dijkstra

from ..geometry.edge_graph import edge_graph
from ..geometry.laplacian import SurfaceOperator
from ..geometry.mesh import Mesh
from ..geometry.surface import SurfacePoints
from .settings import YIELDING
from .sheets import Sheet


@dataclass(frozen=True)
class Conditions:
    """N conditions: points ``first`` and ``second`` move apart by ``change`` along ``direction``.

    Attributes:
        first, second: places on the skin.
        direction: [N, 3] unit vectors.
        change: [N] mm; negative: together.
        pushes: [N] bool, conditions that only ever move points apart.
    """

    first: SurfacePoints
    second: SurfacePoints
    direction: np.ndarray
    change: np.ndarray
    pushes: np.ndarray

    @property
    def worst(self) -> float:
        """Largest change that is wanted, mm."""
        return float(np.abs(self.change).max(initial=0.0))

    def about(self, skin: np.ndarray, met_mm: float, reach_mm: float) -> "Conditions":
        """Those that are off by more than ``met_mm`` on a skin [S, 3] mm, and what they could disturb.

        These are conditions within ``reach_mm`` of one that is off.
        """
        off = np.flatnonzero(np.abs(self.change) > met_mm)
        if len(off) > len(self.change) / 2:
            return self
        at = skin[self.first.corners[:, 0]].T
        way = at[:, :, None] - at[:, None, off]
        return self.only(
            np.einsum("cnm,cnm->nm", way, way).min(axis=1, initial=np.inf) < reach_mm**2
        )

    def only(self, chosen: np.ndarray) -> "Conditions":
        """Those of the conditions that are ``chosen`` [N] bool."""
        rows = np.flatnonzero(chosen)
        points = (
            SurfacePoints(p.corners[rows], p.weights[rows]) for p in (self.first, self.second)
        )
        return Conditions(*points, self.direction[rows], self.change[rows], self.pushes[rows])


def join(parts: Sequence[Conditions]) -> Conditions:
    """All conditions of several sets."""
    points = [
        SurfacePoints(
            np.concatenate([getattr(part, name).corners for part in parts]),
            np.concatenate([getattr(part, name).weights for part in parts]),
        )
        for name in ("first", "second")
    ]
    arrays = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("direction", "change", "pushes")
    ]
    return Conditions(*points, *arrays)


@dataclass(frozen=True)
class YieldingSkin:
    """Skin around an opening.

    Attributes:
        number: [S] row of each vertex that can be touched, -1 for the others.
        region: [R] vertices that move.
        compliance: [R, B] motion of the region for forces at the vertices that can be touched.
        own: [B, B] the same at these.
    """

    number: np.ndarray
    region: np.ndarray
    compliance: sp.csr_matrix | np.ndarray
    own: np.ndarray

    def yielded(self, skin: np.ndarray, conditions: Conditions) -> np.ndarray:
        """The skin [S, 3] moved so that the conditions are met."""
        if not len(conditions.change):
            return skin
        result = skin.copy()
        self.let_yield(result, conditions)
        return result

    def let_yield(self, skin: np.ndarray, conditions: Conditions) -> None:
        """Move a skin [S, 3] so that the conditions are met."""
        count = len(conditions.change)
        if not count:
            return
        corners = np.hstack([self.number[p.corners] for p in (conditions.first, conditions.second)])
        weights = np.hstack([conditions.first.weights, -conditions.second.weights])  # [N, 6]
        place = np.zeros(len(self.own), np.int32)
        place[corners] = 1
        touched = np.flatnonzero(place)
        place[touched] = np.arange(len(touched))
        start = np.arange(0, weights.size + 1, 6, dtype=np.int32)
        shape = count, len(touched)
        between = sp.csr_matrix((weights.ravel(), place[corners].ravel(), start), shape)
        own = self.own.take(touched, axis=0).take(touched, axis=1)
        compliance = between @ (between @ own).T  # [N, N], symmetric
        compliance *= conditions.direction @ conditions.direction.T
        compliance.flat[:: count + 1] += YIELDING.ridge * compliance.trace() / count
        force = forces(compliance, conditions.change, conditions.pushes)
        load = between.T @ (force[:, None] * conditions.direction)
        if sp.issparse(self.compliance):
            everywhere = np.zeros((len(self.own), 3))
            everywhere[touched] = load
            skin[self.region] += self.compliance @ everywhere
        else:
            skin[self.region] += (load.T @ self.compliance.T.take(touched, axis=0)).T


def forces(compliance: np.ndarray, change: np.ndarray, pushes: np.ndarray) -> np.ndarray:
    """Forces [N] that make the changes [N], for a compliance [N, N]; those that only push do not pull.

    The compliance is factored once. Forces that would pull are let go, and taken back where their points then come
    nearer than wanted.
    """
    factor, failed = dpotrf(compliance.T, lower=1, overwrite_a=1, clean=0)
    _refuse(failed)
    free = dpotrs(factor, change, lower=1)[0]
    force = free
    known = np.zeros(0, int)  # the forces that were ever let go,
    taken = np.zeros((len(change), 0))  # what unlike changes at their places add to all forces,
    gone = np.zeros(0, bool)  # which are let go now,
    back = np.zeros(0, bool)  # and which of these have to push after all
    for _ in range(1, YIELDING.passes):
        pulls = pushes & (force < 0)
        pulls[known] = False
        more = np.flatnonzero(pulls)
        again = ~gone & (force[known] < 0)
        if not (len(more) or again.any() or back.any()):
            break
        gone = (gone & ~back) | again
        ones = np.zeros((len(change), len(more)), order="F")
        ones[more, np.arange(len(more))] = 1.0
        taken = np.hstack([taken, dpotrs(factor, ones, lower=1, overwrite_b=1)[0]])
        known = np.concatenate([known, more])
        gone = np.concatenate([gone, np.ones(len(more), bool)])
        rows = known[gone]
        own = taken[:, gone]
        _, extra, failed = dposv(own[rows].T, free[rows], lower=1, overwrite_a=1)
        _refuse(failed)
        force = free - own @ extra
        force[rows] = 0.0
        back = np.zeros(len(known), bool)
        back[gone] = extra > 0
    return force


def _refuse(failed: int) -> None:
    if failed:
        raise np.linalg.LinAlgError("The compliance of skin that touches is not positive definite")


def make_yielding(
    skin: Mesh,
    operator: SurfaceOperator,
    sheets: tuple[Sheet, Sheet],
    upper_share: float,
    felt: float = YIELDING.felt_mm,
    also: np.ndarray | None = None,
) -> YieldingSkin:
    """The compliance of the skin about two sheets.

    Args:
        skin: S vertices, mm.
        operator: of the skin.
        sheets: upper and lower.
        upper_share: fraction of a motion that the upper one takes.
        felt: how far a force is felt, mm.
        also: further vertices that can be touched.
    """
    more = [] if also is None else [np.ravel(also)]
    band = np.unique(np.concatenate([*(sheet.vertices for sheet in sheets), *more]))
    graph = edge_graph(skin)
    upper, lower = (dijkstra(graph, indices=sheet.points, min_only=True) for sheet in sheets)
    region = np.union1d(np.flatnonzero(np.minimum(upper, lower) < YIELDING.reach * felt), band)
    mass = operator.mass[region]
    stiff = operator.stiffness[region][:, region]
    loads = np.zeros((len(region), len(band)))
    at = np.searchsorted(region, band)
    loads[at, np.arange(len(band))] = 1.0
    factor = sla.splu((sp.diags(mass) + felt**2 * stiff).tocsc())
    compliance = factor.solve(mass[:, None] * factor.solve(loads))
    # The fraction of each side, going over smoothly at the corners.
    on_upper = 1 / (1 + np.exp(-np.clip((lower - upper)[region], -40, 40)))
    taken = np.sqrt(2 * (upper_share * on_upper + (1 - upper_share) * (1 - on_upper)))
    compliance = taken[:, None] * compliance * taken[at]
    number = np.full(len(skin.vertices), -1)
    number[band] = np.arange(len(band))
    return YieldingSkin(number, region, _without_small(compliance), compliance[at])


def _without_small(compliance: np.ndarray) -> sp.csr_matrix | np.ndarray:
    """A compliance [R, B] without what hardly counts, where that is most of it."""
    felt = np.abs(compliance) > YIELDING.least * np.abs(compliance).max(initial=0.0)
    return (
        sp.csr_matrix(compliance * felt)
        if felt.mean() < YIELDING.sparse
        else np.asfortranarray(compliance)
    )
