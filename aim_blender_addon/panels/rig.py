# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Bake panel: the rig, and what it can show as colours."""

import bpy

from ..bridge.data.storage import face_object, has_model
from ..bridge.retarget.inside import character_of
from ..bridge.rig.duplicates import active_armature, skin_of
from ..bridge.rig.objects import rig_of
from ..bridge.view.display import SHARES
from ..properties.enums import COLOUR_MODES
from .drawing import (
    FacePanel,
    draw_absolute,
    draw_job,
    draw_shown,
    draw_wrapped,
    settings_column,
)

#: Names of colour modes that are too long for a button.
_SHORT = {'THICKNESS': "Thickness"}


class AIM_PT_bake(FacePanel, bpy.types.Panel):
    """Make an ordinary rig of the model"""

    bl_idname = "AIM_PT_bake"

    def draw(self, context: bpy.types.Context) -> None:
        """The button, then the colours of the rig."""
        layout = self.layout
        face = face_object(context)
        rig = rig_of(face) if face else None
        row = layout.row()
        row.scale_y = 1.4
        row.operator("aim.bake", text="Update Rig" if rig else "Bake Rig", icon='ARMATURE_DATA')
        if face is None or not has_model(face):
            draw_wrapped(layout, context, "Fit the face first, or load a model", icon='INFO')
        character = character_of(context)
        if character is not None:
            layout.label(text=character.name, icon='MESH_DATA', translate=False)
            _draw_inside(layout, context, character)
            return
        if rig is not None:
            active = skin_of(face, active_armature(face, context)) or rig  # of a duplicate
            layout.label(text=active.name, icon='OUTLINER_OB_MESH', translate=False)
            draw_absolute(layout, context, rig)
            draw_shown(layout, context, face.aim, rig)
            _draw_colours(layout, rig.aim)
            layout.operator("aim.attach_parts", icon='LINKED')
            _draw_inside(layout, context, face)
            layout.operator("aim.expressions_to_assets", icon='ASSET_MANAGER')


def _draw_inside(
    layout: bpy.types.UILayout, context: bpy.types.Context, face: bpy.types.Object
) -> None:
    if draw_job(layout, context, "aim.add_mouth_and_eyes"):
        return
    column = layout.column(align=True)
    button = column.operator("aim.add_mouth_and_eyes", icon='USER')
    button.pieces = face.aim.inside_pieces
    grid = column.grid_flow(row_major=True, columns=3, even_columns=True, align=True)
    grid.prop(face.aim, "inside_pieces")


def _draw_colours(layout: bpy.types.UILayout, shown: bpy.types.PropertyGroup) -> None:
    layout.label(text="Colours")
    grid = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    for mode, name, _description in COLOUR_MODES:
        text = _SHORT.get(mode, name)
        button = grid.operator("aim.show_colours", text=text, depress=shown.colour_mode == mode)
        button.mode = mode
    if shown.colour_mode != 'OFF':
        row = settings_column(layout)
        in_mm = shown.colour_mode not in SHARES
        row.prop(shown, "colour_min", text="From (mm)" if in_mm else "From")
        row.prop(shown, "colour_max", text="To (mm)" if in_mm else "To")


def draw_menu(layout: bpy.types.UILayout) -> None:
    """Draw the entries in the menu *AIM Face*."""
    layout.operator("aim.bake", icon='ARMATURE_DATA')
    layout.operator("aim.make_keys_relative", icon='SHAPEKEY_DATA')
    layout.operator_menu_enum("aim.show_colours", "mode", icon='COLOR')
    layout.operator("aim.attach_parts", icon='LINKED')
    layout.operator_menu_enum("aim.attach_to_bone", "bone", icon='BONE_DATA')
    layout.operator("aim.add_mouth_and_eyes", icon='USER')
    layout.operator("aim.expressions_to_assets", icon='ASSET_MANAGER')
    layout.operator("aim.remove_expression_assets")


register, unregister = bpy.utils.register_classes_factory((AIM_PT_bake,))
