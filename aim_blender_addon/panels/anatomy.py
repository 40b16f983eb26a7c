# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Anatomy panel: soft tissue by region, painted regions, and bones that were moved."""

import bpy

from ..backend.anatomy.tissue.regions import PLACES
from ..bridge.data.storage import face_object
from ..bridge.face import anatomy
from ..bridge.rig.objects import rig_of
from ..operators import reasons
from .drawing import FacePanel, draw_wrapped, settings_column


class AIM_PT_anatomy(FacePanel, bpy.types.Panel):
    """Fuller cheeks, a thinner face, a stronger chin: tissue and bones, with every expression following"""

    bl_idname = "AIM_PT_anatomy"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """The regions, the painted one, the bones, then Apply."""
        layout = self.layout
        if obstacle := reasons.first_reason(context, reasons.no_face, reasons.no_model):
            draw_wrapped(layout, context, obstacle, icon='INFO')
            return
        face = face_object(context)
        settings = face.aim.anatomy
        layout.label(text="Soft Tissue Added (mm)")
        column = settings_column(layout)
        for name in PLACES:
            column.prop(settings, name, slider=True)
        rig = rig_of(face)
        if rig is not None:
            column.separator()
            column.prop_search(settings, "painted", rig, "vertex_groups")
            column.prop(settings, "painted_mm", slider=True)
            layout.operator("aim.paint_tissue", text="Paint Region", icon='WPAINT_HLT')
        bones = [bone.name for bone in (face.aim.skull, face.aim.jaw) if bone]
        if bones:
            draw_wrapped(
                layout,
                context,
                "Bones: move, scale or sculpt their objects, then Apply",
                icon='BONE_DATA',
            )
        if not anatomy.are_applied(face):
            text = "Only the rig shows these thicknesses so far: Apply changes the model"
            draw_wrapped(layout, context, text, icon='INFO')
        row = layout.row(align=True)
        row.scale_y = 1.2
        row.operator("aim.apply_anatomy", text="Apply", icon='CHECKMARK')
        row.operator("aim.reset_anatomy", text="Reset", icon='LOOP_BACK')


class AIM_MT_anatomy(bpy.types.Menu):
    """Tissue and bones of the face"""

    bl_idname = "AIM_MT_anatomy"
    bl_label = "Anatomy"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Anatomy panel has as buttons."""
        layout = self.layout
        layout.operator("aim.apply_anatomy", icon='CHECKMARK')
        layout.operator("aim.reset_anatomy", icon='LOOP_BACK')
        layout.operator("aim.paint_tissue", icon='WPAINT_HLT')


MENU = AIM_MT_anatomy


register, unregister = bpy.utils.register_classes_factory((AIM_PT_anatomy, AIM_MT_anatomy))
