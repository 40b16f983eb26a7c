# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The legend in the 3D view: what the colours on the active face's rig stand for."""

from dataclasses import dataclass

import blf
import bpy
import gpu
import numpy as np
from bpy.app.translations import pgettext_iface
from gpu_extras.batch import batch_for_shader

from ...bridge.data import colours
from ...bridge.data.storage import face_object
from ...bridge.detail.nodes import CHANNEL_COLOURS, REST_COLOUR
from ...bridge.rig.objects import rig_of
from ...bridge.view.display import SHARES
from ...properties.enums import chosen

# Pixels at a resolution scale of 1.
_WIDTH, _HEIGHT, _PAD, _LETTERS, _MARGIN = 200.0, 14.0, 10.0, 12.0, 16.0
_BACKGROUND = (0.08, 0.08, 0.08, 0.85)
_TEXT = (0.95, 0.95, 0.95, 1.0)
_TICKS = 3

_handle: object | None = None


@dataclass(frozen=True)
class Legend:
    """What a legend says.

    Attributes:
        title: what is shown, with its unit.
        numbers: at even distances along the bar, low to high.
    """

    title: str
    numbers: tuple[str, ...]


def legend_of(context: bpy.types.Context) -> Legend | None:
    """The legend for the active face, or None where its rig shows no colours here."""
    face = face_object(context)
    rig = rig_of(face) if face else None
    if rig is None or rig.aim.colour_mode == 'OFF' or not rig.visible_get():
        return None
    shading = context.space_data.shading
    if (shading.type, shading.color_type) != ('SOLID', 'VERTEX'):
        return None
    shown = rig.aim
    name = pgettext_iface(chosen(shown, "colour_mode").name)
    is_share = shown.colour_mode in SHARES
    low, high = shown.colour_min, shown.colour_max
    steps = [low + (high - low) * number / (_TICKS - 1) for number in range(_TICKS)]
    places = 2 if is_share else 1
    numbers = tuple(f"{step:.{places}f}".rstrip("0").rstrip(".") for step in steps)
    return Legend(name if is_share else f"{name} (mm)", numbers)


def place(
    width: float, own_width: float, others: list[tuple[str, int, int]], scale: float
) -> tuple[float, float]:
    """Lower left corner of the legend: at the lower right, beside the sidebar and above the asset shelf.

    The lower left is taken by *Adjust Last Operation* (HUD), the upper right by the view's gizmos. In a narrow view it
    stands above the HUD.

    Args:
        width: of the region.
        own_width: of the legend.
        others: type, width and height of the other regions of the area that lie over it.
        scale: pixels of one unit.
    """
    right = max((wide for kind, wide, _ in others if kind == 'UI'), default=0)
    shelf = {'ASSET_SHELF', 'ASSET_SHELF_HEADER'}
    below = sum(high for kind, _, high in others if kind in shelf)
    x = width - right - own_width - _MARGIN * scale
    tools = max((wide for kind, wide, _ in others if kind == 'TOOLS'), default=0)
    for kind, wide, high in others:
        if kind == 'HUD' and tools + wide + _MARGIN * scale > x:
            below += high + _MARGIN * scale
    return x, below + _MARGIN * scale


def _overlapping(context: bpy.types.Context) -> list[tuple[str, int, int]]:
    """Regions that lie over the one that is drawn; folded ones are a pixel wide or high."""
    if not context.preferences.system.use_region_overlap:
        return []
    return [
        (region.type, region.width, region.height)
        for region in context.area.regions
        if region.width > 1 and region.height > 1 and region.type != 'WINDOW'
    ]


def compression_of(context: bpy.types.Context) -> list[tuple[tuple[float, ...], str]]:
    """Colours and what they stand for, where the active face's rig shows its compression here; else none."""
    face = face_object(context)
    rig = rig_of(face) if face else None
    if rig is None or not face.aim.detail.colours or not rig.visible_get():
        return []
    shading = context.space_data.shading
    if (shading.type, shading.color_type) != ('SOLID', 'VERTEX'):
        return []
    across, rising, up, falling = CHANNEL_COLOURS
    return [
        (across, pgettext_iface("Across the face")),
        (up, pgettext_iface("Up and down")),
        (rising, pgettext_iface("Aslant, up to the face's left")),
        (falling, pgettext_iface("Aslant, up to the face's right")),
        (REST_COLOUR, pgettext_iface("Not compressed")),
    ]


def _draw() -> None:
    context = bpy.context
    if not context.space_data.overlay.show_overlays:
        return
    if rows := compression_of(context):
        _draw_rows(context, rows)
        return
    legend = legend_of(context)
    if legend is None:
        return
    scale = context.preferences.system.ui_scale
    region = context.region
    others = _overlapping(context)
    line = 1.5 * _LETTERS * scale
    pad, width, height = _PAD * scale, _WIDTH * scale, _HEIGHT * scale
    x, y = place(region.width, width + 2 * pad, others, scale)
    tools = max((wide for kind, wide, _ in others if kind == 'TOOLS'), default=0)
    if x < tools or y + height + 2 * (line + pad) > region.height:
        return
    gpu.state.blend_set('ALPHA')
    _fill(x, y, width + 2 * pad, height + 2 * line + 2 * pad)
    _bar(x + pad, y + pad + line, width, height)
    gpu.state.blend_set('NONE')
    blf.color(0, *_TEXT)
    blf.size(0, _LETTERS * scale)
    _write(legend.title, x + pad, y + pad + line + height + 0.4 * line)
    for number, text in enumerate(legend.numbers):
        fraction = number / (len(legend.numbers) - 1)
        _write(
            text, x + pad + fraction * (width - blf.dimensions(0, text)[0]), y + pad + 0.1 * line
        )


def _draw_rows(context: bpy.types.Context, rows: list[tuple[tuple[float, ...], str]]) -> None:
    """A coloured square and a text for each row."""
    scale = context.preferences.system.ui_scale
    line, pad, width = 1.5 * _LETTERS * scale, _PAD * scale, _WIDTH * scale
    x, y = place(context.region.width, width + 2 * pad, _overlapping(context), scale)
    height = len(rows) * line + 2 * pad
    if y + height > context.region.height:
        return
    gpu.state.blend_set('ALPHA')
    _fill(x, y, width + 2 * pad, height)
    blf.size(0, _LETTERS * scale)
    for number, (colour, text) in enumerate(reversed(rows)):
        low = y + pad + number * line
        _fill(x + pad, low, _LETTERS * scale, _LETTERS * scale, (*_seen(colour), 1.0))
        blf.color(0, *_TEXT)
        _write(text, x + pad + 1.6 * _LETTERS * scale, low + 0.15 * _LETTERS * scale)
    gpu.state.blend_set('NONE')


def _seen(colour: tuple[float, ...]) -> tuple[float, ...]:
    """A linear colour as the screen shows it."""
    return tuple(colours.linear_to_srgb(np.array(colour)).tolist())


def _fill(
    x: float,
    y: float,
    width: float,
    height: float,
    colour: tuple[float, ...] = _BACKGROUND,
) -> None:
    shader = gpu.shader.from_builtin('UNIFORM_COLOR')
    corners = ((x, y), (x + width, y), (x, y + height), (x + width, y + height))
    batch = batch_for_shader(shader, 'TRI_STRIP', {"pos": corners})
    shader.uniform_float("color", colour)
    batch.draw(shader)


def _bar(x: float, y: float, width: float, height: float) -> None:
    shader = gpu.shader.from_builtin('SMOOTH_COLOR')
    table = colours.colour_table()
    points, corner_colours = [], []
    for number, colour in enumerate(table.tolist()):
        along = x + width * number / (len(table) - 1)
        points += [(along, y), (along, y + height)]
        corner_colours += [(*colour, 1.0)] * 2
    batch_for_shader(shader, 'TRI_STRIP', {"pos": points, "color": corner_colours}).draw(shader)


def _write(text: str, x: float, y: float) -> None:
    blf.position(0, x, y, 0)
    blf.draw(0, text)


def register() -> None:
    """Draw in all 3D views; there are none without a window."""
    global _handle
    if not bpy.app.background:
        _handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), 'WINDOW', 'POST_PIXEL')


def unregister() -> None:
    """Draw no more."""
    global _handle
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, 'WINDOW')
        _handle = None
