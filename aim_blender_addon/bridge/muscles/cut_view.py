# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flesh of a face cut open, as the 3D view draws it, and where."""

from functools import lru_cache

import bpy
import numpy as np
from mathutils import Matrix

from ...backend.errors import AimError
from ...backend.muscles.stored_flesh import CutFlesh, cut_open
from ..data.head_space import mm_per_unit
from ..data.storage import face_object, load_model
from ..rig import jaw_controls
from ..rig.objects import armature_of, rig_of
from . import store

#: Choices of the cut: what goes first, by the axes of the face.
SIDE, FRONT, TOP = 'SIDE', 'FRONT', 'TOP'
_ROWS = {SIDE: 0, FRONT: 1, TOP: 2}


def shown_face(context: bpy.types.Context) -> bpy.types.Object | None:
    """The face whose flesh is to be drawn; cheap."""
    face = face_object(context)
    if face is None or not face.aim.muscles.show_flesh or not store.has_flesh(face):
        return None
    skin = rig_of(face) or face
    return face if skin.users_scene else None


def cut(face: bpy.types.Object) -> CutFlesh | None:
    """The flesh as the panel cuts it, mm, head space; None where it cannot be read."""
    settings = face.aim.muscles
    return _cut(store.flesh_stamp(face), settings.cut_axis, round(settings.cut, 3))


def stamp(face: bpy.types.Object) -> tuple:
    """What tells one cut of one flesh from another."""
    settings = face.aim.muscles
    return (*store.flesh_stamp(face), settings.cut_axis, round(settings.cut, 3))


@lru_cache(maxsize=2)
def _cut(flesh: tuple, axis: str, share: float) -> CutFlesh | None:
    face = next(obj for obj in bpy.data.objects if obj.session_uid == flesh[0])
    try:
        axes = load_model(face).joint.head_axes
        return cut_open(store.flesh_bytes(face), face.name, axes[_ROWS[axis]], share)
    except AimError:
        return None


def place(face: bpy.types.Object, scene: bpy.types.Scene) -> Matrix:
    """From head space, mm, to where the rig has its head now, or the neutral where there is no rig."""
    armature = armature_of(face)
    if armature is not None and jaw_controls.has_controls(armature):
        scale = 1 / armature.aim.jaw_measures[4]
        carried = np.array(armature.matrix_world) @ jaw_controls.skull_motion(armature)
        return Matrix((carried @ np.diag([scale, scale, scale, 1.0])).tolist())
    location, rotation, _scale = face.matrix_world.decompose()
    scale = 1 / mm_per_unit(face, scene)
    return Matrix.LocRotScale(location, rotation, (scale, scale, scale))
