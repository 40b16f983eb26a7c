# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show the bones under the skin."""

import bpy

from ...bridge.data import storage
from ...bridge.view import display, translucent
from .. import reasons


class AIM_OT_show_bones(bpy.types.Operator):
    """Make the skin translucent in the 3D views and show skull and jaw under it, or bring back what was there"""

    bl_idname = "aim.show_bones"
    bl_label = "Show Bones Under Skin"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.editing, reasons.no_face, reasons.linked_face, _no_bones
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = storage.face_object(context)
        if face.aim.bones_shown:
            display.hide_bones(face, context)
        else:
            display.show_bones(face, context)
        return {'FINISHED'}


def _no_bones(context: bpy.types.Context) -> str:
    face = storage.face_object(context)
    if face.aim.bones_shown or translucent.has_bones(face):
        return ""
    return "Estimate the bones first, or pick them"


register, unregister = bpy.utils.register_classes_factory((AIM_OT_show_bones,))
