# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several panels draw: the tab they share, wrapped text, the running job, and what plays along with a head."""

import textwrap
from collections.abc import Iterable

import bpy
from bpy.app.translations import pgettext_iface

from .. import words
from ..bridge.data.shape_keys import is_absolute
from ..bridge.data.storage import face_object, is_actor
from ..bridge.performance.companions import find_companions
from ..bridge.retarget.character_rig import armature_of as character_armature
from ..bridge.rig.objects import armature_of, rig_of
from ..jobs.remaining import in_words
from ..operators import reasons
from ..topics import TOPICS, topic_of

_PIXELS_PER_LETTER = 7.0
_NARROWEST = 20


class FacePanel:
    """Where all panels are: the tab of the 3D view's sidebar.

    A panel of the tab has the title of its topic, and its place. A panel inside another one has its own label.
    """

    bl_space_type = 'VIEW_3D'
    bl_region_type = 'UI'
    bl_category = "AIM Face"

    def __init_subclass__(cls) -> None:
        """Take the label and, unless the class says otherwise, the order from the topic."""
        super().__init_subclass__()
        if hasattr(cls, "bl_parent_id"):
            return
        topic = topic_of(cls.__module__)
        cls.bl_label = topic.title
        if "bl_order" not in vars(cls):
            cls.bl_order = 1 + TOPICS.index(topic)


def settings_column(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    """A column with names to the left of values and no animation dots."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def baked_face(layout: bpy.types.UILayout, context: bpy.types.Context) -> bpy.types.Object | None:
    """The face, where it has a rig; else None, and what to do first is drawn."""
    if text := reasons.first_reason(context, reasons.no_face, reasons.no_rig):
        draw_wrapped(layout, context, text, icon='INFO')
        return None
    return face_object(context)


def draw_rows(layout: bpy.types.UILayout, rows: Iterable[tuple[str, str]]) -> None:
    """Draw names and what belongs to them as two columns; rows without a value are left out."""
    column = layout.column(align=True)
    column.scale_y = 0.9
    for name, value in rows:
        if value:
            split = column.split(factor=0.5)
            split.label(text=name)
            split.label(text=value)


def draw_shown(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    group: bpy.types.PropertyGroup,
    obj: bpy.types.Object | None,
) -> None:
    """Draw how the scene showed what was made; nothing while the shape keys of ``obj`` are absolute and show none.

    Args:
        layout: to draw in.
        context: for the width.
        group: with ``properties.shown.ShownFields``.
        obj: the mesh that shows it, or None.
    """
    for note in filter(None, group.shown_notes.splitlines()):
        draw_wrapped(layout, context, note, icon='ERROR')
    if not group.shown_frames or is_absolute(obj):
        return
    seen = words.label("{seen} of {frames}", seen=group.shown_seen, frames=group.shown_frames)
    rows = [
        ("Shown, 99 % Below", f"{group.baked_p99_mm:.2f} mm"),
        ("Shown, Mean", f"{group.shown_mean_mm:.2f} mm"),
        ("Shown, Largest", f"{group.shown_largest_mm:.2f} mm"),
        ("Frames Looked At", seen),
    ]
    draw_rows(layout, rows)
    if group.shown_off:
        text = (
            "It did not show as it was made: the message of that time, in the Info editor, says why"
        )
        draw_wrapped(layout, context, text, icon='ERROR')


def draw_absolute(
    layout: bpy.types.UILayout, context: bpy.types.Context, obj: bpy.types.Object | None
) -> None:
    """Draw the way out where the shape keys of ``obj`` are absolute, so that no value of theirs shows."""
    if is_absolute(obj):
        text = "Its shape keys are absolute: their values do not show"
        draw_wrapped(layout, context, text, icon='ERROR')
        layout.operator("aim.make_keys_relative", icon='SHAPEKEY_DATA')


def draw_wrapped(
    layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str = 'NONE'
) -> None:
    """Draw ``text`` over as many lines as the region's width asks for."""
    region = context.region
    pixels = region.width / context.preferences.system.ui_scale if region else 280.0
    margin = 6 if icon != 'NONE' else 3
    letters = max(_NARROWEST, int(pixels / _PIXELS_PER_LETTER) - margin)
    column = layout.column(align=True)
    column.scale_y = 0.8
    # Names, options and paths keep their hyphens inside a line.
    lines = textwrap.wrap(pgettext_iface(text), letters, break_on_hyphens=False)
    for number, line in enumerate(lines):
        column.label(
            text=line, icon='BLANK1' if number and icon != 'NONE' else icon, translate=False
        )


def draw_job(layout: bpy.types.UILayout, context: bpy.types.Context, *operators: str) -> bool:
    """Draw how far the job is that one of ``operators`` has started: error so far, time left, Cancel.

    Returns:
        Whether such a job runs.
    """
    job = context.window_manager.aim_job
    if not job.running or job.operator not in operators:
        return False
    column = layout.column(align=True)
    row = column.row(align=True)
    row.progress(factor=job.fraction, text=f"{job.fraction:.0%}")
    row.operator("aim.cancel_job", text="", icon='CANCEL')
    column.label(text=job.stage or job.title)
    row = column.row()
    if job.error_mm >= 0:
        row.label(text=words.label("{error:.3f} mm off", error=job.error_mm), translate=False)
    if remaining := in_words(job.seconds_left):
        row.label(text=remaining, translate=False)
    return True


def draw_companions(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    target: bpy.types.Object,
    state: bpy.types.PropertyGroup,
    performer: bpy.types.Object | None,
) -> None:
    """Draw the switch and the objects' names, where there are any.

    Args:
        layout: to draw in.
        context: for the scene.
        target: the face or character that a take is played on.
        state: with the property ``companions``.
        performer: the object that the take is of, or None.
    """
    head, armature = target, character_armature(target)
    if is_actor(target):
        head, armature = rig_of(target), armature_of(target)
    if head is None:
        return
    found, left_out = find_companions(head, armature, context.scene, (performer,))
    if not found and not left_out:
        return
    settings_column(layout).prop(state, "companions")
    if found and state.companions:
        names = ", ".join(obj.name for obj in found)
        text = words.label("Play along: {names}", names=names)
        draw_wrapped(layout, context, text, icon='LINKED')
    if left_out:
        names = ", ".join(one.name for one in left_out)
        text = words.label("Do not play along: {names}", names=names)
        draw_wrapped(layout, context, text, icon='UNLINKED')
