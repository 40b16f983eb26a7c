# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Export panel: the rig as a game engine takes it, and what is lost."""

import bpy

from ..bridge.export.make import export_of, lost_lines
from .drawing import FacePanel, baked_face, draw_wrapped, settings_column


class AIM_PT_export(FacePanel, bpy.types.Panel):
    """Make the rig ready for a game engine"""

    bl_idname = "AIM_PT_export"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """Settings, the button, and what the last export has lost."""
        layout = self.layout
        face = baked_face(layout, context)
        if face is None:
            return
        state = face.aim.export
        column = settings_column(layout)
        for name in ("preset", "jaw", "visemes", "weights", "correctives", "with_take"):
            column.prop(state, name)
        if state.with_take:
            column.prop(state, "control_shapes")
        layout.operator("aim.prepare_export", icon='EXPORT')
        mesh = export_of(face)
        lines = lost_lines(mesh) if mesh is not None else ()
        if lines:
            layout.label(text="Lost in the Export")
        for line in lines:
            draw_wrapped(layout, context, line, icon='DOT')


def draw_menu(layout: bpy.types.UILayout) -> None:
    """Its entry in the menu *AIM Face*."""
    layout.operator("aim.prepare_export", icon='EXPORT')


register, unregister = bpy.utils.register_classes_factory((AIM_PT_export,))
