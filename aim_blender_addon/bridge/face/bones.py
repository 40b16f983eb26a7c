# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Estimated bones as mesh objects of a face."""

import bpy

from ...backend.geometry.mesh import Mesh
from ..data import storage
from ..data.head_space import HeadSpace
from ..data.linked import is_linked
from ..data.meshes import create_object, fill_mesh

#: Pointers of the face to its bones, and fields of the model that hold them.
PARTS = ("skull", "jaw")


def show_estimated_bones(
    face: bpy.types.Object, skull: Mesh, jaw: Mesh, space: HeadSpace
) -> tuple[bpy.types.Object, bpy.types.Object]:
    """Make objects of skull and jaw, or give those of an earlier estimate the new shape, and pick them.

    Bones the user has picked are left alone and picked no more.
    """
    shown = []
    for part, mesh in zip(PARTS, (skull, jaw), strict=True):
        earlier = getattr(face.aim, part) if face.aim.bones_estimated else None
        obj = _reshape(face, earlier, mesh, space) or _create(face, part, mesh, space)
        storage.own(face, obj)
        shown.append(obj)
    face.aim.skull, face.aim.jaw = shown
    face.aim.bones_estimated = True
    return shown[0], shown[1]


def _create(face: bpy.types.Object, part: str, mesh: Mesh, space: HeadSpace) -> bpy.types.Object:
    collection = face.users_collection[0]
    return create_object(f"{face.name} {part.title()}", mesh, space, collection)


def _reshape(
    face: bpy.types.Object, obj: bpy.types.Object | None, mesh: Mesh, space: HeadSpace
) -> bpy.types.Object | None:
    """``obj`` with the new shape where the face is, or None where it cannot take it."""
    if not storage.is_own(face, obj) or is_linked(obj) or is_linked(obj.data):
        return None
    if obj.mode == 'EDIT':
        return None
    if obj.data.users > 1 or obj.modifiers or obj.data.shape_keys:
        return None
    obj.data.clear_geometry()
    fill_mesh(obj.data, mesh, 1 / space.mm_per_unit)
    obj.matrix_world = space.blender_matrix()
    return obj
