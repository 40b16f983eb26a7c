# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles in the 3D view: points of the skin, lines to their goals, and in colour what stops them."""

from collections.abc import Iterator
from dataclasses import dataclass

import blf
import bpy
import gpu
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from gpu_extras.batch import batch_for_shader
from mathutils import Vector

from ... import words
from ...backend.editing.handle_states import HandleState
from ...bridge.data.storage import face_object
from ...bridge.sculpt import handles
from ...bridge.sculpt.rig_parts import RigParts
from ...jobs import edit_session
from ...properties.enums import UNSOLVED, chosen

#: By the state of a handle: green where it reached its goal, else the colour of what stops it.
COLOURS = {
    UNSOLVED: (0.85, 0.85, 0.85, 1.0),
    HandleState.REACHED.name: (0.30, 0.90, 0.35, 1.0),
    HandleState.CONTRADICTED.name: (0.95, 0.35, 0.95, 1.0),
    HandleState.BONE.name: (1.0, 0.25, 0.20, 1.0),
    HandleState.THIN.name: (1.0, 0.55, 0.10, 1.0),
    HandleState.THICK.name: (1.0, 0.55, 0.10, 1.0),
    HandleState.JAW.name: (0.35, 0.65, 1.0, 1.0),
    HandleState.TISSUE.name: (1.0, 0.90, 0.20, 1.0),
    HandleState.SKIN.name: (0.20, 0.90, 0.90, 1.0),
}
_PICKED = (1.0, 1.0, 1.0, 1.0)
_DARK = (0.0, 0.0, 0.0, 0.75)
_LINE_PIXELS, _POINT_PIXELS, _LETTERS, _PAD = 2.0, 8.0, 12.0, 4.0
#: How far the line that a handle is dragged along is drawn to both sides, in sizes of the face.
_FAR = 10.0

_handles: list[object] = []


@dataclass(frozen=True)
class Mark:
    """What is drawn of a handle: its point and its goal in the world, its colour, and what is written beside it."""

    place: Vector
    goal: Vector
    colour: tuple[float, float, float, float]
    text: str
    picked: bool
    faint: bool


def marks(context: bpy.types.Context) -> Iterator[Mark]:
    """What is to be drawn for the face in editing."""
    face = face_object(context)
    if not edit_session.is_open(face):
        return
    rig = RigParts.of(face)
    if not rig.mesh.visible_get():
        return
    settings = face.aim.sculpt
    for number, handle in enumerate(settings.handles):
        place = handles.seen_place(rig, handle.vertex, context)
        goal = handles.in_world(rig, np.array(handle.goal))
        stopped = handle.left_mm > 0.1 and handle.reason not in {UNSOLVED, HandleState.REACHED.name}
        text = handle.name
        if stopped:
            text = words.label(
                "{name}: {left:.1f} mm, {reason}",
                name=handle.name,
                left=handle.left_mm,
                reason=words.label(chosen(handle, "reason").name),
            )
        colour = COLOURS[handle.reason] if handle.use else COLOURS[UNSOLVED]
        yield Mark(place, goal, colour, text, number == settings.active_handle, not handle.use)
    for image in handles.images(face):
        place = handles.seen_place(rig, image.vertex, context)
        goal = handles.in_world(rig, image.goal)
        yield Mark(place, goal, COLOURS[image.reason], "", False, True)


def _draw() -> None:
    context = bpy.context
    if not context.space_data.overlay.show_overlays:
        return
    scale = context.preferences.system.ui_scale
    region, view = context.region, context.region_data
    side = [r.width for r in context.area.regions if r.type == 'UI' and r.width > 1]
    overlaps = context.preferences.system.use_region_overlap
    right = region.width - (max(side, default=0) if overlaps else 0)
    gpu.state.blend_set('ALPHA')
    if (line := handles.line()) is not None:
        point, direction = line
        ends = [
            location_3d_to_region_2d(region, view, point + s * _FAR * direction) for s in (-1, 1)
        ]
        if None not in ends:
            _line(ends, (1.0, 1.0, 1.0, 0.4), scale)
    for mark in marks(context):
        place = location_3d_to_region_2d(region, view, mark.place)
        goal = location_3d_to_region_2d(region, view, mark.goal)
        if place is None or goal is None:
            continue
        colour = (*mark.colour[:3], 0.45 if mark.faint else 1.0)
        if (goal - place).length > 1.0:
            _line((place, goal), colour, scale)
        _point(goal, 1.5 * _POINT_PIXELS * scale, colour if not mark.picked else _PICKED, ring=True)
        _point(place, _POINT_PIXELS * scale, colour)
        if mark.text:
            _label(mark.text, goal, scale, right)
    gpu.state.blend_set('NONE')


def _line(ends: tuple[Vector, Vector], colour: tuple[float, ...], scale: float) -> None:
    shader = gpu.shader.from_builtin('POLYLINE_UNIFORM_COLOR')
    batch = batch_for_shader(shader, 'LINES', {"pos": [(*end, 0.0) for end in ends]})
    _, _, width, height = gpu.state.viewport_get()
    for drawn, pixels in ((_DARK, _LINE_PIXELS + 2.0), (colour, _LINE_PIXELS)):
        shader.bind()
        shader.uniform_float("viewportSize", (width, height))
        shader.uniform_float("lineWidth", pixels * scale)
        shader.uniform_float("color", drawn)
        batch.draw(shader)


def _point(at: Vector, size: float, colour: tuple[float, ...], ring: bool = False) -> None:
    """A disc, or a ring, with a dark rim."""
    shader = gpu.shader.from_builtin('UNIFORM_COLOR')
    angle = np.linspace(0.0, 2 * np.pi, 25)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for drawn, radius in ((_DARK, size / 2 + 1.5), (colour, size / 2)):
        shader.uniform_float("color", drawn)
        inner = radius - (3.5 if drawn is _DARK else 2.0) if ring else 0.0
        edges = np.stack([circle * radius, circle * inner], axis=1).reshape(-1, 2) + np.array(at)
        batch_for_shader(shader, 'TRI_STRIP', {"pos": edges.tolist()}).draw(shader)


def _label(text: str, at: Vector, scale: float, right: float) -> None:
    """A text beside a point; to its left where it would run below the sidebar, which begins at ``right``."""
    blf.size(0, _LETTERS * scale)
    wide, high = blf.dimensions(0, text)
    pad = _PAD * scale
    x, y = at.x + 12 * scale, at.y + 6 * scale
    if x + wide + pad > right:
        x = at.x - 12 * scale - wide
    shader = gpu.shader.from_builtin('UNIFORM_COLOR')
    low, end, top = y - pad, x + wide + pad, y + high + pad
    corners = ((x - pad, low), (end, low), (x - pad, top), (end, top))
    shader.uniform_float("color", (0.08, 0.08, 0.08, 0.7))
    batch_for_shader(shader, 'TRI_STRIP', {"pos": corners}).draw(shader)
    blf.color(0, 0.95, 0.95, 0.95, 1.0)
    blf.position(0, x, y, 0)
    blf.draw(0, text)


def register() -> None:
    """Draw in all 3D views; there are none without a window."""
    if not bpy.app.background:
        _handles.append(bpy.types.SpaceView3D.draw_handler_add(_draw, (), 'WINDOW', 'POST_PIXEL'))


def unregister() -> None:
    """Draw no more."""
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), 'WINDOW')
