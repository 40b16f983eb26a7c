# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compression as colours on a rig in solid views, and back."""

import bpy

from ..data import colours
from ..rig.objects import rig_of
from ..view import display, shading
from . import nodes


def show_colours(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """Show on the rig which way its skin is compressed, in place of other colours."""
    rig, settings = rig_of(face), face.aim.detail
    if rig.aim.colour_mode != display.OFF:
        display.hide(rig, context)
    nodes.show_colours(rig, True)
    mesh = rig.data
    if nodes.COLOURS not in mesh.color_attributes:
        settings.colour_before = colours.active_colour(mesh)
        mesh.color_attributes.new(nodes.COLOURS, 'FLOAT_COLOR', 'POINT')
    mesh.color_attributes.active_color_name = nodes.COLOURS
    mesh.update()
    settings.colours = True
    shading.show(shading.VERTEX, context)


def hide_colours(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """Show the rig as before; the views too, unless they still show something of ours."""
    rig, settings = rig_of(face), face.aim.detail
    settings.colours = False
    if rig is None:
        display.release_views(context)
        return
    nodes.show_colours(rig, False)
    attribute = rig.data.color_attributes.get(nodes.COLOURS)
    if attribute is not None:
        rig.data.color_attributes.remove(attribute)
    # Blender 5.2 goes on naming the one that was removed.
    known = settings.colour_before in rig.data.color_attributes
    rig.data.color_attributes.active_color_name = settings.colour_before if known else ""
    rig.data.update()
    display.release_views(context)
