# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance as an NLA strip, below an empty Action that adds to it: what an animator edits on top."""

import bpy

from ... import compat
from ..data.linked import is_linked
from ..rig import actions

#: Custom property of an Action: it holds an animator's edits of a performance.
_EDITS = "aim_edits"


def add(owner: bpy.types.ID, action: bpy.types.Action, name: str) -> bpy.types.NlaStrip:
    """Play ``action`` on ``owner`` from a track of its own.

    An Action of the user's that plays on ``owner`` stays where it is, above the track. Where there is none, or one that
    was baked or solved and that nobody has changed, an empty one is put there whose keys add to what is below.
    """
    animation = owner.animation_data or owner.animation_data_create()
    if animation.action is not None and _is_made(animation.action):
        animation.action = None
    track = animation.nla_tracks.new()
    track.name = _track_name(name)
    start, end = action.frame_range
    strip = compat.add_strip(track, name, start, action, owner)
    strip.frame_start, strip.frame_end = start, max(end, start + 1)
    strip.action_frame_start, strip.action_frame_end = start, max(end, start + 1)
    if animation.action is None:
        compat.assign_action(owner, _edits(name))
        # Combining takes the default of a shape key for 1, so that edits of nothing would close it.
        is_key = isinstance(owner, bpy.types.Key)
        animation.action_blend_type = 'ADD' if is_key else 'COMBINE'
    return strip


def play(owner: bpy.types.ID, action: bpy.types.Action) -> None:
    """Play ``action`` on ``owner`` alone, in place of what it played, edits of an earlier take among it."""
    compat.assign_action(owner, action)
    owner.animation_data.action_blend_type = 'REPLACE'


def remove(name: str, *owners: bpy.types.ID | None) -> None:
    """Take away the tracks of an earlier take of that name; edits stay."""
    for owner in owners:
        tracks = owner.animation_data.nla_tracks if owner and owner.animation_data else ()
        for track in [track for track in tracks if track.name == _track_name(name)]:
            owner.animation_data.nla_tracks.remove(track)


def _is_made(action: bpy.types.Action) -> bool:
    """Whether an Action holds nothing of the user's."""
    return actions.is_marked(action) and actions.is_untouched(action)


def _track_name(name: str) -> str:
    return f"AIM {name}"[:63]


def _edits(name: str) -> bpy.types.Action:
    """The Action for edits of a take: one for all owners where Blender can."""
    if compat.has_action_slots():
        for action in bpy.data.actions:
            if action.get(_EDITS) == name and not is_linked(action):
                return action
    made = bpy.data.actions.new(f"{name} Edits")
    made[_EDITS] = name
    return made
