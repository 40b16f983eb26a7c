# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Duplicates of a rig: skin, armature and parts that the user has duplicated without the neutral.

A face leads to one rig. What is done while a duplicate of it is active is done to that duplicate: meanwhile the face
leads there.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from ...backend.errors import RigError
from ..data.linked import is_linked
from .moved import moved_by
from .objects import armature_of, rig_of


def active_duplicate(face: bpy.types.Object | None, context: bpy.types.Context) -> int:
    """The ``session_uid`` of the armature that moves the active object, if that is a duplicate of the face's own; or 0.

    Cheap enough for draw and poll.
    """
    if face is None or is_linked(face):  # no face that is linked can lead elsewhere
        return 0
    found = _duplicate(face, context.active_object)
    return found.session_uid if found is not None else 0


def active_armature(
    face: bpy.types.Object | None, context: bpy.types.Context
) -> bpy.types.Object | None:
    """The armature that moves the active object, if it is a duplicate or an override of the face's own; else that."""
    if face is None:
        return None
    return _duplicate(face, context.active_object) or armature_of(face)


@contextmanager
def acting_on(
    face: bpy.types.Object, duplicate: int
) -> Iterator[tuple[bpy.types.Object, bpy.types.Object] | None]:
    """The face leads to a duplicate of its rig meanwhile; to its own where ``duplicate`` is 0.

    Args:
        face: the neutral.
        duplicate: as of :func:`active_duplicate`.

    Yields:
        Skin and armature of the face's own rig while it leads to a duplicate; else None.

    Raises:
        RigError: the duplicate is gone, or has no skin, or no mesh or bones of its own.
    """
    if not duplicate:
        yield None
        return
    armature = next((obj for obj in bpy.data.objects if obj.session_uid == duplicate), None)
    if armature is None:
        raise RigError(f"The duplicate of the rig of {face.name} is gone: select a rig first.")
    skin = skin_of(face, armature)
    if skin is None:
        raise RigError(
            f"{armature.name} moves no skin: duplicate the skin of {face.name} along with it."
        )
    if face.aim.rig is not None and skin.data == face.aim.rig.data:
        raise RigError(
            f"{skin.name} shares its mesh with {face.aim.rig.name}: make it a single user first "
            "(Object > Relations > Make Single User > Object & Data)."
        )
    if face.aim.armature is not None and armature.data == face.aim.armature.data:
        raise RigError(
            f"{armature.name} shares its bones with {face.aim.armature.name}: make it a single user first "
            "(Object > Relations > Make Single User > Object & Data)."
        )
    kept = face.aim.rig, face.aim.armature
    face.aim.rig, face.aim.armature = skin, armature
    try:
        yield kept
    finally:
        face.aim.rig, face.aim.armature = kept


def check_active_skin(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """Refuse a skin that was duplicated without its armature: no rig is its own.

    Raises:
        RigError: the active object is one.
    """
    obj, rig = context.active_object, rig_of(face)
    if obj is None or rig is None or obj in (face, rig) or obj.type != 'MESH':
        return
    by_weights = any(m.type == 'ARMATURE' and m.object == face.aim.armature for m in obj.modifiers)
    is_skin = obj.data == rig.data or len(obj.data.vertices) == len(rig.data.vertices)
    if by_weights and is_skin and obj.aim.face_object == face:
        raise RigError(
            f"{obj.name} is a duplicate of the skin alone: select {rig.name}, or duplicate its armature along with it."
        )


def _duplicate(face: bpy.types.Object, obj: bpy.types.Object | None) -> bpy.types.Object | None:
    """The armature that moves ``obj``, if it was made for ``face`` and is not the one that this leads to."""
    if obj is None or obj == face:
        return None
    moving = [obj, *(one.object for one in obj.modifiers if one.type == 'ARMATURE'), obj.parent]
    for armature in filter(None, moving):
        if armature.type == 'ARMATURE' and armature.aim.face_object == face:
            is_other = armature != face.aim.armature and armature.users_scene
            return armature if is_other else None
    return None


def skin_of(face: bpy.types.Object, armature: bpy.types.Object | None) -> bpy.types.Object | None:
    """The skin of the rig of a face, or of a duplicate of it, that has that armature."""
    if armature is None or armature == armature_of(face):
        return rig_of(face)
    for obj in moved_by(armature):
        by_weights = any(m.type == 'ARMATURE' and m.object == armature for m in obj.modifiers)
        if obj.type == 'MESH' and by_weights and obj.aim.face_object == face:
            return obj
    return None
