# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bones ``skull`` and ``jaw`` of a rig, found by a mark on them: the user may call them what they like."""

import bpy

SKULL = "skull"
JAW = "jaw"
#: Marks of the bones that turn the eyes, where a rig has them.
EYES = ("eye_left", "eye_right")
#: Name of a constraint that only the jaw bone of a rig has.
ROTATION_LIMIT = "AIM Rotation Limits"
#: Custom property of a handle: the bone it was made for.
HANDLE = "aim_handle"

#: Custom property of a bone: which of the two it is.
_MARK = "aim_bone"


def find_bone(armature: bpy.types.Object, bone: str) -> str:
    """The name that ``skull`` or ``jaw`` has in an armature object, or "" where it is gone.

    A duplicate carries the mark as well and comes after the bone it was made of. Rigs of earlier versions have no
    marks: there the name counts, and then the limits of the jaw.
    """
    bones = armature.data.bones
    for found in bones:
        if found.get(_MARK) == bone:
            return found.name
    if bone in bones:
        return bone
    posed = armature.pose.bones if armature.pose else ()  # a new armature has no pose yet
    limited = next((one for one in posed if ROTATION_LIMIT in one.constraints), None)
    if limited is None or _MARK in limited.bone:
        return ""
    if bone == JAW:
        return limited.name
    shape = limited.parent.custom_shape if limited.parent else None
    return limited.parent.name if shape and shape.get(HANDLE) == SKULL else ""


def bone_name(armature: bpy.types.Object, bone: str) -> str:
    """The name that ``skull`` or ``jaw`` has in an armature object, or is to have where it is gone."""
    return find_bone(armature, bone) or bone


def pose_bone(armature: bpy.types.Object, bone: str) -> bpy.types.PoseBone | None:
    """The pose bone ``skull`` or ``jaw``, or None where it is gone."""
    return armature.pose.bones.get(bone_name(armature, bone))


def bone_data_path(armature: bpy.types.Object, bone: str) -> str:
    """The path from an armature object to its pose bone ``skull`` or ``jaw``."""
    return f'pose.bones["{bpy.utils.escape_identifier(bone_name(armature, bone))}"]'


def has_bones(armature: bpy.types.Object | None) -> bool:
    """Whether an armature object still has both bones; cheap enough for draw and poll."""
    return (
        armature is not None
        and armature.type == 'ARMATURE'
        and all(find_bone(armature, bone) for bone in (SKULL, JAW))
    )


def mark_bones(armature: bpy.types.Object) -> None:
    """Mark both bones, and no other: a duplicate that the user has made is the user's."""
    names = {bone_name(armature, bone): bone for bone in (SKULL, JAW)}
    for bone in armature.data.bones:
        if bone.name in names:
            bone[_MARK] = names[bone.name]
        elif _MARK in bone:
            del bone[_MARK]
