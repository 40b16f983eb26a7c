# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects inside a head: which they are, where they lie under the skin, and hanging them on the rig with weights."""

from collections.abc import Sequence

import bpy
import numpy as np
from mathutils.bvhtree import BVHTree

from ...backend.anatomy.mouth_parts import BOTH, Attachment, Part, attach_parts
from ...backend.errors import RigError
from ...backend.geometry.mesh import Mesh
from ...backend.model.aim import AimModel
from ..data.head_space import mm_per_unit
from ..data.linked import is_foreign, is_linked
from ..data.meshes import read_data, transform
from ..data.storage import face_of
from .attaching import HARD, at_rest, attach_to_bone
from .objects import armature_of
from .own_bones import JAW

#: An object further from the skin than this is none of the head's, as a fraction of the head's size.
_FAR = 0.5


def loose_parts(face: bpy.types.Object, context: bpy.types.Context) -> list[bpy.types.Object]:
    """The mesh objects inside the head of a baked face that are to be seen and hang on nothing but its neutral."""
    space = to_head(face, context)
    skin = _points(face.aim.rig, space)
    low, high = skin.min(axis=0), skin.max(axis=0)
    found = []
    for obj in context.view_layer.objects:
        if face_of(obj) or obj.type != 'MESH' or is_linked(obj) or not obj.visible_get():
            continue
        is_tied = obj.parent not in {None, face} or any(m.type == 'ARMATURE' for m in obj.modifiers)
        if is_tied or not len(obj.data.vertices):
            continue
        points = _points(obj, space)
        if (points > low).all() and (points < high).all():
            found.append(obj)
    return found


def attach_objects(
    face: bpy.types.Object,
    objects: Sequence[bpy.types.Object],
    model: AimModel,
    context: bpy.types.Context,
) -> list[Attachment]:
    """Let mesh objects move with the rig of ``face`` as anatomy has it, by weights for each vertex.

    They take the place of whatever attached the objects to this rig before.

    Raises:
        RigError: an object cannot be attached; then none is.
    """
    armature = armature_of(face)
    for obj in objects:
        check_part(obj, armature)
    with at_rest(armature):
        space = to_head(face, context)
        seen = [read_data(obj, space) for obj in objects]
    for obj, mesh in zip(objects, seen, strict=True):
        _check_near(obj, mesh, model.neutral, face)
    found = attach_parts(_under_skin(seen, model), model.joint)
    for obj, attachment in zip(objects, found, strict=True):
        attach_to_bone(obj, armature, JAW, attachment.jaw_weight)
        obj[HARD] = not attachment.pieces[BOTH]
    return found


def check_part(obj: bpy.types.Object, armature: bpy.types.Object) -> None:
    """Make sure that weights can be written to an object, and that nothing else moves it.

    Raises:
        RigError: they cannot.
    """
    name = obj.name
    if obj.type != 'MESH':
        raise RigError(f"{name} is no mesh; attach it as a whole with Attach to Face Bone.")
    if not len(obj.data.vertices):
        raise RigError(f"{name} has no vertices; leave it out of the selection.")
    if is_foreign(obj):
        raise RigError(f"{name} is linked from another file; make it and its mesh local first.")
    if obj.data.users > 1:
        raise RigError(
            f"{name} shares its mesh with another object; make it a single user "
            "(Object > Relations), as the weights are kept on the mesh."
        )
    for modifier in obj.modifiers:
        if modifier.type == 'ARMATURE' and modifier.object not in {armature, None}:
            raise RigError(
                f"{name} is moved by {modifier.object.name} already; remove its modifier "
                f"{modifier.name} first, or leave it out of the selection."
            )


def _check_near(obj: bpy.types.Object, mesh: Mesh, neutral: Mesh, face: bpy.types.Object) -> None:
    low, high = neutral.vertices.min(axis=0), neutral.vertices.max(axis=0)
    middle = (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0)) / 2
    off = np.linalg.norm(middle - np.clip(middle, low, high))
    if not off <= _FAR * np.linalg.norm(high - low):
        raise RigError(
            f"{obj.name} lies {off:.0f} mm away from {face.name}; move it to its place in the "
            "head first, or leave it out of the selection."
        )


def to_head(face: bpy.types.Object, context: bpy.types.Context) -> np.ndarray:
    """[4, 4] float64: world to the head space of the rig, in millimetres; the rig may have been moved as a whole."""
    mm = mm_per_unit(face, context.scene)
    carrier = np.array(armature_of(face).matrix_world, np.float64)
    return np.diag([mm, mm, mm, 1.0]) @ np.linalg.inv(carrier)


def _points(obj: bpy.types.Object, to_head: np.ndarray) -> np.ndarray:
    """[V, 3] float32 mm: the vertices of a mesh object without its modifiers."""
    flat = np.empty((len(obj.data.vertices), 3), np.float32)
    obj.data.attributes["position"].data.foreach_get("vector", flat.ravel())
    return transform(flat, to_head @ np.array(obj.matrix_world))


def _under_skin(seen: Sequence[Mesh], model: AimModel) -> list[Part]:
    """Meshes with the distance to the nearest point of the skin, and its jaw weight there."""
    skin, triangles = model.neutral.vertices, model.neutral.triangles
    jaw_weight = model.evaluate().jaw_weight
    tree = BVHTree.FromPolygons(skin.tolist(), triangles.tolist(), all_triangles=True)
    parts = []
    for mesh in seen:
        nearest = [tree.find_nearest(point) for point in mesh.vertices.tolist()]
        places = np.array([found[0] for found in nearest])
        corners = triangles[[found[2] for found in nearest]]
        near = 1 / (np.linalg.norm(skin[corners] - places[:, None], axis=2) + 1e-6)
        weights = near / near.sum(axis=1, keepdims=True)
        distance = np.array([found[3] for found in nearest])
        parts.append(Part(mesh, distance, (weights * jaw_weight[corners]).sum(axis=1)))
    return parts
