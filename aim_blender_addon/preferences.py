# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension's preferences: the worker's Python, the device, threads, logging, and ports of face streams."""

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from .backend.live.formats import format_of
from .backend.live.live_link_face import PORT as LIVE_PORT
from .backend.live.receiver import PORTS
from .jobs.torch_builds import split_login
from .panels import setup as drawing
from .properties.enums import BUILDS, DEVICES, LIVE_FORMATS, LOG_LEVELS


def _python_chosen(_self: bpy.types.AddonPreferences, context: bpy.types.Context) -> None:
    """Look at once what a Python typed in or picked by hand offers; a script checks when it wants to."""
    if not bpy.app.background and context.window and bpy.ops.aim.check_runtime.poll():
        bpy.ops.aim.check_runtime('INVOKE_DEFAULT')


def _index_given(self: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    """Keep a login that is part of the address where nobody sees it."""
    address, login = split_login(self.torch_index)
    if login:
        self.index_login = login
    if address != self.torch_index:
        self.torch_index = address


def _format_chosen(self: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    """The port that senders of this format use."""
    self.live_port = format_of(self.live_format).port


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
    torch_index: StringProperty(
        name="Index of torch",
        description=(
            "Address of another package index that torch comes from, and nothing else. Its files are not known here, "
            "so they are not checked. Leave empty for the usual one. A user and password in it are kept apart"
        ),
        update=_index_given,
    )
    index_login: StringProperty(
        name="Login",
        description="User and password for the index of torch, as name:password",
        subtype='PASSWORD',
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

    live_format: EnumProperty(
        name="Format",
        description="What sends the face stream",
        items=LIVE_FORMATS,
        update=_format_chosen,
    )
    live_address: StringProperty(
        name="Address",
        description=(
            "The address of this computer that the stream is sent to. At 127.0.0.1 only programs on this computer can "
            "send. A phone needs the one that this computer has in its network"
        ),
        default="127.0.0.1",
    )
    live_port: IntProperty(
        name="Port",
        description="The UDP port that the stream is sent to",
        default=LIVE_PORT,
        min=PORTS[0],
        max=PORTS[1],
    )
    live_sender: StringProperty(
        name="Phone",
        description="The address of the phone, which is asked to send; empty to wait for it",
    )
    live_subject: StringProperty(
        name="Subject",
        description="Take the stream of this name only; empty for the first that comes",
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the environment, then the worker's settings."""
        drawing.draw_environment(self.layout, context, self)
        drawing.draw_worker(self.layout, context, self)


register, unregister = bpy.utils.register_classes_factory((AIM_AP_preferences,))
