# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels that a take has keys on: whether they show what was keyed, and who else moves them."""

import re
from collections.abc import Iterable, Sequence

import bpy
import numpy as np

from .... import compat
from ...data import shape_keys
from ...rig.edits import is_edits
from .findings import Hidden, Reason

#: A channel shows what was written when it differs by less, as a share of its largest value, and absolutely.
_SHARE, _LEAST = 1e-3, 1e-5
_NAMED = re.compile(r'(?:key_blocks|pose\.bones)\["((?:[^"\\]|\\.)*)"\]')


class Channels:
    """What the channels of a take show, over some frames.

    Args:
        rig: mesh object with the shape keys.
        armature: of the rig, or None.
        actions: of the take.
    """

    def __init__(
        self,
        rig: bpy.types.Object,
        armature: bpy.types.Object | None,
        actions: Iterable[bpy.types.Action],
    ) -> None:
        self._rig, self._armature, self._actions = rig, armature, tuple(actions)
        owners = [owner for owner in (rig.data.shape_keys, armature) if owner is not None]
        self._edited = {path: action for owner in owners for path, action in _edited(owner)}
        self._curves = [
            (curve, max((abs(key.co.y) for key in curve.keyframe_points), default=0.0))
            for action in self._actions
            for owner in owners
            for curve in compat.owned_curves(action, owner)
            if curve.data_path.startswith(("key_blocks", "pose.bones"))
            and curve.data_path not in self._edited
        ]
        self._differ: dict[bpy.types.FCurve, tuple[float, float]] = {}

    def look(self, frame: float, twin: bpy.types.Object, posed: bpy.types.Object | None) -> None:
        """Compare them at a frame of the Action; ``twin`` and ``posed`` are the evaluated rig and armature."""
        for curve, largest in self._curves:
            place = twin.data.shape_keys if _is_key(curve) else posed
            wanted, shown = curve.evaluate(frame), _value(place, curve)
            if shown is None or abs(shown - wanted) <= _SHARE * largest + _LEAST:
                continue
            before = self._differ.get(curve)
            if before is None or abs(shown - wanted) > abs(before[1] - before[0]):
                self._differ[curve] = (wanted, shown)

    def findings(self, mm: float) -> list[Hidden]:
        """What was found; ``mm`` are millimetres in a unit of the rig's mesh."""
        keys = self._rig.data.shape_keys
        muted = {block.name for block in keys.key_blocks if block.mute} if keys else set()
        for curve, largest in self._curves:
            if _is_key(curve) and _name(curve) in muted:
                self._differ[curve] = (largest, 0.0)
        found: dict[tuple[Reason, tuple[str, ...], bool], dict[str, float]] = {}
        for curve, value in self._differ.items():
            names = found.setdefault((*self._why(curve, value), _is_key(curve)), {})
            moved = self._moved(curve, abs(value[1] - value[0])) * mm
            names[_name(curve)] = max(names.get(_name(curve), 0.0), moved)
        return [
            Hidden(reason, tuple(names), by, max(names.values()) if of_keys else None)
            for (reason, by, of_keys), names in found.items()
        ]

    def edits(self) -> list[Hidden]:
        """The user's Actions on top of the take, if they move anything of it."""
        names = {action.name for action in self._edited.values()}
        return [Hidden(Reason.EDITED, tuple(sorted(names)))] if names else []

    def _moved(self, curve: bpy.types.FCurve, difference: float) -> float:
        """How far a difference of a shape key moves the skin, in units of the mesh; 0 for what moves a bone."""
        if not _is_key(curve):
            return 0.0
        return difference * reach(self._rig.data.shape_keys.key_blocks[_name(curve)])

    def _why(
        self, curve: bpy.types.FCurve, value: tuple[float, float]
    ) -> tuple[Reason, tuple[str, ...]]:
        keys = self._rig.data.shape_keys
        owner = keys if _is_key(curve) else self._armature
        animation = owner.animation_data
        block = keys.key_blocks.get(_name(curve)) if _is_key(curve) else None
        if block is not None and block.mute:
            return Reason.MUTED, ()
        if animation and animation.drivers.find(curve.data_path, index=curve.array_index):
            return Reason.DRIVEN, ()
        if block is not None:
            wanted, shown = value
            end = block.slider_max if wanted > shown else block.slider_min
            if abs(shown - end) < 1e-4:
                return Reason.LIMITED, ()
        return _above(owner, curve, self._actions)


def reach(block: bpy.types.ShapeKey) -> float:
    """How far a shape key moves a vertex at one, at most, in units of the mesh."""
    return float(np.linalg.norm(shape_keys.difference(block), axis=1).max(initial=0.0))


def _above(
    owner: bpy.types.ID, curve: bpy.types.FCurve, take: Sequence[bpy.types.Action]
) -> tuple[Reason, tuple[str, ...]]:
    """What plays in place of a take, or on top of it."""
    animation = owner.animation_data
    if animation is None:
        return Reason.OTHER_ANIMATION, ()
    if animation.action is not None and animation.action not in take and _moves(animation, curve):
        return Reason.OTHER_ANIMATION, (animation.action.name,)
    tracks = list(animation.nla_tracks)
    places = [n for n, t in enumerate(tracks) if any(strip.action in take for strip in t.strips)]
    alone = [t.name for n, t in enumerate(tracks) if t.is_solo and n not in places]
    if alone and animation.use_nla:
        return Reason.OTHER_ANIMATION, tuple(alone)
    if not places:
        return Reason.OTHER_ANIMATION, ()
    if not animation.use_nla:
        return Reason.NLA_OFF, (owner.name,)
    above = [
        track.name
        for track in tracks[places[-1] + 1 :]
        if not track.mute and any(not strip.mute and _moves(strip, curve) for strip in track.strips)
    ]
    return Reason.OTHER_ANIMATION, tuple(above)


def _moves(player: "bpy.types.AnimData | bpy.types.NlaStrip", curve: bpy.types.FCurve) -> bool:
    return any(
        other.data_path == curve.data_path and other.array_index == curve.array_index
        for other in compat.played_curves(player)
    )


def _is_key(curve: bpy.types.FCurve) -> bool:
    return curve.data_path.startswith("key_blocks")


def _value(place: bpy.types.bpy_struct | None, curve: bpy.types.FCurve) -> float | None:
    try:
        found = place.path_resolve(curve.data_path)
    except (AttributeError, ValueError):  # another object's
        return None
    return float(found[curve.array_index]) if hasattr(found, "__len__") else float(found)


def _edited(owner: bpy.types.ID) -> list[tuple[str, bpy.types.Action]]:
    """Channels that the user's edits on top of a take move on purpose."""
    animation = owner.animation_data
    action = animation.action if animation else None
    if action is None or not is_edits(action):
        return []
    return [(curve.data_path, action) for curve in compat.played_curves(animation)]


def _name(curve: bpy.types.FCurve) -> str:
    """The shape key or bone that a curve moves."""
    found = _NAMED.match(curve.data_path)
    return bpy.utils.unescape_identifier(found[1]) if found else curve.data_path
