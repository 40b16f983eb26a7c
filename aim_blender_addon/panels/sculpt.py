# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Sculpt panel: handles that pull the face, and Constrain for what was sculpted freely."""

import bpy

from .. import words
from ..bridge.data.storage import face_object
from ..bridge.rig import jaw_controls
from ..bridge.rig.objects import armature_of, rig_of
from ..jobs import edit_session
from ..operators import reasons
from ..operators.sculpt.constrain import no_key
from ..properties.enums import UNSOLVED, chosen
from .drawing import FacePanel, draw_job, draw_rows, draw_wrapped, settings_column


class AIM_UL_handles(bpy.types.UIList):
    """Kind and name of each handle, how far it is from its goal, and whether it is used."""

    def draw_item(
        self, context, layout, data, item, icon, active_data, active_property, index, flt_flag
    ) -> None:
        """One handle."""
        split = layout.split(factor=0.55, align=True)
        name = split.row(align=True)
        name.active = item.use
        name.prop(item, "name", text="", emboss=False, icon=chosen(item, "kind").icon)
        row = split.row(align=True)
        row.alignment = 'RIGHT'
        if item.reason != UNSOLVED:
            row.label(text=f"{item.left_mm:.1f}", translate=False, icon=chosen(item, "reason").icon)
        row.prop(item, "use", text="")


class AIM_PT_sculpt(FacePanel, bpy.types.Panel):
    """Sculpt the face within what bone, tissue and jaw allow"""

    bl_idname = "AIM_PT_sculpt"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """Handles, then Constrain."""
        layout = self.layout
        obstacle = reasons.first_reason(context, reasons.no_face, reasons.no_model, reasons.no_rig)
        if obstacle:
            draw_wrapped(layout, context, obstacle, icon='INFO')
            return
        face = face_object(context)
        settings = face.aim.sculpt
        if not draw_job(layout, context, "aim.edit_face", "aim.constrain_key"):
            row = layout.row(align=True)
            row.scale_y = 1.4
            if edit_session.is_open(face):
                row.operator("aim.place_handle", icon='ADD')
                row.operator("aim.leave_edit", text="", icon='CHECKMARK')
            else:
                row.operator("aim.edit_face", text="Edit Face", icon='EMPTY_AXIS')
        if len(settings.handles) or edit_session.is_open(face):
            _draw_handles(layout, context, settings)
        _draw_constrain(layout, context, settings, rig_of(face))


def _draw_handles(
    layout: bpy.types.UILayout, context: bpy.types.Context, settings: bpy.types.PropertyGroup
) -> None:
    layout.row(align=True).prop(settings, "kind", expand=True)
    row = layout.row()
    row.template_list("AIM_UL_handles", "", settings, "handles", settings, "active_handle", rows=3)
    side = row.column(align=True)
    side.operator("aim.remove_handle", text="", icon='REMOVE')
    side.operator("aim.solve_handles", text="", icon='FILE_REFRESH')
    handle = _picked(settings)
    if handle is not None:
        column = settings_column(layout)
        column.prop(handle, "kind")
        column.prop(handle, "offset")
        if handle.kind == 'PLANE':
            column.prop(handle, "normal")
        if handle.reason != UNSOLVED:
            state = chosen(handle, "reason")
            draw_wrapped(layout, context, state.name, icon=state.icon)
    column = settings_column(layout)
    column.prop(settings, "use_symmetry")
    column.prop(settings, "falloff_mm")
    column.prop(settings, "key_name")
    row = layout.row(align=True)
    row.operator("aim.keep_edit", text="Keep", icon='CHECKMARK')
    row.operator("aim.reset_edit", text="Take Back", icon='LOOP_BACK')
    row.operator("aim.key_jaw", text="", icon='KEY_HLT')
    if jaw_controls.is_animated(armature_of(settings.id_data)):
        text = "An Action moves the jaw: key it (the key above) to keep its pose at this frame"
        draw_wrapped(layout, context, text, icon='INFO')


def _draw_constrain(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    settings: bpy.types.PropertyGroup,
    rig: bpy.types.Object,
) -> None:
    header, body = layout.panel("aim_constrain", default_closed=False)
    header.label(text="Sculpted Freely")
    if body is None:
        return
    if reason := no_key(context):
        draw_wrapped(body, context, reason, icon='INFO')
    else:
        text = words.label("Shape key {name}", name=rig.active_shape_key.name)
        body.label(text=text, icon='SHAPEKEY_DATA', translate=False)
    column = settings_column(body)
    column.prop(settings, "strength")
    column.prop(settings, "volume_share")
    column.prop(settings, "solve_jaw")
    column.prop_search(settings, "keep_group", rig, "vertex_groups")
    column.prop(settings, "constrain_on_leaving")
    row = body.row(align=True)
    row.scale_y = 1.2
    row.operator("aim.constrain_key", text="Constrain", icon='MOD_SHRINKWRAP')
    text = "After" if settings.shows_before else "Before"
    row.operator(
        "aim.compare_sculpt", text=text, icon='UV_SYNC_SELECT', depress=settings.shows_before
    )
    if settings.before_key:
        rows = [
            ("Constrained", settings.before_key),
            ("Moved on Average", f"{settings.moved_mean_mm:.2f} mm"),
            ("Moved at Most", f"{settings.moved_max_mm:.1f} mm"),
        ]
        draw_rows(body, rows)


def _picked(settings: bpy.types.PropertyGroup) -> bpy.types.PropertyGroup | None:
    number = settings.active_handle
    return settings.handles[number] if 0 <= number < len(settings.handles) else None


class AIM_MT_sculpt(bpy.types.Menu):
    """Editing the face within what anatomy allows"""

    bl_idname = "AIM_MT_sculpt"
    bl_label = "Sculpt"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Sculpt panel has as buttons."""
        layout = self.layout
        layout.operator_context = 'INVOKE_REGION_WIN'
        layout.operator("aim.edit_face", icon='EMPTY_AXIS')
        layout.operator("aim.leave_edit")
        layout.separator()
        layout.operator("aim.place_handle", icon='ADD')
        layout.operator("aim.drag_handle", icon='VIEW_PAN')
        layout.operator("aim.remove_handle", icon='REMOVE')
        layout.operator("aim.solve_handles", icon='FILE_REFRESH')
        layout.separator()
        layout.operator("aim.keep_edit", icon='CHECKMARK')
        layout.operator("aim.reset_edit", icon='LOOP_BACK')
        layout.separator()
        layout.operator("aim.constrain_key", icon='MOD_SHRINKWRAP')
        layout.operator("aim.compare_sculpt", icon='UV_SYNC_SELECT')


MENU = AIM_MT_sculpt


register, unregister = bpy.utils.register_classes_factory(
    (AIM_UL_handles, AIM_PT_sculpt, AIM_MT_sculpt)
)
