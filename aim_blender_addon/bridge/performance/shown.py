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
) -> list[Hidden]:
    """What of a take does not show.

    Args:
        rig: mesh object with the shape keys.
        armature: of the rig, or None.
        actions: of the take.
        frames: [N] scene frames to look at.
        context: for the scene.
    """
    found = _settings(rig, armature)
    whole = np.unique(np.rint(frames).astype(int)).tolist()
    curves = [curve for action in actions for curve in compat.all_curves(action)]
    differ = _differing(rig, armature, curves, whole, context)
    keys = rig.data.shape_keys
    by_reason: dict[Reason, list[str]] = {}
    for curve, value in differ.items():
        name, reason = _name(curve), _why(keys, curve, value)
        by_reason.setdefault(reason, []).append(name)
    found += [Hidden(reason, tuple(dict.fromkeys(names))) for reason, names in by_reason.items()]
    return found


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
    rig: bpy.types.Object,
    armature: bpy.types.Object | None,
    curves: Sequence[bpy.types.FCurve],
    frames: Sequence[int],
    context: bpy.types.Context,
) -> dict[bpy.types.FCurve, tuple[float, float]]:
    """Curves whose channel shows another value somewhere: what was written and what is shown, where most apart."""
    keys = rig.data.shape_keys
    owners = [owner for owner in (keys, armature) if owner is not None]
    edited = {path for owner in owners for path in _edited(owner)}
    objects = [rig] if armature is None else [rig, armature]
    differ: dict[bpy.types.FCurve, tuple[float, float]] = {}
    most = [max((abs(k.co.y) for k in curve.keyframe_points), default=0.0) for curve in curves]
    for number, twins in play(objects, frames, context):
        for curve, largest in zip(curves, most, strict=True):
            place = twins[0].data.shape_keys
            if curve.data_path.startswith("pose."):
                place = twins[-1]
            is_key = curve.data_path.startswith("key_blocks")
            if not (is_key or curve.data_path.startswith("pose.")) or curve.data_path in edited:
                continue
            wanted = curve.evaluate(frames[number])
            shown = _value(place, curve)
            if shown is None or abs(shown - wanted) <= _SHARE * largest + _LEAST:
                continue
            before = differ.get(curve)
            if before is None or abs(shown - wanted) > abs(before[1] - before[0]):
                differ[curve] = (wanted, shown)
        muted = [block.name for block in keys.key_blocks if block.mute] if keys else []
        for curve in curves:
            if _name(curve) in muted and curve.data_path.startswith("key_blocks"):
                differ.setdefault(curve, (0.0, 0.0))
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


def _why(keys: bpy.types.Key | None, curve: bpy.types.FCurve, value: tuple[float, float]) -> Reason:
    block = keys.key_blocks.get(_name(curve)) if keys else None
    if block is None or not curve.data_path.startswith("key_blocks"):
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
