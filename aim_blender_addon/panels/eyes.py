# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Eyes panel: bones for the eyes of the rig, where they look, and lids that follow."""

import bpy

from .. import words
from ..bridge.rig.duplicates import active_armature
from ..bridge.rig.eye_bones import BLINK_LINES, LIDS, LOOK_AT, SHUT
from ..bridge.rig.look import looks_at_target
from ..bridge.rig.own_bones import EYES, TARGET, find_bone, pose_bone
from ..operators.eyes.eyes import no_eyes
from .drawing import FacePanel, baked_face, draw_job, draw_rows, draw_wrapped, settings_column

_SIDES = {"left": "Left Eyeball", "right": "Right Eyeball"}
_LINES = {"left": "Blink Line Left", "right": "Blink Line Right"}


class AIM_PT_eyes(FacePanel, bpy.types.Panel):
    """Turn the eyes of the rig"""

    bl_idname = "AIM_PT_eyes"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """The buttons that make eyes; then the look."""
        layout = self.layout
        face = baked_face(layout, context)
        if face is None:
            return
        armature = active_armature(face, context)
        made = not no_eyes(context)
        column = layout.column(align=True)
        text = "Update Eyes" if made else "Make Eyes"
        column.operator("aim.make_eyes", text=text, icon='HIDE_OFF')
        if not draw_job(layout, context, "aim.estimate_eyes"):
            column.operator("aim.estimate_eyes", text="Estimate from Lids", icon='VIEWZOOM')
        if made:
            _draw_balls(layout, armature)
            _draw_look(layout, context, armature)


def _draw_balls(layout: bpy.types.UILayout, armature: bpy.types.Object) -> None:
    rows = []
    for side, name in _SIDES.items():
        values = getattr(armature.aim, f"{EYES[side]}_ball")
        if values[3] > 0:
            text = words.label(
                "radius {radius:.1f} mm, {error:.2f} mm off", radius=values[3], error=values[4]
            )
            rows.append((name, text))
    draw_rows(layout, rows)


def _draw_look(
    layout: bpy.types.UILayout, context: bpy.types.Context, armature: bpy.types.Object
) -> None:
    column = settings_column(layout)
    target = pose_bone(armature, TARGET) if find_bone(armature, TARGET) else None
    if target is not None:
        column.prop(target, f'["{LOOK_AT}"]', text="Look at Target", slider=True)
    free = column.column()
    free.active = not looks_at_target(armature)
    free.prop(armature.aim, "look_yaw")
    free.prop(armature.aim, "look_pitch")
    if not free.active:
        text = "Set Look at Target to 0 to turn the eyes themselves"
        draw_wrapped(layout, context, text, icon='INFO')
    if target is not None:
        column.prop(target, f'["{LIDS}"]', text="Lids Follow", slider=True)
        if SHUT in target:  # rigs of earlier versions have it after an update
            column.prop(target, f'["{SHUT}"]', text="Shut Blinks", slider=True)
        for side, text in _LINES.items():
            if BLINK_LINES[side] in target:
                column.prop(target, f'["{BLINK_LINES[side]}"]', text=text, slider=True)
    row = layout.row(align=True)
    row.operator("aim.reset_look", text="Reset", icon='LOOP_BACK')
    row.operator("aim.key_look", text="Keyframe", icon='KEY_HLT')


class AIM_MT_eyes(bpy.types.Menu):
    """The eyes of the rig"""

    bl_idname = "AIM_MT_eyes"
    bl_label = "Eyes"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Eyes panel has as buttons."""
        layout = self.layout
        layout.operator("aim.make_eyes", icon='HIDE_OFF')
        layout.operator("aim.estimate_eyes", icon='VIEWZOOM')
        layout.separator()
        layout.operator("aim.reset_look", icon='LOOP_BACK')
        layout.operator("aim.key_look", icon='KEY_HLT')


MENU = AIM_MT_eyes


register, unregister = bpy.utils.register_classes_factory((AIM_PT_eyes, AIM_MT_eyes))
