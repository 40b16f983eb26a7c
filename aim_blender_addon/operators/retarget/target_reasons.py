# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reasons why nothing can be retargeted now, as tooltips say them: "" when there is none. All are cheap."""

import bpy

from ...bridge.data.storage import is_actor
from ...bridge.performance import sources
from ...bridge.retarget import correspondence
from ...bridge.retarget.characters import (
    has_shapes,
    no_target_reason,
    played_on,
    target_object,
)
from .. import reasons


def no_target(context: bpy.types.Context) -> str:
    """Nothing active can be played on."""
    return "" if target_object(context) else no_target_reason(context)


def no_source(context: bpy.types.Context) -> str:
    """Nobody performs."""
    target = target_object(context)
    return sources.played(target).performer_reason(target)


def no_performance(context: bpy.types.Context) -> str:
    """There is nothing to play."""
    target = target_object(context)
    return sources.played(target).reason(target)


def no_correspondence(context: bpy.types.Context) -> str:
    """Nobody knows which place is which."""
    has_map = correspondence.has_map(target_object(context))
    return "" if has_map else "Find the correspondence first"


def no_shapes(context: bpy.types.Context) -> str:
    """The target has no shape keys that could be matched."""
    target = target_object(context)
    if is_actor(target):
        return "The actor's own expressions are used by their names"
    return (
        "" if has_shapes(target) else "This character has no shape keys: its expressions are made"
    )


def absolute_keys(context: bpy.types.Context) -> str:
    """The target's shape keys are absolute."""
    return reasons.absolute_keys(played_on(target_object(context)))


def linked_target(context: bpy.types.Context) -> str:
    """The target comes from another file."""
    target = target_object(context)
    return reasons.linked(target) if target else ""
