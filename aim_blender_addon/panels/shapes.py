# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Shapes panel: the rig's shape keys one by one."""

import bpy

from .. import compat, words
from ..bridge.data import shape_keys
from ..bridge.data.storage import face_object
from ..bridge.rig.objects import rig_of
from ..bridge.shapes import session, shape_sets, shapes
from ..operators import reasons
from ..operators.shapes.shapes import no_keys
from .drawing import FacePanel, draw_job, draw_wrapped, settings_column


class AIM_UL_shapes(bpy.types.UIList):
    """Name of each shape, how far it moves the skin, its own slider, mute and lock."""

    def draw_item(
        self, context, layout, data, item, icon, active_data, active_property, index, flt_flag
    ) -> None:
        """One shape key; everything in the row is Blender's own."""
        split = layout.split(factor=0.5, align=True)
        name = split.row()
        name.active = not item.mute
        sculpted = item.name in shape_keys.sculpted_names(active_data.data)
        name.prop(
            item,
            "name",
            text="",
            emboss=False,
            icon='SCULPTMODE_HLT' if sculpted else 'SHAPEKEY_DATA',
        )
        row = split.row(align=True)
        if item == data.reference_key:
            return
        moved = shapes.motions(data).get(item.name)
        row.label(text="" if moved is None else f"{moved:.1f}", translate=False)
        row.prop(item, "value", text="", emboss=False)
        row.prop(item, "mute", text="", emboss=False)
        if compat.has_shape_locks():
            row.prop(item, "lock_shape", text="", emboss=False)

    def filter_items(self, context, data, property_name):  # noqa: ANN201, ANN001
        """By name, and without shapes that do not move the skin where that is asked for."""
        blocks = data.key_blocks
        shown = self.bitflag_filter_item
        flags = bpy.types.UI_UL_list.filter_items_by_name(self.filter_name, shown, blocks, "name")
        flags = flags or [shown] * len(blocks)
        face = face_object(context)
        if face is not None and face.aim.shapes.hide_still:
            moved = shapes.motions(data)
            still = [moved.get(block.name, 1.0) < shapes.STILL_MM for block in blocks]
            flags = [
                0 if is_still and block != data.reference_key else flag
                for flag, is_still, block in zip(flags, still, blocks, strict=True)
            ]
        return flags, []


class AIM_PT_shapes(FacePanel, bpy.types.Panel):
    """The shapes of the rig: alone on show, sculpted, mirrored, made anew"""

    bl_idname = "AIM_PT_shapes"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """The list, then what can be done with the shape that is picked."""
        layout = self.layout
        if obstacle := reasons.first_reason(context, reasons.no_face, reasons.no_rig, no_keys):
            draw_wrapped(layout, context, obstacle, icon='INFO')
            return
        face = face_object(context)
        rig = rig_of(face)
        keys = rig.data.shape_keys
        layout.template_list(
            "AIM_UL_shapes", "", keys, "key_blocks", rig, "active_shape_key_index", rows=6
        )
        row = layout.row(align=True)
        row.prop(face.aim.shapes, "hide_still")
        row.operator("aim.measure_shapes", text="", icon='FILE_REFRESH')
        if name := session.being_sculpted(keys):
            _draw_session(layout, context, name)
            return
        row = layout.row(align=True)
        row.operator("aim.solo_shape", text="Solo", icon='SOLO_ON', depress=rig.show_only_shape_key)
        row.operator("aim.lock_other_shapes", text="Lock Others", icon='LOCKED')
        layout.prop(face.aim.shapes, "with_jaw")
        layout.operator("aim.sculpt_shape", text="Sculpt", icon='SCULPTMODE_HLT')
        column = layout.column(align=True)
        column.operator_menu_enum("aim.mirror_shape", "how", icon='MOD_MIRROR')
        column.operator("aim.reset_shape", text="Reset to Model", icon='LOOP_BACK')
        _draw_new(layout, context, face, rig)


class AIM_PT_shapes_arkit(FacePanel, bpy.types.Panel):
    """ARKit's 52 shapes under their exact names"""

    bl_idname = "AIM_PT_shapes_arkit"
    bl_parent_id = "AIM_PT_shapes"
    bl_label = "ARKit Shapes"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """Where they go."""
        layout = self.layout
        if draw_job(layout, context, "aim.make_arkit_shapes"):
            return
        column = layout.column(align=True)
        column.operator(
            "aim.make_arkit_shapes", text="Make on Rig", icon='SHAPEKEY_DATA'
        ).place = 'RIG'
        column.operator(
            "aim.make_arkit_shapes", text="Make on a Mesh of Their Own", icon='MESH_DATA'
        ).place = 'OBJECT'
        face = face_object(context)
        if face is not None and shape_sets.has_both(face):
            row = layout.row()
            row.prop(face.aim.shapes, "shown_set", expand=True)


def _draw_session(layout: bpy.types.UILayout, context: bpy.types.Context, name: str) -> None:
    draw_wrapped(
        layout, context, words.label("{shape} is being sculpted", shape=name), icon='SCULPTMODE_HLT'
    )
    row = layout.row(align=True)
    row.operator("aim.commit_shape", text="Keep", icon='CHECKMARK')
    row.operator("aim.revert_shape", text="Revert", icon='LOOP_BACK')


def _draw_new(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    face: bpy.types.Object,
    rig: bpy.types.Object,
) -> None:
    header, body = layout.panel("aim_shapes_new", default_closed=True)
    header.label(text="New Shapes")
    if body is None:
        return
    body.operator_context = 'INVOKE_DEFAULT'
    row = body.row(align=True)
    row.operator("aim.shape_from_pose", text="From Pose", icon='ADD').jaw = 'SHAPE'
    row.operator("aim.shape_from_pose", text="Jaw Beside It", icon='ADD').jaw = 'POSE'
    column = settings_column(body)
    column.prop_search(face.aim.shapes, "second", rig.data.shape_keys, "key_blocks")
    body.operator_menu_enum("aim.combine_shapes", "how", icon='DRIVER')


class AIM_MT_shapes(bpy.types.Menu):
    """The shapes of the rig"""

    bl_idname = "AIM_MT_shapes"
    bl_label = "Shapes"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Shapes panel has as buttons."""
        layout = self.layout
        layout.operator_context = 'INVOKE_REGION_WIN'
        layout.operator("aim.solo_shape", icon='SOLO_ON')
        layout.operator("aim.lock_other_shapes", icon='LOCKED')
        layout.separator()
        layout.operator("aim.sculpt_shape", icon='SCULPTMODE_HLT')
        layout.operator("aim.commit_shape", icon='CHECKMARK')
        layout.operator("aim.revert_shape", icon='LOOP_BACK')
        layout.separator()
        layout.operator_menu_enum("aim.mirror_shape", "how", icon='MOD_MIRROR')
        layout.operator("aim.reset_shape")
        layout.operator("aim.shape_from_pose", icon='ADD')
        layout.operator_menu_enum("aim.combine_shapes", "how", icon='DRIVER')
        layout.operator("aim.measure_shapes")
        layout.separator()
        layout.operator("aim.make_arkit_shapes", icon='SHAPEKEY_DATA')


MENU = AIM_MT_shapes


register, unregister = bpy.utils.register_classes_factory(
    (AIM_UL_shapes, AIM_PT_shapes, AIM_PT_shapes_arkit, AIM_MT_shapes)
)
