# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Scans panel: which meshes are the face."""

import bpy

from ..bridge.data.storage import face_object, has_model
from ..bridge.face.scans import is_missing
from ..operators.scans.sample import no_package
from .drawing import FacePanel, draw_rows, draw_wrapped, settings_column


class AIM_UL_scans(bpy.types.UIList):
    """Name of each scan, its error after the fit, whether it is used and seen."""

    def draw_item(
        self, context, layout, data, item, icon, active_data, active_property, index, flt_flag
    ) -> None:
        """One scan."""
        face = data.id_data
        fitted = item.fitted and has_model(face)
        # Without a split, Blender gives the error as much room as the name, which then is cut off.
        split = layout.split(factor=_name_share(fitted, item), align=True)
        name = split.row()
        name.active = item.use
        name.prop(item, "name", text="", emboss=False, icon=_icon(item, face))
        row = split.row(align=True)
        row.alignment = 'RIGHT'
        if fitted:  # millimetres, as the figures below the list say
            row.label(text=f"{item.error_mean_mm:.2f}", translate=False)
        if item.object:
            row.prop(item.object, "hide_viewport", text="", emboss=False)
        row.prop(item, "use", text="")


def _name_share(fitted: bool, scan: bpy.types.PropertyGroup) -> float:
    """How much of the row's width the name gets: what error, eye and check box leave of it."""
    return 1.0 - 0.12 - 0.18 * fitted - 0.12 * (scan.object is not None)


def _icon(scan: bpy.types.PropertyGroup, face: bpy.types.Object) -> str:
    if is_missing(scan, face):
        return 'ERROR'
    return 'SHAPEKEY_DATA' if face.aim.scan_source == 'SHAPE_KEYS' else 'MESH_DATA'


class AIM_PT_scans(FacePanel, bpy.types.Panel):
    """The scans of one actor"""

    bl_idname = "AIM_PT_scans"

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
    if reason := no_package(context):
        draw_wrapped(layout, context, reason, icon='INFO')
    if face is not None:
        layout.label(text=face.name, icon='OUTLINER_OB_MESH', translate=False)
        if has_model(face):  # loaded from a file, which may have set the unit
            settings_column(layout).prop(face.aim, "scan_unit")


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
        ("Jaw Opening", f"{scan.jaw_degrees:z.1f}\N{DEGREE SIGN}"),
        ("Jaw Within", f"{scan.jaw_uncertain_mm:.1f} mm"),
        ("Head Motion", f"{scan.head_motion_mm:.1f} mm"),
    ]


class AIM_MT_add_scans(bpy.types.Menu):
    """Ways to get scans in"""

    bl_idname = "AIM_MT_add_scans"
    bl_label = "Add Scans"

    def draw(self, context: bpy.types.Context) -> None:
        """One entry for each place scans can be."""
        layout = self.layout
        layout.operator("aim.add_scans", text="Selected Objects", icon='RESTRICT_SELECT_OFF')
        layout.operator("aim.scans_from_shape_keys", text="Shape Keys", icon='SHAPEKEY_DATA')
        layout.operator_context = 'INVOKE_DEFAULT'
        layout.operator("aim.import_scans", text="Files or Folder...", icon='FILE_FOLDER')


def draw_menu(layout: bpy.types.UILayout) -> None:
    """Draw the entries in the menu *AIM Face*."""
    layout.operator("aim.add_scans", icon='RESTRICT_SELECT_OFF')
    layout.operator("aim.scans_from_shape_keys", icon='SHAPEKEY_DATA')
    layout.operator("aim.import_scans", icon='FILE_FOLDER')
    layout.operator("aim.remove_scan")
    layout.operator("aim.clear_scans")


register, unregister = bpy.utils.register_classes_factory(
    (AIM_UL_scans, AIM_PT_scans, AIM_MT_add_scans)
)
