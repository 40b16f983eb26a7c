# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Menus of the panels."""

import bpy


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


register, unregister = bpy.utils.register_classes_factory((AIM_MT_add_scans,))
