# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Setup panel, shown while fitting has no Python to run in; the preferences draw the same in more detail."""

import bpy

from .. import words
from ..jobs import environment, install
from ..operators.setup.runtime import found_words, offline_reason
from .drawing import FacePanel, draw_job, draw_wrapped, settings_column

#: Operators whose jobs are about the environment.
RUNTIME_JOBS = (
    "aim.check_runtime",
    "aim.install_runtime",
    "aim.install_runtime_from_folder",
    "aim.remove_runtime",
)

#: What the kinds of ``environment.Interpreter`` are called.
KINDS = {
    'USER': "Chosen Python",
    'MANAGED': "Installed environment",
    'BUNDLED': "Blender's Python",
    'NONE': "None",
}


class AIM_PT_setup(FacePanel, bpy.types.Panel):
    """Shown until a Python for fitting is set up"""

    bl_idname = "AIM_PT_setup"
    bl_order = 0  # above all others, as long as it is there

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
        layout.prop(preferences, "python_path", text="", placeholder="Python or Its Folder")
        if found.kind != 'NONE':
            layout.operator("aim.check_runtime", text="Check Again", icon='FILE_REFRESH')


class AIM_MT_fitting_python(bpy.types.Menu):
    """The Python that fitting runs in, its process and its logs"""

    bl_idname = "AIM_MT_fitting_python"
    bl_label = "Python for Fitting"

    def draw(self, context: bpy.types.Context) -> None:
        """What the preferences have as buttons."""
        layout = self.layout
        layout.operator_context = 'INVOKE_REGION_WIN'
        layout.operator("aim.check_runtime")
        layout.operator("aim.install_runtime")
        layout.operator("aim.install_runtime_from_folder")
        layout.operator("aim.remove_runtime")
        layout.separator()
        layout.operator("aim.stop_worker")
        layout.operator("aim.open_log").log = "worker"
        layout.operator("aim.open_log", text="Open Installation Log").log = "install"


MENU = AIM_MT_fitting_python


def draw_environment(
    layout: bpy.types.UILayout, context: bpy.types.Context, preferences: bpy.types.AddonPreferences
) -> None:
    """Draw which Python is used, what it offers, and the ways to another."""
    column = layout.column()
    column.label(text="Python Environment for Fitting")
    draw_state(column, context)
    row = column.row()
    settings_column(row).prop(preferences, "python_path")
    row.operator("aim.check_runtime", text="Check")
    draw_job(column, context, *RUNTIME_JOBS)
    ready = not environment.disabled_reason(context)
    header, body = layout.panel("aim_install", default_closed=ready)
    header.label(text="Install an Environment")
    if body:
        draw_install(body, context, preferences)


def draw_state(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw the interpreter in use and what is known of it."""
    found = environment.interpreter()
    if found.kind == 'NONE':
        draw_wrapped(
            layout, context, "None yet: choose a Python or install an environment", icon='INFO'
        )
        return
    probe = environment.probe_of(found)
    if reason := found.problem or environment.shortcoming(probe):
        kind = words.label(KINDS[found.kind])
        draw_wrapped(layout, context, f"{kind}: {words.label(reason)}", icon='ERROR')
    else:
        offers = found_words(probe) if probe else words.label("not checked yet")
        if found.kind == 'MANAGED' and not install.was_checked(environment.runtime_folder()):
            offers = (
                f"{offers}; {words.label('torch in it was not checked against a known SHA-256')}"
            )
        draw_wrapped(
            layout,
            context,
            f"{words.label(KINDS[found.kind])}: {offers}",
            icon='CHECKMARK' if probe else 'QUESTION',
        )


def draw_install(
    layout: bpy.types.UILayout, context: bpy.types.Context, preferences: bpy.types.AddonPreferences
) -> None:
    """Draw what would be installed, how large it is, by which commands, and the buttons for it."""
    choices = settings_column(layout)
    choices.prop(preferences, "build")
    choices.prop(preferences, "torch_index")
    if preferences.torch_index:
        choices.prop(preferences, "index_login")
    plan = environment.install_plan(preferences.build, address=preferences.torch_index)
    if plan is None:
        reason = environment.no_build_reason(preferences.build, preferences.torch_index)
        draw_wrapped(layout, context, reason, icon='INFO')
    else:
        _draw_plan(layout, context, plan)
    if reason := offline_reason():
        draw_wrapped(layout, context, reason, icon='INFO')
    row = layout.row()
    row.operator("aim.install_runtime", text="Download and Install", icon='IMPORT')
    row.operator("aim.remove_runtime", text="Remove", icon='TRASH')
    settings_column(layout).prop(preferences, "wheels_folder")
    layout.operator(
        "aim.install_runtime_from_folder", text="Install from Folder", icon='FILE_FOLDER'
    )
    layout.operator("aim.open_log", text="Open Installation Log", icon='TEXT').log = "install"


def _draw_plan(
    layout: bpy.types.UILayout, context: bpy.types.Context, plan: install.InstallPlan
) -> None:
    """Draw how large an installation is, whether its files are known, and its commands."""
    size = words.label("How large it is shows as it comes; it goes to {folder}", folder=plan.folder)
    if plan.download_gb:
        size = words.label(
            "About {download:g} GB to download and {disk:g} GB on disk, in {folder}",
            download=plan.download_gb,
            disk=plan.disk_gb,
            folder=plan.folder,
        )
    draw_wrapped(layout, context, size)
    known = "Every file is checked against a known SHA-256"
    unknown = "torch comes as its index gives it: the SHA-256 of this build is not known here"
    icon = 'CHECKMARK' if plan.is_checked else 'ERROR'
    draw_wrapped(layout, context, known if plan.is_checked else unknown, icon=icon)
    box = layout.box()
    for command in plan.command_lines():
        draw_wrapped(box, context, command)


def draw_worker(
    layout: bpy.types.UILayout, context: bpy.types.Context, preferences: bpy.types.AddonPreferences
) -> None:
    """Draw the settings of the fitting process."""
    column = settings_column(layout)
    column.separator()
    column.label(text="Fitting Process")
    column.prop(preferences, "device")
    column.prop(preferences, "threads")
    column.prop(preferences, "log_level")
    row = column.row()
    row.operator("aim.stop_worker", icon='X')
    row.operator("aim.open_log", text="Open Log", icon='TEXT').log = "worker"


register, unregister = bpy.utils.register_classes_factory((AIM_PT_setup, AIM_MT_fitting_python))
