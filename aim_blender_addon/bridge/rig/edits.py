# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An animator's edits of a take add to it; every other Action on the same owner plays as it is.

Blender keeps the blend type when the Action changes. Whoever puts another Action on an owner settles it at once, so
that its undo step holds the blend type that plays.
"""

import bpy

from ..data.linked import is_linked

#: Custom property of an Action: name of the take whose edits by an animator it holds.
_EDITS = "aim_edits"
#: Custom property of what edits add to: whether they do now, or an Action of the user's has their place.
_ADDS = "aim_edits_add"


def new(name: str) -> bpy.types.Action:
    """An empty Action for the edits of the take ``name``."""
    made = bpy.data.actions.new(f"{name} Edits")
    made[_EDITS] = name
    return made


def find(name: str) -> bpy.types.Action | None:
    """The Action of this file with the edits of the take ``name``."""
    for action in bpy.data.actions:
        if action.get(_EDITS) == name and not is_linked(action):
            return action
    return None


def is_edits(action: bpy.types.Action, name: str | None = None) -> bool:
    """Whether an Action holds edits on top of a take, or on top of the take ``name``."""
    return _EDITS in action and name in {None, action[_EDITS]}


def let_add(owner: bpy.types.ID, adds: bool) -> None:
    """Let the Action on an owner add to what is below, or replace it."""
    owner[_ADDS] = adds
    owner.animation_data.action_blend_type = _kind(owner) if adds else 'REPLACE'


def replace(owner: bpy.types.ID) -> None:
    """Let the Action on an owner replace what is below, and forget that edits ever added to it."""
    owner.animation_data.action_blend_type = 'REPLACE'
    owner.pop(_ADDS, None)


def settle(owner: bpy.types.ID) -> None:
    """Let only edits add to a take: an Action in their place, or one to come there, plays as it is.

    Edits that are put back add again.
    """
    animation = owner.animation_data
    if animation is None or animation.use_tweak_mode:
        return
    own = animation.action
    adds = own is not None and is_edits(own)
    if _ADDS not in owner:  # edits that an earlier version put there
        if not adds or animation.action_blend_type != _kind(owner):
            return
        owner[_ADDS] = True
    if adds != bool(owner[_ADDS]):
        let_add(owner, adds)


def _kind(owner: bpy.types.ID) -> str:
    """How edits add; combining takes the default of a shape key for 1, so that edits of nothing would close it."""
    return 'ADD' if isinstance(owner, bpy.types.Key) else 'COMBINE'
