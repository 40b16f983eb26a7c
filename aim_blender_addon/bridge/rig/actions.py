# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Action that plays every scan of a face on its rig: jaw pose and shape key together.

The neutral is at frame 1, scan number i at frame 1 + 10 i, and the neutral again halfway between two scans.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ... import compat
from ..data import shape_keys
from ..data.kept import read_action
from ..data.linked import is_linked
from . import controls, edits
from .own_bones import JAW, bone_name

#: The scene frame of the first scan, and frames from one scan to the next.
FIRST_FRAME = 1
STEP = 10
_HALF = STEP // 2
#: Custom property of an Action: what its keys were when it was baked.
_FINGERPRINT = "aim_fingerprint"
#: Custom property of the armature object: the Action baked for it.
_BAKED_ACTION = "aim_action"
_BONE_NAME = re.compile(r'pose\.bones\["(?:[^"\\]|\\.)*"\]')
_LINEAR = 1  # number of that interpolation in Blender
_KEY_PARTS = (
    ("interpolation", 1, np.int32),
    ("handle_left_type", 1, np.int32),
    ("handle_right_type", 1, np.int32),
    ("co", 2, np.float32),
    ("handle_left", 2, np.float32),
    ("handle_right", 2, np.float32),
)


@dataclass(frozen=True)
class BoneKeys:
    """What a bone does in each scan.

    Attributes:
        bone: its name.
        location: [E, 3] in its own frame, Blender units.
        rotation: [E, 3] XYZ Euler angles in radians.
    """

    bone: str
    location: np.ndarray
    rotation: np.ndarray


def scan_frame(number: int) -> int:
    """The frame that shows scan ``number``, counted from 0."""
    return FIRST_FRAME + STEP * (number + 1)


def last_frame(count: int) -> int:
    """The last frame of the Action of ``count`` scans: the neutral after the last scan."""
    return scan_frame(count - 1) + _HALF


def write_scan_actions(
    name: str,
    armature: bpy.types.Object,
    keys: bpy.types.Key,
    shapes: Sequence[str],
    bones: Sequence[BoneKeys],
    spared: Sequence[bpy.types.Action] = (),
) -> list[bpy.types.Action]:
    """Bake the scans into an Action of the armature and the shape keys, and let both play it.

    An Action from an earlier bake is written anew as long as nobody has touched its keys; otherwise it stays, and so
    does every other Action the user has put on the rig. So do those of ``spared``, which are another rig's.

    Returns:
        One Action with two slots; before Blender 4.4 one Action for the armature and one for the shape keys.
    """
    action = _baked_action(armature, name, spared)
    key_action = action
    if not compat.has_action_slots():
        key_action = _baked_action(keys, f"{name} Shapes", spared)
    actions = [action] if key_action == action else [action, key_action]
    # Before anything is written: it goes to the slots that they play.
    for owner, played in ((armature, action), (keys, key_action)):
        earlier = [read_action(owner, _BAKED_ACTION)]  # of an armature that was deleted since
        if spared and owner.animation_data:  # a duplicate plays the original's, or a copy of it
            earlier.append(owner.animation_data.action)
        ours = [*actions, *(one for one in earlier if one and is_untouched(one))]
        if _is_free(owner, ours):
            compat.assign_action(owner, played)
            edits.settle(owner)
        owner[_BAKED_ACTION] = played
    curves, key_curves = (
        compat.action_curves(action, armature),
        compat.action_curves(key_action, keys),
    )
    _clear(curves)
    _clear(key_curves)
    for bone in bones:
        _write_bone(action, armature, curves, bone)
    for number, shape in enumerate(shapes):
        if controls.is_driven(keys, shape):
            curve = write_curve(curves, controls.bone_path(armature, shape), 0, *_peak(number))
            curve.group = compat.curve_group(action, armature, bone_name(armature, JAW))
        else:
            write_curve(key_curves, shape_keys.key_path(shape), 0, *_peak(number))
    for written in actions:
        mark(written)
        _mark_poses(written, shapes)
    return actions


def follow_controls(armature: bpy.types.Object, keys: bpy.types.Key, shapes: Sequence[str]) -> None:
    """Let the baked Action move each shape by what moves it now: a slider of the jaw bone, or its own value."""
    action, key_action = read_action(armature, _BAKED_ACTION), read_action(keys, _BAKED_ACTION)
    if action is None or key_action is None or is_linked(action) or is_linked(key_action):
        return
    untouched = [written for written in {action, key_action} if is_untouched(written)]
    curves, key_curves = (
        compat.action_curves(action, armature),
        compat.action_curves(key_action, keys),
    )
    for shape in shapes:
        own, slider = (
            (key_curves, shape_keys.key_path(shape)),
            (curves, controls.bone_path(armature, shape)),
        )
        (before, path), (after, new_path) = (
            (own, slider) if controls.is_driven(keys, shape) else (slider, own)
        )
        if (curve := before.find(path)) and after.find(new_path) is None:
            moved = _copy_curve(curve, after, new_path)
            if after == curves:
                moved.group = compat.curve_group(action, armature, bone_name(armature, JAW))
            before.remove(curve)
    for written in untouched:
        mark(written)


def baked_of(obj: bpy.types.Object, armature: bpy.types.Object) -> list[bpy.types.Action]:
    """Actions that were baked for a skin and its armature."""
    found = [
        read_action(owner, _BAKED_ACTION) for owner in (armature, obj.data.shape_keys) if owner
    ]
    return [action for action in found if action is not None]


def plays_nothing_else(owner: bpy.types.ID) -> bool:
    """Whether ``owner`` plays no Action but the one baked for it."""
    return _is_free(owner, [read_action(owner, _BAKED_ACTION)])


def mark(action: bpy.types.Action) -> None:
    """Remember the keys of an Action, so that a change to them shows."""
    action[_FINGERPRINT] = _fingerprint(action)


def is_marked(action: bpy.types.Action) -> bool:
    """Whether the keys of an Action were ever remembered."""
    return _FINGERPRINT in action


def is_untouched(action: bpy.types.Action) -> bool:
    """Whether the keys of an Action are those that were remembered."""
    if is_linked(action) or _FINGERPRINT not in action:
        return False
    known = action[_FINGERPRINT]
    return known in (_fingerprint(action), _fingerprint(action, with_bones=True))


def plays_baked(owner: bpy.types.ID) -> bool:
    """Whether an armature, or the shape keys, play the Action of the scans, not one of the user's."""
    animation = owner.animation_data
    return animation is not None and animation.action == read_action(owner, _BAKED_ACTION)


def mark_timeline(scene: bpy.types.Scene, shapes: Sequence[str], earlier: Sequence[str]) -> None:
    """Name each scan on the scene's timeline, in place of the marks an earlier bake made, and lengthen the frame
    range where the scans do not fit in."""
    ours = {*shapes, *earlier}
    for marker in list(scene.timeline_markers):
        if marker.name in ours and marker.frame % STEP == FIRST_FRAME:
            scene.timeline_markers.remove(marker)
    for number, shape in enumerate(shapes):
        scene.timeline_markers.new(shape, frame=scan_frame(number))
    scene.frame_end = max(scene.frame_end, last_frame(len(shapes)))


def _mark_poses(action: bpy.types.Action, shapes: Sequence[str]) -> None:
    """Name each scan inside the Action, as its markers in the Action Editor."""
    for marker in list(action.pose_markers):
        action.pose_markers.remove(marker)
    for number, shape in enumerate(shapes):
        action.pose_markers.new(shape).frame = scan_frame(number)


def _write_bone(
    action: bpy.types.Action,
    armature: bpy.types.Object,
    curves: bpy.types.bpy_prop_collection,
    keys: BoneKeys,
) -> None:
    frames, peaks = _all_frames(len(keys.location))
    for channel, values in (("location", keys.location), ("rotation_euler", keys.rotation)):
        path = f'pose.bones["{bpy.utils.escape_identifier(keys.bone)}"].{channel}'
        for axis in range(3):
            track = np.zeros(len(frames))
            track[peaks] = values[:, axis]
            curve = write_curve(curves, path, axis, frames, track)
            curve.group = compat.curve_group(action, armature, keys.bone)


def _all_frames(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Frames of every key of a bone, and which of them are the scans."""
    frames = FIRST_FRAME + _HALF * np.arange(2 * count + 2)
    return frames, 2 * np.arange(count) + 2


def _peak(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Frames and values of a shape key that is there in scan ``number`` only."""
    frame = scan_frame(number)
    return np.array([frame - _HALF, frame, frame + _HALF]), np.array([0.0, 1.0, 0.0])


def write_curve(
    curves: bpy.types.bpy_prop_collection,
    path: str,
    index: int,
    frames: np.ndarray,
    values: np.ndarray,
) -> bpy.types.FCurve:
    """A linear F-Curve through the keys at ``frames`` [N] with ``values`` [N]."""
    curve = curves.new(path, index=index)
    points = curve.keyframe_points
    points.add(len(frames))
    points.foreach_set("co", np.stack([frames, values], axis=1).astype(np.float32).ravel())
    points.foreach_set("interpolation", np.full(len(frames), _LINEAR, np.int32))
    curve.update()
    return curve


def _copy_curve(
    curve: bpy.types.FCurve, curves: bpy.types.bpy_prop_collection, path: str
) -> bpy.types.FCurve:
    """The same keys at another place."""
    copy = curves.new(path)
    count = len(curve.keyframe_points)
    copy.keyframe_points.add(count)
    for name, width, kind in _KEY_PARTS:
        values = np.empty(width * count, kind)
        curve.keyframe_points.foreach_get(name, values)
        copy.keyframe_points.foreach_set(name, values)
    copy.extrapolation = curve.extrapolation
    copy.update()
    return copy


def _clear(curves: bpy.types.bpy_prop_collection) -> None:
    for curve in list(curves):
        curves.remove(curve)


def _baked_action(
    owner: bpy.types.ID, name: str, spared: Sequence[bpy.types.Action]
) -> bpy.types.Action:
    """The Action an earlier bake made for ``owner`` if its keys are still those, else a new one."""
    found = read_action(owner, _BAKED_ACTION)
    is_ours = found is not None and found not in spared and is_untouched(found)
    return found if is_ours else bpy.data.actions.new(name)


def _is_free(owner: bpy.types.ID, ours: Sequence[bpy.types.Action]) -> bool:
    """Whether nothing of the user's plays on ``owner``."""
    animation = owner.animation_data
    return animation is None or animation.action is None or animation.action in ours


def _fingerprint(action: bpy.types.Action, with_bones: bool = False) -> str:
    """A short text that changes when any key of the Action does, but not when a bone is renamed.

    Earlier versions took the names of the bones in.
    """
    total = 0
    for curve in compat.all_curves(action):
        points = np.empty((len(curve.keyframe_points), 2), np.float32)
        curve.keyframe_points.foreach_get("co", points.ravel())
        path = curve.data_path if with_bones else _BONE_NAME.sub("pose.bones[]", curve.data_path)
        total = zlib.crc32(f"{path}[{curve.array_index}]".encode() + points.tobytes(), total)
    return f"{total:08x}"
