# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels of a rig's armature that make an expression: jaw, look, face controls; and their mirror images.

A channel is a data path from the armature and an index. Sliders of expressions are channels of the jaw bone, too.
"""

import re
from collections.abc import Callable

import bpy

from .eye_bones import BLINK_LINES, LOOK_AT
from .own_bones import (
    EYES,
    JAW,
    LOOK_BONES,
    SEAL,
    SEALS,
    TARGET,
    TARGETS,
    TONGUE,
    find_bone,
    find_controls,
)

Channel = tuple[str, int]

_PATH = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\](?:\.(\w+)|(\["(?:[^"\\]|\\.)*"\]))')
_ROTATIONS = {"QUATERNION": ("rotation_quaternion", 4), "AXIS_ANGLE": ("rotation_axis_angle", 4)}
#: Numbers that change their sign in the mirror image across a bone's X axis.
_TURNED = {
    "location": (0,),
    "rotation_euler": (1, 2),
    "rotation_quaternion": (2, 3),
    "rotation_axis_angle": (2, 3),
}
_SWAPPED = {".L": ".R", ".R": ".L"}
#: Custom properties of one side: the seal of the lips, the line of shut lids.
_PAIRS = (SEALS, BLINK_LINES)


def of_jaw(armature: bpy.types.Object) -> list[Channel]:
    """Location and angles of the jaw bone."""
    return [
        (_path(find_bone(armature, JAW), channel), axis)
        for channel in ("location", "rotation_euler")
        for axis in range(3)
    ]


def of_mouth(armature: bpy.types.Object) -> list[Channel]:
    """The tongue's bones, and the sliders of the lips' seal; none where the rig has none."""
    found: list[Channel] = []
    for bone in TONGUE:
        name = find_bone(armature, bone)
        if not name:
            continue
        posed = armature.pose.bones[name]
        channel, count = _ROTATIONS.get(posed.rotation_mode, ("rotation_euler", 3))
        found += [
            (_path(name, "location"), axis) for axis in range(3) if not posed.lock_location[axis]
        ]
        found += [(_path(name, channel), axis) for axis in range(count)]
    return found + _properties(armature, JAW, (SEAL, *SEALS.values()))


def of_look(armature: bpy.types.Object) -> list[Channel]:
    """What turns the eyes: their bones, what they look at, and which of both counts; the lines of shut lids. None
    without eyes."""
    found: list[Channel] = []
    for bone in LOOK_BONES:
        name = find_bone(armature, bone)
        if not name:
            continue
        channel, count = "location", 3
        if bone in EYES.values():
            mode = armature.pose.bones[name].rotation_mode
            channel, count = _ROTATIONS.get(mode, ("rotation_euler", 3))
        found += [(_path(name, channel), axis) for axis in range(count)]
    return found + _properties(armature, TARGET, (LOOK_AT, *BLINK_LINES.values()))


def of_controls(armature: bpy.types.Object) -> list[Channel]:
    """Locations of the face controls along the ways that they can go."""
    return [
        (_path(name, "location"), axis)
        for name in find_controls(armature).values()
        for axis in range(3)
        if not armature.pose.bones[name].lock_location[axis]
    ]


def rest_value(path: str, index: int) -> float:
    """What a channel is at rest."""
    found = parse(path)
    name = found[1] if found else ""
    ones = (("rotation_quaternion", 0), ("rotation_axis_angle", 2), (f'["{LOOK_AT}"]', 0))
    return float((name, index) in ones)


def read(armature: bpy.types.Object, channel: Channel) -> float:
    """The value that a channel has now."""
    value = armature.path_resolve(channel[0])
    return float(value if isinstance(value, (int, float)) else value[channel[1]])


def write(armature: bpy.types.Object, channel: Channel, value: float) -> None:
    """Set a channel; one whose bone or property is gone is passed over."""
    found = parse(channel[0])
    bone = armature.pose.bones.get(found[0]) if found else None
    if bone is None:
        return
    name = found[1]
    if name.startswith("["):
        prop = bpy.utils.unescape_identifier(name[2:-2])
        if prop in bone:
            bone[prop] = value
    else:
        getattr(bone, name)[channel[1]] = value


def parse(path: str) -> tuple[str, str] | None:
    """Bone, and channel or ``["custom property"]``, of a data path; None for one that is none of a bone."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    return bpy.utils.unescape_identifier(found[1]), found[2] or found[3]


def mirror(armature: bpy.types.Object) -> Callable[[Channel, float], tuple[Channel, float] | None]:
    """Gives channel and value of the mirror image of a channel's value; None where the other side has no bone."""
    partners = _partners(armature)

    def mirrored(channel: Channel, value: float) -> tuple[Channel, float] | None:
        path, index = channel
        found = parse(path)
        if found is None:
            return channel, value
        bone, name = found
        other = partners.get(bone, bone)
        if not other:
            return None
        name = _SIDED.get(name, name)
        turned = index in _TURNED.get(name, ())
        return (_path(other, name), index), -value if turned else value

    return mirrored


def sides(armature: bpy.types.Object) -> Callable[[Channel], str | None]:
    """Gives the side of a channel: "left", "right", "" of a control in the middle, or None for what has no side."""
    ends = {".L": "left", ".R": "right"}
    of_bones = {name: ends.get(role[-2:], "") for role, name in find_controls(armature).items()}
    of_properties = {_item(name): side for pair in _PAIRS for side, name in pair.items()}

    def side(channel: Channel) -> str | None:
        bone, name = parse(channel[0]) or ("", "")
        return of_properties.get(name) or of_bones.get(bone)

    return side


def seal_of(armature: bpy.types.Object, side: str = "") -> Channel:
    """The slider of the lips' seal on a side, or on both."""
    return f"{_bone(find_bone(armature, JAW))}{_item(SEALS.get(side, SEAL))}", 0


def _properties(armature: bpy.types.Object, bone: str, names: tuple[str, ...]) -> list[Channel]:
    """Custom properties of one of the rig's bones that are there."""
    name = find_bone(armature, bone)
    there = armature.pose.bones[name] if name else ()
    return [(f"{_bone(name)}{_item(prop)}", 0) for prop in names if prop in there]


def _partners(armature: bpy.types.Object) -> dict[str, str]:
    """The bone of the other side by bone, "" where that is missing; those in the middle are left out."""
    found = {}
    for pair in (EYES, TARGETS):
        left, right = (find_bone(armature, pair[side]) for side in ("left", "right"))
        found |= {one: other for one, other in ((left, right), (right, left)) if one}
    controls = find_controls(armature)
    for control, name in controls.items():
        side = control[-2:]
        if side in _SWAPPED:
            found[name] = controls.get(control[:-2] + _SWAPPED[side], "")
    return found


def _item(name: str) -> str:
    return f'["{bpy.utils.escape_identifier(name)}"]'


def _bone(name: str) -> str:
    return f'pose.bones["{bpy.utils.escape_identifier(name)}"]'


def _path(bone: str, name: str) -> str:
    return f"{_bone(bone)}{'' if name.startswith('[') else '.'}{name}"


#: Custom properties of one side by those of the other.
_SIDED = {
    _item(pair[one]): _item(pair[other])
    for pair in _PAIRS
    for one, other in (("left", "right"), ("right", "left"))
}
