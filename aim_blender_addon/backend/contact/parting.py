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
from .sheets import Sheet, make_sheets, touch

#: Stations between the corners of an opening.
STATIONS = 31
#: Rims that rest apart while the skin behind them touches may come so much nearer, mm: lips are soft.
PRESSED_MM = 0.5
#: Points of a sheet tell of the stations this near, mm.
NEAR_MM = 5.0
#: Rims this far before or behind each other, mm, slide past each other: so much lower may the upper one be for each
#: millimetre more.
SLIDING_MM, SLIDING = 3.0, 4.0
#: A side without handles gives way to one with handles by so much, mm, in a face with a jaw of 90 mm.
GIVES_WAY = 6.0 / 90.0
#: A handle this near to a rim holds it, in lengths of the jaw.
HOLDS = 10.0 / 90.0
#: Rims may pass each other by so much, mm, before they are parted.
SLACK_MM = 0.05
#: Skin goes along with a rim that is moved over this length, mm; stations share what is between them by the ridge.
FELT_MM, RIDGE = 4.0, 0.02
#: Rounds of parting: what one pair takes along shifts the next.
ROUNDS = 3


@dataclass(frozen=True)
class Rim:
    """The two rims of one opening.

    Attributes:
        name: mouth, eye_left or eye_right.
        upper, lower: [N] vertices that meet when it closes.
        up, front: [3] unit vectors of the face.
        least: [N] mm, how much the upper one is above the lower one when closed.
        ahead: [N] mm, how much it is before the lower one in rest.
        upper_share: of a correction that the upper side takes when no handle holds either.
        region: [R] vertices around.
        columns: [R, 2 N] how they go along with the vertices ``upper``, then ``lower``.
        own: [2 N, 2 N] the same at these.
    """

    name: str
    upper: np.ndarray
    lower: np.ndarray
    up: np.ndarray
    front: np.ndarray
    least: np.ndarray
    ahead: np.ndarray
    upper_share: float
    region: np.ndarray
    columns: np.ndarray
    own: np.ndarray

    def lacking(self, skin: np.ndarray) -> np.ndarray:
        """By how much [N] mm the rims of posed skin [V, 3] have passed each other; below zero they have not."""
        apart = skin[self.upper] - skin[self.lower]
        slides = np.maximum(np.abs(apart @ self.front - self.ahead) - SLIDING_MM, 0.0)
        return self.least - SLIDING * slides - apart @ self.up

    def moved(self, rows: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
        """[R, 3] mm, smoothly: pairs ``rows`` [n] whose upper rim is ``upper`` [n] mm higher,
        whose lower one ``lower`` [n] mm lower."""
        both = np.concatenate([rows, rows + len(self.upper)])
        system = self.own[np.ix_(both, both)] + RIDGE * np.eye(len(both))
        pull = np.linalg.solve(system, np.concatenate([upper, -lower]))
        return (self.columns[:, both] @ pull)[:, None] * self.up


@dataclass(frozen=True)
class HeldRim:
    """An opening while handles are held.

    The side without any gives way first by ``gives_way`` mm (0: both have some, or none has), the lower one if the
    handles are ``above``.
    """

    rim: Rim
    gives_way: float
    above: bool


@dataclass(frozen=True)
class Openings:
    """The openings that show on a face, and how they give way.

    Attributes:
        rims: mouth and eyes.
        gives_way: mm, of a side without handles to one with.
        holds: mm, a handle nearer than this to a rim holds it.
    """

    rims: tuple[Rim, ...]
    gives_way: float
    holds: float

    @classmethod
    def of(
        cls,
        model: AimModel,
        survey: FaceSurvey | None,
        operator: SurfaceOperator,
    ) -> "Openings":
        """The openings of a model; none where no face was found (``survey`` None)."""
        size, rims = model.joint.length, []
        if survey is not None:
            rest = model.evaluate().skin.astype(np.float64)
            scans = [model.scan(index) for index in range(len(model.jaw_poses))]
            along_skin = AlongSkin(operator, rest, FELT_MM)
            for name, edges in survey.rims.items():
                sheets = make_sheets(model.neutral, edges)
                rims.append(_rim(name, edges, sheets, rest, scans, along_skin, survey.frame))
        return cls(tuple(rims), GIVES_WAY * size, HOLDS * size)

    def held(self, rest: np.ndarray, rows: np.ndarray, skin: np.ndarray) -> list[HeldRim]:
        """The openings with handles on the vertices ``rows`` [M] of ``rest`` [V, 3] that start from ``skin`` [V, 3]."""
        found = []
        for rim in self.rims:
            sides = [cKDTree(rest[side]).query(rest[rows])[0] for side in (rim.upper, rim.lower)]
            near = np.minimum(*sides) < self.holds
            above = bool((near & (sides[0] < sides[1])).any())
            below = bool((near & (sides[1] < sides[0])).any())
            # What has passed in the start stays: an edit of the brow does not mend lips.
            least = rim.least - np.maximum(rim.lacking(skin), 0.0)
            first = 0.0 if above == below else self.gives_way
            found.append(HeldRim(replace(rim, least=least), first, above))
        return found


def parted(skin: np.ndarray, held: list[HeldRim]) -> np.ndarray | None:
    """What [V, 3] mm brings posed skin [V, 3] apart where rims have passed each other; None where they have not.

    Args:
        skin: posed.
        held: the openings.
    """
    total = None
    for opening in held:
        rim = opening.rim
        for _ in range(ROUNDS):
            lacking = rim.lacking(skin if total is None else skin + total)
            wrong = np.flatnonzero(lacking > SLACK_MM)
            if not len(wrong):
                break
            lacking = lacking[wrong]
            upper = rim.upper_share * lacking
            if opening.gives_way:  # the free side first
                first = np.minimum(lacking, opening.gives_way)
                upper = lacking - first if opening.above else first
            total = np.zeros_like(skin) if total is None else total
            total[rim.region] += rim.moved(wrong, upper, lacking - upper)
    return total


def _rim(
    name: str,
    edges: Rims,
    sheets: tuple[Sheet, Sheet],
    rest: np.ndarray,
    scans: list[np.ndarray],
    along_skin: AlongSkin,
    frame: FaceFrame,
) -> Rim:
    """The rims of the opening ``name`` in pairs of vertices."""
    pairs = cKDTree(rest).query(np.concatenate(edges.evenly(STATIONS)))[1].reshape(2, -1)
    upper, lower = np.unique(pairs, axis=1)
    up, front = frame.up, frame.front
    apart = (rest[upper] - rest[lower]) @ up
    shown = [(scan[upper] - scan[lower]) @ up for scan in scans]
    least = np.min([apart - _room(sheets, rest, upper, apart), *shown], axis=0)
    ahead = (rest[upper] - rest[lower]) @ front
    both = np.concatenate([upper, lower])
    columns = along_skin.columns(both)
    region = np.flatnonzero(columns.any(axis=1))
    share = UPPER_SHARE[name]
    moves = region, columns[region], columns[both]
    return Rim(name, upper, lower, up, front, least, ahead, share, *moves)


def _room(
    sheets: tuple[Sheet, Sheet], rest: np.ndarray, upper: np.ndarray, apart: np.ndarray
) -> np.ndarray:
    """How much [N] mm rims ``apart`` [N] may come nearer than in rest [V, 3] until the skin behind them touches."""
    gap = np.concatenate([found.gap for found in touch(sheets, rest)])
    points = np.concatenate([sheet.points for sheet in sheets])[np.isfinite(gap)]
    gap = gap[np.isfinite(gap)]
    if not len(gap):
        return np.maximum(apart, 0.0)
    near = cKDTree(rest[points]).query_ball_point(rest[upper], NEAR_MM)
    room = np.array([gap[rows].min() if rows else np.inf for rows in near])
    return np.minimum(np.maximum(room, 0.0) + PRESSED_MM, np.maximum(apart, PRESSED_MM))
