# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lips and lids brought to the gaps that are wanted, without passing through each other.

Lids are led together by their rims, at stations from corner to corner; lips and lids by their surfaces, wherever a
gap is wanted; and no point of a lip or lid may lie behind the other one's surface by more than it does at rest. All
conditions of an opening are met together, by the smallest smooth motion of the skin (:mod:`.yielding`).
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from ..anatomy.head.rims import Rims
from ..geometry.edge_graph import edge_graph
from ..geometry.laplacian import SurfaceOperator
from ..geometry.mesh import Mesh
from ..geometry.smooth import falling
from ..geometry.surface import SurfacePoints, nearest_points
from .settings import LAYING, LIDS, LIPS, YIELDING, ClosingSettings, LayingSettings
from .sheets import Sheet
from .touching import Touch, TwoSheets, rests_across
from .yielding import Conditions, YieldingSkin, join, make_yielding


@dataclass(frozen=True)
class RimStations:
    """N places on the upper and on the lower rim of an opening that meet when it closes.

    Attributes:
        upper, lower: places on the skin.
    """

    upper: SurfacePoints
    lower: SurfacePoints

    @classmethod
    def of(cls, skin: Mesh, rims: Rims, count: int = LIDS.stations) -> "RimStations":
        """Stations spread evenly from corner to corner of an opening of the skin."""
        return cls(*(nearest_points(skin, edge) for edge in rims.evenly(count)))

    def heights(self, skin: np.ndarray, up: np.ndarray) -> np.ndarray:
        """How far [N] mm the upper stations of a skin [S, 3] are above the lower ones along ``up`` [3]."""
        return (self.upper.interpolate(skin) - self.lower.interpolate(skin)) @ up

    def open_heights(self, skin: np.ndarray, up: np.ndarray) -> np.ndarray:
        """The same, zero where lids overlap: they are shut."""
        return np.maximum(self.heights(skin, up), 0.0)


@dataclass(frozen=True)
class WantedGaps:
    """Gaps that N points or stations shall have.

    Attributes:
        gap: [N] mm.
        weight: [N] in [0, 1], fraction of the change to it that is made; 0: none is wanted.
        overlap: [N] mm. A gap that is smaller by no more than this is left; None: by nothing.
        sliding: [N] bool, where the upper sheet may lie before the lower one; None: nowhere.
    """

    gap: np.ndarray
    weight: np.ndarray
    overlap: np.ndarray | None = None
    sliding: np.ndarray | None = None

    def change(
        self, now: np.ndarray, rows: np.ndarray, loose: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """[M] mm to be added to the gaps ``now`` [M] of ``rows`` [M]; gaps larger by up to ``loose`` mm are left."""
        goal = self.gap[rows]
        lowest = goal if self.overlap is None else goal - self.overlap[rows]
        return self.weight[rows] * (np.clip(now, lowest, goal + loose) - now)

    def settled(self, now: np.ndarray) -> "WantedGaps":
        """The same, with a fraction of a change worked out from the gaps ``now`` [N]: later rounds add none to it."""
        part = self.weight < 1
        gap = np.where(part, now + self.change(now, slice(None)), self.gap)
        overlap = None if self.overlap is None else np.where(part, 0.0, self.overlap)
        return replace(self, gap=gap, weight=np.sign(self.weight), overlap=overlap)


@dataclass(frozen=True)
class ClosingOpening:
    """One opening of a face whose gaps can be changed.

    Attributes:
        sheets: upper and lower.
        both: the same, prepared for gaps between them; of N points.
        resting: [N] mm, gaps of the points at rest; distances where there is no gap, zero where far.
        least: [N] mm, lower bound of the gaps: zero, or the gap at rest where that is below.
        lids: stations of lids; None for lips.
        skin: how the skin yields.
        led: how it yields, farther, where lids are led together; None for lips.
        up, front: [3] unit vectors of the face.
        lining: [S] bool, what lies behind the rims; None where nobody knows.
        rest: [S, 3] mm the skin at rest.
        normals: [S, 3] outward unit normals of the sheets at rest.
        beside, next_to: [N, N] bool, points of one sheet that lie near and next to each other.
        settings: of the closing.
    """

    sheets: tuple[Sheet, Sheet]
    both: TwoSheets
    resting: np.ndarray
    least: np.ndarray
    lids: RimStations | None
    skin: YieldingSkin
    led: YieldingSkin | None
    up: np.ndarray
    front: np.ndarray | None
    lining: np.ndarray | None
    rest: np.ndarray
    normals: np.ndarray
    beside: sp.csr_matrix
    next_to: sp.csr_matrix
    settings: ClosingSettings

    @classmethod
    def of(
        cls,
        skin: Mesh,
        operator: SurfaceOperator,
        sheets: tuple[Sheet, Sheet],
        lids: RimStations | None,
        upper_share: float,
        up: np.ndarray,
        front: np.ndarray | None = None,
        lining: np.ndarray | None = None,
    ) -> "ClosingOpening":
        """An opening of a skin at rest.

        Args:
            skin: mm.
            operator: of the skin.
            sheets: upper and lower.
            lids: stations of lids, which are led together; None for lips.
            upper_share: fraction of a motion that the upper side takes.
            up: [3] unit vector of the face.
            front: [3] the same; needed where lids slide over each other or a lining is given.
            lining: [S] bool, what lies behind the rims.
        """
        at_rest = skin.vertices.astype(np.float64)
        both = TwoSheets.of(sheets)
        rest = both.touch(at_rest)
        resting = finite(np.where(np.isfinite(rest.gap), rest.gap, rest.distance))
        least = np.minimum(finite(rest.gap), 0.0)
        normals = sum(sheet.normals(at_rest) for sheet in sheets)
        edges, led = None, None
        if lids is not None:
            edges = np.concatenate([lids.upper.corners, lids.lower.corners])
            led = make_yielding(skin, operator, sheets, upper_share, YIELDING.led_mm, edges)
        yields = make_yielding(skin, operator, sheets, upper_share, also=edges)
        settings = LIPS if lids is None else LIDS
        beside, next_to = (
            sp.block_diag([_within(at_rest[s.points], reach) for s in sheets], "csr").astype(bool)
            for reach in (settings.beside_mm, settings.next_mm)
        )
        return cls(
            sheets,
            both,
            resting,
            least,
            lids,
            yields,
            led,
            up,
            front,
            lining,
            at_rest,
            normals,
            beside,
            next_to,
            settings,
        )

    def closed(
        self, skin: np.ndarray, surfaces: WantedGaps | None, lids: WantedGaps | None
    ) -> np.ndarray:
        """A skin [S, 3] mm, head at rest, whose gaps are as wanted.

        Args:
            skin: posed.
            surfaces: of the points of both sheets; None: they are only kept apart.
            lids: of the stations of lids; None for lips.
        """
        skin = skin.copy()
        if lids is not None and lids.weight.any():
            lids = lids.settled(self.lids.heights(skin, self.up))
            self.led.let_yield(skin, self._lids_together(lids, skin))
        least, up_to = self.least, 0.0
        if surfaces is not None:
            up_to = np.where(surfaces.weight > 0, np.inf, 0.0)
            if surfaces.overlap is not None:
                least = np.minimum(least, -surfaces.overlap)
        among = None
        for _ in range(self.settings.rounds):
            found = self.both.touch(skin, self.settings.deepest_mm, up_to, among)
            if among is None:
                soon = (found.distance < self.settings.soon_mm) | (up_to > 0)
                among = np.flatnonzero(soon & np.isfinite(found.distance))
            if surfaces is not None and surfaces.sliding is not None:
                found = self._before_each_other(found, surfaces.sliding)
            parts = [self._apart(found, least)]
            if surfaces is not None:
                parts.append(self._together(surfaces, found, skin, least))
            if lids is not None:
                parts.append(self._lids_together(lids, skin))
            conditions = join(parts)
            if conditions.worst < self.settings.met_mm:
                break
            about = conditions.about(skin, self.settings.met_mm, self.settings.disturbs_mm)
            self.skin.let_yield(skin, about)
        return skin

    def _before_each_other(self, found: Touch, sliding: np.ndarray) -> Touch:
        """Without gaps that would push a sheet back from where it slides over the other: it may only go before it."""
        forward = found.normal @ self.front
        forward[self.both.first :] *= -1  # the lower sheet goes behind the upper one
        return replace(found, gap=np.where(sliding & (forward < 0), np.inf, found.gap))

    def _apart(self, found: Touch, least: np.ndarray) -> Conditions:
        """No point behind the other sheet by more than ``least`` [N] says."""
        least = least - self.settings.pressed_mm
        rows = np.flatnonzero(found.gap < least)
        across = rests_across(self.rest, self.normals, self.both.points, found, rows)
        rows = rows[~(across | self._aside(found, rows))]
        return self._of(found, rows, least[rows] - found.gap[rows], True, found.normal[rows])

    def _aside(self, found: Touch, rows: np.ndarray) -> np.ndarray:
        """[M] bool: points behind a rim that skin behind the other one would push from corner to corner.

        In the corner of a wide open mouth both linings are one wall, and none passes through the other.
        """
        if self.lining is None:
            return np.zeros(len(rows), bool)
        behind = self.lining[self.both.points[rows]]
        behind &= self.lining[found.nearest.corners[rows]].all(axis=1)
        along = np.cross(self.up, self.front)
        return behind & (np.abs(found.normal[rows] @ along) > self.settings.aside)

    def _together(
        self, wanted: WantedGaps, found: Touch, skin: np.ndarray, least: np.ndarray
    ) -> Conditions:
        """Surfaces as near as wanted: along the normal where they face each other, else straight."""
        gap, asked, settings = found.gap, wanted.weight > 0, self.settings
        faces = np.isfinite(gap)
        apart = np.where(faces, np.abs(gap), found.distance)
        shut = apart < settings.drawn_to_mm + settings.loose_mm
        beside, next_to = self.beside @ shut, self.next_to @ shut
        facing = np.flatnonzero(asked & faces & (gap >= least))
        loose = np.where(beside[facing], settings.beside_loose_mm, settings.loose_mm)
        change = wanted.change(gap[facing], facing, loose)
        change = np.maximum(change, least[facing] - gap[facing])
        turned = np.flatnonzero(asked & ~faces & (apart < settings.drawn_mm) & ~next_to)
        nearer = wanted.gap[turned] + settings.drawn_to_mm - apart[turned]
        turned, nearer = turned[nearer < 0], nearer[nearer < 0]
        corners, weights = found.nearest.corners[turned], found.nearest.weights[turned]
        straight = skin[self.both.points[turned]]
        straight -= np.einsum("nk,nkc->nc", weights, skin[corners])
        straight /= np.maximum(np.linalg.norm(straight, axis=1, keepdims=True), 1e-6)
        return self._of(
            found,
            np.concatenate([facing, turned]),
            np.concatenate([change, wanted.weight[turned] * nearer]),
            False,
            np.concatenate([found.normal[facing], straight]),
        )

    def _of(
        self,
        found: Touch,
        rows: np.ndarray,
        change: np.ndarray,
        pushes: bool,
        direction: np.ndarray,
    ) -> Conditions:
        """Conditions between points and what they find on the other side."""
        weights = np.zeros((len(rows), 3))
        weights[:, 0] = 1.0
        points = self.both.points[rows]
        return Conditions(
            SurfacePoints(points[:, None].repeat(3, axis=1), weights),
            SurfacePoints(found.nearest.corners[rows], found.nearest.weights[rows]),
            direction,
            change,
            np.full(len(rows), pushes),
        )

    def _lids_together(self, wanted: WantedGaps, skin: np.ndarray) -> Conditions:
        """Rims as far apart in height as wanted; in depth and along each other they may slide."""
        change = wanted.change(self.lids.heights(skin, self.up), slice(None))
        rows = np.flatnonzero(change)
        upper, lower = (
            SurfacePoints(p.corners[rows], p.weights[rows])
            for p in (self.lids.upper, self.lids.lower)
        )
        never = np.zeros(len(rows), bool)
        return Conditions(upper, lower, np.tile(self.up, (len(rows), 1)), change[rows], never)


def lips_as_in_rest(
    skin: Mesh,
    stations: RimStations,
    left: np.ndarray,
    posed: np.ndarray,
    settings: LayingSettings = LAYING,
) -> np.ndarray:
    """Posed skin [S, 3] mm with the lips on each other as in rest, midway between them; skin around them follows.

    Leading the rims alone together, however smoothly, would turn the inside of the lips out.

    Args:
        skin: at rest, mm.
        stations: of the mouth.
        left: [3] unit vector of the face.
        posed: [S, 3] mm.
        settings: of the laying.
    """
    rest = skin.vertices.astype(np.float64)
    upper, lower = stations.upper, stations.lower
    moved = (upper.interpolate(posed - rest) + lower.interpolate(posed - rest)) / 2
    across = upper.interpolate(rest) @ left
    order = np.argsort(across)
    across, moved = across[order], moved[order]
    for _ in range(settings.even_rounds):
        moved[1:-1] = (moved[:-2] + 2 * moved[1:-1] + moved[2:]) / 4
    at = rest @ left
    shift = np.stack([np.interp(at, across, column) for column in moved.T], axis=1)
    starts = np.unique(np.concatenate([upper.corners, lower.corners]))
    bounds = settings.lips_mm, settings.free_mm
    distance = dijkstra(edge_graph(skin), indices=starts, limit=bounds[1], min_only=True)
    return posed + falling(distance, bounds)[:, None] * (rest + shift - posed)


def _within(points: np.ndarray, reach: float) -> sp.csr_matrix:
    """[N, N] which of the points [N, 3] mm lie within ``reach`` mm of each other."""
    pairs = cKDTree(points).query_pairs(reach, output_type="ndarray").T
    rows, columns = np.hstack([pairs, pairs[::-1]])
    return sp.csr_matrix((np.ones(len(rows)), (rows, columns)), (len(points), len(points)))


def finite(value: np.ndarray) -> np.ndarray:
    """Values [N] with zero where they are not finite."""
    return np.where(np.isfinite(value), value, 0.0)
