# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects frame by frame, without moving the scene that the user looks at."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import bpy

from ...backend.errors import SolveError
from .evaluating import copies_in_scene, evaluated

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


@contextmanager
def own_scene(
    objects: Sequence[bpy.types.Object], like: bpy.types.Scene, hide: bool = False
) -> Iterator[tuple[bpy.types.Scene, list[bpy.types.Object]]]:
    """A scene with the time and units of ``like`` that holds copies of ``objects``; never saved, gone afterwards."""
    scene = bpy.data.scenes.new("AIM Reading")
    scene.is_runtime_data = True
    copies: list[bpy.types.Object] = []
    # The copies share their shape keys with the objects, and what is animated is written back to these.
    values = [(keys, _key_values(keys)) for keys in map(_shape_keys, objects) if keys is not None]
    try:
        scene.render.fps, scene.render.fps_base = like.render.fps, like.render.fps_base
        scene.render.frame_map_old = like.render.frame_map_old
        scene.render.frame_map_new = like.render.frame_map_new
        scene.frame_start, scene.frame_end = like.frame_start, like.frame_end
        scene.frame_current = like.frame_current
        scene.unit_settings.scale_length = like.unit_settings.scale_length
        for obj in objects:
            copy = obj.copy()
            copies.append(copy)
            copy.is_runtime_data = True
            copy.aim.is_face = False  # a second neutral would be in everybody's way
            if not hide:
                copy.hide_viewport = False
            scene.collection.objects.link(copy)
        yield scene, copies
    finally:
        _remove(scene, copies)
        for keys, before in values:
            _put_back(keys, before)


def _shape_keys(obj: bpy.types.Object) -> bpy.types.Key | None:
    return getattr(obj.data, "shape_keys", None)


def _key_values(keys: bpy.types.Key) -> list[float]:
    return [keys.eval_time, *(block.value for block in keys.key_blocks)]


def _put_back(keys: bpy.types.Key, before: list[float]) -> None:
    """Give shape keys the values they had; undo or another file may have taken the keys."""
    try:
        if _key_values(keys) == before:
            return
        keys.eval_time = before[0]
        for block, value in zip(keys.key_blocks, before[1:], strict=True):
            block.value = value
    except (ReferenceError, ValueError):
        pass


def _remove(scene: bpy.types.Scene, copies: list[bpy.types.Object]) -> None:
    """Take away what undo or another file has not taken already."""
    try:
        for copy in copies:
            bpy.data.objects.remove(copy)
        bpy.data.scenes.remove(scene)
    except ReferenceError:
        pass


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
