# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects frame by frame, without moving the scene that the user looks at."""

import math
from collections.abc import Callable, Iterator, Sequence

import bpy

from ...backend.errors import SolveError
from .evaluating import copies_in_scene, evaluated, own_scene

#: Modifiers whose state is stepped by the scene they are in.
_SIMULATED = {'CLOTH', 'SOFT_BODY', 'FLUID', 'DYNAMIC_PAINT', 'PARTICLE_SYSTEM', 'EXPLODE'}
#: A frame that is nearer to a whole one is that one.
_WHOLE = 1e-4
_SIMULATION_NODE = "GeometryNodeSimulationOutput"


def play(
    objects: Sequence[bpy.types.Object],
    frames: Sequence[float],
    context: bpy.types.Context,
    hide: bool = False,
    change: Callable[[list[bpy.types.Object]], None] | None = None,
) -> Iterator[tuple[int, list[bpy.types.Object]]]:
    """Number of each frame, and the evaluated twins of ``objects`` there.

    Copies play in a scene of their own: a scene that is shown would be drawn anew at every frame, which takes longer
    than the frame itself. What only the shown scene can play (simulations, meshes that an add-on's handler swaps from
    frame to frame) is played there, and the scene is back where it was at the end, also when it ends early.

    Args:
        objects: in the scene.
        frames: scene frames, which may lie between two whole ones.
        context: for the scene.
        hide: whether hidden objects stay hidden, as ``hide_viewport`` of the twins then tells.
        change: what is done to copies first; they are made where the shown scene plays, too, but for simulations.

    Raises:
        SolveError: the scene was replaced meanwhile, by undo.
    """
    try:
        if bpy.app.handlers.frame_change_pre or bpy.app.handlers.frame_change_post:
            yield from _play_shown(objects, frames, context, change)
            return
        with own_scene(objects, context.scene, hide) as (scene, copies):
            layer = scene.view_layers[0]
            if change is not None:
                change(copies)
            layer.update()
            if not _steps_with_its_scene(layer.depsgraph):
                for number, frame in enumerate(frames):
                    go_to(scene, frame)
                    yield number, [copy.evaluated_get(layer.depsgraph) for copy in copies]
                return
        yield from _play_shown(objects, frames, context)
    except ReferenceError as error:
        raise SolveError(
            "The scene was replaced while the performance was read (by undo?): solve again."
        ) from error


def _play_shown(
    objects: Sequence[bpy.types.Object],
    frames: Sequence[float],
    context: bpy.types.Context,
    change: Callable[[list[bpy.types.Object]], None] | None = None,
) -> Iterator[tuple[int, list[bpy.types.Object]]]:
    scene = context.scene
    before = scene.frame_current, scene.frame_subframe
    try:
        for number, frame in enumerate(frames):
            go_to(scene, frame)
            if change is None:
                with evaluated(context, objects) as twins:
                    yield number, twins
                continue
            with copies_in_scene(objects, scene) as (copies, layer):
                change(copies)
                layer.update()
                yield number, [copy.evaluated_get(layer.depsgraph) for copy in copies]
    finally:
        scene.frame_set(before[0], subframe=before[1])


def go_to(scene: bpy.types.Scene, frame: float) -> None:
    """Show a frame of a scene, also one between two whole ones."""
    near = round(frame)
    if abs(frame - near) < _WHOLE:
        scene.frame_set(near)
    else:
        scene.frame_set(math.floor(frame), subframe=frame - math.floor(frame))


def _steps_with_its_scene(depsgraph: bpy.types.Depsgraph) -> bool:
    """Whether anything that is evaluated is a simulation."""
    for block in depsgraph.ids:
        if isinstance(block, bpy.types.Object):
            if block.rigid_body or any(m.type in _SIMULATED for m in block.modifiers):
                return True
        elif isinstance(block, bpy.types.NodeTree):
            if any(node.bl_idname == _SIMULATION_NODE for node in block.nodes):
                return True
    return False
