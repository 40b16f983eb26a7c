# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension's preferences: the worker's Python, the device, threads and logging."""

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from .panels import setup as drawing
from .properties.enums import BUILDS, DEVICES, LOG_LEVELS


def _python_chosen(_self: bpy.types.AddonPreferences, context: bpy.types.Context) -> None:
    """Look at once what a Python typed in or picked by hand offers; a script checks when it wants to."""
    if not bpy.app.background and context.window and bpy.ops.aim.check_runtime.poll():
        bpy.ops.aim.check_runtime('INVOKE_DEFAULT')


class AIM_AP_preferences(bpy.types.AddonPreferences):
    """Preferences of the extension"""

    bl_idname = __package__

    python_path: StringProperty(
        name="Python",
        description=(
            "A Python 3.11 or later with torch for the fitting process: the executable or the folder of its "
            "environment. Leave empty to use the environment installed below"
        ),
        subtype='FILE_PATH',
        update=_python_chosen,
    )
    build: EnumProperty(
        name="Made For",
        description="The build of torch that is installed",
        items=BUILDS,
        default="CPU",
    )
    extra_index: StringProperty(
        name="Extra Package Index",
        description=(
            "Address of another package index to look at as well, for builds of torch that the default index "
            "does not have for this system"
        ),
    )
    wheels_folder: StringProperty(
        name="Folder of Wheels",
        description="A folder that holds all packages as wheels, to install without a network",
        subtype='DIR_PATH',
    )
    device: EnumProperty(
        name="Device", description="What computes a fit", items=DEVICES, default="AUTO"
    )
    threads: IntProperty(
        name="CPU Threads",
        description="Processor threads that a fit may use; 0 for all",
        default=0,
        min=0,
        soft_max=64,
    )
    log_level: EnumProperty(
        name="Log",
        description="What the fitting process writes to its log",
        items=LOG_LEVELS,
        default="INFO",
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the environment, then the worker's settings."""
        drawing.draw_environment(self.layout, context, self)
        drawing.draw_worker(self.layout, context, self)


register, unregister = bpy.utils.register_classes_factory((AIM_AP_preferences,))
