# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values at the vertices and corners of a mesh, kept as named attributes."""

import bpy
import numpy as np

#: By the kind of number and the axes of an array: Blender's type, ours, and the property that holds a value.
_KINDS = {
    ("f", 1): ('FLOAT', np.float32, "value"),
    ("b", 1): ('BOOLEAN', bool, "value"),
    ("f", 2): ('FLOAT_VECTOR', np.float32, "vector"),
}
_BY_TYPE = {kind: (dtype, prop) for kind, dtype, prop in _KINDS.values()}


def write_attribute(
    mesh: bpy.types.Mesh, name: str, values: np.ndarray, domain: str = 'POINT'
) -> None:
    """Set the attribute ``name``; one of another type or domain is replaced.

    Args:
        mesh: with N vertices, or what else the domain counts.
        name: of the attribute.
        values: [N] float or bool, or [N, 3] float.
        domain: where the values are: 'POINT' or 'FACE'.
    """
    kind, dtype, prop = _KINDS[values.dtype.kind, values.ndim]
    attribute = mesh.attributes.get(name)
    if attribute is not None and (attribute.data_type, attribute.domain) != (kind, domain):
        mesh.attributes.remove(attribute)
        attribute = None
    if attribute is None:
        attribute = mesh.attributes.new(name, kind, domain)
    attribute.data.foreach_set(prop, np.ascontiguousarray(values, dtype).ravel())


def read_uv(layer: bpy.types.MeshUVLoopLayer) -> np.ndarray:
    """[L, 2] float32 the UV of each corner of a mesh."""
    uv = np.empty((len(layer.uv), 2), np.float32)
    layer.uv.foreach_get("vector", uv.ravel())
    return uv


def read_attribute(mesh: bpy.types.Mesh, name: str) -> np.ndarray | None:
    """[V] float32 or bool values of a point attribute, or None where the mesh has none of that name."""
    return _read(mesh, name, {'FLOAT', 'BOOLEAN'})


def read_vectors(mesh: bpy.types.Mesh, name: str) -> np.ndarray | None:
    """[V, 3] float32 values of a point attribute of vectors, or None where the mesh has none of that name."""
    return _read(mesh, name, {'FLOAT_VECTOR'})


def remove_attribute(mesh: bpy.types.Mesh, name: str) -> None:
    """Take an attribute away where it is there."""
    attribute = mesh.attributes.get(name)
    if attribute is not None:
        mesh.attributes.remove(attribute)


def _read(mesh: bpy.types.Mesh, name: str, kinds: set[str]) -> np.ndarray | None:
    attribute = mesh.attributes.get(name)
    if attribute is None or attribute.domain != 'POINT' or attribute.data_type not in kinds:
        return None
    dtype, prop = _BY_TYPE[attribute.data_type]
    count = len(attribute.data)
    values = np.empty((count, 3) if prop == "vector" else count, dtype)
    attribute.data.foreach_get(prop, values.ravel())
    return values
