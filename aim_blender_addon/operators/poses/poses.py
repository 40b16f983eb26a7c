# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses of the user's own in the Asset Browser: saved from the rig, mirrored, cut in half."""

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ... import words
from ...backend.errors import AimError
from ...bridge.data.storage import face_object
from ...bridge.poses import halves, library, shelf
from ...bridge.rig import catalogs
from ...bridge.rig.objects import armature_of
from ...bridge.rig.pose_assets import poses_of
from .. import reasons


class AIM_OT_save_expression(bpy.types.Operator):
    """Save what the rig shows now as a pose with a picture: shapes, jaw, look and face controls. A pose of that name \
that you saved before is written anew"""

    bl_idname = "aim.save_expression"
    bl_label = "Save as Expression"
    bl_options = {'REGISTER', 'UNDO'}

    name: StringProperty(
        name="Name", description="Name of the pose in the Asset Browser", default="Expression"
    )
    only_moving: BoolProperty(
        name="Only What Moves",
        description="The pose holds only what is not at rest, so that it leaves the rest of the face as it is when "
        "it is applied; else it replaces any other expression",
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, _cannot_save)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the name."""
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            name = self.name.strip() or "Expression"
            action = library.save(face, name, self.only_moving, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        _show(self, face, action, context)
        return {'FINISHED'}


class AIM_OT_mirror_expression(bpy.types.Operator):
    """Save the mirror image of the chosen pose: left and right change places. A shape without counterpart gets one"""

    bl_idname = "aim.mirror_expression"
    bl_label = "Mirror Expression"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, _cannot_save, _no_pose)

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            action = library.save_mirrored(face, face.aim.pose, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        _show(self, face, action, context)
        return {'FINISHED'}


class AIM_OT_halve_expression(bpy.types.Operator):
    """Save one half of the chosen pose; the other half of the face stays at rest. The jaw and the look stay whole"""

    bl_idname = "aim.halve_expression"
    bl_label = "Half Expression"
    bl_options = {'REGISTER', 'UNDO'}

    side: EnumProperty(
        name="Side",
        description="Which half of the face goes on moving",
        items=(
            (halves.LEFT, "Left Half", "The person's left"),
            (halves.RIGHT, "Right Half", "The person's right"),
        ),
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, _cannot_save, _no_pose)

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            action = library.save_half(face, face.aim.pose, self.side, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        _show(self, face, action, context)
        return {'FINISHED'}


def _show(
    operator: bpy.types.Operator,
    face: bpy.types.Object,
    action: bpy.types.Action,
    context: bpy.types.Context,
) -> None:
    """Choose the new pose, and say where it is."""
    face.aim.pose = action
    if len(poses_of(armature_of(face))) == 1:
        shelf.show_names(context)
    text = "{pose} is in the Asset Browser."
    operator.report({'INFO'}, words.report(text, pose=action.name))
    write_catalog(operator, face, context)


def write_catalog(
    operator: bpy.types.Operator, face: bpy.types.Object, context: bpy.types.Context
) -> None:
    """Write the catalog of a face's poses where the .blend lies in an asset library; a warning where that fails."""
    try:
        catalogs.write(face.name, context)
    except AimError as error:
        operator.report({'WARNING'}, str(error))


def _cannot_save(context: bpy.types.Context) -> str:
    if text := reasons.first_reason(context, *reasons.WRITABLE_RIG, reasons.sculpting_shape):
        return text
    return reasons.linked(armature_of(face_object(context)))


def _no_pose(context: bpy.types.Context) -> str:
    """No pose of this rig is chosen."""
    face = face_object(context)
    if face.aim.pose in poses_of(armature_of(face)):
        return ""
    return "Choose a pose first: save one, or press Expressions to Asset Browser"


classes = (AIM_OT_save_expression, AIM_OT_mirror_expression, AIM_OT_halve_expression)
register, unregister = bpy.utils.register_classes_factory(classes)
