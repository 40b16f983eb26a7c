# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance as an NLA strip, below an empty Action that adds to it: what an animator edits on top."""

from dataclasses import dataclass

import bpy

from ... import compat
from ..data.linked import is_linked
from ..rig import actions, controls

#: Custom property of an Action: it holds an animator's edits of a performance.
_EDITS = "aim_edits"


@dataclass(frozen=True)
class SetAside:
    """An Action of the user's that would have hidden a take, and what became of it.

    Attributes:
        action: its name.
        plays: on a track below the take; else on a muted track, or kept in the file.
        track: name of its track; "" where it is only kept in the file.
    """

    action: str
    plays: bool
    track: str = ""


def add(owner: bpy.types.ID, action: bpy.types.Action, name: str) -> SetAside | None:
    """Play ``action`` on ``owner`` from a track of its own, in the place of the track of an earlier take of that name.

    An Action of the user's that plays on ``owner`` stays above the track, unless it would hide the take. Where there
    is none, or one that was baked or solved and that nobody has changed, an empty one is put there whose keys add to
    what is below.
    """
    animation = _animation(owner)
    earlier = animation.nla_tracks.get(_track_name(name))
    aside = _set_aside(owner, action, earlier) if _hides(animation, action) else None
    if animation.action is not None and _is_made(animation.action):
        animation.action = None
    below = animation.nla_tracks.get(aside.track) if aside else None
    track = animation.nla_tracks.new(prev=below or earlier)
    if earlier is not None:
        animation.nla_tracks.remove(earlier)
    track.name = _track_name(name)
    strip = compat.add_strip(track, name, action.frame_range[0], action, owner)
    _stretch(strip, *action.frame_range)
    if animation.action is None:
        compat.assign_action(owner, _edits(name))
        # Combining takes the default of a shape key for 1, so that edits of nothing would close it.
        is_key = isinstance(owner, bpy.types.Key)
        animation.action_blend_type = 'ADD' if is_key else 'COMBINE'
    return aside


def play(owner: bpy.types.ID, action: bpy.types.Action) -> SetAside | None:
    """Play ``action`` on ``owner`` above all, in place of what it played, edits of an earlier take among it.

    An Action of the user's goes to a track below: what it moves beside the take goes on, but for shape keys, which
    would add to the take.
    """
    animation = _animation(owner)
    aside = None
    if animation.action not in {None, action} and not _is_made(animation.action):
        aside = _set_aside(owner, action, None)
    compat.assign_action(owner, action)
    animation.action_blend_type, animation.action_influence = 'REPLACE', 1.0
    return aside


def remove(name: str, *owners: bpy.types.ID | None) -> None:
    """Take away the tracks of an earlier take of that name; edits stay."""
    for owner in owners:
        tracks = owner.animation_data.nla_tracks if owner and owner.animation_data else ()
        for track in [track for track in tracks if track.name == _track_name(name)]:
            owner.animation_data.nla_tracks.remove(track)


def take_off(name: str, keys: bpy.types.Key) -> None:
    """Take an earlier take of that name off shape keys, and put what it moved back to rest; edits stay.

    Its Action is kept where it was changed by hand.
    """
    animation = keys.animation_data
    if animation is None:
        return
    tracks = [track for track in animation.nla_tracks if track.name == _track_name(name)]
    played = {strip.action for track in tracks for strip in track.strips} - {None}
    own = animation.action
    if own is not None and own.name == name and actions.is_marked(own):
        played.add(own)
        animation.action = None
    moved = {curve.data_path for action in played for curve in compat.owned_curves(action, keys)}
    remove(name, keys)
    for block in keys.key_blocks:
        if controls.key_path(block.name) in moved:
            block.value = 0.0


def is_edits(action: bpy.types.Action) -> bool:
    """Whether an Action holds edits on top of a take."""
    return _EDITS in action


def _animation(owner: bpy.types.ID) -> bpy.types.AnimData:
    animation = owner.animation_data or owner.animation_data_create()
    if (
        animation.use_tweak_mode
    ):  # a strip is being edited: its Action cannot be exchanged meanwhile
        animation.use_tweak_mode = False
    return animation


def _hides(animation: bpy.types.AnimData, take: bpy.types.Action) -> bool:
    """Whether an Action of the user's replaces what the take does below it."""
    own = animation.action
    if own in {None, take} or _is_made(own) or animation.action_blend_type != 'REPLACE':
        return False
    moved = {(curve.data_path, curve.array_index) for curve in compat.all_curves(take)}
    return any((c.data_path, c.array_index) in moved for c in compat.played_curves(animation))


def _set_aside(
    owner: bpy.types.ID, take: bpy.types.Action, above: bpy.types.NlaTrack | None
) -> SetAside:
    """Make room for a take: the Action of the user's goes to a track of its own, that of an earlier take is kept."""
    animation = owner.animation_data
    own = animation.action
    if actions.is_marked(own) or _EDITS in own:
        if not is_linked(own):
            own.use_fake_user = True
        animation.action = None
        return SetAside(own.name, False)
    plays = not isinstance(owner, bpy.types.Key) and bool(compat.played_curves(animation))
    track = animation.nla_tracks.new(prev=above)
    track.name = _aside_name(own.name)
    start, end = own.frame_range
    strip = compat.add_strip(track, own.name, start, own, owner)
    if any(len(c.modifiers) or c.extrapolation == 'LINEAR' for c in compat.all_curves(own)):
        scene = bpy.context.scene  # what goes on beyond the keys
        start, end = min(start, scene.frame_start), max(end, scene.frame_end)
    _stretch(strip, start, end)
    strip.blend_type, strip.influence = animation.action_blend_type, animation.action_influence
    strip.extrapolation = 'HOLD'
    track.mute = not plays
    animation.action_influence = 1.0
    animation.action = None
    return SetAside(own.name, plays, track.name)


def _stretch(strip: bpy.types.NlaStrip, start: float, end: float) -> None:
    """Let a strip play its Action from ``start`` to ``end``, frame by frame."""
    end = max(end, start + 1)
    strip.frame_start, strip.frame_end = start, end
    strip.action_frame_start, strip.action_frame_end = start, end


def _is_made(action: bpy.types.Action) -> bool:
    """Whether an Action holds nothing of the user's."""
    return actions.is_marked(action) and actions.is_untouched(action)


def _track_name(name: str) -> str:
    return f"AIM {name}"[:63]


def _aside_name(action: str) -> str:
    return f"{action} (below the take)"[:63]


def _edits(name: str) -> bpy.types.Action:
    """The Action for edits of a take: one for all owners where Blender can."""
    if compat.has_action_slots():
        for action in bpy.data.actions:
            if action.get(_EDITS) == name and not is_linked(action):
                return action
    made = bpy.data.actions.new(f"{name} Edits")
    made[_EDITS] = name
    return made
