# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Scans panel: which meshes are the face."""

import bpy

from ..bridge.data.storage import face_object
from ..bridge.face.scans import is_missing
from .drawing import FacePanel, draw_rows, draw_wrapped, settings_column


class AIM_PT_scans(FacePanel, bpy.types.Panel):
    """The scans of one actor"""

    bl_idname = "AIM_PT_scans"
    bl_label = "Scans"
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        """The list of the active face, or the ways to begin."""
        layout = self.layout
        face = face_object(context)
        if face is None or not len(face.aim.scans):
            _draw_beginning(layout, context, face)
            return
        layout.label(text=face.name, icon='OUTLINER_OB_MESH', translate=False)
        _draw_list(layout, face)
        _draw_active_scan(layout, context, face)
        settings_column(layout).prop(face.aim, "scan_unit")


def _draw_beginning(
    layout: bpy.types.UILayout, context: bpy.types.Context, face: bpy.types.Object | None
) -> None:
    """What to do first."""
    text = "Select the scans of one actor, the neutral last, or import them from files"
    draw_wrapped(layout, context, text, icon='INFO')
    column = layout.column(align=True)
    column.operator("aim.add_scans", text="Selected Objects", icon='RESTRICT_SELECT_OFF')
    column.operator("aim.scans_from_shape_keys", text="Shape Keys", icon='SHAPEKEY_DATA')
    row = column.row(align=True)
    row.operator_context = 'INVOKE_DEFAULT'
    row.operator("aim.import_scans", text="Files or Folder...", icon='FILE_FOLDER')
    column.separator()
    column.operator("aim.add_sample_actor", text="Sample Actor", icon='USER')
    if face is not None:
        layout.label(text=face.name, icon='OUTLINER_OB_MESH', translate=False)


def _draw_list(layout: bpy.types.UILayout, face: bpy.types.Object) -> None:
    row = layout.row()
    row.template_list(
        "AIM_UL_scans", "", face.aim, "scans", face.aim, "active_scan", rows=5, maxrows=6
    )
    buttons = row.column(align=True)
    buttons.menu("AIM_MT_add_scans", text="", icon='ADD')
    buttons.operator("aim.remove_scan", text="", icon='REMOVE')
    buttons.separator()
    buttons.operator("aim.clear_scans", text="", icon='TRASH')


def _draw_active_scan(
    layout: bpy.types.UILayout, context: bpy.types.Context, face: bpy.types.Object
) -> None:
    """What is known of the scan that is picked in the list."""
    number = face.aim.active_scan
    if not 0 <= number < len(face.aim.scans):
        return
    scan = face.aim.scans[number]
    if is_missing(scan, face):
        text = "This scan is gone: remove it from the list, or undo"
        draw_wrapped(layout, context, text, icon='ERROR')
    elif scan.fitted:
        draw_rows(layout, _figures(scan))


def _figures(scan: bpy.types.PropertyGroup) -> list[tuple[str, str]]:
    """What the fit found for one scan."""
    return [
        ("Mean Error", f"{scan.error_mean_mm:.3f} mm"),
        ("Largest Error", f"{scan.error_max_mm:.2f} mm"),
        ("Jaw Opening", f"{scan.jaw_degrees:.1f}\N{DEGREE SIGN}"),
        ("Head Motion", f"{scan.head_motion_mm:.1f} mm"),
    ]


register, unregister = bpy.utils.register_classes_factory((AIM_PT_scans,))
