# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Begin and end the editing of a face by handles, and keep or take back what they did."""

import bpy

from ... import words
from ...backend.errors import AimError
from ...backend.jobs.edit_prepare import EditPrepareRequest, EditPrepareResult
from ...bridge.data.storage import face_object, load_model
from ...bridge.sculpt import edit_state, rig_parts
from ...bridge.sculpt.handles import show_images
from ...bridge.sculpt.rig_parts import RigParts
from ...bridge.view.viewport import leave_tool, use_tool
from ...jobs import edit_session
from ...jobs.driver import JobRequest, WorkerJobOperator
from ...properties.enums import UNSOLVED
from .. import reasons
from . import handle_solve

#: The tools of the 3D view that place handles, by the mode they are for.
TOOLS = {'OBJECT': "aim.handles", 'POSE': "aim.handles_pose"}


class AIM_OT_edit_face(WorkerJobOperator, bpy.types.Operator):
    """Make the face ready for editing, which takes some seconds; then click the skin to place handles, and drag them"""

    bl_idname = "aim.edit_face"
    bl_label = "Edit Face by Handles"
    bl_options = {'REGISTER'}

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no model or no rig, or a mode in which it cannot be changed."""
        return super().disabled_reason(context) or reasons.first_reason(
            context,
            reasons.no_face,
            reasons.no_model,
            reasons.no_rig,
            reasons.linked_face,
            reasons.linked_rig,
            reasons.editing,
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The model, unless the worker has the face ready."""
        face = face_object(context)
        rig = RigParts.of(face)
        rig_parts.check_model(rig, load_model(face))
        request = EditPrepareRequest(edit_session.edited_face(face))
        self._key = request.face.key
        return JobRequest(request, "Preparing to Edit", face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: EditPrepareResult
    ) -> str:
        """The face is in editing; the tool that places handles is picked."""
        rig = RigParts.of(target)
        edit_session.keep_ready(target, self._key, result.places)
        if self.options.is_invoke:
            use_tool(context, TOOLS)
        if missing := rig_parts.missing_keys(rig):
            text = (
                "{rig} has lost its shape key {name}: rename it back, or press Update Rig; "
                "until then it counts as the user's own"
            )
            self.report({'WARNING'}, words.report(text, rig=rig.mesh.name, name=missing[0]))
        text = "{face} can be edited: click the skin to place a handle, and drag it."
        return words.report(text, face=target.name)


class AIM_OT_leave_edit(bpy.types.Operator):
    """Put the handles out of sight; they stay in the file, and the face stays as it is"""

    bl_idname = "aim.leave_edit"
    bl_label = "Leave Editing by Handles"
    bl_options = {'REGISTER'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.no_face, not_ready)

    def execute(self, context: bpy.types.Context) -> set[str]:
        edit_session.leave()
        leave_tool(context, TOOLS)
        return {'FINISHED'}


class AIM_OT_keep_edit(bpy.types.Operator):
    """Keep what the handles did in the shape key, and remove them; the next handles start from there"""

    bl_idname = "aim.keep_edit"
    bl_label = "Keep Edit and Clear Handles"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.no_face,
            reasons.no_rig,
            reasons.linked_face,
            reasons.linked_rig,
            no_handles,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            rig = RigParts.of(face)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        face.aim.sculpt.handles.clear()
        edit_state.forget_base(rig)
        show_images([], [], [])
        return {'FINISHED'}


class AIM_OT_reset_edit(bpy.types.Operator):
    """Take back what the handles did, and bring them back to where they were placed"""

    bl_idname = "aim.reset_edit"
    bl_label = "Take Back Edit"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.no_face,
            reasons.no_rig,
            reasons.linked_face,
            reasons.linked_rig,
            no_handles,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            handle_solve.show_base(RigParts.of(face))
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        for handle in face.aim.sculpt.handles:
            handle.goal, handle.left_mm, handle.way_mm = handle.start, 0.0, 0.0
            handle.reason = UNSOLVED
        return {'FINISHED'}


def no_handles(context: bpy.types.Context) -> str:
    """No handle was placed."""
    return "" if len(face_object(context).aim.sculpt.handles) else "Place a handle first"


def not_ready(context: bpy.types.Context) -> str:
    """The worker does not have the face ready."""
    return "" if edit_session.is_open(face_object(context)) else "Press Edit Face first"


classes = (AIM_OT_edit_face, AIM_OT_leave_edit, AIM_OT_keep_edit, AIM_OT_reset_edit)
register, unregister = bpy.utils.register_classes_factory(classes)
