# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the worker's Python environment is drawn, in the preferences and in the Setup panel."""

import os
import sys

import bpy

from .. import words
from ..jobs import environment, install
from ..operators.setup.runtime import found_words
from .drawing import draw_job, draw_wrapped, settings_column

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
    download, disk = install.approximate_gb(preferences.build, preferences.extra_index)
    choices = settings_column(layout)
    choices.prop(preferences, "build")
    choices.prop(preferences, "extra_index")
    if hint := _index_hint(preferences):
        draw_wrapped(layout, context, hint, icon='INFO')
    size = words.label(
        "About {download:g} GB to download and {disk:g} GB on disk, in {folder}",
        download=download,
        disk=disk,
        folder=environment.runtime_folder(),
    )
    draw_wrapped(layout, context, size)
    plan = environment.install_plan(preferences.build, extra_index=preferences.extra_index)
    box = layout.box()
    for command in plan.command_lines():
        draw_wrapped(box, context, command)
    row = layout.row()
    row.operator("aim.install_runtime", text="Download and Install", icon='IMPORT')
    row.operator("aim.remove_runtime", text="Remove", icon='TRASH')
    settings_column(layout).prop(preferences, "wheels_folder")
    layout.operator(
        "aim.install_runtime_from_folder", text="Install from Folder", icon='FILE_FOLDER'
    )
    layout.operator("aim.open_log", text="Open Installation Log", icon='TEXT').log = "install"


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


def _index_hint(preferences: bpy.types.AddonPreferences) -> str:
    """What to know about the default package index on this system, or ""."""
    if preferences.extra_index:
        return ""
    if os.name == "nt" and preferences.build == 'CUDA':
        return "The default index has no CUDA builds for Windows: give the address of one that has"
    if sys.platform == "linux" and preferences.build == 'CPU':
        return "The default index has only large builds for Linux: with an index of CPU builds it is about 0.3 GB"
    return ""
