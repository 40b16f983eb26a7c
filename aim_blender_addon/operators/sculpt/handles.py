# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Place handles on the skin of a rig, and remove them."""

import bpy
from bpy.props import EnumProperty, IntProperty

from ... import words
from ...backend.editing.handle_states import HandleState, SkinPlace
from ...backend.errors import AimError, EditError
from ...bridge.data.storage import face_object
from ...bridge.sculpt import edit_state, handles
from ...bridge.sculpt.rig_parts import RigParts
from ...jobs import edit_session
from ...properties.enums import HANDLE_KINDS
from .. import reasons
from . import handle_solve
from .edit import no_handles

#: The warning about a handle where bone does not hold the skin.
_WEAK_PLACES = {
    SkinPlace.EYELID: "Handle {name} is on an eyelid, where no bone holds the skin: only the scans say what it can do",
    SkinPlace.INSIDE: (
        "Handle {name} is inside mouth, nose or ear, where skin lies on skin: better take a point outside"
    ),
}


class AIM_OT_place_handle(bpy.types.Operator):
    """Place a handle on the skin where you click; keep the button pressed to drag it at once"""

    bl_idname = "aim.place_handle"
    bl_label = "Place Handle"
    bl_options = {'REGISTER', 'UNDO'}

    vertex: IntProperty(
        name="Point", description="The vertex of the skin to place it on", default=-1, min=-1
    )
    kind: EnumProperty(name="Kind", description="What the handle asks", items=HANDLE_KINDS)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.no_face,
            reasons.no_model,
            reasons.no_rig,
            reasons.linked_face,
            reasons.linked_rig,
            reasons.editing,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            rig = RigParts.of(face)
            count = len(rig.mesh.data.vertices)
            if not 0 <= self.vertex < count:
                raise EditError(f"{rig.mesh.name} has no vertex {self.vertex}: it has {count}.")
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        context.view_layer.update()
        if not len(face.aim.sculpt.handles):
            edit_state.remember_base(rig)
        with handle_solve.quietly:
            handle = handles.add(rig, self.vertex, self.kind, context)
        self._warn(face, handle)
        return {'FINISHED'}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """A click of the tool places at once; from a menu, the next click does."""
        self.kind = face_object(context).aim.sculpt.kind
        if (
            event.type == 'LEFTMOUSE'
            and event.value == 'PRESS'
            and handles.Mouse.of(context, event)
        ):
            return self._click(context, event)
        context.window_manager.modal_handler_add(self)
        context.window.cursor_modal_set('CROSSHAIR')
        context.workspace.status_text_set(
            words.label("Click a point of the skin to place a handle (Esc cancels)")
        )
        return {'RUNNING_MODAL'}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Wait for the click."""
        if event.type in {'ESC', 'RIGHTMOUSE'} and event.value == 'PRESS':
            self._leave(context)
            return {'CANCELLED'}
        if event.type == 'LEFTMOUSE' and event.value == 'PRESS':
            if handles.Mouse.of(context, event) is None:
                return {'PASS_THROUGH'}
            self._leave(context)
            return self._click(context, event)
        return {'PASS_THROUGH'}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator."""
        self._leave(context)

    def _leave(self, context: bpy.types.Context) -> None:
        context.window.cursor_modal_restore()
        context.workspace.status_text_set(None)

    def _click(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """A handle where the mouse is, or the one that is there already; then it is dragged."""
        face = face_object(context)
        mouse = handles.Mouse.of(context, event)
        try:
            rig = RigParts.of(face)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        near = handles.handle_near(mouse, rig, context.preferences.system.ui_scale)
        result = {'CANCELLED'}
        if near is None:
            vertex = handles.vertex_under(mouse, rig, context)
            if vertex is None:
                return {'CANCELLED', 'PASS_THROUGH'}
            self.vertex = vertex
            result = self.execute(context)
            if result != {'FINISHED'}:
                return result
            near = len(face.aim.sculpt.handles) - 1
        else:
            face.aim.sculpt.active_handle = near
        if edit_session.is_open(face):
            bpy.ops.aim.drag_handle('INVOKE_DEFAULT', index=near)
        return result

    def _warn(self, face: bpy.types.Object, handle: bpy.types.PropertyGroup) -> None:
        places = edit_session.places(face)
        if places is not None and (text := _WEAK_PLACES.get(places[handle.vertex])):
            self.report({'WARNING'}, words.report(text, name=handle.name))


class AIM_OT_remove_handle(bpy.types.Operator):
    """Remove the handle that is picked in the list; the face follows the others"""

    bl_idname = "aim.remove_handle"
    bl_label = "Remove Handle"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.no_face,
            reasons.no_rig,
            reasons.linked_face,
            reasons.linked_rig,
            no_handles,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        settings = face.aim.sculpt
        number = min(max(settings.active_handle, 0), len(settings.handles) - 1)
        try:
            rig = RigParts.of(face)
            if len(settings.handles) == 1:
                handle_solve.show_base(rig)
                edit_state.forget_base(rig)
            settings.handles.remove(number)
            settings.active_handle = max(0, min(number, len(settings.handles) - 1))
            if len(settings.handles) and edit_session.is_open(face):
                handle_solve.solve_now(context, face)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        return {'FINISHED'}


class AIM_OT_solve_handles(bpy.types.Operator):
    """Let the face follow all handles now, as after a slider or the jaw was moved; makes the face ready if need be"""

    bl_idname = "aim.solve_handles"
    bl_label = "Follow Handles"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.no_face,
            reasons.no_model,
            reasons.no_rig,
            reasons.linked_face,
            reasons.linked_rig,
            no_handles,
            reasons.editing,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            handle_solve.solve_now(context, face)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        stopped = [
            handle
            for handle in handle_solve.used(face)
            if handle.reason != HandleState.REACHED.name
        ]
        if stopped:
            self.report({'INFO'}, handle_solve.outcome(stopped[0]))
        return {'FINISHED'}


classes = (AIM_OT_place_handle, AIM_OT_remove_handle, AIM_OT_solve_handles)
register, unregister = bpy.utils.register_classes_factory(classes)
