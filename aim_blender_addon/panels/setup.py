# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Setup panel: shown while fitting has no Python to run in."""

import bpy

from ..jobs import environment
from .drawing import FacePanel, draw_job, draw_wrapped
from .environment import RUNTIME_JOBS


class AIM_PT_setup(FacePanel, bpy.types.Panel):
    """Shown until a Python for fitting is set up"""

    bl_idname = "AIM_PT_setup"
    bl_label = "Setup"
    bl_order = 0

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether something is left to do."""
        return bool(environment.disabled_reason(context))

    def draw(self, context: bpy.types.Context) -> None:
        """Say what is missing and offer the ways to get it."""
        layout = self.layout
        found = environment.interpreter()
        reason = environment.disabled_reason(context)
        if found.kind == 'NONE':
            reason = "Fitting runs in a Python of its own, with torch. Install one, or choose one that you have"
        draw_wrapped(layout, context, reason, icon='INFO' if found.kind == 'NONE' else 'ERROR')
        draw_job(layout, context, *RUNTIME_JOBS)
        preferences = environment.preferences()
        if preferences is None:
            return
        layout.operator(
            "preferences.addon_show", text="Install...", icon='IMPORT'
        ).module = environment.ROOT
        layout.prop(preferences, "python_path", text="")
        if found.kind != 'NONE':
            layout.operator("aim.check_runtime", text="Check Again", icon='FILE_REFRESH')


register, unregister = bpy.utils.register_classes_factory((AIM_PT_setup,))
