# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as Blender shows them: with modifiers, constraints and animation."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import bpy


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
    scene = bpy.data.scenes.new("AIM Reading")
    copies: list[bpy.types.Object] = []
    try:
        scene.frame_current, scene.frame_subframe = like.frame_current, like.frame_subframe
        scene.render.frame_map_old = like.render.frame_map_old
        scene.render.frame_map_new = like.render.frame_map_new
        for obj in objects:
            copy = obj.copy()
            copies.append(copy)
            copy.hide_viewport = False
            scene.collection.objects.link(copy)
        layer = scene.view_layers[0]
        layer.update()
        yield copies, layer
    finally:
        for copy in copies:
            bpy.data.objects.remove(copy)
        bpy.data.scenes.remove(scene)


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
