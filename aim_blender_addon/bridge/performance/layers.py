# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance as an NLA strip, below an empty Action that adds to it: what an animator edits on top."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import bpy

from ... import compat
from ..data import shape_keys
from ..data.fitting_names import fit_name
from ..data.linked import is_linked
from ..rig import actions, edits

#: What the name of a take's track begins with.
_TAKE = "AIM "


@dataclass(frozen=True)
class SetAside:
    """An Action of the user's, or an earlier take, that would have hidden a take, and what became of it.

    Attributes:
        action: its name.
        plays: on a track below the take; else on a muted track, or kept in the file.
        track: name of its track; "" where it is only kept in the file.
        is_take: whether it is an earlier take.
    """

    action: str
    plays: bool
    track: str = ""
    is_take: bool = False


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
        edits.let_add(owner, True)
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
    animation.action_influence = 1.0
    edits.replace(owner)
    return aside


def remove(name: str, *owners: bpy.types.ID | None) -> None:
    """Take away the tracks of an earlier take of that name; edits stay."""
    for owner in owners:
        tracks = owner.animation_data.nla_tracks if owner and owner.animation_data else ()
        for track in [track for track in tracks if track.name == _track_name(name)]:
            owner.animation_data.nla_tracks.remove(track)


def make_room(owner: bpy.types.ID, name: str, frames: tuple[float, float]) -> list[SetAside]:
    """Mute the tracks of other takes that play on ``owner`` at the frames of a take; edits on top of them are kept.

    What any take has moved there is put back to rest.

    Args:
        owner: shape keys, an armature, or another owner of what a take moves.
        name: of the take.
        frames: its first and its last.
    """
    animation = owner.animation_data
    if animation is None:
        return []
    found, moved = [], set()
    for track in filter(is_take, animation.nla_tracks):
        is_same = track.name == _track_name(name)
        if not (is_same or (not track.mute and _overlaps(track, frames))):
            continue
        for strip in track.strips:
            moved |= {curve.data_path for curve in compat.played_curves(strip)}
        if not is_same:
            track.mute = True
            found += [SetAside(strip.action.name, False, is_take=True) for strip in track.strips]
    own = animation.action
    if own is not None and actions.is_marked(own):
        moved |= {curve.data_path for curve in compat.played_curves(animation)}
    elif own is not None and found and edits.is_edits(own) and not edits.is_edits(own, name):
        if compat.played_curves(animation):
            found.append(SetAside(own.name, False))
        if not is_linked(own):
            own.use_fake_user = True
        _animation(owner).action = None
        edits.settle(owner)
    for block in owner.key_blocks if isinstance(owner, bpy.types.Key) else ():
        if shape_keys.key_path(block.name) in moved:
            block.value = 0.0
    return found


def take_off(name: str, keys: bpy.types.Key, frames: tuple[float, float]) -> list[SetAside]:
    """Let no take play on shape keys at the frames of a take, and put what takes moved back to rest; edits stay.

    An Action that was changed by hand is kept.
    """
    found = make_room(keys, name, frames)
    remove(name, keys)
    own = keys.animation_data.action if keys.animation_data else None
    if own is not None and actions.is_marked(own):
        if not is_linked(own):
            own.use_fake_user = True
        _animation(keys).action = None
        edits.settle(keys)
    return found


def earlier_actions(name: str, owners: Sequence[bpy.types.ID]) -> list[bpy.types.Action]:
    """Actions that hold an earlier take of that name and nothing of the user's, and that only ``owners`` play.

    A duplicate of a character plays the Action of the first, too, and keeps it. What is made next to it has a number.
    """
    numbered = re.compile(re.escape(name) + r"\.\d{3,}")
    named = [a for a in bpy.data.actions if a.name == name or numbered.fullmatch(a.name)]
    named = [action for action in named if _is_made(action)]
    users = bpy.data.user_map(subset=named) if named else {}
    return [
        action
        for action in named
        if users[action] <= {*owners} and (users[action] or action.name == name)
    ]


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
    if actions.is_marked(own) or edits.is_edits(own):
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


def is_take(track: bpy.types.NlaTrack) -> bool:
    """Whether a track plays takes of ours and nothing else."""
    played = [strip.action for strip in track.strips]
    return (
        bool(played)
        and track.name.startswith(_TAKE)
        and all(action is not None and actions.is_marked(action) for action in played)
    )


def _overlaps(track: bpy.types.NlaTrack, frames: tuple[float, float]) -> bool:
    return any(s.frame_start <= frames[1] and s.frame_end >= frames[0] for s in track.strips)


def _stretch(strip: bpy.types.NlaStrip, start: float, end: float) -> None:
    """Let a strip play its Action from ``start`` to ``end``, frame by frame."""
    end = max(end, start + 1)
    strip.frame_start, strip.frame_end = start, end
    strip.action_frame_start, strip.action_frame_end = start, end


def _is_made(action: bpy.types.Action) -> bool:
    """Whether an Action holds nothing of the user's."""
    return actions.is_marked(action) and actions.is_untouched(action)


def _track_name(name: str) -> str:
    return fit_name(f"{_TAKE}{name}", bpy.types.NlaTrack)


def _aside_name(action: str) -> str:
    return fit_name(action, bpy.types.NlaTrack, " (below the take)")


def _edits(name: str) -> bpy.types.Action:
    """The Action for edits of a take: one for all owners where Blender can."""
    found = edits.find(name) if compat.has_action_slots() else None
    return found or edits.new(name)
