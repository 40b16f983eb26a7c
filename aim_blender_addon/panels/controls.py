# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Face Controls panel: bones on the skin that an animator moves."""

import bpy

from .. import words
from ..bridge.controls.controls import BOARD, FACE, has_bones
from ..bridge.controls.mend import Lost, find_lost
from ..bridge.controls.seal import BOTH, SIDES, has_seal
from ..bridge.rig.duplicates import active_armature, skin_of
from ..bridge.rig.own_bones import JAW, pose_bone
from ..operators.controls.controls import lost_text
from .drawing import FacePanel, baked_face, draw_job, draw_wrapped, settings_column

_SEALS = {BOTH: "Lip Seal", SIDES["left"]: "Seal Left", SIDES["right"]: "Seal Right"}


class AIM_PT_controls(FacePanel, bpy.types.Panel):
    """Pose the face by controls on its skin"""

    bl_idname = "AIM_PT_controls"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """The buttons that make controls and take them away."""
        layout = self.layout
        face = baked_face(layout, context)
        if face is None:
            return
        if draw_job(layout, context, "aim.make_face_controls"):
            return
        armature = active_armature(face, context)
        made = has_bones(armature)
        column = layout.column(align=True)
        text = "Update on the Skin" if made else "Make on the Skin"
        column.operator("aim.make_face_controls", text=text, icon='BONE_DATA').place = FACE
        text = "Update on a Board" if made else "Make on a Board"
        column.operator("aim.make_face_controls", text=text, icon='MOD_LATTICE').place = BOARD
        if made:
            _draw_lost(layout, context, find_lost(skin_of(face, armature), armature))
        if made and has_seal(armature):
            sliders = settings_column(layout)
            for name, label in _SEALS.items():
                jaw = pose_bone(armature, JAW)
                sliders.prop(jaw, f'["{name}"]', text=label, slider=True)
        if made:
            layout.operator("aim.remove_face_controls", icon='X')


def _draw_lost(layout: bpy.types.UILayout, context: bpy.types.Context, lost: Lost) -> None:
    """What controls have lost, with the button that mends it."""
    if lost.renamed:
        text = "Renamed, so that they move nothing: {names}."
        text = words.report(text, names=", ".join(lost.renamed))
        draw_wrapped(layout, context, text, icon='ERROR')
    if lost.on_jaw:
        text = "The jaw bone was made anew, without its controls."
        draw_wrapped(layout, context, text, icon='ERROR')
    if lost.can_mend:
        layout.operator("aim.mend_face_controls", icon='MODIFIER')
    for text in lost_text(lost):
        draw_wrapped(layout, context, text, icon='ERROR')


class AIM_MT_controls(bpy.types.Menu):
    """Controls on the skin of the rig"""

    bl_idname = "AIM_MT_controls"
    bl_label = "Face Controls"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Face Controls panel has as buttons."""
        self.layout.operator("aim.make_face_controls", icon='BONE_DATA')
        self.layout.operator("aim.mend_face_controls", icon='MODIFIER')
        self.layout.operator("aim.remove_face_controls", icon='X')


MENU = AIM_MT_controls


register, unregister = bpy.utils.register_classes_factory((AIM_PT_controls, AIM_MT_controls))
