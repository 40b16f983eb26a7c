# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about the rig of a face."""

import bpy
from bpy.props import EnumProperty, FloatProperty, PointerProperty, StringProperty

from ..bridge.view import display
from .enums import COLOUR_MODES, INSIDE_KINDS
from .polls import is_armature, is_mesh
from .shown import ShownFields


def _range_changed(self: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """The colours of a rig follow their range."""
    display.follow_range(self.id_data)


class FaceFields(ShownFields):
    """The rig of a face; and on a rig, what it shows as colours."""

    rig: PointerProperty(
        name="Rig", description="The baked mesh of this face", type=bpy.types.Object, poll=is_mesh
    )
    armature: PointerProperty(
        name="Armature",
        description="The armature of the baked rig",
        type=bpy.types.Object,
        poll=is_armature,
    )
    # Written by aim.show_colours.
    colour_mode: EnumProperty(name="Colours", description="What the rig shows", items=COLOUR_MODES)
    colour_min: FloatProperty(
        name="From",
        description="Value of the darkest colour, in mm or as a share",
        update=_range_changed,
    )
    colour_max: FloatProperty(
        name="To",
        description="Value of the brightest colour, in mm or as a share",
        update=_range_changed,
    )
    colour_before: StringProperty(
        name="Colours Before", description="The colour attribute that was active before"
    )
    inside_pieces: EnumProperty(
        name="Pieces",
        description="What Add Mouth and Eyes gives the head; what it has already stays",
        items=INSIDE_KINDS,
        options={'ENUM_FLAG'},
        default={item[0] for item in INSIDE_KINDS},
    )
