# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Shapes panel keeps in the .blend (``Object.aim.shapes``)."""

import bpy
from bpy.props import BoolProperty, EnumProperty, PointerProperty, StringProperty

from ..bridge.shapes import shape_sets


def _shown_set_changed(group: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    shape_sets.apply(group.id_data)


class AIM_PG_shapes(bpy.types.PropertyGroup):
    """How the shapes of a rig are shown and combined."""

    hide_still: BoolProperty(
        name="Hide Shapes without Motion",
        description="Leave shapes that do not move the skin out of the list",
    )
    with_jaw: BoolProperty(
        name="Solo with Jaw",
        description="A shape that is shown alone or sculpted brings the jaw pose of its scan along",
        default=True,
    )
    shown_set: EnumProperty(
        name="Play",
        description="Which shapes of the rig play; the others are muted, so that nothing moves twice",
        items=(
            (shape_sets.OWN, "Actor's Own", "The expressions of the scans"),
            (shape_sets.ARKIT, "ARKit's", "The 52 shapes, whose jaw the jaw bone makes"),
        ),
        update=_shown_set_changed,
    )
    second: StringProperty(
        name="Combine with",
        description="The other shape of a combination with the one picked in the list",
    )


class FaceFields:
    """How the shapes of a face's rig are shown."""

    shapes: PointerProperty(type=AIM_PG_shapes)


register, unregister = bpy.utils.register_classes_factory((AIM_PG_shapes,))
