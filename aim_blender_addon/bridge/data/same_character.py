# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects of a scene belong to the character of a head: teeth, eyes, brows, beard. Never another character's.

An object on the head's armature, or one that hangs on the head, belongs to it. An object that only shares a parent or
a collection belongs to it when no other head is near that it could belong to as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import bpy
import numpy as np

from ...backend.shape_names import pairs
from . import storage

#: Objects of these types have shape keys.
KEYED = {'MESH', 'CURVE', 'SURFACE', 'LATTICE'}
#: A box grows by this share of its size to either side before something lies in it.
_MARGIN = 0.1
#: Another head is at least so large, as a share of this one, and has at least this share of its shape keys.
_HEAD_SIZE, _HEAD_KEYS = 0.5, 0.5


@dataclass(frozen=True)
class Character:
    """The objects with shape keys beside a head.

    Attributes:
        own: those of the character.
        unclear: those that may be another character's as well.
    """

    own: tuple[bpy.types.Object, ...] = ()
    unclear: tuple[bpy.types.Object, ...] = ()


def find_character(
    head: bpy.types.Object,
    armature: bpy.types.Object | None,
    scene: bpy.types.Scene,
    others: Iterable[bpy.types.Object | None] = (),
) -> Character:
    """The objects with shape keys of their own that belong to the character of ``head``; hidden ones, too.

    Args:
        head: the object whose shape keys are played.
        armature: that moves it, or None.
        scene: where it stands.
        others: heads that are known to be other characters'.
    """
    face = storage.face_of(head)
    others = {obj for obj in others if obj not in (None, head)}
    others = {obj for obj in others if face is None or storage.face_of(obj) != face}
    mine = {*armatures_of(head), armature} - {None}
    found = [obj for obj in scene.objects if obj not in others and _is_candidate(obj, head)]
    own = [obj for obj in found if _is_tied(obj, head, mine)]
    loose = [obj for obj in found if obj not in own]
    rivals = {*others, *(obj for obj in loose if _is_head(obj, head))}
    family = {arm for one in mine for arm in (*ancestors(one), *one.children_recursive)}
    unclear = []
    for obj in loose:
        above = ancestors(obj)
        bones = armatures_of(obj)
        if obj in rivals or rivals & set(above) or bones - family:
            continue
        shared = [parent for parent in ancestors(head) if parent in above]
        near = {rival for rival in rivals if lies_in(obj, rival)}
        if shared and not bones:
            beside = rivals & set(shared[0].children_recursive)
            if not beside or (lies_in(obj, head) and not near):
                own.append(obj)
            elif lies_in(obj, head):
                unclear.append(obj)
        elif (bones or _share_collection(obj, head, scene)) and lies_in(obj, head):
            is_part = not near and size(obj) < _HEAD_SIZE * size(head)
            (own if is_part else unclear).append(obj)
    return Character(tuple(own), tuple(unclear))


def has_keys(obj: bpy.types.Object) -> bool:
    """Whether an object has shape keys beside its rest."""
    keys = obj.data.shape_keys if obj.type in KEYED else None
    return keys is not None and len(keys.key_blocks) > 1


def _is_candidate(obj: bpy.types.Object, head: bpy.types.Object) -> bool:
    """Whether an object has shape keys that are not the head's, and is no part of a face of ours."""
    return has_keys(obj) and obj.data != head.data and storage.face_of(obj) is None


def _is_tied(
    obj: bpy.types.Object, head: bpy.types.Object, armatures: set[bpy.types.Object]
) -> bool:
    """Whether an object is on the head's armature, or one of the two hangs on the other."""
    bones = armatures_of(obj)
    if bones & armatures or head in ancestors(obj):
        return True
    return not bones and obj in ancestors(head)


def armatures_of(obj: bpy.types.Object) -> set[bpy.types.Object]:
    """The armatures that move an object: by modifiers, and the one it hangs on."""
    moved = {m.object for m in obj.modifiers if m.type == 'ARMATURE' and m.object is not None}
    hung_on = next((parent for parent in ancestors(obj) if parent.type == 'ARMATURE'), None)
    return moved | ({hung_on} - {None})


def ancestors(obj: bpy.types.Object) -> list[bpy.types.Object]:
    """Parents of an object, the nearest first."""
    found = []
    while (obj := obj.parent) is not None and obj not in found:
        found.append(obj)
    return found


def _share_collection(
    obj: bpy.types.Object, head: bpy.types.Object, scene: bpy.types.Scene
) -> bool:
    """Whether both are in one collection below the scene's."""
    return any(
        obj.name in collection.all_objects and head.name in collection.all_objects
        for collection in scene.collection.children_recursive
    )


def _is_head(obj: bpy.types.Object, head: bpy.types.Object) -> bool:
    """Whether an object is another head: a performance plays on it, or it is as large and has the same shape keys."""
    if obj.aim.retarget.played_frames:
        return True
    if size(obj) < _HEAD_SIZE * size(head):
        return False
    mine, theirs = (
        tuple(key.name for key in one.data.shape_keys.key_blocks[1:]) if has_keys(one) else ()
        for one in (head, obj)
    )
    return _shared(mine, theirs) >= _HEAD_KEYS * max(len(mine), 1)


def is_part_by_names(obj: bpy.types.Object, head: bpy.types.Object) -> bool:
    """Whether most shape keys of an object have one of the same meaning on a head that is larger."""
    mine = tuple(key.name for key in obj.data.shape_keys.key_blocks[1:])
    theirs = (
        tuple(key.name for key in head.data.shape_keys.key_blocks[1:]) if has_keys(head) else ()
    )
    return size(obj) < size(head) and 2 * _shared(mine, theirs) >= len(mine)


@lru_cache(maxsize=64)
def _shared(mine: tuple[str, ...], theirs: tuple[str, ...]) -> int:
    """How many of the names have one of the same meaning; kept, as panels ask at every draw."""
    return sum(bool(found) for found in pairs(mine, theirs))


def lies_in(obj: bpy.types.Object, head: bpy.types.Object) -> bool:
    """Whether an object's middle lies in a head that is no smaller."""
    low, high = _box(head)
    margin = _MARGIN * (high - low)
    first, last = _box(obj)
    middle = (first + last) / 2
    inside = (middle > low - margin).all() and (middle < high + margin).all()
    return bool(inside and (last - first).max() <= (1 + _MARGIN) * size(head))


def size(obj: bpy.types.Object) -> float:
    """The longest side of an object's box in the world."""
    low, high = _box(obj)
    return float((high - low).max())


def _box(obj: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner [3] of an object in the world."""
    matrix = np.array(obj.matrix_world, np.float64)
    corners = np.array([corner[:] for corner in obj.bound_box]) @ matrix[:3, :3].T + matrix[:3, 3]
    return corners.min(axis=0), corners.max(axis=0)
