# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heights as sculpted detail: a Multiresolution modifier on the rig, reshaped to a displaced copy of its skin.

Blender's Python cannot write what a Multiresolution modifier stores. It can take it from another mesh that has as many
vertices: *Reshape*. That mesh is the rig's rest shape, subdivided by Blender and moved along its normals.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy
import numpy as np

from ...backend.detail.played_actor import PlayedActor
from ...backend.errors import RigError
from ...backend.geometry.mesh import Mesh
from ..data.attributes import read_uv
from ..rig.objects import check_can_write
from . import nodes, skin

#: The modifier's name.
MODIFIER = "AIM Multires"


def to_multires(
    rig: bpy.types.Object,
    actor: PlayedActor,
    height: np.ndarray,
    levels: int,
    context: bpy.types.Context,
) -> bpy.types.Modifier:
    """Put heights into a new Multiresolution modifier of a rig.

    Args:
        rig: the mesh.
        actor: of it, at the size of the map.
        height: [S, S] mm, row 0 at v = 1.
        levels: of subdivision.
        context: in Object Mode.

    Raises:
        RigError: the rig cannot be written to, is not in the scene, or has such a modifier; nothing is changed then.
    """
    check_can_write(rig)
    if any(one.type == 'MULTIRES' for one in rig.modifiers):
        raise RigError(
            f"{rig.name} has a Multiresolution modifier, whose sculpt would be lost: apply or remove it first."
        )
    if context.view_layer.objects.get(rig.name) != rig or not rig.visible_get():
        raise RigError(
            f"{rig.name} is hidden, and Blender reshapes only what is shown: show it first."
        )
    dense = _displaced(rig, actor, height, levels, context)
    try:
        return _reshaped(rig, dense, levels, context)
    finally:
        mesh = dense.data
        bpy.data.objects.remove(dense)
        bpy.data.meshes.remove(mesh)


def _displaced(
    rig: bpy.types.Object,
    actor: PlayedActor,
    height: np.ndarray,
    levels: int,
    context: bpy.types.Context,
) -> bpy.types.Object:
    """An object in the scene: the rest shape subdivided and displaced, in the rig's own space."""
    rest = skin.rest_mesh(rig)
    mesh = bpy.data.meshes.new("AIM Dense")
    mesh.from_pydata(rest.vertices, [], _faces(rest))
    layer = mesh.uv_layers.new(name="UVMap")
    layer.uv.foreach_set("vector", actor.uv.points[actor.uv.corners].astype(np.float32).ravel())
    coarse = bpy.data.objects.new("AIM Dense", mesh)
    context.scene.collection.objects.link(coarse)
    try:
        modifier = coarse.modifiers.new("Subdivision", 'SUBSURF')
        modifier.levels, modifier.uv_smooth = levels, 'NONE'
        context.view_layer.update()
        twin = coarse.evaluated_get(context.evaluated_depsgraph_get())
        dense = bpy.data.meshes.new_from_object(twin)
    finally:
        bpy.data.objects.remove(coarse)
        bpy.data.meshes.remove(mesh)
    _displace(dense, height, rig_units_per_mm(actor, rest.vertices))
    made = bpy.data.objects.new("AIM Dense", dense)
    context.scene.collection.objects.link(made)
    return made


def rig_units_per_mm(actor: PlayedActor, vertices: np.ndarray) -> float:
    """Units of the rig's space in a millimetre, of its rest shape [V, 3]."""
    own, mm = (
        np.linalg.norm(np.ptp(points, axis=0)) for points in (vertices, actor.neutral.vertices)
    )
    return float(own / mm)


def _displace(mesh: bpy.types.Mesh, height: np.ndarray, units_per_mm: float) -> None:
    """Move the vertices of a subdivided mesh along their normals."""
    count = len(mesh.vertices)
    points, normals = np.empty((count, 3), np.float32), np.empty((count, 3), np.float32)
    mesh.attributes["position"].data.foreach_get("vector", points.ravel())
    mesh.vertex_normals.foreach_get("vector", normals.ravel())
    uv = read_uv(mesh.uv_layers[0])
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.attributes[".corner_vert"].data.foreach_get("value", corners)
    inside = ((uv >= 0) & (uv <= 1)).all(axis=1)  # other tiles have no heights
    at_corners = np.where(inside, _sampled(height, uv), 0)
    uses = np.maximum(np.bincount(corners, minlength=count), 1)
    at_points = np.bincount(corners, at_corners, minlength=count) / uses
    points += normals * (at_points * units_per_mm).astype(np.float32)[:, None]
    mesh.attributes["position"].data.foreach_set("vector", points.ravel())
    mesh.update()


def _sampled(height: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """[L] heights at places [L, 2] of the UV, linear between pixels."""
    size = len(height)
    x = np.clip(uv[:, 0] * size - 0.5, 0, size - 1)
    y = np.clip((1 - uv[:, 1]) * size - 0.5, 0, size - 1)
    left, top = np.minimum(x.astype(int), size - 2), np.minimum(y.astype(int), size - 2)
    x, y = x - left, y - top
    upper = height[top, left] * (1 - x) + height[top, left + 1] * x
    lower = height[top + 1, left] * (1 - x) + height[top + 1, left + 1] * x
    return upper * (1 - y) + lower * y


def _reshaped(
    rig: bpy.types.Object, dense: bpy.types.Object, levels: int, context: bpy.types.Context
) -> bpy.types.Modifier:
    """The new modifier, in the place of the first one that adds faces; taken off again when Blender refuses."""
    modifier = rig.modifiers.new(MODIFIER, 'MULTIRES')
    try:
        others = [one for one in rig.modifiers if one != modifier]
        place = next((k for k, one in enumerate(others) if one.type in nodes.ADDING), len(others))
        rig.modifiers.move(len(others), place)
        modifier.uv_smooth = 'NONE'
        with _at_rest(rig, modifier, context), _selected(rig, dense, context):
            for _ in range(levels):
                bpy.ops.object.multires_subdivide(modifier=modifier.name, mode='CATMULL_CLARK')
            done = bpy.ops.object.multires_reshape(modifier=modifier.name)
        if done != {'FINISHED'} or modifier.total_levels != levels:
            raise RuntimeError("the meshes do not fit")
    except (RuntimeError, TypeError) as error:
        rig.modifiers.remove(modifier)
        reason = str(error).strip().removeprefix("Error: ").splitlines()[0]
        raise RigError(
            f"Blender could not reshape {rig.name} ({reason}): undo, and look at its mesh."
        ) from error
    modifier.levels = modifier.sculpt_levels = modifier.render_levels = levels
    return modifier


@contextmanager
def _at_rest(
    rig: bpy.types.Object, modifier: bpy.types.Modifier, context: bpy.types.Context
) -> Iterator[None]:
    """The rig without keys and other modifiers: Blender stores what differs from the skin as it is shown."""
    others = [(one, one.show_viewport) for one in rig.modifiers if one != modifier]
    shown = rig.show_only_shape_key, rig.active_shape_key_index
    try:
        for one, _ in others:
            one.show_viewport = False
        if rig.data.shape_keys is not None:
            rig.active_shape_key_index = 0
            rig.show_only_shape_key = True
        context.view_layer.update()
        yield
    finally:
        for one, was in others:
            one.show_viewport = was
        rig.active_shape_key_index = shown[1]
        rig.show_only_shape_key = shown[0]
        context.view_layer.update()


@contextmanager
def _selected(
    rig: bpy.types.Object, dense: bpy.types.Object, context: bpy.types.Context
) -> Iterator[None]:
    """The two objects selected, the rig active; as it was afterwards."""
    layer = context.view_layer
    active, chosen = layer.objects.active, [one for one in layer.objects if one.select_get()]
    try:
        for one in layer.objects:
            one.select_set(one in (rig, dense))
        layer.objects.active = rig
        yield
    finally:
        for one in layer.objects:
            one.select_set(one in chosen)
        layer.objects.active = active


def _faces(mesh: Mesh) -> list[list[int]]:
    ends = np.cumsum(mesh.face_sizes)
    return [list(map(int, part)) for part in np.split(mesh.face_vertices, ends[:-1])]
