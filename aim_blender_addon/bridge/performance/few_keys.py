# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The take that plays on a rig, with few keys and clean tangents; how far the skin then is from the dense take."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ... import compat
from ...backend.animation.few_keys import Keys, few_keys
from ..data import shape_keys
from ..data.linked import is_linked
from ..data.playing import play
from ..rig import actions
from . import layers
from .shown.channels import reach
from .shown.made import sample, scene_frames

#: Numbers in Blender: Bezier curves, handles that are free, and handles on one line.
_BEZIER, _ALIGNED = 2, 3
#: A bone moves skin as far from its head as so many of its lengths, or as the skin goes.
_BONE_LENGTHS = 1.5
#: The keys' own share of the tolerance at first: errors of several curves add up.
_FIRST_SHARE = 0.6
#: So often the share is made smaller where the skin is off by more than the tolerance.
_ROUNDS = 6
#: What a value moves whose owner is not known, mm.
_USUAL_MM = 30.0
_NAMED = re.compile(r'(key_blocks|pose\.bones)\["((?:[^"\\]|\\.)*)"\]')


@dataclass(frozen=True)
class Reduced:
    """What became of a take.

    Attributes:
        before, after: numbers of keys.
        largest_mm, p99_mm: how far the evaluated skin is from the dense take's.
        seen: frames that were looked at.
    """

    before: int
    after: int
    largest_mm: float
    p99_mm: float
    seen: int


@dataclass(frozen=True)
class _Track:
    curve: bpy.types.FCurve
    values: np.ndarray
    reach_mm: float


def played_takes(*owners: bpy.types.ID | None) -> list[bpy.types.Action]:
    """The Actions of takes that play on shape keys or an armature: tracks that are not muted, or what was assigned."""
    found = []
    for owner in owners:
        animation = owner.animation_data if owner is not None else None
        if animation is None:
            continue
        for track in animation.nla_tracks:
            if layers.is_take(track) and not track.mute:
                found += [strip.action for strip in track.strips]
        if animation.action is not None and actions.is_marked(animation.action):
            found.append(animation.action)
    return [action for action in dict.fromkeys(found) if not is_linked(action)]


def reduce_keys(
    rig: bpy.types.Object,
    armature: bpy.types.Object | None,
    tolerance_mm: float,
    mm_per_unit: float,
    context: bpy.types.Context,
) -> Reduced | None:
    """Give the take that plays few keys, so that no vertex of the skin is farther off; None where no take plays.

    Args:
        rig: mesh object with the shape keys.
        armature: of the rig, or None.
        tolerance_mm: how far the skin may be off.
        mm_per_unit: millimetres in a unit of the mesh.
        context: for the scene.
    """
    takes = played_takes(rig.data.shape_keys, armature)
    curves = [curve for take in takes for curve in compat.all_curves(take)]
    curves = [curve for curve in curves if len(curve.keyframe_points)]
    if not curves:
        return None
    frames = _frames(curves)
    tracks = [
        _Track(curve, _values(curve, frames), _reach(curve, rig, armature) * mm_per_unit)
        for curve in curves
    ]
    before = sum(len(curve.keyframe_points) for curve in curves)
    some = frames[sample(len(frames))]
    dense = _skins(rig, armature, some, context)
    untouched = [take for take in takes if actions.is_untouched(take)]
    share = _FIRST_SHARE
    for _round in range(_ROUNDS):
        for track in tracks:
            allowed = share * tolerance_mm / max(track.reach_mm, 1e-6)
            _write(track.curve, few_keys(frames, track.values, max(allowed, 1e-7)))
        off = _off(dense, _skins(rig, armature, some, context)) * mm_per_unit
        if off.max() <= tolerance_mm:
            break
        share *= 0.8 * tolerance_mm / float(off.max())
    for take in untouched:
        actions.mark(take)
    after = sum(len(curve.keyframe_points) for curve in curves)
    return Reduced(before, after, float(off.max()), float(np.percentile(off, 99)), len(some))


def _frames(curves: Sequence[bpy.types.FCurve]) -> np.ndarray:
    """The frames [T] of all keys, and the whole frames between them."""
    times = np.unique(np.concatenate([_keys(curve)[:, 0] for curve in curves]).round(4))
    return np.unique(np.r_[times, np.arange(np.ceil(times[0]), np.floor(times[-1]) + 1)])


def _keys(curve: bpy.types.FCurve) -> np.ndarray:
    points = np.empty((len(curve.keyframe_points), 2), np.float32)
    curve.keyframe_points.foreach_get("co", points.ravel())
    return points.astype(np.float64)


def _values(curve: bpy.types.FCurve, frames: np.ndarray) -> np.ndarray:
    return np.array([curve.evaluate(frame) for frame in frames.tolist()])


def _reach(
    curve: bpy.types.FCurve, rig: bpy.types.Object, armature: bpy.types.Object | None
) -> float:
    """How far a change by one moves the skin, in units of the mesh."""
    named = _NAMED.match(curve.data_path)
    name = bpy.utils.unescape_identifier(named[2]) if named else ""
    blocks = rig.data.shape_keys.key_blocks
    if named and named[1] == "key_blocks" and name in blocks:
        return reach(blocks[name])
    if (
        armature is None
        or name not in armature.data.bones
        or not curve.data_path.endswith(
            ("location", "rotation_euler", "rotation_quaternion", "rotation_axis_angle")
        )
    ):
        return max((reach(block) for block in blocks[1:]), default=1.0)
    if curve.data_path.endswith("location"):
        return 1.0
    bone = armature.data.bones[name]
    head = rig.matrix_world.inverted() @ armature.matrix_world @ bone.head_local
    points = shape_keys.read_points(rig.data.shape_keys.reference_key)
    farthest = float(np.linalg.norm(points - np.array(head), axis=1).max(initial=0.0))
    turn = 1.0 if curve.data_path.endswith("euler") else 2.0
    return turn * min(farthest, _BONE_LENGTHS * bone.length)


def _skins(
    rig: bpy.types.Object,
    armature: bpy.types.Object | None,
    frames: np.ndarray,
    context: bpy.types.Context,
) -> list[np.ndarray]:
    """The evaluated skin [V, 3] at frames of the take, in units of the mesh."""
    objects = [rig] if armature is None else [rig, armature]
    found = []
    for _number, twins in play(objects, scene_frames(frames, context.scene), context):
        points = np.empty((len(twins[0].data.vertices), 3), np.float32)
        twins[0].data.vertices.foreach_get("co", points.ravel())
        found.append(points)
    return found


def _off(before: Sequence[np.ndarray], after: Sequence[np.ndarray]) -> np.ndarray:
    return np.array([np.linalg.norm(a - b, axis=1) for a, b in zip(before, after, strict=True)])


def _write(curve: bpy.types.FCurve, keys: Keys) -> None:
    """Bezier keys whose handles lie at a third of the way, on one line."""
    points = curve.keyframe_points
    points.clear()
    points.add(len(keys.times))
    steps = np.diff(keys.times)
    left, right = (np.r_[steps[:1], steps], np.r_[steps, steps[-1:]])
    if not len(steps):
        left = right = np.ones(1)
    at = np.stack([keys.times, keys.values], axis=1)
    slope = np.stack([np.ones_like(keys.times), keys.slopes], axis=1) / 3
    for name, values in (
        ("co", at),
        ("handle_left", at - left[:, None] * slope),
        ("handle_right", at + right[:, None] * slope),
    ):
        points.foreach_set(name, values.astype(np.float32).ravel())
    points.foreach_set("interpolation", np.full(len(at), _BEZIER, np.int32))
    for side in ("handle_left_type", "handle_right_type"):
        points.foreach_set(side, np.full(len(at), _ALIGNED, np.int32))
    curve.update()
