# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The face that an eyeball, lashes, teeth or a control object belong to, so that what is meant for it goes there."""

import bpy

from ..data import storage
from ..data.same_character import (
    ancestors,
    armatures_of,
    has_keys,
    is_part_by_names,
    lies_in,
    size,
)

#: What lies in a head and hangs on nothing is a piece of it only where it is smaller than this share of it.
_LOOSE_SIZE = 0.5


def face_of_piece(obj: bpy.types.Object, scene: bpy.types.Scene) -> bpy.types.Object | None:
    """The mesh or face whose piece an object is, or None where it is a face itself, or none is known.

    Args:
        obj: the object that is selected.
        scene: where it stands.
    """
    if (face := _of_ours(obj)) is not None:
        return face
    if obj.type == 'MESH' and _is_used(obj):
        return None
    found = [head for head in scene.objects if _is_head(head, obj) and _is_piece(obj, head)]
    if not found and obj.type == 'EMPTY':
        found = [head for head in scene.objects if _is_head(head, obj) and _aims(obj, head)]
    head = max(found, key=_rank, default=None)
    return head and (storage.face_of(head) or head)


def _of_ours(obj: bpy.types.Object) -> bpy.types.Object | None:
    """The face whose neutral, rig or armature an object hangs on."""
    for owner in (*ancestors(obj), *armatures_of(obj)):
        face = storage.face_of(owner)
        if face is not None and storage.in_scene(face):
            return face
    return None


def _is_used(obj: bpy.types.Object) -> bool:
    """Whether a performance was ever meant for a mesh itself."""
    state = obj.aim.retarget
    return bool(state.curves_path or state.played_frames or state.pairs)


def _is_head(head: bpy.types.Object, obj: bpy.types.Object) -> bool:
    """Whether a mesh can be a face whose piece ``obj`` is."""
    return head != obj and head.type == 'MESH' and (has_keys(head) or _is_used(head))


def _is_piece(obj: bpy.types.Object, head: bpy.types.Object) -> bool:
    """Whether an object belongs to a head as a smaller thing inside it, or hangs on it."""
    if head in ancestors(obj):
        return True
    if obj.type != 'MESH':
        bones = armatures_of(obj)
        return bool(bones & armatures_of(head)) or obj in ancestors(head)
    if not lies_in(obj, head) or size(obj) >= size(head):
        return False
    if has_keys(obj):
        return is_part_by_names(obj, head)
    return _is_tied(obj, head) or size(obj) < _LOOSE_SIZE * size(head)


def _is_tied(obj: bpy.types.Object, head: bpy.types.Object) -> bool:
    """Whether both are on one armature, or share a parent."""
    bones = armatures_of(obj) & armatures_of(head)
    return bool(bones or {*ancestors(obj)} & {*ancestors(head)})


def _aims(obj: bpy.types.Object, head: bpy.types.Object) -> bool:
    """Whether a constraint of the head, its armature or its bones follows an object."""
    for owner in (head, *armatures_of(head)):
        bones = owner.pose.bones if owner.pose else ()
        for constraints in (owner.constraints, *(bone.constraints for bone in bones)):
            if any(getattr(one, "target", None) == obj for one in constraints):
                return True
    return False


def _rank(head: bpy.types.Object) -> tuple[bool, int, float]:
    """A mesh that a performance was meant for comes first, then that of most shape keys, then the largest."""
    keys = head.data.shape_keys
    return _is_used(head), len(keys.key_blocks) if keys else 0, size(head)
