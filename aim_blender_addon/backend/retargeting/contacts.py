# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes that close and lips that touch on the source do so on the target, and do not pass through.

Lids are led together by their rims, at stations from corner to corner; lips and lids by their surfaces, wherever the
source's touch; and no point of a lip or lid may lie behind the other one's surface by more than it does at rest. All
conditions of an opening are met together, by the smallest smooth motion of the skin (:mod:`yielding`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from ..anatomy.head.rims import UPPER_SHARE
from ..contact.sheets import Sheet, Touch, make_sheets, touch
from ..contact.yielding import LED_MM, Conditions, YieldingSkin, join, make_yielding
from ..geometry.smooth import falling
from ..geometry.surface import SurfacePoints, nearest_points
from .correspondence import Correspondence
from .retarget_face import RetargetFace
from .transfer import size_ratio

STATIONS = 41
#: The source's lids decide below the second, and alone below the first, of these shares of their gap at rest.
LID_SHARE = (0.3, 0.8)
#: Stations that a lid's neighbours to either side count.
NEIGHBOURS = 2.0
#: The source's surfaces decide below the second, and alone below the first, of these gaps, mm.
LIP_MM = (0.1, 0.5)  # not above TOUCHING_MM: a neutral stays what it is
#: Sheets that rest nearer than this touch, mm: the source's motion is then added to the target's rest.
TOUCHING_MM = 0.5
#: That holds while the source's lips have moved less than the first; beyond the second, mm, they close for good.
SEAL_MM = (1.0, 4.0)
#: At the corners skin that should touch need not face the other lip: what is nearer than the first of these, mm,
#: is drawn together to the second.
DRAWN_MM, SLACK_MM = 1.0, 0.2
#: Rounds of correction a frame: surfaces slide along each other in between.
ROUNDS = 4
#: Conditions that are met so well need no further round, mm.
MET_MM = 0.04


@dataclass(frozen=True)
class _Opening:
    """One opening on both faces.

    Attributes:
        here, there: sheets of the source and of the target.
        same: [N] for each point of a target's sheet the one of the source's.
        rest_here: [N] gaps of the latter at rest, inf where there is none.
        apart: [N] gaps of the target's own at rest, else distances, zero where far.
        least: [N] what the target's gaps may not fall below: zero, or what they are at rest.
        rims: lids' stations on the source and the target, or None for lips.
        skin: how the target's yields.
        led: how it yields where lids are led together, farther; None for lips.
    """

    here: tuple[Sheet, Sheet]
    there: tuple[Sheet, Sheet]
    same: tuple[np.ndarray, np.ndarray]
    rest_here: tuple[np.ndarray, np.ndarray]
    apart: tuple[np.ndarray, np.ndarray]
    least: tuple[np.ndarray, np.ndarray]
    rims: "_LidRims | None"
    skin: YieldingSkin
    led: YieldingSkin | None


@dataclass(frozen=True)
class _LidRims:
    """Stations of two lids, upper and lower: N places on each face and the height of their gaps at rest [N], mm."""

    here: tuple[SurfacePoints, SurfacePoints]
    there: tuple[SurfacePoints, SurfacePoints]
    rest_here: np.ndarray
    rest_there: np.ndarray


@dataclass(frozen=True)
class Contacts:
    """All openings that show on both faces.

    Attributes:
        openings: eyes and mouth.
        up, source_up: [3] unit, up of the target's and of the source's face.
        size: target's size over the source's.
        source_rest: [S', 3] the source's skin at rest, mm.
    """

    openings: tuple[_Opening, ...]
    up: np.ndarray
    source_up: np.ndarray
    size: float
    source_rest: np.ndarray

    def correct(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Target skin [S, 3] whose contacts follow the source's skin [S', 3]; both posed, heads at rest, mm."""
        result = np.array(target, np.float64)
        for opening in self.openings:
            lids = self._lids(opening.rims, source) if opening.rims else None
            open_ = lids is not None and not lids[1].any()
            surfaces = None if open_ else self._surfaces(opening, source)
            if lids is not None and not open_:
                conditions = _lid_conditions(opening.rims, lids, result, self.up)
                result = opening.led.yielded(result, conditions)
            for _ in range(ROUNDS):
                found = touch(opening.there, result)
                parts = [_apart(opening, found)]
                if surfaces is not None:
                    parts.append(_together(opening, surfaces, found, result))
                if lids is not None:
                    parts.append(_lid_conditions(opening.rims, lids, result, self.up))
                conditions = join(parts)
                if conditions.worst < MET_MM:
                    break
                result = opening.skin.yielded(result, conditions)
        return result

    def _surfaces(
        self, opening: _Opening, source: np.ndarray
    ) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Gaps [N] mm that the source's surfaces ask of each side's points, and how firmly [N]."""
        asked = []
        for side, found in enumerate(touch(opening.here, source)):
            same = opening.same[side]
            gap, here, there = found.gap[same], opening.rest_here[side], opening.apart[side]
            share = falling(gap, LIP_MM)
            gap = np.maximum(_finite(gap), 0.0)  # lips that pass through each other are shut
            # Lips that rest together here and not there stay as they are, until they move.
            points = opening.here[side].points[same]
            moved = np.linalg.norm(source[points] - self.source_rest[points], axis=1)
            kept = (here < TOUCHING_MM) * falling(moved, SEAL_MM)
            here = np.where(here < TOUCHING_MM, np.maximum(here, 0.0), 0.0)
            asked.append((self.size * gap + kept * (there - self.size * here), share))
        return tuple(asked)

    def _lids(self, rims: _LidRims, source: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Heights [N] mm that the source's lids ask of the target's gaps, and how firmly [N]."""
        gap = _heights(rims.here, source, self.source_up)
        # Stations near the corners have hardly a gap at rest: neighbours say what share of it is left.
        gap, rest = (
            gaussian_filter1d(h, NEIGHBOURS, mode="nearest") for h in (gap, rims.rest_here)
        )
        left = gap / np.maximum(rest, 0.5)
        return left * rims.rest_there, falling(left, LID_SHARE)


def _apart(opening: _Opening, found: tuple[Touch, Touch]) -> Conditions:
    """No point behind the other sheet, beyond what it is at rest."""
    parts = []
    for side in (0, 1):
        gap, least = found[side].gap, opening.least[side]
        rows = np.flatnonzero(gap < least)
        change = least[rows] - gap[rows]
        parts.append(_of(opening, side, found, rows, found[side].normal[rows], change, True))
    return join(parts)


def _together(
    opening: _Opening,
    asked: tuple[tuple[np.ndarray, np.ndarray], ...],
    found: tuple[Touch, Touch],
    skin: np.ndarray,
) -> Conditions:
    """Lips as near as asked: along the normal where they face each other, else by the straight way."""
    parts = []
    for side, (wanted, share) in enumerate(asked):
        gap, least = found[side].gap, opening.least[side]
        faces = np.isfinite(gap)
        away = np.where(faces, gap, found[side].distance)
        rows = np.flatnonzero((share > 0) & (gap >= least) & (faces | (away < DRAWN_MM)))
        wanted, least, faces, away = wanted[rows], least[rows], faces[rows], away[rows]
        together = np.maximum(share[rows] * (wanted - away), least - away)
        nearer = np.minimum(share[rows] * (wanted + SLACK_MM - away), 0.0)
        change = np.where(faces, together, nearer)
        way = skin[opening.there[side].points[rows]] - found[side].there.interpolate(skin)[rows]
        length = np.maximum(np.linalg.norm(way, axis=1), 1e-6)
        along = np.where(faces[:, None], found[side].normal[rows], way / length[:, None])
        parts.append(_of(opening, side, found, rows, along, change, False))
    return join(parts)


def _of(
    opening: _Opening,
    side: int,
    found: tuple[Touch, Touch],
    rows: np.ndarray,
    along: np.ndarray,
    change: np.ndarray,
    pushes: bool,
) -> Conditions:
    """Conditions between points of one side and what they find on the other."""
    points, there = opening.there[side].points[rows], found[side].there
    return Conditions(
        SurfacePoints(np.tile(points[:, None], 3), np.tile([1.0, 0, 0], (len(rows), 1))),
        SurfacePoints(there.corners[rows], there.weights[rows]),
        along,
        change,
        np.full(len(rows), pushes),
    )


def make_contacts(source: RetargetFace, target: RetargetFace, mapped: Correspondence) -> Contacts:
    """Sheets and stations of all openings; those that one of the faces does not show are left out."""
    openings = []
    size = size_ratio(source, target)
    for name in target.rims:
        if name not in source.rims:
            continue
        here, there = (make_sheets(face.skin, face.rims[name]) for face in (source, target))
        if not all(len(sheet.points) for sheet in (*here, *there)):
            continue
        same = tuple(
            cKDTree(source.skin.vertices[a.points]).query(mapped.warped[b.points])[1]
            for a, b in zip(here, there, strict=True)
        )
        rest = touch(here, source.skin.vertices.astype(np.float64))
        rest_here = tuple(found.gap[row] for found, row in zip(rest, same, strict=True))
        rest = touch(there, target.skin.vertices.astype(np.float64))
        apart = tuple(_finite(np.where(np.isfinite(t.gap), t.gap, t.distance)) for t in rest)
        least = tuple(np.minimum(_finite(t.gap), 0.0) for t in rest)
        rims = None if name == "mouth" else _lid_rims(source, target, name)
        share, led = UPPER_SHARE[name], None
        edges = np.concatenate([p.corners for p in rims.there]) if rims else None
        skin = make_yielding(target.skin, target.operator, there, share, also=edges)
        if rims:
            led = make_yielding(target.skin, target.operator, there, share, LED_MM, edges)
        openings.append(_Opening(here, there, same, rest_here, apart, least, rims, skin, led))
    source_rest = source.skin.vertices.astype(np.float64)
    return Contacts(tuple(openings), target.up, source.up, size, source_rest)


def _finite(value: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(value), value, 0.0)


def rim_points(face: RetargetFace, name: str) -> tuple[SurfacePoints, SurfacePoints]:
    """Points of upper and lower rim [N] that meet when the opening closes."""
    return tuple(nearest_points(face.skin, edge) for edge in face.rims[name].evenly(STATIONS))


def _lid_rims(source: RetargetFace, target: RetargetFace, name: str) -> _LidRims:
    here, there = (rim_points(face, name) for face in (source, target))
    rests = [
        _heights(rims, face.skin.vertices, face.up)
        for rims, face in ((here, source), (there, target))
    ]
    return _LidRims(here, there, *rests)


def _heights(
    rims: tuple[SurfacePoints, SurfacePoints], skin: np.ndarray, up: np.ndarray
) -> np.ndarray:
    """How far [N] mm the upper stations are above the lower ones; lids that overlap are shut."""
    upper, lower = (points.interpolate(skin) for points in rims)
    return np.maximum((upper - lower) @ up, 0.0)


def _lid_conditions(
    rims: _LidRims, asked: tuple[np.ndarray, np.ndarray], skin: np.ndarray, up: np.ndarray
) -> Conditions:
    """Rims as far apart in height as asked; in depth and along each other they may slide."""
    wanted, share = asked
    rows = np.flatnonzero(share > 0)
    upper, lower = (SurfacePoints(p.corners[rows], p.weights[rows]) for p in rims.there)
    now = (upper.interpolate(skin) - lower.interpolate(skin)) @ up
    never = np.zeros(len(rows), bool)
    change = share[rows] * (wanted[rows] - now)
    return Conditions(upper, lower, np.tile(up, (len(rows), 1)), change, never)
