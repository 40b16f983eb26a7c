# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as Blender shows them: with modifiers, constraints and animation."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import bpy

from .pose_values import pose_values, put_back


@contextmanager
def evaluated(
    context: bpy.types.Context, objects: Sequence[bpy.types.Object]
) -> Iterator[list[bpy.types.Object]]:
    """The evaluated twins of ``objects``.

    Blender does not evaluate what is hidden (its modifiers and even its world matrix are stale), so hidden objects
    are evaluated as copies in a scene of their own, which is gone afterwards.
    """
    hidden = [obj for obj in objects if not obj.visible_get()]
    with copies_in_scene(hidden, context.scene) as (copies, layer):
        context.view_layer.update()
        shown = context.evaluated_depsgraph_get()
        twins = dict(zip(hidden, copies, strict=True))
        yield [
            twins[obj].evaluated_get(layer.depsgraph) if obj in twins else obj.evaluated_get(shown)
            for obj in objects
        ]


@contextmanager
def copies_in_scene(
    objects: Sequence[bpy.types.Object], like: bpy.types.Scene
) -> Iterator[tuple[list[bpy.types.Object], bpy.types.ViewLayer | None]]:
    """Visible copies of ``objects`` in a scene at the same time, and its view layer; None for no objects."""
    if not objects:
        yield [], None
        return
    with own_scene(objects, like) as (scene, copies):
        layer = scene.view_layers[0]
        layer.update()
        yield copies, layer


@contextmanager
def own_scene(
    objects: Sequence[bpy.types.Object], like: bpy.types.Scene, hide: bool = False
) -> Iterator[tuple[bpy.types.Scene, list[bpy.types.Object]]]:
    """A scene with the time and units of ``like`` that holds copies of ``objects``; never saved, gone afterwards."""
    scene = bpy.data.scenes.new("AIM Reading")
    scene.is_runtime_data = True
    copies: list[bpy.types.Object] = []
    # The copies share shape keys and armature with the objects, and what is animated is written back to these.
    values = [(keys, _key_values(keys)) for keys in map(_shape_keys, objects) if keys is not None]
    poses = pose_values(objects)
    try:
        scene.render.fps, scene.render.fps_base = like.render.fps, like.render.fps_base
        scene.render.frame_map_old = like.render.frame_map_old
        scene.render.frame_map_new = like.render.frame_map_new
        scene.frame_start, scene.frame_end = like.frame_start, like.frame_end
        scene.frame_current, scene.frame_subframe = like.frame_current, like.frame_subframe
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
        put_back(poses)


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


@contextmanager
def posable_copy(
    obj: bpy.types.Object, like: bpy.types.Scene
) -> Iterator[tuple[bpy.types.Object, bpy.types.ViewLayer]]:
    """A copy of ``obj`` with shape keys of its own that nothing animates and no limit holds."""
    with copies_in_scene([obj], like) as ((copy,), layer):
        data = obj.data.copy()
        try:
            copy.data = data
            copy.show_only_shape_key = False
            keys = data.shape_keys
            keys.animation_data_clear()
            keys.use_relative = True
            for key in keys.key_blocks:
                key.mute = False
                key.slider_min, key.slider_max = 0.0, 1.0
            yield copy, layer
        finally:
            copy.data = obj.data  # removing a mesh removes its objects too
            bpy.data.meshes.remove(data)
