# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Detail panel: wrinkles and pores of a rig."""

import bpy

from .. import words
from ..bridge.data.storage import face_object
from ..bridge.detail import mend, nodes, regions
from ..bridge.rig.objects import rig_of
from ..operators.detail.make import AIM_OT_extract_detail, AIM_OT_make_generic_skin
from .drawing import FacePanel, baked_face, draw_job, draw_rows, draw_wrapped, settings_column

#: Regions as the list names them; identifiers are those of ``backend/detail/skin_regions.py``.
REGION_NAMES = {
    "forehead": "Forehead",
    "glabella": "Between the Brows",
    "crows_feet": "Crow's Feet",
    "under_eye": "Under the Eyes",
    "nose": "Nose",
    "cheek": "Cheeks",
    "nasolabial": "Beside the Mouth",
    "lips": "Lips",
    "chin": "Chin",
    "neck": "Neck",
}


class AIM_UL_detail_regions(bpy.types.UIList):
    """Each region of the face with the strength of its detail"""

    def draw_item(
        self, context, layout, data, item, icon, active_data, active_property, index, flt_flag
    ) -> None:
        """One region."""
        split = layout.split(factor=0.55, align=True)
        split.label(text=REGION_NAMES.get(item.name, item.name))
        modifier = _modifier(item.id_data)
        if modifier is not None:
            holder, name = regions.place_of(modifier, item.name, "strength")
            split.prop(holder, name, text="", emboss=False)


class AIM_PT_detail(FacePanel, bpy.types.Panel):
    """Wrinkles and pores"""

    bl_idname = "AIM_PT_detail"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """Making a detail, then how it is shown."""
        layout = self.layout
        face = baked_face(layout, context)
        if face is None:
            return
        settings = face.aim.detail
        column = settings_column(layout)
        column.prop(settings, "size")
        column.prop(settings, "tile")
        _draw_scans(layout, context, settings)
        _draw_generic(layout, context, settings)
        if settings.kind != 'NONE':
            _draw_look(layout, context, face)


class _OfDetail(FacePanel):
    """A panel inside, for a face that has a detail."""

    bl_parent_id = "AIM_PT_detail"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        face = face_object(context)
        return face is not None and face.aim.detail.kind != 'NONE'


class AIM_PT_detail_regions(_OfDetail, bpy.types.Panel):
    """The detail region by region"""

    bl_idname = "AIM_PT_detail_regions"
    bl_label = "Regions"

    def draw(self, context: bpy.types.Context) -> None:
        """The list, and the region that is picked."""
        layout = self.layout
        settings = face_object(context).aim.detail
        layout.template_list(
            "AIM_UL_detail_regions", "", settings, "regions", settings, "active_region", rows=6
        )
        if not 0 <= settings.active_region < len(settings.regions):
            return
        region = settings.regions[settings.active_region]
        column = settings_column(layout)
        modifier = _modifier(settings.id_data)
        for kind, label in (("strength", "Strength"), ("response", "Response")):
            if modifier is not None:
                holder, name = regions.place_of(modifier, region.name, kind)
                column.prop(holder, name, text=label)
        if settings.kind == 'GENERIC':
            column.prop(region, "spacing")
            if region.spacing != 1.0 or settings.spacing != 1.0:
                text = words.label(
                    "Spacing comes with the next generic skin: press Start from Generic Skin"
                )
                draw_wrapped(layout, context, text, icon='INFO')


def _modifier(face: bpy.types.Object) -> bpy.types.Modifier | None:
    rig = rig_of(face)
    return nodes.modifier_of(rig) if rig is not None else None


def _draw_scans(
    layout: bpy.types.UILayout, context: bpy.types.Context, settings: bpy.types.PropertyGroup
) -> None:
    column = settings_column(layout)
    column.prop(settings, "source")
    column.prop(settings, "folder")
    if settings.source == 'SCANS':
        column.prop(settings, "scan_unit")
        column.prop(settings, "y_up")
    else:
        column.prop(settings, "png_mm")
    column.prop(settings, "fill")
    if draw_job(layout, context, "aim.extract_detail"):
        return
    row = layout.row()
    row.scale_y = 1.2
    row.operator("aim.extract_detail", text="Extract from Scans", icon='SHAPEKEY_DATA')
    if obstacle := AIM_OT_extract_detail.disabled_reason(context):
        draw_wrapped(layout, context, obstacle, icon='INFO')


def _draw_generic(
    layout: bpy.types.UILayout, context: bpy.types.Context, settings: bpy.types.PropertyGroup
) -> None:
    column = settings_column(layout)
    column.prop(settings, "age")
    column.prop(settings, "spacing")
    column.prop(settings, "seed")
    if draw_job(layout, context, "aim.make_generic_skin"):
        return
    row = layout.row()
    row.scale_y = 1.2
    row.operator("aim.make_generic_skin", icon='MOD_NOISE')
    own = AIM_OT_make_generic_skin.disabled_reason(context)
    if own and own != AIM_OT_extract_detail.disabled_reason(context):
        draw_wrapped(layout, context, own, icon='INFO')


def _draw_look(
    layout: bpy.types.UILayout, context: bpy.types.Context, face: bpy.types.Object
) -> None:
    settings = face.aim.detail
    for text in mend.troubles(face):
        draw_wrapped(layout, context, text, icon='ERROR')
    column = settings_column(layout)
    column.prop(settings, "relief")
    column.prop(settings, "strength", slider=True)
    column.prop(settings, "pores", slider=True)
    row = layout.row(align=True)
    text = "Show Without Detail" if settings.shown else "Show Detail"
    icon = 'HIDE_OFF' if settings.shown else 'HIDE_ON'
    row.operator("aim.compare_detail", text=text, icon=icon, depress=not settings.shown)
    row.operator("aim.show_compression", text="Compression", icon='COLOR', depress=settings.colours)
    layout.operator("aim.remove_detail", icon='TRASH')
    rows = []
    if settings.kind == 'SCANS':
        rows = [
            ("Height Maps", str(settings.maps)),
            ("Left-Out Scan Missed by", f"{settings.left_out_mm:.3f} mm"),
            ("Without Detail by", f"{settings.zero_mm:.3f} mm"),
        ]
    elif settings.kind == 'GENERIC':
        text = words.label("Generic skin: no line of it is the actor's")
        draw_wrapped(layout, context, text, icon='INFO')
    draw_rows(layout, rows)


class AIM_PT_detail_output(_OfDetail, bpy.types.Panel):
    """Maps of frames and shapes, and Multires"""

    bl_idname = "AIM_PT_detail_output"
    bl_label = "Bake"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """Where maps go, and what can go out."""
        layout = self.layout
        settings = face_object(context).aim.detail
        column = settings_column(layout)
        column.prop(settings, "output")
        column.prop(settings, "map_format")
        column.prop(settings, "resume")
        layout.operator("aim.bake_detail_sequence", icon='RENDER_ANIMATION')
        settings_column(layout).prop(settings, "green")
        column = layout.column(align=True)
        column.operator("aim.bake_detail_normals", icon='NORMALS_FACE')
        column.operator("aim.bake_detail_shapes", icon='TEXTURE')
        layout.operator("aim.detail_to_multires", icon='MOD_MULTIRES')


class AIM_MT_detail(bpy.types.Menu):
    """Wrinkles and pores of the face"""

    bl_idname = "AIM_MT_detail"
    bl_label = "Detail"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Detail panel has as buttons."""
        layout = self.layout
        layout.operator("aim.extract_detail")
        layout.operator("aim.make_generic_skin")
        layout.separator()
        layout.operator("aim.compare_detail")
        layout.operator("aim.show_compression")
        layout.separator()
        layout.operator("aim.bake_detail_sequence")
        layout.operator("aim.bake_detail_normals")
        layout.operator("aim.bake_detail_shapes")
        layout.operator("aim.detail_to_multires")
        layout.separator()
        layout.operator("aim.mend_detail")
        layout.operator("aim.remove_detail")


MENU = AIM_MT_detail
classes = (
    AIM_UL_detail_regions,
    AIM_PT_detail,
    AIM_PT_detail_regions,
    AIM_PT_detail_output,
    AIM_MT_detail,
)
register, unregister = bpy.utils.register_classes_factory(classes)
