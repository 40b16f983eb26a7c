# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Fit panel: start, progress and Cancel."""

import bpy
from bl_ui.utils import PresetPanel

from .. import words
from ..bridge.data.storage import face_object, has_model
from ..bridge.face import jaw_pins
from ..jobs import environment
from ..operators import reasons
from ..operators.fit.presets import SUBDIR, AIM_OT_fit_preset_add
from .drawing import FacePanel, draw_job, draw_rows, draw_wrapped, settings_column


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


class AIM_PT_fit(FacePanel, bpy.types.Panel):
    """Fit the model of the face"""

    bl_idname = "AIM_PT_fit"

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """The presets of the settings, once there is a face to set them on."""
        if face_object(context) is not None:
            AIM_PT_fit_presets.draw_panel_header(self.layout)

    def draw(self, context: bpy.types.Context) -> None:
        """The button, or how far the running job is; then what the last fit reached."""
        layout = self.layout
        face = face_object(context)
        if not draw_job(layout, context, "aim.fit"):
            row = layout.row()
            row.scale_y = 1.4
            row.operator("aim.fit", icon='PLAY')
            _draw_obstacle(layout, context, face)
        if face is not None and has_model(face):
            _draw_errors(layout, face.aim.report)
            _draw_jaw_hint(layout, context, face)
        _draw_settings(layout, context, face)


def _draw_obstacle(
    layout: bpy.types.UILayout, context: bpy.types.Context, face: bpy.types.Object | None
) -> None:
    """The first thing that keeps the fit from starting."""
    if environment.disabled_reason(context):
        draw_wrapped(layout, context, "Set up Python first: see Setup above", icon='INFO')
    elif face is None or not len(face.aim.scans):
        draw_wrapped(layout, context, reasons.stray(context) or "Add scans first", icon='INFO')


def _draw_errors(layout: bpy.types.UILayout, report: bpy.types.PropertyGroup) -> None:
    """How well the stored model shows the scans."""
    if report.has_errors:
        rows = [
            ("Mean Error", f"{report.error_mean_mm:.3f} mm"),
            ("99 % Below", f"{report.error_p99_mm:.2f} mm"),
            ("Largest Error", f"{report.error_max_mm:.2f} mm"),
        ]
        draw_rows(layout, rows)


def _draw_jaw_hint(
    layout: bpy.types.UILayout, context: bpy.types.Context, face: bpy.types.Object
) -> None:
    """Which open jaw the skin leaves uncertain, and the way out."""
    scan = jaw_pins.least_known(face)
    if scan is None:
        return
    text = "The lower teeth of {scan} may be {most:.0f} mm off: mark its incisors and fit again"
    said = words.label(text, scan=scan.name, most=scan.jaw_uncertain_mm)
    draw_wrapped(layout, context, said, icon='INFO')
    layout.operator("aim.mark_incisors", text="Mark Incisors", icon='EMPTY_AXIS').scan = scan.name


def _draw_settings(
    layout: bpy.types.UILayout, context: bpy.types.Context, face: bpy.types.Object | None
) -> None:
    header, body = layout.panel("aim_fit_settings", default_closed=True)
    header.label(text="Settings")
    if body is None:
        return
    if face is not None:
        settings_column(body).prop(face.aim, "seed")
    preferences = environment.preferences()
    if preferences is not None:
        settings_column(body).prop(preferences, "device")
    probe = environment.probe_of(environment.interpreter())
    if probe is not None and probe.devices:
        draw_wrapped(body, context, "; ".join(device["label"] for device in probe.devices))
    row = body.row(align=True)
    row.operator("aim.open_log", text="Open Log", icon='TEXT').log = "worker"
    row.operator("aim.stop_worker", text="", icon='X')


def draw_menu(layout: bpy.types.UILayout) -> None:
    """Draw the entries in the menu *AIM Face*."""
    layout.operator("aim.fit", icon='PLAY')
    layout.operator("aim.cancel_job")


register, unregister = bpy.utils.register_classes_factory((AIM_PT_fit_presets, AIM_PT_fit))
