# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Jaw panel: the rig's jaw by three controls, and the jaw of scans pinned by hand."""

import bpy

from .. import words
from ..bridge.data.storage import face_object
from ..bridge.rig.armature import LIMITS_PROPERTY
from ..bridge.rig.own_bones import JAW, pose_bone
from ..operators.jaw.jaw import active_scan, no_jaw, posed_armature
from .drawing import FacePanel, draw_wrapped, settings_column

_PINS = {
    'NONE': "The fit finds the jaw of {scan} by itself",
    'POSE': "The jaw of {scan} is pinned as posed",
    'MARKS': "The jaw of {scan} is pinned by its teeth",
}


class AIM_PT_jaw(FacePanel, bpy.types.Panel):
    """Pose the jaw, and tell the fit where it is"""

    bl_idname = "AIM_PT_jaw"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """The controls, then the pins."""
        layout = self.layout
        face = face_object(context)
        if obstacle := no_jaw(context):
            draw_wrapped(layout, context, obstacle, icon='INFO')
        else:
            _draw_controls(layout, posed_armature(context))
        if face is not None and (scan := active_scan(face)):
            _draw_pins(layout, context, scan)


def _draw_controls(layout: bpy.types.UILayout, armature: bpy.types.Object) -> None:
    column = settings_column(layout)
    for name in ("jaw_open", "jaw_side", "jaw_forward"):
        column.prop(armature.aim, name)
    bone = pose_bone(armature, JAW)
    column.prop(bone, f'["{LIMITS_PROPERTY}"]', text="Limits", slider=True)
    row = layout.row(align=True)
    row.operator("aim.reset_jaw", text="Reset", icon='LOOP_BACK')
    row.operator("aim.key_jaw", text="Keyframe", icon='KEY_HLT')


def _draw_pins(
    layout: bpy.types.UILayout, context: bpy.types.Context, scan: bpy.types.PropertyGroup
) -> None:
    header, body = layout.panel("aim_jaw_pins", default_closed=False)
    header.label(text="Jaw in the Scan")
    if body is None:
        return
    icon = 'UNPINNED' if scan.jaw_pin == 'NONE' else 'PINNED'
    draw_wrapped(body, context, words.label(_PINS[scan.jaw_pin], scan=scan.name), icon=icon)
    column = body.column(align=True)
    column.operator("aim.show_scan_jaw", text="Pose Rig as in Scan", icon='ARMATURE_DATA')
    column.operator("aim.pin_jaw", text="Pin to the Rig's Pose", icon='PINNED')
    column.operator("aim.mark_incisors", text="Mark Incisors", icon='EMPTY_AXIS')
    column.operator("aim.mark_bite", text="Mark Bite", icon='EMPTY_AXIS')
    column.operator("aim.unpin_jaw", text="Unpin", icon='UNPINNED')


class AIM_MT_jaw(bpy.types.Menu):
    """The jaw of the rig and of the scans"""

    bl_idname = "AIM_MT_jaw"
    bl_label = "Jaw"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Jaw panel has as buttons."""
        layout = self.layout
        layout.operator("aim.reset_jaw", icon='LOOP_BACK')
        layout.operator("aim.key_jaw", icon='KEY_HLT')
        layout.separator()
        layout.operator("aim.show_scan_jaw", icon='ARMATURE_DATA')
        layout.operator("aim.pin_jaw", icon='PINNED')
        layout.operator("aim.mark_incisors", icon='EMPTY_AXIS')
        layout.operator("aim.mark_bite", icon='EMPTY_AXIS')
        layout.operator("aim.unpin_jaw", icon='UNPINNED')


MENU = AIM_MT_jaw


register, unregister = bpy.utils.register_classes_factory((AIM_PT_jaw, AIM_MT_jaw))
