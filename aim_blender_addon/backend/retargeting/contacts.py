# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes that close and lips that touch on the source do so on the target, and do not pass through.

Lids are led together by their rims, at stations from corner to corner; lips by their surfaces, wherever the source's
touch; and no point of a lip or lid may lie behind the other one's surface by more than it does at rest. All of an
opening's conditions are met together, by the smallest smooth motion of the skin (:mod:`yielding`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..geometry.surface import SurfacePoints, nearest_points
from .contact_sheets import Sheet, Touch, make_sheets, touch
from .correspondence import Correspondence
from .face import RetargetFace
from .rims import Rims
from .transfer import size_ratio
from .yielding import LED_MM, Conditions, YieldingSkin, join, make_yielding

STATIONS = 41
#: Share of a correction that the upper side takes.
UPPER_SHARE = {"mouth": 0.5, "eye_left": 0.85, "eye_right": 0.85}
#: The source's lids decide below the second, and alone below the first, of these shares of their gap at rest.
LID_SHARE = (0.3, 0.6)
#: The source's lips decide below the second, and alone below the first, of these gaps, mm.
LIP_MM = (0.1, 0.5)  # not above TOUCHING_MM: a neutral stays what it is
#: Sheets that rest nearer than this touch, mm: the source's motion is then added to the target's rest.
TOUCHING_MM = 0.5
#: Rounds of correction a frame: surfaces slide along each other in between.
ROUNDS = 4
#: Conditions that are met so well need no further round, mm.
MET_MM = 0.04


@dataclass(frozen=True)
class _Opening:
    """One opening on both faces.

    Attributes:
        here, there: sheets of the source and of the target.
        rest_here, rest_there: gaps at rest [N] of each sheet's points, inf where there is none.
        same: [N] for each point of a target's sheet the one of the source's.
        rims: lids' stations on the source and the target, or None for lips.
        skin: how the target's yields.
        led: how it yields where lids are led together, farther; None for lips.
    """

    here: tuple[Sheet, Sheet]
    there: tuple[Sheet, Sheet]
    rest_here: tuple[np.ndarray, np.ndarray]
    rest_there: tuple[np.ndarray, np.ndarray]
    same: tuple[np.ndarray, np.ndarray]
    rims: "_LidRims | None"
    skin: YieldingSkin
    led: YieldingSkin | None


@dataclass(frozen=True)
class _LidRims:
    """Stations of two lids, upper and lower: N places on each face and their gap vectors at rest [N, 3]."""

    here: tuple[SurfacePoints, SurfacePoints]
    there: tuple[SurfacePoints, SurfacePoints]
    rest_here: np.ndarray
    rest_there: np.ndarray
    local: np.ndarray


@dataclass(frozen=True)
class Contacts:
    """All openings that show on both faces.

    Attributes:
        openings: eyes and mouth.
        axes, source_axes: [3, 3] rows left, up, front of the target's and the source's face.
        size: target's size over the source's.
    """

    openings: tuple[_Opening, ...]
    axes: np.ndarray
    source_axes: np.ndarray
    size: float

    def correct(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Target skin [S, 3] whose contacts follow the source's skin [S', 3]; both posed, heads at rest, mm."""
        result = np.array(target, np.float64)
        for opening in self.openings:
            asked = touch(opening.here, source)
            lids = self._lids(opening.rims, source) if opening.rims else None
            if lids is not None:
                conditions = _lid_conditions(opening.rims, lids, result, self.axes)
                result = opening.led.yielded(result, conditions)
            for _ in range(ROUNDS):
                found = touch(opening.there, result)
                parts = [self._surfaces(opening, asked, found)]
                if lids is not None:
                    parts.append(_lid_conditions(opening.rims, lids, result, self.axes))
                conditions = join(parts)
                if conditions.worst < MET_MM:
                    break
                result = opening.skin.yielded(result, conditions)
        return result

    def _surfaces(
        self, opening: _Opening, asked: tuple[Touch, Touch], found: tuple[Touch, Touch]
    ) -> Conditions:
        """No point behind the other sheet, and lips together where the source's are."""
        parts = []
        for side in (0, 1):
            gap, rest = found[side].gap, opening.rest_there[side]
            least = np.minimum(np.where(np.isfinite(rest), rest, 0.0), 0.0)
            goal, closing = np.maximum(gap, least), np.zeros(len(gap), bool)
            if opening.rims is None:
                wanted, share = self._lips(opening, asked[side], side)
                closing = np.isfinite(gap) & (share > 0)
                change = share[closing] * (wanted[closing] - gap[closing])
                goal[closing] = np.maximum(gap[closing] + change, least[closing])
            rows = np.flatnonzero(np.isfinite(gap) & (closing | (gap < least)))
            points = opening.there[side].points[rows]
            parts.append(
                Conditions(
                    SurfacePoints(
                        np.tile(points[:, None], 3), np.tile([1.0, 0, 0], (len(rows), 1))
                    ),
                    SurfacePoints(found[side].there.corners[rows], found[side].there.weights[rows]),
                    found[side].normal[rows],
                    goal[rows] - gap[rows],
                    ~closing[rows],
                )
            )
        return join(parts)

    def _lips(self, opening: _Opening, asked: Touch, side: int) -> tuple[np.ndarray, np.ndarray]:
        """Gap [N] mm that the source's lips ask of the target's points, inf where none, and how firmly [N]."""
        same = opening.same[side]
        gap, rest_here = asked.gap[same], opening.rest_here[side][same]
        rest_there = np.where(np.isfinite(opening.rest_there[side]), opening.rest_there[side], 0.0)
        share = _falling(gap, LIP_MM)  # lips that pass through each other are shut, however far
        gap = np.maximum(gap, 0.0)
        touched = rest_here < TOUCHING_MM
        added = rest_there + self.size * (gap - np.where(touched, np.maximum(rest_here, 0.0), 0.0))
        return np.where(touched, added, self.size * gap), np.where(np.isfinite(gap), share, 0.0)

    def _lids(self, rims: _LidRims, source: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gap vectors [N, 3] that the source's lids ask of the target's, and how firmly [N]."""
        gap = rims.here[0].interpolate(source) - rims.here[1].interpolate(source)
        up = self.source_axes[1]
        gap = gap + np.maximum(-gap @ up, 0.0)[:, None] * up
        rest = np.maximum(np.linalg.norm(rims.rest_here, axis=1), 0.5)
        share = _falling(gap @ up / rest, LID_SHARE)
        return rims.rest_there + np.einsum("nij,nj->ni", rims.local, gap - rims.rest_here), share


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
        rests = [
            tuple(found.gap for found in touch(sheets, face.skin.vertices.astype(np.float64)))
            for sheets, face in ((here, source), (there, target))
        ]
        rims = None if name == "mouth" else _lid_rims(source, target, name, size)
        share, led = UPPER_SHARE[name], None
        edges = np.concatenate([p.corners for p in rims.there]) if rims else None
        skin = make_yielding(target, there, share, also=edges)
        if rims:
            led = make_yielding(target, there, share, LED_MM, edges)
        openings.append(_Opening(here, there, *rests, same, rims, skin, led))
    return Contacts(tuple(openings), target.axes, source.axes, size)


def lid_stations(face: RetargetFace, name: str) -> tuple[SurfacePoints, SurfacePoints]:
    """Points of upper and lower rim [N] that meet when an eye closes."""
    return tuple(nearest_points(face.skin, edge) for edge in _stations(face.rims[name]))


def _lid_rims(source: RetargetFace, target: RetargetFace, name: str, size: float) -> _LidRims:
    here, there = (lid_stations(face, name) for face in (source, target))
    rests = [
        upper.interpolate(face.skin.vertices) - lower.interpolate(face.skin.vertices)
        for (upper, lower), face in ((here, source), (there, target))
    ]
    return _LidRims(here, there, *rests, _local(*rests, target.axes.T @ source.axes, size))


def _lid_conditions(
    rims: _LidRims, asked: tuple[np.ndarray, np.ndarray], skin: np.ndarray, axes: np.ndarray
) -> Conditions:
    """Rims as far apart in height as asked; in depth and along each other they may slide."""
    wanted, share = asked
    rows = np.flatnonzero(share > 0)
    upper, lower = (SurfacePoints(p.corners[rows], p.weights[rows]) for p in rims.there)
    now = upper.interpolate(skin) - lower.interpolate(skin)
    change = share[rows, None] * (wanted[rows] - now)
    never = np.zeros(len(rows), bool)
    return join(
        [
            Conditions(upper, lower, np.tile(axis, (len(rows), 1)), change @ axis, never)
            for axis in axes[1:2]
        ]
    )


def _local(here: np.ndarray, there: np.ndarray, turn: np.ndarray, size: float) -> np.ndarray:
    """[N, 3, 3] takes the source's gaps to the target's so that its rest [N, 3] becomes the target's [N, 3]."""
    turned = here @ turn.T
    length = [np.linalg.norm(gap, axis=1) for gap in (turned, there)]
    result = np.tile(size * turn, (len(here), 1, 1))
    for row in np.flatnonzero(np.minimum(*length) > TOUCHING_MM):
        a, b = turned[row] / length[0][row], there[row] / length[1][row]
        cosine = float(a @ b)
        if cosine > 0:  # the smallest rotation from a to b
            cross = np.cross(np.eye(3), np.cross(a, b))
            rotation = np.eye(3) + cross + cross @ cross / (1 + cosine)
            result[row] = length[1][row] / length[0][row] * rotation @ turn
    return result


def _stations(rims: Rims) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower rim [N, 3] at evenly counted stations."""
    across = np.linspace(rims.across[0], rims.across[-1], STATIONS)
    return tuple(
        np.stack([np.interp(across, rims.across, c) for c in edge.T], axis=1)
        for edge in (rims.upper, rims.lower)
    )


def _falling(value: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """One below the first of the limits, zero above the second, smooth between."""
    low, high = limits
    x = np.clip((high - value) / (high - low), 0, 1)
    return x * x * (3 - 2 * x)
