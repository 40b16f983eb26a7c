# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of scans."""

import bpy

from ..bridge.data.storage import has_model
from ..bridge.face.scans import is_missing


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


register, unregister = bpy.utils.register_classes_factory((AIM_UL_scans,))
