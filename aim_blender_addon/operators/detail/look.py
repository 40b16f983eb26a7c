# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrinkles and pores shown, compared, mended and taken off."""

import bpy

from ... import words
from ...bridge.detail import apply, mend, view
from .. import reasons
from ..changing import ChangesFace
from .reasons import no_detail


class _OfDetail(ChangesFace):
    """Changes the detail that is there."""

    forbids = (*reasons.WRITABLE_RIG, no_detail)


class AIM_OT_compare_detail(_OfDetail, bpy.types.Operator):
    """Show the face without wrinkles and pores, as before, or with them again; renders follow"""

    bl_idname = "aim.compare_detail"
    bl_label = "Compare Detail"

    def change(self, face: bpy.types.Object, context: bpy.types.Context) -> None:
        """Switch."""
        face.aim.detail.shown = not face.aim.detail.shown


class AIM_OT_show_compression(_OfDetail, bpy.types.Operator):
    """Colour the rig in solid views by the direction in which its skin is compressed, or stop it"""

    bl_idname = "aim.show_compression"
    bl_label = "Show Compression"

    def change(self, face: bpy.types.Object, context: bpy.types.Context) -> None:
        """Switch."""
        if face.aim.detail.colours:
            view.hide_colours(face, context)
        else:
            view.show_colours(face, context)


class AIM_OT_mend_detail(_OfDetail, bpy.types.Operator):
    """Put the modifier of the detail where it belongs, and its nodes into materials that have lost them"""

    bl_idname = "aim.mend_detail"
    bl_label = "Mend Detail"

    def change(self, face: bpy.types.Object, context: bpy.types.Context) -> None:
        """Mend."""
        for text in words.sentences(mend.mend(face)):
            self.report({'WARNING'}, text)


class AIM_OT_remove_detail(_OfDetail, bpy.types.Operator):
    """Take wrinkles and pores off the rig; materials are as they were before, and height maps on disk stay"""

    bl_idname = "aim.remove_detail"
    bl_label = "Remove Detail"

    def change(self, face: bpy.types.Object, context: bpy.types.Context) -> None:
        """Remove."""
        apply.remove(face, context)


classes = (
    AIM_OT_compare_detail,
    AIM_OT_show_compression,
    AIM_OT_mend_detail,
    AIM_OT_remove_detail,
)
register, unregister = bpy.utils.register_classes_factory(classes)
