# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The face controls: their names, where they act, and how far they may go (numpy only)."""

from collections.abc import Mapping
from dataclasses import dataclass

#: Ways of a control: axis of its bone (X to the person's right, Y out of the face, Z up), and sign.
WAYS = {
    "up": (2, 1),
    "down": (2, -1),
    "front": (1, 1),
    "back": (1, -1),
    "right": (0, 1),
    "left": (0, -1),
}
#: The person's sides, as Blender's mirror names them.
SIDES = {"left": ".L", "right": ".R"}
#: Ways of the corners of the mouth that sealed lips reckon with.
CORNER = ("up", "out")


@dataclass(frozen=True)
class Control:
    """One control, or one on each side.

    Attributes:
        name: without the side.
        group: of its bone collection and of the skin that it shares with others.
        paired: there is one on each side.
        ways: how far it goes at most, mm of an average adult, by way; "out" and "in" are sideways.
    """

    name: str
    group: str
    paired: bool
    ways: Mapping[str, float]

    def names(self) -> list[str]:
        """Its bones."""
        return [self.name + side for side in SIDES.values()] if self.paired else [self.name]


@dataclass(frozen=True)
class Region:
    """How far the skin goes along with the controls of a group.

    Attributes:
        title: of its bone collection.
        whole: skin this near goes along wholly, mm of an average adult,
        none: and skin farther than this not at all.
    """

    title: str
    whole: float
    none: float


_LIP = {"up": 8.0, "down": 8.0, "front": 8.0, "back": 5.0}
CONTROLS = (
    Control("brow_inner", "brows", True, {"up": 12.0, "down": 8.0, "in": 6.0}),
    Control("brow_mid", "brows", True, {"up": 12.0, "down": 8.0}),
    Control("brow_outer", "brows", True, {"up": 12.0, "down": 8.0}),
    Control("lid_upper", "lids_upper", True, {"up": 5.0, "down": 16.0}),
    Control("lid_lower", "lids_lower", True, {"up": 8.0, "down": 4.0}),
    Control("nostril", "nose", True, {"up": 8.0, "down": 4.0, "out": 4.0, "in": 3.0}),
    Control("cheek", "cheeks", True, {"up": 10.0, "front": 12.0, "back": 8.0}),
    Control(
        "mouth_corner",
        "corners",
        True,
        {"up": 14.0, "down": 10.0, "out": 12.0, "in": 12.0, "back": 6.0},
    ),
    Control("lip_upper_side", "lip_upper", True, _LIP),
    Control("lip_upper", "lip_upper", False, _LIP),
    Control("lip_lower_side", "lip_lower", True, _LIP),
    Control("lip_lower", "lip_lower", False, _LIP),
    Control(
        "mouth",
        "mouth",
        False,
        {"left": 14.0, "right": 14.0, "up": 6.0, "down": 6.0, "front": 12.0, "back": 6.0},
    ),
    Control("chin", "chin", False, {"up": 6.0, "front": 5.0}),
)
REGIONS = {
    "brows": Region("Brows", 5.0, 30.0),
    "lids_upper": Region("Lids", 4.0, 16.0),
    "lids_lower": Region("Lids", 3.0, 18.0),
    "nose": Region("Nose", 5.0, 24.0),
    "cheeks": Region("Cheeks", 8.0, 36.0),
    "corners": Region("Mouth", 6.0, 40.0),
    "lip_upper": Region("Mouth", 4.0, 26.0),
    "lip_lower": Region("Mouth", 4.0, 26.0),
    "mouth": Region("Mouth", 14.0, 50.0),
    "chin": Region("Mouth", 8.0, 30.0),
}


def side_of(name: str) -> str:
    """``left``, ``right``, or "" of a control in the middle."""
    return next((side for side, ending in SIDES.items() if name.endswith(ending)), "")


def axis_of(name: str, way: str) -> tuple[int, int]:
    """Axis and sign of a way of the control ``name``; "out" and "in" depend on its side."""
    if way in ("out", "in"):
        outward = side_of(name)
        inward = "left" if outward == "right" else "right"
        way = outward if way == "out" else inward
    return WAYS[way]
