# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values at the vertices of a mesh, shown as colours."""

import bpy
import numpy as np

#: Name of the colour attribute that shows values.
DISPLAY = "aim_display"
#: Viridis (public domain), dark to bright, as sRGB bytes.
VIRIDIS = (
    0x440154, 0x481567, 0x482677, 0x453781, 0x404788, 0x39568C, 0x33638D, 0x2D708E, 0x287D8E, 0x238A8D,
    0x1F968B, 0x20A387, 0x29AF7F, 0x3CBB75, 0x55C667, 0x73D055, 0x95D840, 0xB8DE29, 0xDCE319, 0xFDE725,
)  # fmt: skip


def colour_table() -> np.ndarray:
    """[20, 3] float64: the colour map from its lowest to its highest value, sRGB in 0..1."""
    table = np.array(VIRIDIS)
    return np.stack([table >> 16, table >> 8 & 255, table & 255], axis=1) / 255.0


def from_values(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """[V, 4] float32 linear RGBA of values [V]: perceptually even from ``low`` (dark) to ``high`` (bright)."""
    table = colour_table()
    position = np.clip((values - low) / max(high - low, 1e-12), 0.0, 1.0) * (len(table) - 1)
    steps = np.arange(len(table))
    srgb = np.stack([np.interp(position, steps, table[:, channel]) for channel in range(3)], axis=1)
    return np.concatenate([srgb_to_linear(srgb), np.ones((len(srgb), 1))], axis=1).astype(
        np.float32
    )


def srgb_to_linear(srgb: np.ndarray) -> np.ndarray:
    """Linear values of sRGB ones in 0..1."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: np.ndarray) -> np.ndarray:
    """sRGB values of linear ones in 0..1."""
    curved = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, curved)  # noqa: PLR2004


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
