# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lips and lids brought to the gaps that are wanted, without passing through each other.

Lids are led together by their rims, at stations from corner to corner; lips and lids by their surfaces, wherever a
gap is wanted; and no point of a lip or lid may lie behind the other one's surface by more than it does at rest. All
conditions of an opening are met together, by the smallest smooth motion of the skin (:mod:`.yielding`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import dijkstra

from ..anatomy.head.rims import Rims
from ..geometry.edge_graph import edge_graph
from ..geometry.laplacian import SurfaceOperator
from ..geometry.mesh import Mesh
from ..geometry.smooth import falling
from ..geometry.surface import SurfacePoints, nearest_points
from .settings import CLOSING, LAYING, YIELDING, ClosingSettings, LayingSettings
from .sheets import Sheet, Touch, rests_across, touch
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
    def of(cls, skin: Mesh, rims: Rims, count: int = CLOSING.stations) -> "RimStations":
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
    """

    gap: np.ndarray
    weight: np.ndarray
    overlap: np.ndarray | None = None

    def change(self, now: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """[M] mm to be added to the gaps ``now`` [M] of ``rows`` [M]."""
        goal = self.gap[rows]
        lowest = goal if self.overlap is None else goal - self.overlap[rows]
        return self.weight[rows] * (np.clip(now, lowest, goal) - now)


@dataclass(frozen=True)
class ClosingOpening:
    """One opening of a face whose gaps can be changed.

    Attributes:
        sheets: upper and lower.
        resting: [N] mm for each sheet, gaps of its points at rest; distances where there is no gap, zero where far.
        least: [N] mm for each sheet, lower bound of the gaps: zero, or the gap at rest where that is below.
        lids: stations of lids; None for lips.
        skin: how the skin yields.
        led: how it yields, farther, where lids are led together; None for lips.
        up: [3] unit vector of the face.
        rest: [S, 3] mm the skin at rest.
        normals: [S, 3] outward unit normals of each sheet at rest.
        settings: of the closing.
    """

    sheets: tuple[Sheet, Sheet]
    resting: tuple[np.ndarray, np.ndarray]
    least: tuple[np.ndarray, np.ndarray]
    lids: RimStations | None
    skin: YieldingSkin
    led: YieldingSkin | None
    up: np.ndarray
    rest: np.ndarray
    normals: tuple[np.ndarray, np.ndarray]
    settings: ClosingSettings = CLOSING

    @classmethod
    def of(
        cls,
        skin: Mesh,
        operator: SurfaceOperator,
        sheets: tuple[Sheet, Sheet],
        lids: RimStations | None,
        upper_share: float,
        up: np.ndarray,
    ) -> "ClosingOpening":
        """An opening of a skin at rest.

        Args:
            skin: mm.
            operator: of the skin.
            sheets: upper and lower.
            lids: stations of lids, which are led together; None for lips.
            upper_share: fraction of a motion that the upper side takes.
            up: [3] unit vector of the face.
        """
        at_rest = skin.vertices.astype(np.float64)
        rest = touch(sheets, at_rest)
        resting = tuple(
            finite(np.where(np.isfinite(found.gap), found.gap, found.distance)) for found in rest
        )
        least = tuple(np.minimum(finite(found.gap), 0.0) for found in rest)
        normals = tuple(sheet.normals(at_rest) for sheet in sheets)
        edges, led = None, None
        if lids is not None:
            edges = np.concatenate([lids.upper.corners, lids.lower.corners])
            led = make_yielding(skin, operator, sheets, upper_share, YIELDING.led_mm, edges)
        yields = make_yielding(skin, operator, sheets, upper_share, also=edges)
        return cls(sheets, resting, least, lids, yields, led, up, at_rest, normals)

    def closed(
        self,
        skin: np.ndarray,
        surfaces: tuple[WantedGaps, WantedGaps] | None,
        lids: WantedGaps | None,
    ) -> np.ndarray:
        """A skin [S, 3] mm, head at rest, whose gaps are as wanted.

        Args:
            skin: posed.
            surfaces: of the points of both sheets; None: they are only kept apart.
            lids: of the stations of lids; None for lips.
        """
        if lids is not None and lids.weight.any():
            skin = self.led.yielded(skin, self._lids_together(lids, skin))
        least = self._least(surfaces)
        for _ in range(self.settings.rounds):
            found = touch(self.sheets, skin)
            parts = [self._apart(found, least)]
            if surfaces is not None:
                parts.append(self._together(surfaces, found, skin, least))
            if lids is not None:
                parts.append(self._lids_together(lids, skin))
            conditions = join(parts)
            if conditions.worst < self.settings.met_mm:
                break
            skin = self.skin.yielded(skin, conditions)
        return skin

    def _least(
        self, surfaces: tuple[WantedGaps, WantedGaps] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """[N] mm for each sheet, how small a gap may be: as at rest, or with the overlap that is left."""
        if surfaces is None:
            return self.least
        return tuple(
            least if wanted.overlap is None else np.minimum(least, -wanted.overlap)
            for least, wanted in zip(self.least, surfaces, strict=True)
        )

    def _apart(
        self, found: tuple[Touch, Touch], least: tuple[np.ndarray, np.ndarray]
    ) -> Conditions:
        """No point behind the other sheet by more than ``least`` [N] says."""
        parts = []
        for side in (0, 1):
            gap = found[side].gap
            rows = np.flatnonzero(gap < least[side])
            across = rests_across(
                self.rest, self.normals[1 - side], self.sheets[side], found[side], rows
            )
            rows = rows[~across]
            change = least[side][rows] - gap[rows]
            parts.append(self._of(side, found, rows, found[side].normal[rows], change, True))
        return join(parts)

    def _together(
        self,
        wanted: tuple[WantedGaps, WantedGaps],
        found: tuple[Touch, Touch],
        skin: np.ndarray,
        least: tuple[np.ndarray, np.ndarray],
    ) -> Conditions:
        """Surfaces as near as wanted: along the normal where they face each other, else straight."""
        parts, settings = [], self.settings
        for side in (0, 1):
            gap, weight = found[side].gap, wanted[side].weight
            faces = np.isfinite(gap)
            distance = np.where(faces, gap, found[side].distance)
            near = faces | (distance < settings.drawn_mm)
            rows = np.flatnonzero((weight > 0) & (gap >= least[side]) & near)
            goal, weight = wanted[side].gap[rows], weight[rows]
            faces, distance = faces[rows], distance[rows]
            together = np.maximum(wanted[side].change(distance, rows), least[side][rows] - distance)
            nearer = np.minimum(weight * (goal + settings.drawn_to_mm - distance), 0.0)
            change = np.where(faces, together, nearer)
            points = self.sheets[side].points[rows]
            straight = skin[points] - found[side].nearest.interpolate(skin)[rows]
            length = np.maximum(np.linalg.norm(straight, axis=1), 1e-6)
            direction = np.where(
                faces[:, None], found[side].normal[rows], straight / length[:, None]
            )
            parts.append(self._of(side, found, rows, direction, change, False))
        return join(parts)

    def _of(
        self,
        side: int,
        found: tuple[Touch, Touch],
        rows: np.ndarray,
        direction: np.ndarray,
        change: np.ndarray,
        pushes: bool,
    ) -> Conditions:
        """Conditions between points of one side and what they find on the other."""
        points, nearest = self.sheets[side].points[rows], found[side].nearest
        return Conditions(
            SurfacePoints(np.tile(points[:, None], 3), np.tile([1.0, 0, 0], (len(rows), 1))),
            SurfacePoints(nearest.corners[rows], nearest.weights[rows]),
            direction,
            change,
            np.full(len(rows), pushes),
        )

    def _lids_together(self, wanted: WantedGaps, skin: np.ndarray) -> Conditions:
        """Rims as far apart in height as wanted; in depth and along each other they may slide."""
        rows = np.flatnonzero(wanted.weight > 0)
        upper, lower = (
            SurfacePoints(p.corners[rows], p.weights[rows])
            for p in (self.lids.upper, self.lids.lower)
        )
        now = RimStations(upper, lower).heights(skin, self.up)
        never = np.zeros(len(rows), bool)
        change = wanted.change(now, rows)
        return Conditions(upper, lower, np.tile(self.up, (len(rows), 1)), change, never)


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


def finite(value: np.ndarray) -> np.ndarray:
    """Values [N] with zero where they are not finite."""
    return np.where(np.isfinite(value), value, 0.0)
