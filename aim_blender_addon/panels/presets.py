# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The popover with the presets of a fit, in the header of the Fit panel."""

import bpy
from bl_ui.utils import PresetPanel

from ..bridge.data.storage import face_object
from ..jobs import environment
from ..operators.fit.presets import SUBDIR, AIM_OT_fit_preset_add


class AIM_PT_fit_presets(PresetPanel, bpy.types.Panel):
    """Settings of a fit under names of your own"""

    bl_label = "Fit Presets"
    preset_subdir = SUBDIR
    preset_operator = "script.execute_preset"
    preset_add_operator = AIM_OT_fit_preset_add.bl_idname

    @staticmethod
    def face() -> bpy.types.PropertyGroup | None:
        """The settings that belong to the active face."""
        face = face_object(bpy.context)
        return face.aim if face else None

    @staticmethod
    def worker() -> bpy.types.AddonPreferences | None:
        """The settings of the fitting process."""
        return environment.preferences()


register, unregister = bpy.utils.register_classes_factory((AIM_PT_fit_presets,))
