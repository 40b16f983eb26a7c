# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volume of the flesh below the skin that is shown: what a sum of shapes adds to it is taken back.

The shown skin meets every scan, so it has the volume of each scan, and a sum has that of all of them. Flesh regains
it, but what is added to its skin so that scans are met brings it back. So volume is counted along the skin, and skin
goes in or out along its normals until a sum has no more than the shapes that make it have in their mean:

    g = H ( W dV + (shown - carried) . A )       a = H ( t U + sum_i g_i b_i (V_i - t_i U) )       H = (M + l^2 L)^-1
    skin = shown - H M n c       c = g beyond what lies between nothing and a

W dV is what the flesh has gained below each place, A are area vectors, V_i is the same of a scan. The share g_i is
that of a shape in all motion of the place. A scan alone has all of it, so that c is nothing there. U is what the jaw
gains at its widest by the scans in which it does most, and t how far it is open. What the skin does is smoothed once
more, as normals turn quickly at rims. What that takes of the volume where skin is bent, G gives back, by the skin in
rest. All of it has slopes.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla
from scipy.spatial import cKDTree

from ..anatomy.survey import FaceSurvey
from ..errors import ScanError
from ..geometry.laplacian import SurfaceOperator
from ..geometry.skinning import skin_with_jaw
from ..geometry.smooth import smooth_step
from ..model.aim import AimModel
from .flesh import Flesh
from .springs import spring_blocks, spring_matrix

#: Volume is counted over so many mm of skin: finer, and skin would get dents.
WIDE_MM = 8.0
#: Where skin bends much, ways smoothed along it take so much less volume with them, at least.
LEAST_TAKEN = 0.4
#: Motion that takes no share from a shape, mm: shapes so small go on as a sum.
STILL_MM = 2.0
#: A jaw that no scan opens far is taken to gain nothing: squares of shares of its widest opening.
BARELY = 0.01
#: So far beyond what is allowed skin begins to answer in full, and allowed volume to have a sign, mm.
SOFT_MM, SIGN_MM = 0.1, 0.1
#: Rims of lips and lids stay, so that a closed mouth shows no slit; beyond so many mm skin moves in full.
RIM_MM, AWAY_MM = 3.0, 15.0
#: How firmly skin takes up the volume below it, beside how easily flesh hands it on.
TAKES_UP = 100.0


@dataclass(frozen=True)
class KeptVolume:
    """Counts the volume of an actor's flesh along its skin.

    Attributes:
        flesh: with tracks.
        model: the actor.
    """

    flesh: Flesh
    model: AimModel

    @cached_property
    def triangles(self) -> np.ndarray:
        """[T, 3] of the skin that the flesh carries, as numbers of it."""
        number = np.full(len(self.model.neutral.vertices), -1)
        number[self.flesh.skin] = np.arange(len(self.flesh.skin))
        triangles = number[self.model.neutral.triangles]
        return triangles[(triangles >= 0).all(axis=1)]

    @cached_property
    def _gather(self) -> sp.csr_matrix:
        """[S, T]: sums of triangles at their corners."""
        count = len(self.triangles)
        rows = self.triangles.ravel()
        columns = np.repeat(np.arange(count), 3)
        return sp.csr_matrix((np.ones(3 * count), (rows, columns)), (len(self.flesh.skin), count))

    @cached_property
    def _spread(self) -> tuple[sla.SuperLU, sp.csr_matrix, sp.csr_matrix]:
        """What hands volume through the flesh to the skin: a factor, from cubes to nodes, and from nodes to skin."""
        flesh, lattice = self.flesh, self.flesh.lattice
        count = len(lattice.cubes)
        around = lattice.edge[:, None, None] * (np.eye(8) - 1 / 8)
        firm = np.full(len(flesh.skin), TAKES_UP)
        pins = spring_blocks(count, flesh.skin_cube, flesh.skin_shares, firm)
        factor = sla.splu(spring_matrix(lattice, around + pins).tocsc())
        corners = sp.csr_matrix(
            (np.full(8 * count, 1 / 8), (lattice.cubes.ravel(), np.repeat(np.arange(count), 8))),
            (len(lattice.nodes), count),
        )
        return factor, (lattice.carry.T @ corners).tocsr(), TAKES_UP * flesh.skin_places

    @cached_property
    def _even(self) -> tuple[sla.SuperLU, np.ndarray]:
        """The factor of heat flow along the skin, whose border stays, and areas [S] mm^2."""
        surface = SurfaceOperator.of(self.model.neutral.vertices, self.model.neutral.triangles)
        rows = self.flesh.skin
        mass, stiffness = surface.mass[rows], surface.stiffness[rows][:, rows]
        return sla.splu((sp.diags(mass) + WIDE_MM**2 * stiffness).tocsc()), mass

    @cached_property
    def _free(self) -> np.ndarray:
        """[S] from 0 at the rims of lips and lids to 1 away from them."""
        try:
            rims = FaceSurvey(self.model.neutral).rims.values()
        except ScanError:  # contact says it, and flesh without a face has no lips to keep shut
            rims = ()
        edges = [edge for rim in rims for edge in (rim.upper, rim.lower)]
        skin = self.model.neutral.vertices[self.flesh.skin]
        if not edges:
            return np.ones(len(skin))
        apart = cKDTree(np.concatenate(edges)).query(skin)[0]
        return smooth_step((apart - RIM_MM) / (AWAY_MM - RIM_MM))

    @cached_property
    def _gain(self) -> np.ndarray:
        """[S] how much more skin is to go in where it is bent."""
        out = _unit(self.areas(self.model.neutral.vertices[self.flesh.skin].astype(float)))
        taken = (out * self._smoothed(out)).sum(axis=1, keepdims=True)
        return 1 / np.maximum(self._smoothed(taken)[:, 0], LEAST_TAKEN)

    def _over_skin(self, surplus: np.ndarray) -> np.ndarray:
        """[S, ...] mm by which skin is to go in for a surplus of mm^3 at each place."""
        return self._even[0].solve(surplus)

    def _smoothed(self, ways: np.ndarray) -> np.ndarray:
        """Ways [S, ...] along the skin, without what is finer than volume is counted."""
        factor, mass = self._even
        return factor.solve(mass[:, None] * ways.reshape(len(mass), -1)).reshape(ways.shape)

    @cached_property
    def _motion(self) -> np.ndarray:
        """[E, S] squares of how far each expression moves the skin, mm^2."""
        moves = np.asarray(self.flesh.tracks.moves, float)
        moved = [self.flesh.skin_places @ move for move in moves]
        return (np.array(moved).reshape(len(moves), -1, 3) ** 2).sum(axis=2)

    def areas(self, skin: np.ndarray) -> np.ndarray:
        """[S, 3] mm^2, area vectors of skin [S, 3]."""
        a, b, c = skin[self.triangles.T]
        return self._gather @ np.cross(b - a, c - a) / 6

    def _area_slopes(self, skin: np.ndarray, way: np.ndarray) -> np.ndarray:
        a, b, c = skin[self.triangles.T]
        da, db, dc = way[self.triangles.T]
        return self._gather @ (np.cross(db - da, c - a) + np.cross(b - a, dc - da)) / 6

    def _below(self, gained: np.ndarray) -> np.ndarray:
        """[S, ...] mm^3 that the flesh below each place gained, of what its cubes gained [C, ...]."""
        factor, to_nodes, to_skin = self._spread
        return to_skin @ factor.solve(to_nodes @ gained)

    def gained(self, free: np.ndarray, carried: np.ndarray, shown: np.ndarray) -> np.ndarray:
        """[S] mm^3 of volume that the flesh has gained below each place of the shown skin.

        Args:
            free: [F, 3] mm, nodes of the flesh.
            carried: [S, 3] mm, the skin as the nodes carry it, with nothing added.
            shown: [S, 3] mm.
        """
        elastic = self.flesh.elastic
        volume = elastic.strain(self.flesh.lattice.carry @ free).volume
        below = self._below((elastic.rest_volume * (volume - 1)).sum(axis=1))
        return below + ((shown - carried) * self.areas(shown)).sum(axis=1)

    def _open(self, opening: float) -> tuple[float, float]:
        """Share of the widest opening that the flesh knows, and its slope."""
        low, high = self.flesh.tracks.openings[[0, -1]]
        return float(np.clip(opening, low, high) / high), float(low < opening < high) / high

    @cached_property
    def _by_jaw(self) -> tuple[np.ndarray, np.ndarray]:
        """[S] mm^3 that the open jaw gains, and [E, S] what each scan gains beyond that."""
        flesh, volume = self.flesh, self.flesh.scan_volume
        rest = self.model.neutral.vertices[flesh.skin].astype(float)
        parameters = [flesh.joint.parameters(pose) for pose in self.model.jaw_poses]
        share = np.array([self._open(each[0])[0] for each in parameters])[:, None]
        moved = []
        for each in parameters:
            pose = flesh.joint.pose([each[0], 0.0, 0.0, 0.0])
            moved.append(skin_with_jaw(rest, pose, flesh.skin_jaw_share) - rest)
        moved = (np.array(moved) ** 2).sum(axis=2)
        told = moved / (moved + self._motion + STILL_MM**2)
        jaw = (told * share * volume).sum(axis=0) / ((told * share**2).sum(axis=0) + BARELY)
        return jaw, volume - share * jaw

    def allowed(self, weights: np.ndarray, opening: float) -> np.ndarray:
        """[S] mm^3 that expressions [E] and an open jaw (radians) may gain.

        That is what the scans gained, each by its share in the motion.
        """
        jaw, volume = self._by_jaw
        own = weights[:, None] * self._shares(weights) * volume
        return self._open(opening)[0] * jaw + own.sum(axis=0)

    def _shares(self, weights: np.ndarray) -> np.ndarray:
        moved = weights[:, None] ** 2 * self._motion
        return (moved + STILL_MM**2) / (moved.sum(axis=0) + STILL_MM**2)

    def allowed_slopes(self, weights: np.ndarray, opening: float) -> np.ndarray:
        """[E + 1, S] slopes of :meth:`allowed` by the weights and the opening."""
        (jaw, volume), weight = self._by_jaw, weights[:, None]
        shares = self._shares(weights)
        own = (weight * shares * volume).sum(axis=0)
        whole = (weight**2 * self._motion).sum(axis=0) + STILL_MM**2
        turned = 2 * weight * self._motion / whole * (weight * volume - own)
        return np.vstack([shares * volume + turned, self._open(opening)[1] * jaw])

    def kept(
        self, free: np.ndarray, shown: np.ndarray, weights: np.ndarray, opening: float
    ) -> np.ndarray:
        """Skin [S, 3] whose flesh gained no more than :meth:`allowed`; of nodes [F, 3] and shown skin [S, 3]."""
        carried = self.flesh.skin_places @ free
        gained, allowed = self.gained(free, carried, shown), self.allowed(weights, opening)
        depth = _beyond(*self._over_skin(np.stack([gained, allowed], axis=1)).T)[0]
        inward = (self._gain * depth)[:, None] * _unit(self.areas(shown))
        return shown - self._free[:, None] * self._smoothed(inward)

    def kept_slopes(  # noqa: PLR0913
        self,
        free: np.ndarray,
        shown: np.ndarray,
        weights: np.ndarray,
        opening: float,
        nodes: np.ndarray,
        ways: np.ndarray,
    ) -> np.ndarray:
        """Slopes [S, 3, P] of :meth:`kept`, P = E weights and the jaw's parameters.

        Args:
            free, shown, weights, opening: as there.
            nodes: [F, 3, P] slopes of the nodes.
            ways: [S, 3, P] slopes of the shown skin.
        """
        flesh, elastic, places = self.flesh, self.flesh.elastic, self.flesh.skin_places
        strain = elastic.strain(flesh.lattice.carry @ free)
        areas, added = self.areas(shown), shown - places @ free
        gained, swept, turned = [], [], []
        for node, way in zip(nodes.transpose(2, 0, 1), ways.transpose(2, 0, 1), strict=True):
            grows = elastic.strain(flesh.lattice.carry @ node).f
            grows = np.einsum("ceij,ceij->ce", strain.cofactor, grows)
            gained.append((elastic.rest_volume * grows).sum(axis=1))
            turned.append(self._area_slopes(shown, way))
            swept.append(((way - places @ node) * areas + added * turned[-1]).sum(axis=1))
        grown = self._below(np.stack(gained, axis=1)) + np.stack(swept, axis=1)
        may = np.zeros_like(grown)
        may[:, : len(weights) + 1] = self.allowed_slopes(weights, opening).T
        both = [self.gained(free, places @ free, shown), self.allowed(weights, opening)]
        depth, by_gained, by_allowed = _beyond(*self._over_skin(np.stack(both, axis=1)).T)
        depths = by_gained[:, None] * self._over_skin(grown)
        depths += by_allowed[:, None] * self._over_skin(may)
        out = _unit(areas)
        turns = np.stack(turned, axis=2)
        turns = turns - out[:, :, None] * (out[:, :, None] * turns).sum(axis=1, keepdims=True)
        turns = turns / np.maximum(np.linalg.norm(areas, axis=1), 1e-9)[:, None, None]
        inward = out[:, :, None] * depths[:, None, :] + depth[:, None, None] * turns
        return ways - self._free[:, None, None] * self._smoothed(self._gain[:, None, None] * inward)


def _beyond(gained: np.ndarray, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is gained beyond all between nothing and what is allowed, all [S] mm, and its slopes by both.

    It begins without a kink, and it is nothing where all that is allowed is gained.
    """
    size = np.sqrt(allowed**2 + SIGN_MM**2)
    over = np.maximum(gained - (allowed + size) / 2, 0.0)
    under = np.maximum((allowed - size) / 2 - gained, 0.0)
    beyond = over**2 / (over + SOFT_MM) - under**2 / (under + SOFT_MM)
    up, down = ((x**2 + 2 * SOFT_MM * x) / (x + SOFT_MM) ** 2 for x in (over, under))
    by_allowed = -(up * (1 + allowed / size) + down * (1 - allowed / size)) / 2
    return beyond, up + down, by_allowed


def _unit(ways: np.ndarray) -> np.ndarray:
    return ways / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-9)
