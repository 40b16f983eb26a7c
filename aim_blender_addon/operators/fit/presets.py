# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Presets of the settings of a fit, kept by Blender's own preset mechanism in the user's scripts."""

import bpy
from bl_operators.presets import AddPresetBase

from ...jobs import environment
from .. import reasons

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
        return environment.preferences() is not None and reasons.allow(
            cls, context, reasons.no_face
        )


register, unregister = bpy.utils.register_classes_factory((AIM_OT_fit_preset_add,))
