# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects of a character play along with its head, and the switch that leaves them out."""

import bpy

from .. import words
from ..bridge.data.storage import is_actor
from ..bridge.performance.companions import find_companions
from ..bridge.retarget.character_rig import armature_of as character_armature
from ..bridge.rig.objects import armature_of, rig_of
from .drawing import draw_wrapped, settings_column


def draw_companions(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    target: bpy.types.Object,
    state: bpy.types.PropertyGroup,
) -> None:
    """Draw the switch and the objects' names, where there are any.

    Args:
        layout: to draw in.
        context: for the scene.
        target: the face or character that a take is played on.
        state: with the property ``companions``.
    """
    head, armature = target, character_armature(target)
    if is_actor(target):
        head, armature = rig_of(target), armature_of(target)
    if head is None:
        return
    others = (target.aim.retarget.source,)
    found, left_out = find_companions(head, armature, context.scene, others)
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
