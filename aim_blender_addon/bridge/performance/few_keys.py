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
from .shown.made import MOST_FRAMES, sample, scene_frames

#: Numbers in Blender: Bezier curves, handles that are free, and handles on one line.
_BEZIER, _ALIGNED = 2, 3
#: A bone moves skin as far from its head as so many of its lengths, or as the skin goes.
_BONE_LENGTHS = 1.5
#: The keys' own share of the tolerance at first: errors of several curves add up.
_FIRST_SHARE = 0.6
#: A whole frame is looked at where no key is so near. Keys that nearly coincide would have wild slopes.
_NEAR = 0.1
#: So often the share is made smaller where the skin is off by more than the tolerance.
_ROUNDS = 6
#: And made so much smaller than that asks for.
_SMALLER = 0.9
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
    probes_mm: np.ndarray | None


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
    probes = _probes(rig.data.shape_keys)
    tracks = [_track(curve, frames, rig, armature, mm_per_unit, probes) for curve in curves]
    before = sum(len(curve.keyframe_points) for curve in curves)
    untouched = [take for take in takes if actions.is_untouched(take)]
    plan, off = _plan(tracks, frames, tolerance_mm)
    rows = np.union1d(sample(len(frames)), np.argsort(off)[-MOST_FRAMES:])
    dense = _skins(rig, armature, frames[rows], context)
    for _round in range(_ROUNDS):
        for track, keys in zip(tracks, plan, strict=True):
            _write(track.curve, keys)
        shown = _off(dense, _skins(rig, armature, frames[rows], context)) * mm_per_unit
        if shown.max() <= tolerance_mm:
            break
        plan, _ = _plan(tracks, frames, _SMALLER * tolerance_mm**2 / float(shown.max()))
    for take in untouched:
        actions.mark(take)
    after = sum(len(curve.keyframe_points) for curve in curves)
    return Reduced(before, after, float(shown.max()), float(np.percentile(shown, 99)), len(rows))


def _plan(
    tracks: Sequence[_Track], frames: np.ndarray, tolerance_mm: float
) -> tuple[list[Keys], np.ndarray]:
    """Keys of all tracks by which no probe is farther off on any frame, and how far they are then, mm [T].

    Shape keys add in straight lines, so probes of the skin tell what their errors do together. What bones do comes on
    top, at its most.
    """
    share = _FIRST_SHARE
    for _round in range(_ROUNDS):
        plan = [
            few_keys(
                frames, track.values, max(share * tolerance_mm / max(track.reach_mm, 1e-6), 1e-7)
            )
            for track in tracks
        ]
        off, moved = np.zeros(len(frames)), np.zeros((len(frames), 1, 3))
        for track, keys in zip(tracks, plan, strict=True):
            error = keys.at(frames) - track.values
            if track.probes_mm is None:
                off += np.abs(error) * track.reach_mm
            else:
                moved = moved + error[:, None, None] * track.probes_mm
        off += np.linalg.norm(moved, axis=2).max(axis=1)
        if off.max() <= tolerance_mm:
            break
        share *= _SMALLER * tolerance_mm / float(off.max())
    return plan, off


def _track(
    curve: bpy.types.FCurve,
    frames: np.ndarray,
    rig: bpy.types.Object,
    armature: bpy.types.Object | None,
    mm_per_unit: float,
    probes: np.ndarray,
) -> _Track:
    """A curve with what it moves: at most, and where it is a shape key, at the probes."""
    values = np.array([curve.evaluate(frame) for frame in frames.tolist()])
    block = _block(curve, rig)
    if block is None:
        return _Track(curve, values, _reach(curve, rig, armature) * mm_per_unit, None)
    moved = shape_keys.difference(block) * mm_per_unit
    reach_mm = float(np.linalg.norm(moved, axis=1).max(initial=0.0))
    return _Track(curve, values, reach_mm, moved[probes])


def _block(curve: bpy.types.FCurve, rig: bpy.types.Object) -> bpy.types.ShapeKey | None:
    """The shape key of the rig that a curve moves by its own value."""
    named = _NAMED.match(curve.data_path)
    if named is None or named[1] != "key_blocks":
        return None
    return rig.data.shape_keys.key_blocks.get(bpy.utils.unescape_identifier(named[2]))


def _frames(curves: Sequence[bpy.types.FCurve]) -> np.ndarray:
    """The frames [T] of all keys, and whole frames where none is near: those of a curve that rests have no keys."""
    times = np.unique(np.concatenate([_keys(curve)[:, 0] for curve in curves]).round(3))
    whole = np.arange(np.ceil(times[0]), np.floor(times[-1]) + 1)
    after = (
        np.clip(np.searchsorted(times, whole), 1, max(len(times) - 1, 1)) if len(times) > 1 else 0
    )
    near = np.minimum(np.abs(times[after] - whole), np.abs(times[np.maximum(after - 1, 0)] - whole))
    return np.unique(np.r_[times, whole[near > _NEAR]])


def _keys(curve: bpy.types.FCurve) -> np.ndarray:
    points = np.empty((len(curve.keyframe_points), 2), np.float32)
    curve.keyframe_points.foreach_get("co", points.ravel())
    return points.astype(np.float64)


def _probes(keys: bpy.types.Key) -> np.ndarray:
    """Vertices that some shape key moves most."""
    found = [
        int(np.argmax(np.linalg.norm(shape_keys.difference(block), axis=1)))
        for block in keys.key_blocks
    ]
    return np.unique(found)


def _reach(
    curve: bpy.types.FCurve, rig: bpy.types.Object, armature: bpy.types.Object | None
) -> float:
    """How far a change by one moves the skin, in units of the mesh."""
    named = _NAMED.match(curve.data_path)
    name = bpy.utils.unescape_identifier(named[2]) if named else ""
    blocks = rig.data.shape_keys.key_blocks
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
