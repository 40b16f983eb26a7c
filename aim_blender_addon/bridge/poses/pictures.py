# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a rig as it stands: the skin and what hangs on it, from the front of its skull."""

import bpy
import numpy as np

from ...backend.geometry.mesh import Mesh
from ..data.evaluating import evaluated
from ..data.head_space import HeadSpace
from ..data.meshes import flipped, read_evaluated, read_polygons, transform
from ..rig import jaw_controls, thumbnail
from ..rig.armature import rest_matrix
from ..rig.objects import armature_of, rig_of
from ..rig.own_bones import JAW, SKULL, bone_name

#: Colour of what has no material, linear RGB.
_PLAIN = (0.8, 0.8, 0.8)


def draw_shown(
    face: bpy.types.Object, parts: list[bpy.types.Object], context: bpy.types.Context
) -> np.ndarray:
    """[S, S, 4] what the rig of a face shows now, with ``parts`` beside the skin; it needs no window."""
    rig, armature = rig_of(face), armature_of(face)
    objects = [rig, *(obj for obj in parts if obj != rig)]
    carrier = np.array(armature.matrix_world, np.float64)
    context.view_layer.update()
    from_world = np.linalg.inv(carrier @ jaw_controls.skull_motion(armature))
    world = HeadSpace(np.eye(4), 1.0)
    with evaluated(context, objects) as twins:
        meshes = [
            _moved(read_evaluated(twin, world, obj.name), from_world)
            for obj, twin in zip(objects, twins, strict=True)
        ]
        colours = [thumbnail.SKIN, *(_colours(twin) for twin in twins[1:])]
    return thumbnail.draw_all(list(zip(meshes, colours, strict=True)), _view(armature))


def _moved(mesh: Mesh, matrix: np.ndarray) -> Mesh:
    moved = mesh.with_vertices(transform(mesh.vertices, matrix))
    return flipped(moved) if np.linalg.det(matrix[:3, :3]) < 0 else moved


def _view(armature: bpy.types.Object) -> thumbnail.View:
    """The view from the front, in the armature's space."""
    skull, jaw = (rest_matrix(armature, bone_name(armature, bone)) for bone in (SKULL, JAW))
    front, up = skull[:3, 2], skull[:3, 1]
    axes = np.stack([np.cross(up, front), front, up])
    length = armature.data.bones[bone_name(armature, JAW)].length
    return thumbnail.View(axes, jaw[:3, 3], thumbnail.HALF_WIDTH * length)


def _colours(twin: bpy.types.Object) -> np.ndarray:
    """[V, 3] the viewport colours of a mesh's materials at its vertices."""
    mesh = twin.data
    found = np.full((len(mesh.vertices), 3), _PLAIN)
    slots = [s.material.diffuse_color[:3] if s.material else _PLAIN for s in twin.material_slots]
    if slots and len(mesh.polygons):
        of_face = np.empty(len(mesh.polygons), np.int32)
        mesh.polygons.foreach_get("material_index", of_face)
        corners, sizes = read_polygons(mesh)
        found[corners] = np.array(slots)[np.repeat(np.minimum(of_face, len(slots) - 1), sizes)]
    return found
