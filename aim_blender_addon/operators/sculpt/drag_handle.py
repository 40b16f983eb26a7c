# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drag a handle in the 3D view; the face follows the mouse."""

import bpy
import numpy as np
from bpy.props import FloatVectorProperty, IntProperty
from mathutils import Vector

from ... import words
from ...backend.editing.handle_states import HandleState
from ...backend.errors import AimError
from ...bridge.data.storage import face_object
from ...bridge.sculpt import handles
from ...bridge.sculpt.rig_parts import head_to_world
from ...jobs import edit_session
from .. import reasons
from . import handle_solve
from .edit import no_handles
from .typed_number import TypedNumber

#: Looks for answers per second: twice as often as a screen is drawn.
_TICK_S = 1 / 120
#: How much slower the handle is than the mouse while Shift is held.
_SLOW = 0.1
_AXES = {'X': 0, 'Y': 1, 'Z': 2}
_HELP = (
    "Drag: in the view's plane, X Y Z: along the head's axes, N: along the skin's normal, "
    "digits: so many mm, Shift: slow, release or Enter: keep, Esc or right click: as before"
)


class AIM_OT_drag_handle(bpy.types.Operator):
    """Drag a handle; the face follows within what bone, tissue and jaw allow"""

    bl_idname = "aim.drag_handle"
    bl_label = "Drag Handle"
    bl_options = {'REGISTER', 'UNDO', 'BLOCKING'}

    index: IntProperty(
        name="Handle", description="Number in the list; -1 for the picked one", default=-1, min=-1
    )
    offset: FloatVectorProperty(
        name="Offset (mm)",
        description="How far its point shall go from where it is without the handles: along the head's own axes",
        size=3,
        subtype='XYZ',
        precision=2,
    )

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
        """Let the point go to an offset, from a script or from Adjust Last Operation."""
        face = face_object(context)
        handle = self._pick(face)
        before = list(handle.goal)
        try:
            with handle_solve.quietly:
                handle.goal = [a + b for a, b in zip(handle.start, self.offset, strict=True)]
                handle.use = True
            handle_solve.solve_now(context, face)
        except AimError as error:
            handle.goal = before
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        self._tell(handle)
        return {'FINISHED'}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Take hold of it."""
        face = face_object(context)
        self._mouse = self._began_at = handles.Mouse.of(context, event)
        if self._mouse is None or not edit_session.is_open(face):
            self.report({'ERROR'}, "Press Edit Face first, then drag in the 3D view")
            return {'CANCELLED'}
        handle = self._pick(face)
        try:
            with handle_solve.quietly:
                handle.use = True
            self._live = handle_solve.LiveSolve(context, face)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        self._start = np.array(handle.goal)
        self._place = handles.in_world(self._live.rig, self._start)
        self._line: Vector | None = None
        self._dragged = self._moved = np.zeros(
            3
        )  # displacement of the mouse, and of the handle, mm
        self._typed = TypedNumber()
        self._closing = False
        pressed = event.type == 'LEFTMOUSE' and event.value in {'PRESS', 'CLICK_DRAG'}
        self._button = 'LEFTMOUSE' if pressed else ""  # from a menu: a click ends it
        self._timer = context.window_manager.event_timer_add(_TICK_S, window=context.window)
        context.window_manager.modal_handler_add(self)
        context.workspace.status_text_set(words.label(_HELP))
        self._show(context, handle)
        return {'RUNNING_MODAL'}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Follow the mouse until it is released."""
        if event.type in {'ESC', 'RIGHTMOUSE'} and event.value == 'PRESS':
            return self._take_back(context)
        if event.type == 'TIMER':
            return self._step(context)
        if event.type == 'MOUSEMOVE' and not self._closing:
            self._follow(event)
        elif event.value == 'PRESS' and event.type in {*_AXES, 'N'}:
            self._choose_line(event.type)
            self._follow(event)
        elif event.value == 'PRESS' and self._typed.take(event.type, event.unicode):
            if self._line is None:  # a length needs a line
                self._choose_line('N')
            self._follow(event)
            self._show(context, self._pick(self._live.rig.face))
        elif self._is_end(event):
            self._closing = True
        elif event.type in {'MIDDLEMOUSE', 'WHEELUPMOUSE', 'WHEELDOWNMOUSE'}:
            return {'PASS_THROUGH'}
        return {'RUNNING_MODAL'}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator: a file is loaded or the window is closed."""
        self._take_back(context)

    def _pick(self, face: bpy.types.Object) -> bpy.types.PropertyGroup:
        settings = face.aim.sculpt
        number = settings.active_handle if self.index < 0 else self.index
        settings.active_handle = min(max(number, 0), len(settings.handles) - 1)
        return settings.handles[settings.active_handle]

    def _is_end(self, event: bpy.types.Event) -> bool:
        if event.type in {'RET', 'NUMPAD_ENTER'} and event.value == 'PRESS':
            return True
        if self._button:
            return event.type == self._button and event.value == 'RELEASE'
        return event.type == 'LEFTMOUSE' and event.value == 'PRESS'

    def _choose_line(self, key: str) -> None:
        """Along an axis of the head or the skin's normal; the same key again frees the handle."""
        rig = self._live.rig
        if key == 'N':
            handle = self._pick(rig.face)
            inner = np.array(handle.normal)
        else:
            inner = np.eye(3)[_AXES[key]]
        line = Vector(head_to_world(rig)[:3, :3] @ inner).normalized()
        same = self._line is not None and abs(line.dot(self._line)) > 0.9999
        self._line = None if same else line
        if same:
            self._typed = TypedNumber()
        self._dragged = self._moved = np.zeros(3)
        handles.show_line(None if same else (self._place, line))

    def _follow(self, event: bpy.types.Event) -> None:
        """The goal for where the mouse is."""
        rig = self._live.rig
        self._mouse = self._mouse.moved(event)
        to_head = np.linalg.inv(head_to_world(rig)[:3, :3])
        if self._typed.value is not None and self._line is not None:
            along = to_head @ np.array(self._line)
            along *= self._typed.value / np.linalg.norm(along)
            self._pick(rig.face).goal = self._start + along
            return
        if self._line is None:
            shift = self._mouse.at_depth_of(self._place) - self._began_at.at_depth_of(self._place)
        else:
            ends = [m.along(self._place, self._line) for m in (self._mouse, self._began_at)]
            shift = ends[0] - ends[1] if None not in ends else Vector()
        displacement = to_head @ np.array(shift)
        self._moved = self._moved + (_SLOW if event.shift else 1.0) * (displacement - self._dragged)
        self._dragged = displacement
        self._pick(rig.face).goal = self._start + self._moved

    def _step(self, context: bpy.types.Context) -> set[str]:
        handle = self._pick(self._live.rig.face)
        try:
            changed = self._live.step()
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return self._take_back(context)
        if changed:
            self._show(context, handle)
        if not self._closing or not self._live.settled:
            return {'RUNNING_MODAL'}
        if not self._live.answers:  # a click, not a drag
            return self._take_back(context)
        self._leave(context)
        handle_solve.keep(context, self._live.rig, self._live.rig.face.aim.sculpt.key_name)
        self.offset = handle.offset
        self._tell(handle)
        return {'FINISHED'}

    def _show(self, context: bpy.types.Context, handle: bpy.types.PropertyGroup) -> None:
        typed = f"{self._typed} mm   " if self._typed.value is not None else ""
        context.area.header_text_set(typed + handle_solve.outcome(handle))
        context.area.tag_redraw()

    def _tell(self, handle: bpy.types.PropertyGroup) -> None:
        if handle.reason != HandleState.REACHED.name:
            self.report({'INFO'}, handle_solve.outcome(handle))

    def _take_back(self, context: bpy.types.Context) -> set[str]:
        self._live.cancel()
        self._leave(context)
        return {'CANCELLED'}

    def _leave(self, context: bpy.types.Context) -> None:
        handles.show_line(None)
        context.window_manager.event_timer_remove(self._timer)
        context.workspace.status_text_set(None)
        if context.area is not None:
            context.area.header_text_set(None)
            context.area.tag_redraw()


classes = (AIM_OT_drag_handle,)
register, unregister = bpy.utils.register_classes_factory(classes)
