# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receive a face stream onto a rig, and record it."""

import time

import bpy
from bpy.props import BoolProperty, FloatProperty

from ... import words
from ...backend.errors import AimError, LiveError
from ...backend.live.formats import format_of
from ...backend.live.receiver import Receiver
from ...backend.live.stream import Stream
from ...bridge.direct import target as targets
from ...bridge.live import session as sessions
from ...bridge.live.session import Session
from ...bridge.live.take import keep_take
from ...jobs import environment
from .. import reasons
from ..performance import shown_report

#: Looks at the port so often, seconds.
TICK_S = 1.0 / 60.0
#: Panels show news so often, seconds.
_SHOW_EVERY = 0.25


def offline(_context: bpy.types.Context) -> str:
    """Blender may not use the network."""
    if bpy.app.online_access:
        return ""
    if bpy.app.online_access_override:
        return "Blender was started in offline mode: restart it online to receive a face stream"
    return "Turn on Allow Online Access in Preferences > System > Network to receive a face stream"


def no_settings(_context: bpy.types.Context) -> str:
    """The extension has no preferences, where address and port stand."""
    return "" if environment.preferences() else "Turn on this extension in the preferences first"


def runs(_context: bpy.types.Context) -> str:
    """A stream is received already."""
    return "A face stream is received already: stop it first" if sessions.current() else ""


def none_runs(_context: bpy.types.Context) -> str:
    """No stream is received."""
    return "" if sessions.current() else "Receive a face stream first"


class AIM_OT_receive_face_stream(bpy.types.Operator):
    """Listen on the port below and move the rig as the stream says, until Stop or Esc; the last pose stays"""

    bl_idname = "aim.receive_face_stream"
    bl_label = "Receive Face Stream"
    bl_options = {'REGISTER', 'UNDO'}

    seconds: FloatProperty(
        name="Seconds",
        description="For scripts: receive for so long, and then go on",
        min=0.0,
        options={'HIDDEN', 'SKIP_SAVE'},
    )
    record: BoolProperty(
        name="Record",
        description="Record from the start on",
        options={'HIDDEN', 'SKIP_SAVE'},
    )

    _session: Session | None = None
    _timer: bpy.types.Timer | None = None
    _shown_at: float = -1e9

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, runs, reasons.editing, offline, no_settings, targets.reason
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        is_modal = self.options.is_invoke and not self.options.is_repeat and not bpy.app.background
        try:
            if not is_modal and not self.seconds:
                raise LiveError("Without a window, give the seconds to receive for")
            self._session = _open(context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        sessions.begin(self._session)
        self._say_left_alone()
        if self.record:
            self._session.record(context.scene.frame_current_final)
        if not is_modal:
            return self._run(context)
        window_manager = context.window_manager
        self._timer = window_manager.event_timer_add(TICK_S, window=context.window)
        window_manager.modal_handler_add(self)
        return {'RUNNING_MODAL'}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Look at the port at every tick; everything but Esc is the user's."""
        if self._session is not sessions.current():  # Stop was pressed
            self._end(context)
            return {'CANCELLED'}  # Stop has made the undo step
        if event.type == 'ESC' and event.value == 'PRESS':
            self._stop(context)
            return {'FINISHED'}
        if event.type != 'TIMER':
            return {'PASS_THROUGH'}
        try:
            self._tick(context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            self._stop(context)
            return {'FINISHED'}
        return {'PASS_THROUGH'}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator: a file is loaded, the window is closed, Blender quits."""
        self._end(context)

    def _run(self, context: bpy.types.Context) -> set[str]:
        """Receive for the seconds that a script gave."""
        end = time.monotonic() + self.seconds
        try:
            while time.monotonic() < end:
                self._tick(context)
                time.sleep(TICK_S)
        except AimError as error:
            self.report({'ERROR'}, str(error))
        finally:  # also after Ctrl-C
            self._stop(context)
        return {'FINISHED'}

    def _tick(self, context: bpy.types.Context) -> None:
        if text := offline(context):
            raise LiveError(text)
        now = time.monotonic()
        self._session.tick(now)
        recording = self._session.recording
        if recording is not None and recording.is_full:
            _keep(self, self._session, context)
        if now - self._shown_at > _SHOW_EVERY:
            self._shown_at = now
            sessions.redraw()

    def _stop(self, context: bpy.types.Context) -> None:
        """Keep what is being recorded, and end."""
        if self._session.recording is not None:
            _keep(self, self._session, context)
        self._end(context)

    def _end(self, context: bpy.types.Context) -> None:
        """Leave nothing running: neither port nor timer."""
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
        if self._session is sessions.current():
            sessions.end()
        elif self._session is not None:
            self._session.close()

    def _say_left_alone(self) -> None:
        for sentence in shown_report.left_alone(self._session.target.left_alone):
            self.report({'WARNING'}, sentence)


class AIM_OT_stop_face_stream(bpy.types.Operator):
    """Close the port; the last pose stays, and what is being recorded is kept"""

    bl_idname = "aim.stop_face_stream"
    bl_label = "Stop Face Stream"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, none_runs)

    def execute(self, context: bpy.types.Context) -> set[str]:
        session = sessions.current()
        if session.recording is not None:
            _keep(self, session, context)
        sessions.end()
        return {'FINISHED'}


class AIM_OT_record_face_stream(bpy.types.Operator):
    """Record what is received from the current frame on; pressed again, keep it as an Action with its timecode"""

    bl_idname = "aim.record_face_stream"
    bl_label = "Record Face Stream"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, none_runs)

    def execute(self, context: bpy.types.Context) -> set[str]:
        session = sessions.current()
        if session.recording is None:
            session.record(context.scene.frame_current_final)
            sessions.redraw()
            return {'FINISHED'}
        kept = _keep(self, session, context)
        sessions.redraw()
        return {'FINISHED'} if kept else {'CANCELLED'}


def _open(context: bpy.types.Context) -> Session:
    """The port opened for the rig of the active object.

    Raises:
        AimError: there is no such rig, or the port cannot be opened.
    """
    target = targets.find_target(context)
    settings = environment.preferences()
    stream = Stream(format_of(settings.live_format), settings.live_subject.strip())
    sender = settings.live_sender.strip() if stream.format.ask is not None else ""
    return Session(Receiver(settings.live_address, settings.live_port), stream, target, sender)


def _keep(operator: bpy.types.Operator, session: Session, context: bpy.types.Context) -> bool:
    """Write what was recorded and say so; whether there was something."""
    recording, session.recording = session.recording, None
    try:
        take = recording.take()
        kept = keep_take(
            take, session.target, session.first_scene_frame, session.stream.subject, context
        )
    except AimError as error:
        operator.report({'ERROR'}, str(error))
        return False
    to_know = [
        words.report("{take}: {note}.", take=kept.name, note=note) for note in take.curves.notes
    ]
    to_know += shown_report.sentences(kept.shown, kept.written)
    text = "{take} plays on {face}: {frames} frames of {seconds:.1f} s at {fps:g} a second, from timecode {timecode}."
    said = words.report(
        text,
        take=kept.name,
        face=session.target.name,
        frames=len(kept.frames),
        seconds=take.curves.times[-1],
        fps=round(take.curves.fps, 3),
        timecode=take.timecode,
    )
    state = session.target.face.find().aim.retarget
    shown_report.say(operator, state, said, to_know)
    return True


classes = (AIM_OT_receive_face_stream, AIM_OT_stop_face_stream, AIM_OT_record_face_stream)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register() -> None:
    """Register the operators."""
    _register_classes()


def unregister() -> None:
    """Close a port that is open, and take the operators back."""
    sessions.end()
    _unregister_classes()
