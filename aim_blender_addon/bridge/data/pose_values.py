# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pose of armatures, kept and put back: what plays a copy of a mesh plays the armature that deforms it, too."""

from collections.abc import Sequence

import bpy

_CHANNELS = ("location", "rotation_euler", "rotation_quaternion", "rotation_axis_angle", "scale")

#: Channels of an object or a pose bone, and its custom properties that are numbers.
_Values = tuple[list[tuple[float, ...]], dict[str, float]]


def pose_values(
    objects: Sequence[bpy.types.Object],
) -> list[tuple[bpy.types.Object, list[_Values]]]:
    """The armatures among ``objects`` and behind their modifiers, each with what it and its bones have now."""
    found: dict[bpy.types.Object, list[_Values]] = {}
    for obj in objects:
        modifiers = [modifier.object for modifier in obj.modifiers if modifier.type == 'ARMATURE']
        for armature in (obj, *modifiers):
            if armature is not None and armature.type == 'ARMATURE' and armature not in found:
                found[armature] = [_values(one) for one in _posed(armature)]
    return list(found.items())


def put_back(kept: list[tuple[bpy.types.Object, list[_Values]]]) -> None:
    """Give armatures what they had; undo or another file may have taken them."""
    for armature, before in kept:
        try:
            for one, values in zip(_posed(armature), before, strict=True):
                if _values(one) != values:
                    _write(one, values)
        except (ReferenceError, ValueError):
            continue


def _posed(armature: bpy.types.Object) -> list[bpy.types.Object | bpy.types.PoseBone]:
    return [armature, *armature.pose.bones]


def _values(one: bpy.types.Object | bpy.types.PoseBone) -> _Values:
    channels = [tuple(getattr(one, channel)) for channel in _CHANNELS]
    return channels, {name: one[name] for name in one.keys() if isinstance(one[name], (int, float))}


def _write(one: bpy.types.Object | bpy.types.PoseBone, values: _Values) -> None:
    for channel, value in zip(_CHANNELS, values[0], strict=True):
        if tuple(getattr(one, channel)) != value:
            setattr(one, channel, value)
    for name, value in values[1].items():
        if one.get(name) != value:
            one[name] = value
