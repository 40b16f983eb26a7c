# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Animation panel: what the user has, and the way from there to a playing face."""

import bpy

from ..bridge.data.storage import is_actor
from ..bridge.performance import sources
from ..bridge.retarget.characters import hidden_reason, played_on, target_object
from ..bridge.shapes import shape_sets
from ..operators.animation import play_directly, reduce_keys
from ..properties.animation import CURVES, STREAM, way
from .drawing import (
    FacePanel,
    draw_absolute,
    draw_job,
    draw_wrapped,
    settings_column,
)
from .retarget import draw_played, draw_way


class AIM_PT_animation(FacePanel, bpy.types.Panel):
    """Animate this face with what you have: curves, a stream, a tracked mesh, markers, cameras, another take"""

    bl_idname = "AIM_PT_animation"

    def draw(self, context: bpy.types.Context) -> None:
        """The question, and for curves the way that needs nothing more; the other ways are the panels inside."""
        layout, target = self.layout, target_object(context)
        if target is None:
            text = hidden_reason(context)
            text = text or "Select the character to be animated, or an actor's face"
            draw_wrapped(layout, context, text, icon='INFO')
            return
        layout.label(text=target.name, icon='OUTLINER_OB_MESH', translate=False)
        layout.label(text="What do you have?")
        layout.prop(target.aim.animation, "have", text="")
        if way(target) == CURVES:
            _draw_curves(layout, context, target)
        elif way(target) == STREAM:
            _draw_way_out(layout, context, target)


class AIM_PT_few_keys(FacePanel, bpy.types.Panel):
    """Make a take one that can be edited by hand"""

    bl_idname = "AIM_PT_few_keys"
    bl_label = "Few Keys"
    bl_parent_id = "AIM_PT_animation"
    bl_options = {'DEFAULT_CLOSED'}
    bl_order = 10  # below the panel of what the user has

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return target_object(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """The tolerance and the button."""
        layout, target = self.layout, target_object(context)
        settings_column(layout).prop(target.aim.animation, "keys_tolerance_mm")
        layout.operator("aim.reduce_keys", text="Reduce Keys", icon='IPO_BEZIER')
        if reason := reduce_keys.no_take(context):
            draw_wrapped(layout, context, reason, icon='INFO')


def _draw_curves(
    layout: bpy.types.UILayout, context: bpy.types.Context, target: bpy.types.Object
) -> None:
    state = target.aim.retarget
    if not state.curves_path:
        layout.operator_context = 'INVOKE_DEFAULT'
        row = layout.row()
        row.scale_y = 1.4
        row.operator("aim.import_face_curves", text="Import Curves", icon='IMPORT')
        text = "Or drop the file into the 3D view"
        draw_wrapped(layout, context, text)
    else:
        name = bpy.path.basename(state.curves_path)
        layout.label(text=name, icon='FILE', translate=False)
        sources.face_curves().draw(layout, state, settings_column)
        row = layout.row()
        row.scale_y = 1.4
        row.operator("aim.play_directly", text="Play Directly", icon='PLAY')
    reason = play_directly.disabled_reason(context)
    if reason and state.curves_path:
        draw_wrapped(layout, context, reason, icon='INFO')
    _draw_way_out(layout, context, target)
    draw_played(layout, context, target)
    if state.curves_path:
        header, body = layout.panel_prop(target.aim.animation, "refine")
        header.label(text="Refine")
        if body:
            draw_way(body, context, target)


def _draw_way_out(
    layout: bpy.types.UILayout, context: bpy.types.Context, target: bpy.types.Object
) -> None:
    """One press for what is missing on an actor: its rig, or ARKit's shapes on it."""
    draw_absolute(layout, context, played_on(target))
    if not is_actor(target) or draw_job(layout, context, "aim.make_arkit_shapes"):
        return
    if played_on(target) is None:
        layout.operator("aim.bake", icon='ARMATURE_DATA')
    elif not shape_sets.has_both(target):
        layout.operator("aim.make_arkit_shapes", icon='SHAPEKEY_DATA')


def draw_menu(layout: bpy.types.UILayout) -> None:
    """Draw the entries in the menu *AIM Face*."""
    layout.operator("aim.play_directly", icon='PLAY')
    layout.operator("aim.reduce_keys", icon='IPO_BEZIER')


register, unregister = bpy.utils.register_classes_factory((AIM_PT_animation, AIM_PT_few_keys))
