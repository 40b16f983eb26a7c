# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flesh in the 3D view, cut open: its cubes and tetrahedra, muscles red. It is drawn over the skin, as X-ray is."""

from dataclasses import dataclass

import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader
from gpu_extras.presets import draw_texture_2d
from mathutils import Matrix

from ...bridge.muscles import cut_view

_FLESH, _MUSCLE = np.array([0.93, 0.74, 0.55]), np.array([0.72, 0.16, 0.14])
_EDGES = (0.20, 0.07, 0.05, 0.55)
#: Light comes from the front, the left and above, in the axes of the face.
_LIGHT = np.array([0.4, -0.7, 0.6])
_DARKEST = 0.45
#: Edges are drawn nearer by so much of their distance, so that sides do not swallow them.
_NEARER = 0.002

_handle: object | None = None
_drawn: "_Drawn | None" = None
_picture: gpu.types.GPUOffScreen | None = None


@dataclass(frozen=True)
class _Drawn:
    """What one cut of one flesh looks like."""

    stamp: tuple
    sides: gpu.types.GPUBatch
    edges: gpu.types.GPUBatch


def _batches(face: bpy.types.Object) -> _Drawn | None:
    """The batches of a face's flesh, made anew where it or its cut has changed."""
    global _drawn
    stamp = cut_view.stamp(face)
    if _drawn is not None and _drawn.stamp == stamp:
        return _drawn
    flesh = cut_view.cut(face)
    if flesh is None or not len(flesh.triangles):
        return None
    light = _LIGHT / np.linalg.norm(_LIGHT)
    shade = _DARKEST + (1 - _DARKEST) * (0.5 + 0.5 * flesh.normals @ light)
    colour = np.where(flesh.muscle[:, None], _MUSCLE, _FLESH) * shade[:, None]
    colours = np.concatenate([colour, np.ones((len(colour), 1))], axis=1)
    sides = batch_for_shader(
        gpu.shader.from_builtin('SMOOTH_COLOR'),
        'TRIS',
        {
            "pos": np.ascontiguousarray(flesh.triangles.reshape(-1, 3), np.float32),
            "color": np.ascontiguousarray(np.repeat(colours, 3, axis=0), np.float32),
        },
    )
    edges = batch_for_shader(
        gpu.shader.from_builtin('UNIFORM_COLOR'),
        'LINES',
        {"pos": np.ascontiguousarray(flesh.edges.reshape(-1, 3), np.float32)},
    )
    _drawn = _Drawn(stamp, sides, edges)
    return _drawn


def _canvas(width: int, height: int) -> gpu.types.GPUOffScreen:
    global _picture
    if _picture is None or (_picture.width, _picture.height) != (width, height):
        if _picture is not None:
            _picture.free()
        _picture = gpu.types.GPUOffScreen(width, height)
    return _picture


def _draw() -> None:
    context = bpy.context
    if not context.space_data.overlay.show_overlays:
        return
    face = cut_view.shown_face(context)
    drawn = _batches(face) if face is not None else None
    if drawn is None:
        return
    region, view = context.region, context.region_data
    canvas = _canvas(region.width, region.height)
    placed = view.view_matrix @ cut_view.place(face, context.scene)
    with canvas.bind():
        gpu.state.active_framebuffer_get().clear(color=(0.0, 0.0, 0.0, 0.0), depth=1.0)
        gpu.state.depth_test_set('LESS_EQUAL')
        gpu.state.depth_mask_set(True)
        with gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():
            gpu.matrix.load_projection_matrix(view.window_matrix)
            gpu.matrix.load_matrix(placed)
            drawn.sides.draw(gpu.shader.from_builtin('SMOOTH_COLOR'))
            nearer = Matrix.Translation((0.0, 0.0, -_NEARER * placed.translation.z))
            gpu.matrix.load_matrix(nearer @ placed)
            shader = gpu.shader.from_builtin('UNIFORM_COLOR')
            shader.uniform_float("color", _EDGES)
            gpu.state.blend_set('ALPHA')
            drawn.edges.draw(shader)
        gpu.state.depth_mask_set(False)
        gpu.state.depth_test_set('NONE')
    gpu.state.blend_set('ALPHA')
    draw_texture_2d(canvas.texture_color, (0, 0), region.width, region.height)
    gpu.state.blend_set('NONE')


def register() -> None:
    """Draw in all 3D views; there are none without a window."""
    global _handle
    if not bpy.app.background:
        _handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), 'WINDOW', 'POST_PIXEL')


def unregister() -> None:
    """Draw no more."""
    global _handle, _drawn, _picture
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, 'WINDOW')
    if _picture is not None:
        _picture.free()
    _handle = _drawn = _picture = None
