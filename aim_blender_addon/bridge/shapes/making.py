# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes of a rig made of others: mirrored, as the model says, of the pose on show, and ARKit's."""

from collections.abc import Sequence

import bpy
import numpy as np
from mathutils.bvhtree import BVHTree

from ...backend.errors import RigError
from ...backend.geometry.mesh import Mesh
from ...backend.geometry.mirror import Mirror, find_mirror
from ...backend.geometry.skinning import skin_with_jaw
from ...backend.model.aim import AimModel
from ..data import shape_keys
from ..data.groups import read_groups
from ..data.head_space import HeadSpace
from ..data.meshes import create_object, read_data
from ..data.same_mesh import has_polygons
from ..data.storage import load_model
from ..rig import jaw_controls, shape_jaw
from ..rig.armature import rest_matrix
from ..rig.carried import carry_keys
from ..rig.objects import armature_of, rig_of
from ..rig.own_bones import JAW, SKULL, bone_name
from ..rig.still_eyes import hold_still
from . import shape_sets, shapes

#: Width of the strip about the middle in which one side's shape blends into its mirror image, mm.
_SEAM_MM = 8.0
LEFT, RIGHT, FLIP, OTHER = "LEFT_TO_RIGHT", "RIGHT_TO_LEFT", "FLIP", "OTHER"


def mirror_of(face: bpy.types.Object) -> Mirror:
    """Which place of the rig's skin is on its other side, in the rig's units."""
    rig, armature = rig_of(face), armature_of(face)
    mesh = read_data(rig, np.linalg.inv(np.array(rig.matrix_world)))
    mesh = mesh.with_vertices(shape_keys.read_points(rig.data.shape_keys.reference_key))
    jaw = rest_matrix(armature, bone_name(armature, JAW))
    return find_mirror(mesh, jaw[:3, 0], jaw[:3, 3], nearest_on(mesh))


def nearest_on(mesh: Mesh):  # noqa: ANN201 - backend.geometry.mirror.Nearest
    """Finds the nearest places on a mesh, and the triangles they lie in."""
    tree = BVHTree.FromPolygons(mesh.vertices.tolist(), mesh.triangles.tolist(), all_triangles=True)

    def nearest(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = [tree.find_nearest(point) for point in points.tolist()]
        return np.array([tuple(hit[0]) for hit in found]), np.array([hit[2] for hit in found])

    return nearest


def mirror_shape(face: bpy.types.Object, how: str) -> str:
    """Mirror the picked shape; the name of the shape that was written.

    Raises:
        RigError: its name has no side, where the other side's shape is meant.
    """
    rig = rig_of(face)
    keys, block = rig.data.shape_keys, shapes.picked(rig)
    mirror = mirror_of(face)
    motion = shape_keys.difference(block).astype(np.float64)
    target = block
    if how == OTHER:
        name = bpy.utils.flip_name(block.name)
        if name == block.name:
            raise RigError(
                f"The name {block.name} has no side: name it like smileLeft or smile.L, or flip the shape itself."
            )
        target = keys.key_blocks.get(name)
        if target is None:
            index = rig.active_shape_key_index
            target = rig.shape_key_add(name=name, from_mix=False)
            rig.active_shape_key_index = index
    if how in (FLIP, OTHER):
        motion = mirror.mirrored(motion)
    else:
        seam = _SEAM_MM / shapes.mm_per_unit(face)
        motion = mirror.from_side(motion, how == LEFT, seam)
    rest = shape_keys.read_points(target.relative_key)
    shape_keys.write_points(target, rest + motion)
    _wrote(rig, target.name)
    return target.name


def reset_shape(face: bpy.types.Object, model: AimModel) -> None:
    """Let the picked shape be what the model says.

    Raises:
        RigError: the model has no such shape, or other polygons.
    """
    rig = rig_of(face)
    block = shapes.picked(rig)
    if block.name not in model.expression_names:
        raise RigError(
            f"{block.name} is no expression of {face.name}; if it was renamed, give it back its name, one of: "
            f"{', '.join(model.expression_names)}."
        )
    require_polygons(rig, model)
    at = model.evaluate()
    moved = at.displacements[model.expression_names.index(block.name)] / shapes.mm_per_unit(face)
    shape_keys.write_points(block, shape_keys.read_points(block.relative_key) + moved)
    _wrote(rig, block.name)
    shape_keys.mark_sculpted(rig.data, block.name, False)


def shape_from_pose(face: bpy.types.Object, name: str, with_jaw: bool) -> bpy.types.ShapeKey:
    """A new shape of what the rig shows.

    Args:
        face: the neutral.
        name: of the shape.
        with_jaw: the jaw's motion goes into the shape, so that it shows the same with the jaw at rest; else the jaw's
            pose is recorded beside it.
    """
    rig, armature = rig_of(face), armature_of(face)
    pose, scale = jaw_controls.shown_pose(armature), shapes.mm_per_unit(face)
    block = rig.shape_key_add(name=name, from_mix=True)
    block.value = 0.0
    if with_jaw:
        points = shape_keys.read_points(block).astype(np.float64) * scale
        shape_keys.write_points(
            block, skin_with_jaw(points, pose, jaw_weight(rig, armature)) / scale
        )
    else:
        shapes.record_jaw(rig.data.shape_keys, block.name, pose)
    carry_keys(rig, [block.name])
    shapes.pick(rig, block.name)
    return block


def jaw_weight(rig: bpy.types.Object, armature: bpy.types.Object) -> np.ndarray:
    """[V] float64 how much each vertex follows the jaw, as its vertex groups say."""
    names = [bone_name(armature, bone) for bone in (SKULL, JAW)]
    weights = read_groups(rig, names).astype(np.float64)
    return weights[1] / np.maximum(weights.sum(axis=0), 1e-9)


def require_polygons(rig: bpy.types.Object, model: AimModel) -> None:
    """Refuse a rig whose mesh is not the model's.

    Raises:
        RigError: it was edited since, or the model is another actor's.
    """
    if not has_polygons(rig.data, model.neutral):
        raise RigError(
            f"The mesh of {rig.name} has {len(rig.data.vertices):,} vertices and its model "
            f"{len(model.neutral.vertices):,}, or other faces: undo the change to the mesh, load the model that "
            "belongs to it, or update the rig in the Bake panel."
        )


def write_arkit(
    face: bpy.types.Object,
    names: Sequence[str],
    points: np.ndarray,
    jaws: np.ndarray,
    context: bpy.types.Context,
) -> None:
    """Write shapes under these exact names, and let the jaw bone make the jaw's part of them. They play from now on.

    Args:
        face: the neutral.
        names: N shapes.
        points: [N, V, 3] in the rig's units, without the jaw's motion.
        jaws: [N, 4] parameters of the jaw's joint.
        context: to edit bones in.

    Raises:
        RigError: a shape of the actor's own has one of these names; nothing is changed.
    """
    rig, armature = rig_of(face), armature_of(face)
    keys = rig.data.shape_keys
    ours = shapes.arkit_names(keys)
    taken = [name for name in names if name in keys.key_blocks and name not in ours]
    if taken:
        raise RigError(
            f"{rig.name} has a shape of its own called {taken[0]}: rename that scan and update the rig, or make the "
            "shapes on a mesh of their own."
        )
    picked = rig.active_shape_key_index
    for name, shape in zip(names, points, strict=True):
        block = keys.key_blocks.get(name)
        if block is None:
            block = rig.shape_key_add(name=name, from_mix=False)
            block.value = 0.0
        block.relative_key = keys.reference_key
        shape_keys.write_points(block, shape)
    rig.active_shape_key_index = picked
    shapes.keep_arkit_names(keys, list(names))
    hold_still(rig, armature, names)
    moving = {name: jaw for name, jaw in zip(names, jaws, strict=True) if np.any(jaw)}
    joint = load_model(face).joint
    for name, jaw in moving.items():
        shapes.record_jaw(keys, name, joint.pose(jaw))
    shape_jaw.set_up(armature, keys, moving, context)
    shape_sets.show(face, shape_sets.ARKIT)
    rig.data.update()
    carry_keys(rig, names)


def arkit_object(
    face: bpy.types.Object,
    model: AimModel,
    space: HeadSpace,
    names: Sequence[str],
    points: np.ndarray,
) -> bpy.types.Object:
    """A new mesh object beside the face with these shapes [N, V, 3], in its units, alone."""
    obj = create_object(f"{face.name} ARKit", model.neutral, space, face.users_collection[0])
    for material in face.data.materials:
        obj.data.materials.append(material)
    obj.shape_key_add(name="Basis", from_mix=False)
    obj.data.shape_keys.name = obj.name
    for name, shape in zip(names, points, strict=True):
        block = obj.shape_key_add(name=name, from_mix=False)
        block.value = 0.0
        shape_keys.write_points(block, shape)
    obj.aim.face_object = face
    return obj


def _wrote(rig: bpy.types.Object, name: str) -> None:
    """A shape was changed by hand: another bake keeps it."""
    if name in shape_keys.baked_names(rig.data):
        shape_keys.mark_sculpted(rig.data, name, True)
    rig.data.update()
    carry_keys(rig, [name])
