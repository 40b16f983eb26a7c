# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of lips and lids that touch, with unit and reason.

Lengths in mm hold for an adult's face; those "in jaw lengths" are multiples of ``JawJoint.length``. Station counts
differ between callers, since results depend on them: ``anatomy.head.rims`` finds rims at 21 stations.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class SheetSettings:
    """Two sheets of skin that may touch.

    Attributes:
        reach_mm: points of a sheet lie this near to the rim, along the skin.
        margin_mm: skin farther out by this is only touched: it has no gap of its own.
        largest_gap_mm: larger gaps are not looked for.
        facing: surfaces face each other when the cosine of their normals is below this.
        near_facing: the nearest vertex may turn away by this much more, since the triangles around it turn too.
        fan: so many triangles around a vertex are looked at, at most.
        border_weight: a place is beyond the sheet when vertices of its border have more weight in it than this.
        steep: where only small gaps are of interest, a point is left out if it lies above the plane of the nearest
            vertex by more than this fraction of its distance,
        sure: and by more than so many times the largest gap of interest.
    """

    reach_mm: float = 6.0
    margin_mm: float = 3.0
    largest_gap_mm: float = 2.0
    facing: float = -0.5
    near_facing: float = 0.5
    fan: int = 8
    border_weight: float = 0.999
    steep: float = 0.5
    sure: float = 2.0


@dataclass(frozen=True)
class PartingSettings:
    """Rims that do not pass each other, by pairs of vertices (editing).

    Attributes:
        stations: pairs between the corners of an opening.
        pressed_mm: rims that rest apart while the skin behind them touches may come this much nearer: lips are soft.
        near_mm: points of a sheet this near to a station tell of its gap.
        sliding_mm: rims this far before or behind each other slide past each other.
        sliding: for each millimetre beyond, the upper rim may be so many millimetres lower.
        gives_way: how far a side that is not pulled gives way to one that is, jaw lengths (6 mm in an adult).
        holds: a pulled vertex this near to a rim pulls it, jaw lengths (10 mm in an adult).
        slack_mm: rims may pass each other by this before they are parted.
        felt_mm: length over which skin goes along with a rim that is moved.
        ridge: with which neighbouring stations share what is between them.
        rounds: of parting, since what one pair takes along shifts the next.
    """

    stations: int = 31
    pressed_mm: float = 0.5
    near_mm: float = 5.0
    sliding_mm: float = 3.0
    sliding: float = 4.0
    gives_way: float = 6.0 / 90.0
    holds: float = 10.0 / 90.0
    slack_mm: float = 0.05
    felt_mm: float = 4.0
    ridge: float = 0.02
    rounds: int = 3


@dataclass(frozen=True)
class YieldingSettings:
    """Skin that yields to conditions between pairs of its points (retargeting).

    Attributes:
        felt_mm: length over which a force is felt along the skin where surfaces are kept apart.
        led_mm: the same where lids are led together.
        reach: skin farther than so many of these lengths does not move.
        ridge: with which conditions that contradict each other share what cannot be met, times the mean compliance.
        passes: that let go of what pulls.
        least: motions that are a smaller fraction of the largest one are left out.
        sparse: where fewer motions than this fraction remain, only these are kept.
    """

    felt_mm: float = 1.5
    led_mm: float = 5.0
    reach: float = 6.0
    ridge: float = 3e-2
    passes: int = 6
    least: float = 1e-5
    sparse: float = 0.3


@dataclass(frozen=True)
class LiningSettings:
    """The skin behind lips and lids.

    Attributes:
        sees_mm: skin of a pocket sees other skin this near.
        start_mm: rays start this far from the skin.
        begins_mm: a pocket begins this near to the rim, along the skin.
        before_mm: no part of it lies farther before the rim.
        side_mm: lips and lids have sides this far from their rims.
        outward: the edge of a lip or lid faces away from the opening by less than this (cosine).
        parted: rims are parted when it is farther along the skin from one to the other than this fraction of the
            opening's width: the skin then goes round the corners or the bag.
        kept_mm: skin this far behind the rim is still the lip; at twice that nothing of a map holds.
        hangs_mm: motion of the rim is felt this deep in the lining; farther off the jaw's or skull's bone decides.
        across_mm: thickness of a lip or lid; what lies across it moves with it.
        least_weight: smaller weights in a motion are left out.
    """

    sees_mm: float = 80.0
    start_mm: float = 0.05
    begins_mm: float = 5.0
    before_mm: float = 2.0
    side_mm: float = 15.0
    outward: float = 0.4
    parted: float = 0.25
    kept_mm: float = 3.0
    hangs_mm: float = 30.0
    across_mm: float = 8.0
    least_weight: float = 0.005


@dataclass(frozen=True)
class ClosingSettings:
    """Lips and lids brought to the gaps that are wanted (retargeting).

    Attributes:
        stations: places on a rim between the corners of an opening.
        loose_mm: a gap larger by this than the wanted one looks the same, and is left;
        beside_loose_mm: so is one larger by this, if skin of the same sheet touches
        beside_mm: this near. What moves less is nearer to what the face's own expressions say.
        pressed_mm: skin may lie so much deeper in the other sheet than at rest.
        deepest_mm: sheets deeper in each other than this, or farther apart, do not meet.
        drawn_mm: at the corners skin that should touch need not face the other lip. Skin nearer than this is drawn
            together,
        drawn_to_mm: to this distance,
        next_mm: if no skin of the same sheet this near touches.
        soon_mm: skin farther than this from the other sheet does not come to it by what closes gaps elsewhere.
        rounds: of correction, since surfaces slide along each other in between.
        met_mm: conditions met as well as this need no further round,
        disturbs_mm: unless one that is not lies this near: four times the length over which a force is felt.
        across: two places that rest across the tissue of one lip, as in its thin corner, are not kept apart. So is
            what lies behind the other's surface by more than this fraction of the distance.
        aside: linings are not pushed along the opening: in directions that do so by more than this cosine.
    """

    stations: int = 41
    loose_mm: float = 0.0
    beside_loose_mm: float = 0.0
    beside_mm: float = 2.0
    pressed_mm: float = 0.0
    deepest_mm: float = 3.0
    drawn_mm: float = 1.0
    drawn_to_mm: float = 0.2
    next_mm: float = 0.75
    soon_mm: float = 3.0
    rounds: int = 6
    met_mm: float = 0.08
    disturbs_mm: float = 6.0
    across: float = 0.5
    aside: float = 0.7


@dataclass(frozen=True)
class LayingSettings:
    """Lips laid on each other as in rest (ARKit's mouthClose).

    Attributes:
        lips_mm: skin this near to the rims moves as the lips do,
        free_mm: and skin farther than this not at all.
        even_rounds: of evening out the meeting line from corner to corner.
    """

    lips_mm: float = 8.0
    free_mm: float = 35.0
    even_rounds: int = 6


SHEET = SheetSettings()
PARTING = PartingSettings()
YIELDING = YieldingSettings()
LINING = LiningSettings()
#: Lids are thin, and what shines through between them is the eye.
LIDS = ClosingSettings()
#: Lips are soft, and dark between them.
LIPS = ClosingSettings(
    loose_mm=0.12, beside_loose_mm=0.5, pressed_mm=0.05, deepest_mm=2.0, rounds=4, met_mm=0.05
)
LAYING = LayingSettings()
