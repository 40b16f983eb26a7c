# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Live panel: what sends, to which address and port, and what comes."""

import time

import bpy

from .. import words
from ..backend.errors import LiveError
from ..backend.live.formats import format_of
from ..backend.live.receiver import is_loopback
from ..bridge.direct import target as targets
from ..bridge.live import session as sessions
from ..bridge.live.session import Session
from ..bridge.retarget.characters import target_object
from ..jobs import environment
from ..operators import reasons
from ..operators.live.receive import offline
from ..properties.animation import STREAM, way
from .drawing import FacePanel, draw_rows, draw_wrapped, settings_column

_ONLY_HERE = (
    "At this address only programs on this computer can send. A phone needs the address of this computer in its "
    "network"
)


class AIM_PT_live(FacePanel, bpy.types.Panel):
    """Receive a face stream onto this rig, and record it"""

    bl_idname = "AIM_PT_live"
    bl_label = "Live"
    bl_parent_id = "AIM_PT_animation"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        target = target_object(context)
        return sessions.current() is not None or (target is not None and way(target) == STREAM)

    def draw(self, context: bpy.types.Context) -> None:
        """The settings, or what comes while a stream is received."""
        layout, session = self.layout, sessions.current()
        if session is not None:
            _draw_running(layout, context, session)
            return
        settings = environment.preferences()
        if settings is not None:
            _draw_settings(layout, context, settings)
        row = layout.row()
        row.scale_y = 1.4
        row.operator("aim.receive_face_stream", text="Receive", icon='PLAY')
        reason = reasons.first_reason(context, offline, targets.reason)
        if reason:
            draw_wrapped(layout, context, reason, icon='INFO')


def _draw_settings(
    layout: bpy.types.UILayout, context: bpy.types.Context, settings: bpy.types.AddonPreferences
) -> None:
    column = settings_column(layout)
    for name in ("live_format", "live_address", "live_port"):
        column.prop(settings, name)
    if format_of(settings.live_format).ask is not None:
        column.prop(settings, "live_sender")
    column.prop(settings, "live_subject")
    try:
        only_here = is_loopback(settings.live_address)
    except LiveError as error:
        draw_wrapped(layout, context, str(error), icon='ERROR')
        return
    if only_here:
        draw_wrapped(layout, context, _ONLY_HERE, icon='INFO')


def _draw_running(layout: bpy.types.UILayout, context: bpy.types.Context, session: Session) -> None:
    now = time.monotonic()
    receiver, stream = session.receiver, session.stream
    place = words.label("{port} at {address}", port=receiver.port, address=receiver.address)
    rows = [
        ("Port", place),
        ("Rig", session.target.name),
        ("Subject", stream.subject),
        ("Rate", words.label("{rate:.0f} a second", rate=session.rate) if stream.frames else ""),
        ("Unreadable", f"{stream.refused:,}" if stream.refused else ""),
        ("From Others", f"{stream.others:,}" if stream.others else ""),
    ]
    draw_rows(layout, rows)
    text, icon = _state(session, now)
    if text:
        draw_wrapped(layout, context, text, icon=icon)
    recording = session.recording
    row = layout.row()
    row.scale_y = 1.4
    text = "Record"
    if recording is not None:
        text = words.label("Keep {seconds:.1f} s", seconds=recording.seconds)
    row.operator("aim.record_face_stream", text=text, icon='REC', depress=recording is not None)
    layout.operator("aim.stop_face_stream", text="Stop", icon='SNAP_FACE')


def _state(session: Session, now: float) -> tuple[str, str]:
    """What is to be known of a stream now, and its icon; "" where all is well."""
    stream, receiver = session.stream, session.receiver
    hindrance = stream.hindrance(now)
    if stream.last is None:
        if hindrance:
            return hindrance, 'ERROR'
        text = "Nothing has come yet: send to {address}, port {port}"
        return words.label(text, address=receiver.address, port=receiver.port), 'TIME'
    if session.has_stopped(now):
        text = "Nothing has come for {seconds:.0f} s: the last pose stays"
        return words.label(text, seconds=stream.silence(now)), 'ERROR'
    if not stream.seen:
        return "The sender sees no face: the last pose stays", 'ERROR'
    if receiver.flooded:
        return "More comes than can be read: stop what else sends to this port", 'ERROR'
    return hindrance, 'ERROR'


class AIM_MT_live(bpy.types.Menu):
    """Face streams"""

    bl_idname = "AIM_MT_live"
    bl_label = "Live"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Live panel has as buttons."""
        layout = self.layout
        layout.operator_context = 'INVOKE_REGION_WIN'
        layout.operator("aim.receive_face_stream", icon='PLAY')
        layout.operator("aim.record_face_stream", icon='REC')
        layout.operator("aim.stop_face_stream", icon='SNAP_FACE')


MENU = AIM_MT_live


register, unregister = bpy.utils.register_classes_factory((AIM_PT_live, AIM_MT_live))
