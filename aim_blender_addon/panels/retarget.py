# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Retarget panel: whose performance, which place is which, which shape key shows what, and Retarget."""

import bpy

from .. import words
from ..backend.retargeting.choices import MatchedBy
from ..bridge.data.storage import is_actor
from ..bridge.face.landmarks import are_shown
from ..bridge.performance import sources
from ..bridge.retarget.character_rig import armature_of
from ..bridge.retarget.characters import has_shapes, hidden_reason, played_on, target_object
from ..bridge.retarget.correspondence import has_map
from ..operators.retarget.retarget import AIM_OT_retarget
from ..properties.animation import RETARGET, way
from .drawing import (
    FacePanel,
    draw_absolute,
    draw_companions,
    draw_job,
    draw_rows,
    draw_shown,
    draw_wrapped,
    settings_column,
)

#: Share of a line of the table for the name of a shape key that has an amount beside it.
_NAME_SHARE = 0.84


class AIM_UL_matches(bpy.types.UIList):
    """The table of shapes: what the source does, the shape key that shows it, how much, and how alike they are."""

    def draw_item(
        self, context, layout, data, item, icon, active_data, active_property, index, flt_flag
    ) -> None:
        """A row. Names of both sides have a line each, over the whole width, unless all of them are the same."""
        column = layout.column(align=True)
        line = column.row(align=True)
        said = line.row(align=True)
        said.active = item.use
        said.label(text=item.name or "?", icon=_icon(item), translate=False)
        if all(row.name == row.target for row in data.matches):
            _draw_amount(said, item)
        else:
            below = column.row(align=True)
            below.active = item.use
            # Blender gives an amount beside a name as much room as the name; so only where it says something.
            line_of_key = below.split(factor=_NAME_SHARE) if _has_amount(item) else below
            line_of_key.label(text=item.target or "?", icon='BLANK1', translate=False)
            _draw_amount(line_of_key, item)
        line.prop(item, "use", text="")


class AIM_PT_retarget(FacePanel, bpy.types.Panel):
    """Play a performance of another face on this one"""

    bl_idname = "AIM_PT_retarget"
    bl_label = "Retarget"
    bl_parent_id = "AIM_PT_animation"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        target = target_object(context)
        return target is not None and way(target) == RETARGET

    def draw(self, context: bpy.types.Context) -> None:
        """From the performance to the button, in the order of the work."""
        target = target_object(context)
        if target is None:
            text = hidden_reason(context)
            text = text or "Select the character to be animated, or an actor's face"
            draw_wrapped(self.layout, context, text, icon='INFO')
            return
        draw_way(self.layout, context, target)


def draw_way(
    layout: bpy.types.UILayout, context: bpy.types.Context, target: bpy.types.Object
) -> None:
    """Draw all from whose performance it is to the button and what it reached; also as *Refine* of face curves."""
    state = target.aim.retarget
    source = sources.played(target)
    settings_column(layout).prop(state, "source")
    if not source.by_curves:  # else they stand above
        source.draw(layout, state, settings_column)
    _draw_correspondence(layout, context, target)
    is_character = not is_actor(target)
    if is_character and has_shapes(target):
        _draw_table(layout, context, target)
    if is_character:
        _draw_bones(layout, target)
    draw_companions(layout, context, target, state, state.source)
    _draw_motion(layout, state)
    if not draw_job(layout, context, "aim.retarget"):
        row = layout.row()
        row.scale_y = 1.4
        row.operator("aim.retarget", icon='PLAY')
        _draw_obstacle(layout, context)
        draw_absolute(layout, context, played_on(target))
    if not source.by_curves:  # else it stands above
        draw_played(layout, context, target)


def draw_played(
    layout: bpy.types.UILayout, context: bpy.types.Context, target: bpy.types.Object
) -> None:
    """Draw what plays, how it shows, and what there is to know of it."""
    state = target.aim.retarget
    if state.played_frames:
        draw_rows(layout, _figures(state))
        draw_shown(layout, context, state, played_on(target))


def _draw_obstacle(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Say what is left to do before the button works."""
    obstacle = AIM_OT_retarget.disabled_reason(context)
    if obstacle:
        draw_wrapped(layout, context, obstacle, icon='INFO')


def _draw_correspondence(
    layout: bpy.types.UILayout, context: bpy.types.Context, target: bpy.types.Object
) -> None:
    state, found = target.aim.retarget, has_map(target)
    if not draw_job(layout, context, "aim.find_correspondence"):
        text = "Find Again" if found else "Find Correspondence"
        layout.operator("aim.find_correspondence", text=text, icon='ORIENTATION_NORMAL')
    if not found:
        return
    row = layout.row(align=True)
    row.operator("aim.show_correspondence", text="Checker", icon='COLOR', depress=state.shown)
    pressed = are_shown(target)
    row.operator("aim.show_landmark_pairs", text="Landmarks", icon='EMPTY_AXIS', depress=pressed)
    row.operator("aim.save_correspondence", text="", icon='EXPORT')
    draw_rows(
        layout,
        [
            ("Landmark Pairs", str(state.pairs)),
            ("Skin Mapped", f"{state.mapped_share:.0%}"),
        ],
    )


def _draw_table(
    layout: bpy.types.UILayout, context: bpy.types.Context, target: bpy.types.Object
) -> None:
    state = target.aim.retarget
    header, body = layout.panel("aim_retarget_shapes")
    header.prop(state, "own_shapes")
    if not body or not state.own_shapes:
        return
    if not draw_job(body, context, "aim.match_shapes"):
        text = "Match Again" if len(state.matches) else "Match Shape Keys"
        body.operator("aim.match_shapes", text=text, icon='SHAPEKEY_DATA')
    if not len(state.matches):
        return
    body.template_list(
        "AIM_UL_matches",
        "",
        state,
        "matches",
        state,
        "active_match",
        item_dyntip_propname="says",
        rows=5,
    )
    # Below the table: beside it they would take the room that its names and amounts need.
    buttons = body.row(align=True)
    buttons.operator("aim.add_match", text="", icon='ADD')
    buttons.operator("aim.remove_match", text="", icon='REMOVE')
    if 0 <= state.active_match < len(state.matches):
        _draw_match(body, target, state.matches[state.active_match])


def _draw_match(
    layout: bpy.types.UILayout, target: bpy.types.Object, match: bpy.types.PropertyGroup
) -> None:
    column = settings_column(layout)
    column.prop(match, "name", text="Source Does")
    column.prop_search(match, "target", target.data.shape_keys, "key_blocks", text="Shape Key")
    column.prop(match, "weight")
    if match.likeness >= 0:
        text = words.label("Motions are {share:.0%} alike", share=match.likeness)
        layout.label(text=text, icon=_icon(match), translate=False)


def _draw_bones(layout: bpy.types.UILayout, target: bpy.types.Object) -> None:
    armature, state = armature_of(target), target.aim.retarget
    if armature is not None and armature == state.armature:
        return
    column = settings_column(layout)
    if armature is None:
        column.prop(state, "make_bones")
        return
    column.prop(state, "use_jaw_bone")
    if state.use_jaw_bone:
        column.prop_search(state, "jaw_bone", armature.data, "bones")
    column.prop_search(state, "head_bone", armature.data, "bones")


def _draw_motion(layout: bpy.types.UILayout, state: bpy.types.PropertyGroup) -> None:
    header, body = layout.panel("aim_retarget_motion", default_closed=True)
    header.label(text="Motion")
    if not body:
        return
    column = settings_column(body)
    for name in ("gain", "gain_mouth", "gain_eyes", "gain_brows"):
        column.prop(state, name)
    for name in ("contacts", "head_motion", "layer", "widen_ranges", "tolerance_mm"):
        column.prop(state, name)


def _figures(state: bpy.types.PropertyGroup) -> list[tuple[str, str]]:
    rows = [("Played", state.played_name), ("Frames", str(state.played_frames))]
    if not state.ms_per_frame:  # played directly
        return rows
    return [
        *rows,
        ("Time per Frame", f"{state.ms_per_frame:.0f} ms"),
        ("Correctives", str(state.correctives)),
    ]


def _has_amount(match: bpy.types.PropertyGroup) -> bool:
    return abs(match.weight - 1.0) >= 0.005


def _draw_amount(layout: bpy.types.UILayout, match: bpy.types.PropertyGroup) -> None:
    """An amount other than 1, at the end of a line."""
    if _has_amount(match):
        row = layout.row(align=True)
        row.alignment = 'RIGHT'
        row.label(text=f"{match.weight:.2g}", translate=False)


def _icon(match: bpy.types.PropertyGroup) -> str:
    """Whether a row can be believed: its motions are alike, or a person has said so."""
    if match.how == MatchedBy.HAND:
        return 'USER'
    if match.likeness < 0:
        return 'QUESTION'
    return 'CHECKMARK' if match.likeness > 0.5 else 'ERROR'


class AIM_MT_retarget(bpy.types.Menu):
    """Performances of other faces"""

    bl_idname = "AIM_MT_retarget"
    bl_label = "Retarget"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Retarget panel has as buttons."""
        layout = self.layout
        layout.operator_context = 'INVOKE_REGION_WIN'
        layout.operator("aim.import_face_curves", icon='IMPORT')
        layout.operator("aim.find_correspondence", icon='ORIENTATION_NORMAL')
        layout.operator("aim.show_correspondence", icon='COLOR')
        layout.operator("aim.show_landmark_pairs", icon='EMPTY_AXIS')
        layout.operator("aim.save_correspondence", icon='EXPORT')
        layout.separator()
        layout.operator("aim.match_shapes", icon='SHAPEKEY_DATA')
        layout.operator("aim.add_match", icon='ADD')
        layout.operator("aim.remove_match", icon='REMOVE')
        layout.separator()
        layout.operator("aim.retarget", icon='PLAY')


MENU = AIM_MT_retarget


register, unregister = bpy.utils.register_classes_factory(
    (AIM_UL_matches, AIM_PT_retarget, AIM_MT_retarget)
)
