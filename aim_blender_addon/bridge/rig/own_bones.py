# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bones of a rig, found by a mark on them: the user may call them what they like.

Every rig has ``skull`` and ``jaw``. One with eyes also has those of ``LOOK_BONES``.
"""

import re

import bpy

SKULL = "skull"
JAW = "jaw"
#: Bones that turn the eyes, by side.
EYES = {"left": "eye_left", "right": "eye_right"}
#: What both eyes look at, and within it what each eye does.
TARGET = "eye_target"
TARGETS = {"left": "eye_target_left", "right": "eye_target_right"}
#: Bones of the tongue from root to tip.
TONGUE = ("tongue_1", "tongue_2", "tongue_3")
LOOK_BONES = (*EYES.values(), TARGET, *TARGETS.values())
#: Name of a constraint that only the jaw bone of a rig has.
ROTATION_LIMIT = "AIM Rotation Limits"
#: Custom property of a handle: the bone it was made for.
HANDLE = "aim_handle"
#: Custom properties of the jaw bone: how much the lips are kept together, on both sides and on one.
SEAL = "lip_seal"
SEALS = {"left": "lip_seal_left", "right": "lip_seal_right"}
#: Custom property of a bone: which face control it is.
CONTROL = "aim_control"

#: Custom property of a bone: which one it is.
_MARK = "aim_bone"
#: What Blender puts behind the name of a duplicate.
_NUMBER = re.compile(r"\.\d{3,}$")


def find_bone(armature: bpy.types.Object, bone: str) -> str:
    """The name that ``skull`` or ``jaw`` has in an armature object, or "" where it is gone.

    A duplicate carries the mark as well and comes after the bone it was made of. Rigs of earlier versions have no
    marks. There the first bone counts that carries what a bake gives it, then the name: where a bone had been
    renamed, those versions added a second one of the usual name after it.
    """
    bones = armature.data.bones
    for found in bones:
        if found.get(_MARK) == bone:
            return found.name
    if bone not in (SKULL, JAW):  # never by its name or looks
        return ""
    posed = armature.pose.bones if armature.pose else ()  # a new armature has no pose yet
    alike = [one.name for one in posed if _MARK not in one.bone and _is_made_up_as(one, bone)]
    first = next((name for name in alike if _NUMBER.sub("", name) not in {*alike} - {name}), "")
    return first or (bone if bone in bones else "")


def leftover_bones(armature: bpy.types.Object) -> list[str]:
    """Bones that an earlier version added beside a renamed ``skull`` or ``jaw``: they move nothing."""
    return [
        bone
        for bone in (SKULL, JAW)
        if bone in armature.data.bones
        and find_bone(armature, bone) not in ("", bone)
        and _is_made_up_as(armature.pose.bones[bone], bone)
    ]


def _is_made_up_as(posed: bpy.types.PoseBone, bone: str) -> bool:
    """Whether a pose bone has the handle of ``skull`` or ``jaw``, or the limits of a jaw."""
    shape = posed.custom_shape
    if shape is not None and shape.get(HANDLE) == bone:
        return True
    return bone == JAW and ROTATION_LIMIT in posed.constraints


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
    """Mark the bones of the rig, and no other: a duplicate that the user has made is the user's."""
    names = {bone_name(armature, bone): bone for bone in (SKULL, JAW)}
    of_parts = (*LOOK_BONES, *TONGUE)
    names |= {name: bone for bone in of_parts if (name := find_bone(armature, bone))}
    for bone in armature.data.bones:
        if bone.name in names:
            bone[_MARK] = names[bone.name]
        elif _MARK in bone:
            del bone[_MARK]


def mark_bone(armature: bpy.types.Object, name: str, bone: str) -> None:
    """Mark the bone ``name`` as the rig's ``bone``."""
    armature.data.bones[name][_MARK] = bone


def find_controls(armature: bpy.types.Object | None) -> dict[str, str]:
    """Names of the bones that are face controls, by control; cheap enough for draw and poll."""
    if armature is None or armature.type != 'ARMATURE':
        return {}
    found: dict[str, str] = {}
    for bone in armature.data.bones:
        if CONTROL in bone and bone[CONTROL] not in found:
            found[bone[CONTROL]] = bone.name
    return found
