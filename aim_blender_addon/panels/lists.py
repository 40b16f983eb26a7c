# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of scans."""

import bpy

from ..bridge.scans import is_missing
from ..bridge.storage import has_model


class AIM_UL_scans(bpy.types.UIList):
    """Name of each scan, its error after the fit, whether it is used and seen."""

    def draw_item(
        self, context, layout, data, item, icon, active_data, active_property, index, flt_flag
    ) -> None:
        """One scan."""
        face = data.id_data
        row = layout.row(align=True)
        name = row.row()
        name.active = item.use
        name.prop(item, "name", text="", emboss=False, icon=_icon(item, face))
        if item.fitted and has_model(face):
            figure = row.row()
            figure.alignment = 'RIGHT'
            figure.label(text=f"{item.error_mean_mm:.2f} mm", translate=False)
        if item.object:
            row.prop(item.object, "hide_viewport", text="", emboss=False)
        row.prop(item, "use", text="")


def _icon(scan: bpy.types.PropertyGroup, face: bpy.types.Object) -> str:
    if is_missing(scan, face):
        return 'ERROR'
    return 'SHAPEKEY_DATA' if face.aim.scan_source == 'SHAPE_KEYS' else 'MESH_DATA'


register, unregister = bpy.utils.register_classes_factory((AIM_UL_scans,))
