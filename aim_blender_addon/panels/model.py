# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Model panel: what the .blend holds of this face, and files."""

import bpy

from ..bridge.data.storage import face_object, has_model
from .drawing import FacePanel, draw_rows, draw_wrapped


class AIM_PT_model(FacePanel, bpy.types.Panel):
    """The model stored with the face"""

    bl_idname = "AIM_PT_model"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """What it holds; save, load, remove."""
        layout = self.layout
        face = face_object(context)
        if face is not None and has_model(face):
            draw_rows(layout, _contents(face.aim.report))
        else:
            draw_wrapped(layout, context, "No model yet: fit the face, or load a file", icon='INFO')
        column = layout.column(align=True)
        column.operator_context = 'INVOKE_DEFAULT'
        column.operator("aim.save_model", text="Save to File...", icon='EXPORT')
        column.operator("aim.load_model", text="Load from File...", icon='IMPORT')
        column.operator("aim.remove_model", text="Remove", icon='TRASH')


def _contents(report: bpy.types.PropertyGroup) -> list[tuple[str, str]]:
    rows = [
        ("Actor", report.actor),
        ("Expressions", str(report.expressions)),
        ("Vertices", f"{report.vertices:,}"),
        ("Bones", "Estimated" if report.bones_estimated else "Given"),
        ("Fitted", report.date),
    ]
    if report.has_errors:
        rows.append(("Mean Error", f"{report.error_mean_mm:.3f} mm"))
        rows.append(("Largest Error", f"{report.error_max_mm:.2f} mm"))
    return rows


def draw_menu(layout: bpy.types.UILayout) -> None:
    """Draw the entries in the menu *AIM Face*."""
    layout.operator("aim.save_model", icon='EXPORT')
    layout.operator("aim.load_model", icon='IMPORT')
    layout.operator("aim.remove_model")


register, unregister = bpy.utils.register_classes_factory((AIM_PT_model,))
