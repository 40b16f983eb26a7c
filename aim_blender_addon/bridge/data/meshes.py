# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mesh objects as arrays in head space and millimetres, and arrays as mesh objects.

Every object is read through its own world matrix and then into head space. Unapplied, unequal and negative scales
count as they are seen. Meshes are read evaluated: modifiers, constraints and animation are in.
"""

from collections.abc import Sequence
from dataclasses import replace

import bpy
import numpy as np

from ...backend.errors import ScanError
from ...backend.geometry.mesh import Mesh
from .attributes import read_attribute
from .evaluating import evaluated, posable_copy
from .head_space import HeadSpace
from .shape_keys import read_points


def read_object(obj: bpy.types.Object, space: HeadSpace, context: bpy.types.Context) -> Mesh:
    """One mesh object as it is seen, in head space."""
    return read_objects([obj], space, context)[0]


def read_objects(
    objects: Sequence[bpy.types.Object], space: HeadSpace, context: bpy.types.Context
) -> list[Mesh]:
    """Mesh objects as they are seen, in head space; hidden ones as they would be seen."""
    with evaluated(context, objects) as twins:
        return [
            read_evaluated(twin, space, obj.name) for obj, twin in zip(objects, twins, strict=True)
        ]


def read_data(obj: bpy.types.Object, to_head: np.ndarray) -> Mesh:
    """A mesh object without its modifiers and shape keys, moved from the world by ``to_head`` [4, 4]."""
    return _mesh_arrays(obj.data, to_head @ np.array(obj.matrix_world), obj.name)


def read_shape_keys(
    obj: bpy.types.Object, names: Sequence[str], space: HeadSpace, context: bpy.types.Context
) -> tuple[Mesh, list[Mesh]]:
    """The object at its reference key, and with each named key alone at its full value.

    Values, mutes, drivers and slider limits do not matter; vertex groups, reference keys and modifiers do.

    Raises:
        ScanError: one of the keys is gone.
    """
    keys = _named_keys(obj, names)
    if not _keys_are_plain(obj, keys):
        with posable_copy(obj, context.scene) as (copy, layer):
            basis = _read_posed(copy, layer, None, space, obj.name)
            return basis, [_read_posed(copy, layer, name, space, name) for name in names]
    with evaluated(context, [obj]) as (twin,):
        matrix = space.from_world() @ np.array(twin.matrix_world)
    basis = _mesh_arrays(obj.data, matrix, obj.name)
    if obj.data.shape_keys:
        reference = read_points(obj.data.shape_keys.reference_key)
        basis = basis.with_vertices(transform(reference, matrix))
    return basis, [
        basis.with_vertices(transform(read_points(key), matrix), key.name) for key in keys
    ]


def create_object(
    name: str, mesh: Mesh, space: HeadSpace, collection: bpy.types.Collection
) -> bpy.types.Object:
    """A new mesh object that shows ``mesh`` where the face is."""
    data = bpy.data.meshes.new(name)
    fill_mesh(data, mesh, 1 / space.mm_per_unit)
    obj = bpy.data.objects.new(name, data)
    obj.matrix_world = space.blender_matrix()
    collection.objects.link(obj)
    return obj


def fill_mesh(data: bpy.types.Mesh, mesh: Mesh, scale: float = 1.0) -> None:
    """Give an empty Mesh datablock the vertices (times ``scale``) and polygons of ``mesh``."""
    data.vertices.add(len(mesh.vertices))
    data.loops.add(len(mesh.face_vertices))
    data.polygons.add(len(mesh.face_sizes))
    positions = np.ascontiguousarray(mesh.vertices * np.float32(scale), np.float32)
    data.attributes["position"].data.foreach_set("vector", positions.ravel())
    data.loops.foreach_set("vertex_index", np.ascontiguousarray(mesh.face_vertices, np.int32))
    starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
    data.polygons.foreach_set("loop_start", np.ascontiguousarray(starts, np.int32))
    data.update(calc_edges=True)
    data.validate(clean_customdata=False)
    data.shade_smooth()


def read_polygons(mesh: bpy.types.Mesh) -> tuple[np.ndarray, np.ndarray]:
    """The vertices of all polygons [L] int32, one polygon after the other, and how many each has [F] int32."""
    corners = np.empty(len(mesh.loops), np.int32)
    if len(corners):
        # 400 times as fast as loops.foreach_get("vertex_index")
        mesh.attributes[".corner_vert"].data.foreach_get("value", corners)
    starts = np.empty(len(mesh.polygons) + 1, np.int32)
    mesh.polygons.foreach_get("loop_start", starts[:-1])  # twice as fast as "loop_total"
    starts[-1] = len(mesh.loops)
    return corners, np.diff(starts)


def transform(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points [N, 3] through a [4, 4] affine matrix, as float32."""
    moved = points.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    return np.ascontiguousarray(moved, np.float32)


def flipped(mesh: Mesh) -> Mesh:
    """The mesh with every polygon running the other way round, as a negative scale shows it."""
    return replace(mesh, face_vertices=flip_faces(mesh.face_vertices, mesh.face_sizes))


def flip_faces(face_vertices: np.ndarray, face_sizes: np.ndarray) -> np.ndarray:
    """The corners [L] with every polygon running the other way round from the same first corner."""
    starts = np.repeat(np.cumsum(face_sizes) - face_sizes, face_sizes)
    sizes = np.repeat(face_sizes, face_sizes)
    step = np.arange(len(face_vertices)) - starts
    return face_vertices[starts + (sizes - step) % sizes]


def _read_posed(
    copy: bpy.types.Object,
    layer: bpy.types.ViewLayer,
    shown: str | None,
    space: HeadSpace,
    name: str,
) -> Mesh:
    for key in copy.data.shape_keys.key_blocks:
        key.value = float(key.name == shown)
    layer.update()
    return read_evaluated(copy.evaluated_get(layer.depsgraph), space, name)


def read_evaluated(twin: bpy.types.Object, space: HeadSpace, name: str) -> Mesh:
    """The mesh of an evaluated object, in head space."""
    matrix = space.from_world() @ np.array(twin.matrix_world)
    mesh = twin.to_mesh()
    try:
        return _mesh_arrays(mesh, matrix, name)
    finally:
        twin.to_mesh_clear()


def evaluated_points(
    twin: bpy.types.Object, space: HeadSpace, without_hidden: bool = False
) -> np.ndarray:
    """[V, 3] float32 mm in head space: the vertices of an evaluated object; those hidden are NaN on request."""
    matrix = space.from_world() @ np.array(twin.matrix_world)
    mesh = twin.to_mesh()
    try:
        points = transform(_vertex_points(mesh), matrix)
        hidden = read_attribute(mesh, ".hide_vert") if without_hidden else None
        if hidden is not None:
            points[hidden] = np.nan
        return points
    finally:
        twin.to_mesh_clear()


def _vertex_points(mesh: bpy.types.Mesh) -> np.ndarray:
    points = np.empty((len(mesh.vertices), 3), np.float32)
    if len(points):
        mesh.attributes["position"].data.foreach_get("vector", points.ravel())
    return points


def _mesh_arrays(mesh: bpy.types.Mesh, matrix: np.ndarray, name: str) -> Mesh:
    points = _vertex_points(mesh)
    corners, sizes = read_polygons(mesh)
    if np.linalg.det(matrix[:3, :3]) < 0:
        corners = flip_faces(corners, sizes)
    return Mesh(transform(points, matrix), corners, sizes, name)


def _named_keys(obj: bpy.types.Object, names: Sequence[str]) -> list[bpy.types.ShapeKey]:
    keys = obj.data.shape_keys
    blocks = keys.key_blocks if keys else {}
    missing = [name for name in names if name not in blocks]
    if missing:
        raise ScanError(
            f"{obj.name} has no shape key {missing[0]} any more; remove that scan from the list or rename the key back."
        )
    return [blocks[name] for name in names]


def _keys_are_plain(obj: bpy.types.Object, keys: Sequence[bpy.types.ShapeKey]) -> bool:
    """Whether the stored points of each key are what it looks like at its full value."""
    reference = obj.data.shape_keys.reference_key if obj.data.shape_keys else None
    modified = any(modifier.show_viewport for modifier in obj.modifiers)
    return not modified and all(
        not key.vertex_group and key.relative_key == reference for key in keys
    )
