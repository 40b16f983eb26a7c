# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reasons why nothing can be retargeted now, as tooltips say them: "" when there is none. All are cheap."""

import bpy

from ...bridge.retarget import correspondence
from ...bridge.retarget.characters import has_model, has_shapes, source_object, target_object
from ...bridge.retarget.request import take_name
from .. import reasons


def no_target(context: bpy.types.Context) -> str:
    """Nothing active can be played on."""
    return "" if target_object(context) else "Select the character to be animated first"


def no_source(context: bpy.types.Context) -> str:
    """Nobody performs."""
    target = target_object(context)
    state, source = target.aim.retarget, source_object(target)
    if source is None:
        return "" if state.source_kind == 'CURVES' else "Choose the face that performs first"
    is_actor = has_model(source)
    if state.source_kind == 'TAKE' and not is_actor:
        return "The source has no model: choose a face that was fitted"
    if state.source_kind == 'MESH' and source.data.shape_keys is None:
        return "The source has no shape keys"
    if not is_actor and source.data.shape_keys is None:
        return "The source has neither a model nor shape keys"
    return ""


def no_performance(context: bpy.types.Context) -> str:
    """There is nothing to play."""
    target = target_object(context)
    state = target.aim.retarget
    if state.source_kind == 'CURVES' and not state.curves_path:
        return "Import a file of face curves first"
    if state.source_kind == 'TAKE' and not take_name(target):
        return "Solve a performance onto the source first, or choose a file"
    return ""


def no_correspondence(context: bpy.types.Context) -> str:
    """Nobody knows which place is which."""
    has_map = correspondence.has_map(target_object(context))
    return "" if has_map else "Find the correspondence first"


def no_shapes(context: bpy.types.Context) -> str:
    """The target has no shape keys that could be matched."""
    target = target_object(context)
    if has_model(target):
        return "The actor's own expressions are used by their names"
    return (
        "" if has_shapes(target) else "This character has no shape keys: its expressions are made"
    )


def linked_target(context: bpy.types.Context) -> str:
    """The target comes from another file."""
    return reasons.linked(target_object(context))
