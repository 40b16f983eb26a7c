# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a rig from showing a take as it was written: looked for in the scene as Blender evaluates it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import bpy
import numpy as np

from ... import compat
from ..data.playing import play
from .layers import is_edits

#: Frames that are looked at, at most, evenly over the take.
MOST_FRAMES = 24
#: A channel shows what was written when it differs by less, as a share of its largest value, and absolutely.
_SHARE, _LEAST = 1e-3, 1e-5
_NAMED = re.compile(r'(?:key_blocks|pose\.bones)\["((?:[^"\\]|\\.)*)"\]')


class Reason(Enum):
    """Why something does not show."""

    ABSOLUTE = auto()
    SOLO = auto()
    MUTED = auto()
    LIMITED = auto()
    DRIVEN = auto()
    OTHER_ANIMATION = auto()
    AT_REST = auto()
    NO_MODIFIER = auto()


@dataclass(frozen=True)
class Hidden:
    """Something of a take that does not show: why, and what."""

    reason: Reason
    names: tuple[str, ...]


def sample(frames: Sequence[float]) -> np.ndarray:
    """Rows [N] of frames that are looked at: all of a short take, else evenly spread ones."""
    count = len(frames)
    return np.unique(np.linspace(0, count - 1, min(count, MOST_FRAMES)).round().astype(int))


def find_hidden(
    rig: bpy.types.Object,
    armature: bpy.types.Object | None,
    actions: Iterable[bpy.types.Action],
    frames: np.ndarray,
    context: bpy.types.Context,
    companions: Sequence[bpy.types.Object] = (),
) -> list[Hidden]:
    """What of a take does not show.

    Args:
        rig: mesh object with the shape keys.
        armature: of the rig, or None.
        actions: of the take.
        frames: [N] scene frames to look at.
        context: for the scene.
        companions: other objects that play along, each with shape keys of its own.
    """
    found = _settings(rig, armature)
    for companion in companions:
        found += _settings(companion, None)
    whole = np.unique(np.rint(frames).astype(int)).tolist()
    objects = [obj for obj in (rig, *companions, armature) if obj is not None]
    owners = [_owner(obj) for obj in objects]
    places = [
        _Place(number, owner, curve)
        for number, owner in enumerate(owners)
        for action in actions
        for curve in (compat.owned_curves(action, owner) if owner is not None else ())
        if _moves_shown(curve)
    ]
    by_reason: dict[Reason, list[str]] = {}
    for place, value in _differing(objects, places, whole, context).items():
        name = _name(place.curve)
        if objects[place.number] in companions:
            name = f"{objects[place.number].name}: {name}"
        by_reason.setdefault(_why(place, value), []).append(name)
    found += [Hidden(reason, tuple(dict.fromkeys(names))) for reason, names in by_reason.items()]
    return found


@dataclass(frozen=True)
class _Place:
    """A curve of a take: the number of the object it moves, its owner there, and the curve."""

    number: int
    owner: bpy.types.ID
    curve: bpy.types.FCurve


def _owner(obj: bpy.types.Object) -> bpy.types.ID | None:
    """What a take moves of an object: the armature itself, else the shape keys."""
    return obj if obj.type == 'ARMATURE' else obj.data.shape_keys


def _moves_shown(curve: bpy.types.FCurve) -> bool:
    """Whether a curve moves a bone or shape key."""
    return curve.data_path.startswith(("pose.", "key_blocks"))


def _settings(rig: bpy.types.Object, armature: bpy.types.Object | None) -> list[Hidden]:
    """Switches of the rig that hide all of a take."""
    found, keys = [], rig.data.shape_keys
    if keys is not None and not keys.use_relative:
        found.append(Hidden(Reason.ABSOLUTE, (rig.name,)))
    if rig.show_only_shape_key:
        found.append(Hidden(Reason.SOLO, (rig.name,)))
    if armature is None:
        return found
    if armature.data.pose_position == 'REST':
        found.append(Hidden(Reason.AT_REST, (armature.name,)))
    skins = [m for m in rig.modifiers if m.type == 'ARMATURE' and m.object == armature]
    if skins and not any(modifier.show_viewport for modifier in skins):
        found.append(Hidden(Reason.NO_MODIFIER, (skins[0].name,)))
    return found


def _differing(
    objects: Sequence[bpy.types.Object],
    places: Sequence[_Place],
    frames: Sequence[int],
    context: bpy.types.Context,
) -> dict[_Place, tuple[float, float]]:
    """Curves whose channel shows another value somewhere: what was written and what is shown, where most apart."""
    edited = {owner: _edited(owner) for owner in {place.owner for place in places}}
    places = [place for place in places if place.curve.data_path not in edited[place.owner]]
    most = [max((abs(k.co.y) for k in p.curve.keyframe_points), default=0.0) for p in places]
    differ: dict[_Place, tuple[float, float]] = {}
    for number, twins in play(objects, frames, context):
        shown_owners = [_owner(twin) for twin in twins]
        for place, largest in zip(places, most, strict=True):
            wanted = place.curve.evaluate(frames[number])
            shown = _value(shown_owners[place.number], place.curve)
            if shown is None or abs(shown - wanted) <= _SHARE * largest + _LEAST:
                continue
            before = differ.get(place)
            if before is None or abs(shown - wanted) > abs(before[1] - before[0]):
                differ[place] = (wanted, shown)
    for place in places:
        if isinstance(place.owner, bpy.types.Key):
            block = place.owner.key_blocks.get(_name(place.curve))
            if block is not None and block.mute:
                differ.setdefault(place, (0.0, 0.0))
    return differ


def _value(place: bpy.types.bpy_struct, curve: bpy.types.FCurve) -> float | None:
    try:
        found = place.path_resolve(curve.data_path)
    except (AttributeError, ValueError):  # another object's
        return None
    return float(found[curve.array_index]) if hasattr(found, "__len__") else float(found)


def _edited(owner: bpy.types.ID) -> set[str]:
    """Channels that the user's edits on top of a take move on purpose."""
    action = owner.animation_data.action if owner.animation_data else None
    if action is None or not is_edits(action):
        return set()
    return {curve.data_path for curve in compat.all_curves(action)}


def _why(place: _Place, value: tuple[float, float]) -> Reason:
    keys, curve = place.owner, place.curve
    block = keys.key_blocks.get(_name(curve)) if isinstance(keys, bpy.types.Key) else None
    if block is None:
        return Reason.OTHER_ANIMATION
    wanted, shown = value
    if block.mute:
        return Reason.MUTED
    if keys.animation_data and keys.animation_data.drivers.find(curve.data_path):
        return Reason.DRIVEN
    end = block.slider_max if wanted > shown else block.slider_min
    return Reason.LIMITED if abs(shown - end) < 1e-4 else Reason.OTHER_ANIMATION


def _name(curve: bpy.types.FCurve) -> str:
    """The shape key or bone that a curve moves."""
    found = _NAMED.match(curve.data_path)
    return bpy.utils.unescape_identifier(found[1]) if found else curve.data_path
