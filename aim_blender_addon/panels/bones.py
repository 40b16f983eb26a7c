# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Bones panel: skull and jaw, picked or estimated."""

import bpy

from ..bridge.data.storage import face_object
from ..operators import reasons
from .drawing import FacePanel, draw_job, draw_wrapped


class AIM_PT_bones(FacePanel, bpy.types.Panel):
    """Skull and jaw under the skin"""

    bl_idname = "AIM_PT_bones"

    def draw(self, context: bpy.types.Context) -> None:
        """The two bones and how to get them."""
        layout = self.layout
        face = face_object(context)
        if face is None:
            draw_wrapped(layout, context, reasons.stray(context) or "Add scans first", icon='INFO')
            return
        _draw_pickers(layout, face, "skull", "jaw")
        draw_wrapped(layout, context, _state(face))
        if draw_job(layout, context, "aim.find_landmarks", "aim.estimate_bones"):
            return
        column = layout.column(align=True)
        column.operator("aim.find_landmarks", text=_landmarks_text(face), icon='EMPTY_AXIS')
        column.operator("aim.estimate_bones", icon='BONE_DATA')
        layout.operator(
            "aim.show_bones",
            text="Show Under Skin",
            icon='HIDE_OFF' if face.aim.bones_shown else 'HIDE_ON',
            depress=face.aim.bones_shown,
        )
        header, body = layout.panel("aim_bones_template", default_closed=True)
        header.label(text="Template")
        if body:
            text = "A skull and jaw of somebody else, which Estimate Bones brings under this skin"
            draw_wrapped(body, context, text)
            _draw_pickers(body, face, "template_skull", "template_jaw")


def _draw_pickers(layout: bpy.types.UILayout, face: bpy.types.Object, *bones: str) -> None:
    """Pickers of mesh objects; their names are long, so they get more than the usual half."""
    column = layout.column()
    for bone in bones:
        split = column.split(factor=0.22)
        split.label(text=face.aim.bl_rna.properties[bone].name)
        split.prop(face.aim, bone, text="", icon='OUTLINER_OB_MESH')


def _state(face: bpy.types.Object) -> str:
    """Where the bones come from."""
    if not (face.aim.skull or face.aim.jaw):
        return "None picked: the fit estimates them"
    if not (face.aim.skull and face.aim.jaw):
        return "Pick both, or estimate them"
    return "Estimated from the skin" if face.aim.bones_estimated else "Picked"


def _landmarks_text(face: bpy.types.Object) -> str:
    return "Find Landmarks Again" if len(face.aim.landmarks) else "Find Landmarks"


def draw_menu(layout: bpy.types.UILayout) -> None:
    """Draw the entries in the menu *AIM Face*."""
    layout.operator("aim.find_landmarks", icon='EMPTY_AXIS')
    layout.operator("aim.estimate_bones", icon='BONE_DATA')
    layout.operator("aim.show_bones", icon='HIDE_OFF')


register, unregister = bpy.utils.register_classes_factory((AIM_PT_bones,))
