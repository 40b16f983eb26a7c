# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lips and lids that meet and do not pass through each other.

The two rims of an opening are compared in pairs of vertices from corner to corner: how much higher the upper one is.
That tells of rims however far they have passed each other, in less than a tenth of a millisecond; what lies behind the
rims is not looked at.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from ..anatomy.head.frame import FaceFrame
from ..anatomy.head.rims import UPPER_SHARE, Rims
from ..anatomy.survey import FaceSurvey
from ..geometry.kernels import AlongSkin
from ..geometry.laplacian import SurfaceOperator
from ..model.aim import AimModel
from .settings import PARTING, PartingSettings
from .sheets import Sheet, make_sheets
from .touching import touch


@dataclass(frozen=True)
class OpeningRims:
    """The two rims of one opening in N pairs of vertices, and how the skin around goes along with them.

    Attributes:
        name: mouth, eye_left or eye_right.
        upper, lower: [N] vertices that meet when the opening closes.
        up, front: [3] unit vectors of the face.
        closed_height: [N] mm, height of the upper vertex above the lower one when the opening is closed.
        ahead: [N] mm, how far the upper vertex is before the lower one in rest.
        upper_share: fraction of a correction that the upper side takes when neither or both sides are pulled.
        region: [R] vertices around.
        columns: [R, 2 N] how they go along with the vertices ``upper``, then ``lower``.
        own: [2 N, 2 N] the same at these.
        settings: of the parting.
    """

    name: str
    upper: np.ndarray
    lower: np.ndarray
    up: np.ndarray
    front: np.ndarray
    closed_height: np.ndarray
    ahead: np.ndarray
    upper_share: float
    region: np.ndarray
    columns: np.ndarray
    own: np.ndarray
    settings: PartingSettings = PARTING

    def overlap(self, skin: np.ndarray) -> np.ndarray:
        """By how much [N] mm the rims of posed skin [V, 3] have passed each other; below zero they have not."""
        apart = skin[self.upper] - skin[self.lower]
        slides = np.abs(apart @ self.front - self.ahead) - self.settings.sliding_mm
        slides = np.maximum(slides, 0.0)
        return self.closed_height - self.settings.sliding * slides - apart @ self.up

    def moved(self, rows: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
        """Smooth displacements [R, 3] mm of the region.

        Args:
            rows: [n] the pairs that are moved.
            upper: [n] mm upwards, of their upper vertices.
            lower: [n] mm downwards, of their lower vertices.
        """
        both = np.concatenate([rows, rows + len(self.upper)])
        system = self.own[np.ix_(both, both)] + self.settings.ridge * np.eye(len(both))
        coefficients = np.linalg.solve(system, np.concatenate([upper, -lower]))
        return (self.columns[:, both] @ coefficients)[:, None] * self.up


@dataclass(frozen=True)
class PulledOpening:
    """An opening while vertices near it are pulled.

    Attributes:
        rims: whose ``closed_height`` admits what has passed before the pull.
        gives_way: mm, by which the side without pulled vertices gives way first; 0: both sides have some, or none.
        above: whether the pulled vertices are on the upper side.
    """

    rims: OpeningRims
    gives_way: float
    above: bool


@dataclass(frozen=True)
class Openings:
    """The openings that show on a face, and how they give way.

    Attributes:
        rims: mouth and eyes.
        gives_way: mm, of a side without pulled vertices to one with.
        holds: mm, a pulled vertex nearer than this to a rim pulls it.
    """

    rims: tuple[OpeningRims, ...]
    gives_way: float
    holds: float

    @classmethod
    def of(
        cls,
        model: AimModel,
        survey: FaceSurvey | None,
        operator: SurfaceOperator,
        settings: PartingSettings = PARTING,
    ) -> "Openings":
        """The openings of a model; none where no face was found (``survey`` None)."""
        size, openings = model.joint.length, []
        if survey is not None:
            rest = model.evaluate().skin.astype(np.float64)
            scans = [model.scan(index) for index in range(len(model.jaw_poses))]
            along_skin = AlongSkin(operator, rest, settings.felt_mm)
            for name, rims in survey.rims.items():
                sheets = make_sheets(model.neutral, rims)
                pairs = _pairs(rims, rest, settings)
                heights = _heights(pairs, sheets, rest, scans, survey.frame.up, settings)
                openings.append(
                    _with_region(name, pairs, heights, rest, along_skin, survey.frame, settings)
                )
        return cls(tuple(openings), settings.gives_way * size, settings.holds * size)

    def pulled_at(
        self, rest: np.ndarray, rows: np.ndarray, skin: np.ndarray
    ) -> list[PulledOpening]:
        """The openings while vertices are pulled.

        Args:
            rest: [V, 3] mm.
            rows: [M] the pulled vertices; none: nothing is pulled.
            skin: [V, 3] mm, before the pull. Rims that have passed each other there stay so.
        """
        found = []
        for rims in self.rims:
            sides = [cKDTree(rest[side]).query(rest[rows])[0] for side in (rims.upper, rims.lower)]
            near = np.minimum(*sides) < self.holds
            above = bool((near & (sides[0] < sides[1])).any())
            below = bool((near & (sides[1] < sides[0])).any())
            closed_height = rims.closed_height - np.maximum(rims.overlap(skin), 0.0)
            gives_way = 0.0 if above == below else self.gives_way
            found.append(
                PulledOpening(replace(rims, closed_height=closed_height), gives_way, above)
            )
        return found


def parted(skin: np.ndarray, openings: list[PulledOpening]) -> np.ndarray | None:
    """Displacements [V, 3] mm that part rims that have passed each other; None where none have.

    Args:
        skin: [V, 3] mm, posed.
        openings: of the face.
    """
    total = None
    for opening in openings:
        rims = opening.rims
        for _ in range(rims.settings.rounds):
            overlap = rims.overlap(skin if total is None else skin + total)
            passed = np.flatnonzero(overlap > rims.settings.slack_mm)
            if not len(passed):
                break
            overlap = overlap[passed]
            upper = rims.upper_share * overlap
            if opening.gives_way:  # the free side first
                first = np.minimum(overlap, opening.gives_way)
                upper = overlap - first if opening.above else first
            total = np.zeros_like(skin) if total is None else total
            total[rims.region] += rims.moved(passed, upper, overlap - upper)
    return total


def _pairs(
    rims: Rims, rest: np.ndarray, settings: PartingSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices [N] of the upper and of the lower rim that lie opposite each other."""
    edges = np.concatenate(rims.evenly(settings.stations))
    pairs = cKDTree(rest).query(edges)[1].reshape(2, -1)
    upper, lower = np.unique(pairs, axis=1)
    return upper, lower


def _heights(
    pairs: tuple[np.ndarray, np.ndarray],
    sheets: tuple[Sheet, Sheet],
    rest: np.ndarray,
    scans: list[np.ndarray],
    up: np.ndarray,
    settings: PartingSettings,
) -> np.ndarray:
    """Height [N] mm of the upper vertices above the lower ones when closed: as scans show, or until skin touches."""
    upper, lower = pairs
    apart = (rest[upper] - rest[lower]) @ up
    shown = [(scan[upper] - scan[lower]) @ up for scan in scans]
    return np.min([apart - _room(sheets, rest, upper, apart, settings), *shown], axis=0)


def _with_region(
    name: str,
    pairs: tuple[np.ndarray, np.ndarray],
    heights: np.ndarray,
    rest: np.ndarray,
    along_skin: AlongSkin,
    frame: FaceFrame,
    settings: PartingSettings,
) -> OpeningRims:
    """The rims of the opening ``name`` with the skin around them."""
    upper, lower = pairs
    up, front = frame.up, frame.front
    ahead = (rest[upper] - rest[lower]) @ front
    both = np.concatenate([upper, lower])
    columns = along_skin.columns(both)
    region = np.flatnonzero(columns.any(axis=1))
    return OpeningRims(
        name,
        upper,
        lower,
        up,
        front,
        heights,
        ahead,
        UPPER_SHARE[name],
        region,
        columns[region],
        columns[both],
        settings,
    )


def _room(
    sheets: tuple[Sheet, Sheet],
    rest: np.ndarray,
    upper: np.ndarray,
    apart: np.ndarray,
    settings: PartingSettings,
) -> np.ndarray:
    """How much [N] mm rims ``apart`` [N] mm may come nearer than in rest until the skin behind them touches."""
    gap = np.concatenate([found.gap for found in touch(sheets, rest)])
    points = np.concatenate([sheet.points for sheet in sheets])[np.isfinite(gap)]
    gap = gap[np.isfinite(gap)]
    if not len(gap):
        return np.maximum(apart, 0.0)
    near = cKDTree(rest[points]).query_ball_point(rest[upper], settings.near_mm)
    room = np.array([gap[rows].min() if rows else np.inf for rows in near])
    pressed = np.maximum(apart, settings.pressed_mm)
    return np.minimum(np.maximum(room, 0.0) + settings.pressed_mm, pressed)
