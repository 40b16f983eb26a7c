# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Presets of the settings of a fit, kept by Blender's own preset mechanism in the user's scripts."""

import bpy
from bl_operators.presets import AddPresetBase
from bpy.app.translations import pgettext_tip

from ...bridge.data.storage import face_object
from ...jobs import environment

#: Where the presets are, below the folder ``presets`` of the user's scripts.
SUBDIR = "aim_blender_addon/fit"


class AIM_OT_fit_preset_add(AddPresetBase, bpy.types.Operator):
    """Add a preset of the settings of a fit, or remove the chosen one"""

    bl_idname = "aim.fit_preset_add"
    bl_label = "Add Fit Preset"
    preset_menu = "AIM_PT_fit_presets"
    preset_subdir = SUBDIR
    # A preset runs these lines: they find the settings wherever the extension was installed from.
    preset_defines = [
        f"face = bpy.types.{preset_menu}.face()",
        f"worker = bpy.types.{preset_menu}.worker()",
    ]
    preset_values = ["face.seed", "worker.device", "worker.threads"]

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if face_object(context) is None or environment.preferences() is None:
            cls.poll_message_set(pgettext_tip("Add scans first, or select an object of a face"))
            return False
        return True


classes = (AIM_OT_fit_preset_add,)
register, unregister = bpy.utils.register_classes_factory(classes)
