# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values at the vertices of a mesh: named attributes, vertex groups, and values shown as colours."""

from collections.abc import Mapping

import bpy
import numpy as np

DISPLAY = "aim_display"
#: Viridis (public domain), dark to bright, as sRGB bytes.
VIRIDIS = (
    0x440154, 0x481567, 0x482677, 0x453781, 0x404788, 0x39568C, 0x33638D, 0x2D708E, 0x287D8E, 0x238A8D,
    0x1F968B, 0x20A387, 0x29AF7F, 0x3CBB75, 0x55C667, 0x73D055, 0x95D840, 0xB8DE29, 0xDCE319, 0xFDE725,
)  # fmt: skip
_TYPES = {"f": ('FLOAT', np.float32), "b": ('BOOLEAN', bool)}


def write_attribute(mesh: bpy.types.Mesh, name: str, values: np.ndarray) -> None:
    """Set the point attribute ``name`` to values [V], float or bool; one of another type is replaced."""
    kind, dtype = _TYPES[values.dtype.kind]
    attribute = mesh.attributes.get(name)
    if attribute is not None and (attribute.data_type, attribute.domain) != (kind, 'POINT'):
        mesh.attributes.remove(attribute)
        attribute = None
    if attribute is None:
        attribute = mesh.attributes.new(name, kind, 'POINT')
    attribute.data.foreach_set("value", np.ascontiguousarray(values, dtype))


def read_attribute(mesh: bpy.types.Mesh, name: str) -> np.ndarray | None:
    """[V] float32 or bool values of a point attribute, or None where the mesh has none of that name."""
    attribute = mesh.attributes.get(name)
    dtype = dict(_TYPES.values()).get(attribute.data_type) if attribute is not None else None
    if dtype is None or attribute.domain != 'POINT':
        return None
    values = np.empty(len(attribute.data), dtype)
    attribute.data.foreach_get("value", values)
    return values


def write_groups(obj: bpy.types.Object, weights: Mapping[str, np.ndarray]) -> None:
    """Set the vertex groups of a mesh object to weights [V] in 0..1; vertices of weight 0 are left out."""
    vertices = range(len(obj.data.vertices))
    for name, values in weights.items():
        group = obj.vertex_groups.get(name)
        if group is None:
            group = obj.vertex_groups.new(name=name)
        else:
            group.remove(vertices)
        add = group.add  # 2 us a vertex, faster than through a bmesh
        for vertex, weight in zip(vertices, values.tolist(), strict=True):
            if weight > 0.0:
                add((vertex,), weight, 'REPLACE')


def colour_table() -> np.ndarray:
    """[20, 3] float64: the colour map from its lowest to its highest value, sRGB in 0..1."""
    table = np.array(VIRIDIS)
    return np.stack([table >> 16, table >> 8 & 255, table & 255], axis=1) / 255.0


def colours(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """[V, 4] float32 linear RGBA of values [V]: perceptually even from ``low`` (dark) to ``high`` (bright)."""
    table = colour_table()
    share = np.clip((values - low) / max(high - low, 1e-12), 0.0, 1.0) * (len(table) - 1)
    steps = np.arange(len(table))
    srgb = np.stack([np.interp(share, steps, table[:, channel]) for channel in range(3)], axis=1)
    return np.concatenate([srgb_to_linear(srgb), np.ones((len(srgb), 1))], axis=1).astype(
        np.float32
    )


def srgb_to_linear(srgb: np.ndarray) -> np.ndarray:
    """Linear values of sRGB ones in 0..1."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def active_colour(mesh: bpy.types.Mesh) -> str:
    """Name of the active colour attribute, or ""."""
    return mesh.color_attributes.active_color_name or ""


def show_colours(mesh: bpy.types.Mesh, rgba: np.ndarray) -> None:
    """Write linear RGBA [V, 4] to the display attribute and make it the active colour."""
    attribute = mesh.color_attributes.get(DISPLAY)
    if attribute is None:
        attribute = mesh.color_attributes.new(DISPLAY, 'FLOAT_COLOR', 'POINT')
    attribute.data.foreach_set("color", np.ascontiguousarray(rgba, np.float32).ravel())
    mesh.color_attributes.active_color_name = DISPLAY
    mesh.update()


def hide_colours(mesh: bpy.types.Mesh, before: str) -> None:
    """Remove the display attribute and make ``before`` the active colour again where it still is."""
    attribute = mesh.color_attributes.get(DISPLAY)
    if attribute is not None:
        mesh.color_attributes.remove(attribute)
    if before in mesh.color_attributes:
        mesh.color_attributes.active_color_name = before
    mesh.update()
