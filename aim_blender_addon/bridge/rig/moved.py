# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects a rig moves, and which of them are parts of the face: teeth, eyes, lashes, hair.

Two other questions have answers of their own. Which objects play along with a head by shapes of the same names, also
of a character that is none of ours: ``bridge/data/same_character.py``. Which objects could be attached, as they lie in
the head and hang on nothing: ``loose_parts``.
"""

import bpy

from . import lids
from .objects import BONE, armature_of, rig_of
from .own_bones import HANDLE


def moved_by(armature: bpy.types.Object) -> list[bpy.types.Object]:
    """Objects of the scene that an armature moves, by parent or by weights; hidden ones, too."""
    below = set(armature.children_recursive)
    return [
        obj
        for obj in bpy.context.scene.objects
        if obj in below or any(m.type == 'ARMATURE' and m.object == armature for m in obj.modifiers)
    ]


def is_helper(obj: bpy.types.Object) -> bool:
    """Whether an object is none of the face's skin or parts: it shows a bone, is a handle, or keeps lids off an eye."""
    return any(prop in obj for prop in (BONE, HANDLE, lids.OUTSIDE))


def parts_of(face: bpy.types.Object) -> list[bpy.types.Object]:
    """Meshes that move with the rig of a face and are neither its skin nor helpers; hidden ones, too."""
    return [
        obj
        for obj in moved_by(armature_of(face))
        if obj.type == 'MESH'
        and obj not in (face, rig_of(face))
        and not is_helper(obj)
        and len(obj.data.vertices)
    ]


def is_seen(obj: bpy.types.Object) -> bool:
    """Whether an object is to be seen, and has faces that could be."""
    return not obj.hide_viewport and not obj.hide_get() and len(obj.data.polygons) > 0
