# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a face's rig: found unless the user has deleted them, refused where they cannot be changed."""

import bpy

from ...backend.errors import RigError
from ..data.linked import is_linked

#: Custom properties: of a collection, the face whose rig it holds, or which of its parts; of a mesh object, which bone
#: of the rig it shows.
_RIG_OF = "aim_rig_of"
_PART = "aim_part"
BONE = "aim_bone"


def rig_of(face: bpy.types.Object) -> bpy.types.Object | None:
    """The baked mesh of a face, unless the user has deleted it."""
    return _alive(face.aim.rig, face)


def armature_of(face: bpy.types.Object) -> bpy.types.Object | None:
    """The armature of a face's rig, unless the user has deleted it."""
    return _alive(face.aim.armature, face)


def armature_with(obj: bpy.types.Object | None) -> bpy.types.Object | None:
    """The armature of the rig that ``obj`` itself is part of, as it stands in the scene: a duplicate, an override, or
    one that came from another file without its face; else None."""
    if obj is None or obj.aim.face_object is None:
        return None
    moving = [one.object for one in obj.modifiers if one.type == 'ARMATURE']
    found = obj if obj.type == 'ARMATURE' else next(filter(None, moving), None)
    is_rig = found is not None and found.aim.face_object == obj.aim.face_object
    return found if is_rig and found.users_scene else None


def bone_mesh_of(face: bpy.types.Object, bone: str) -> bpy.types.Object | None:
    """The mesh of a face's rig that shows ``skull`` or ``jaw`` and moves with it, unless there is none."""
    armature = armature_of(face)
    parts = armature.children if armature else ()
    return next((part for part in parts if part.get(BONE) == bone and _alive(part, face)), None)


def check_can_write(*objects: bpy.types.Object | None) -> None:
    """Make sure that objects and their data can be changed now.

    Raises:
        RigError: one is linked from another file, or in a mode whose end would undo the change.
    """
    for obj in filter(None, objects):
        for block in (obj, obj.data):
            if is_linked(block):
                raise RigError(
                    f"{obj.name} is linked from {block.library.filepath}; make it local, or bake in that file."
                )
        check_mode(obj)


def check_mode(obj: bpy.types.Object | None) -> None:
    """Refuse an object in a mode whose end would undo a change.

    Raises:
        RigError: it is in one.
    """
    if obj is not None and obj.mode not in {'OBJECT', 'POSE'}:
        mode = obj.mode.replace("_", " ").title()
        raise RigError(f"{obj.name} is in {mode} Mode; switch it to Object Mode.")


def rig_collection(face: bpy.types.Object, context: bpy.types.Context) -> bpy.types.Collection:
    """The collection of the scene made for the rig of ``face``, or a new one."""
    top = context.scene.collection
    for collection in top.children_recursive:
        if collection.get(_RIG_OF) == face:
            return collection
    collection = bpy.data.collections.new(f"{face.name} Rig")
    collection[_RIG_OF] = face
    top.children.link(collection)
    return collection


def part_collection(parent: bpy.types.Collection, part: str, name: str) -> bpy.types.Collection:
    """The collection of a rig for one kind of its parts, or a new one."""
    for child in parent.children:
        if child.get(_PART) == part:
            return child
    child = bpy.data.collections.new(name)
    child[_PART] = part
    parent.children.link(child)
    return child


def remove_deleted(obj: bpy.types.Object | None, face: bpy.types.Object) -> None:
    """Remove what is left of an object of ``face`` that the user has deleted."""
    if obj is None or obj.aim.face_object != face:
        return
    data = obj.data
    bpy.data.objects.remove(obj)
    if data.users == 0:
        bpy.data.batch_remove([data])


def _alive(obj: bpy.types.Object | None, face: bpy.types.Object) -> bpy.types.Object | None:
    """``obj``, unless the user has deleted it (pointers hold on to it, but no collection does), or it is the rig of the
    face this one is a duplicate of."""
    alive = obj is not None and obj.aim.face_object == face and obj.users_collection
    return obj if alive else None
