# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bind what moves with the skin to the neutral, once: markers, vertices of an object, or tracks seen by cameras."""

import bpy

from ...backend.errors import AimError
from ...bridge.data.head_space import head_space
from ...bridge.data.storage import face_object, load_model
from ...bridge.performance import sources
from ...bridge.performance.binding import Skin
from ...bridge.performance.sources.base import Bound
from .. import reasons


class AIM_OT_bind_markers(bpy.types.Operator):
    """Bind markers, vertices or tracks to the skin of the neutral where they are now, at a frame with a neutral face"""

    bl_idname = "aim.bind_markers"
    bl_label = "Bind Markers to Skin"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.editing,
            reasons.no_face,
            reasons.no_model,
            _nothing_to_bind,
            reasons.linked_face,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        source = sources.bound(face.aim.take)
        context.view_layer.update()
        try:
            skin = Skin(load_model(face).neutral)
            bound = source.bind(face, skin, head_space(face, context), context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        _keep(face.aim.take, bound)
        texts = (source.bound_text(face), source.pupils_text(face))
        self.report({'INFO'}, " ".join(filter(None, texts)))
        return {'FINISHED'}


class AIM_OT_add_view(bpy.types.Operator):
    """Add a movie clip in which points of the face were tracked, and the camera that recorded it"""

    bl_idname = "aim.add_view"
    bl_label = "Add Camera View"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, reasons.no_face, reasons.linked_face)

    def execute(self, context: bpy.types.Context) -> set[str]:
        take = face_object(context).aim.take
        take.source = 'CAMERAS'
        taken = [view.clip for view in take.views]
        view = take.views.add()
        view.clip = next((clip for clip in bpy.data.movieclips if clip not in taken), None)
        view.camera = context.scene.camera
        return {'FINISHED'}


class AIM_OT_remove_view(bpy.types.Operator):
    """Take a movie clip and its camera off the list, with the tracks that are bound"""

    bl_idname = "aim.remove_view"
    bl_label = "Remove Camera View"
    bl_options = {'REGISTER', 'UNDO'}

    index: bpy.props.IntProperty(
        name="Index", description="Which view; the last one if -1", default=-1, min=-1
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.busy, reasons.no_face, _no_views, reasons.linked_face
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        take = face_object(context).aim.take
        number = self.index if 0 <= self.index < len(take.views) else len(take.views) - 1
        clip = take.views[number].clip
        take.views.remove(number)
        for entry in reversed(range(len(take.bound))):
            if take.bound_source == 'CAMERAS' and take.bound[entry].clip == clip:
                take.bound.remove(entry)
        return {'FINISHED'}


def _keep(take: bpy.types.PropertyGroup, bound: list[Bound]) -> None:
    take.bound.clear()
    take.bound_source = take.source
    for one in bound:
        entry = take.bound.add()
        entry.name, entry.object, entry.vertex, entry.clip = (
            one.name,
            one.object,
            one.vertex,
            one.clip,
        )
        entry.corners, entry.barycentric = one.place.corners, one.place.barycentric
        entry.offset, entry.eye = one.place.offset, one.eye


def _nothing_to_bind(context: bpy.types.Context) -> str:
    take = face_object(context).aim.take
    source = sources.bound(take)
    if source is None:
        return "What is chosen needs no binding: solve it as it is"
    return source.binding_reason(take)


def _no_views(context: bpy.types.Context) -> str:
    return "" if face_object(context).aim.take.views else "Add a camera view first"


classes = (AIM_OT_bind_markers, AIM_OT_add_view, AIM_OT_remove_view)
register, unregister = bpy.utils.register_classes_factory(classes)
