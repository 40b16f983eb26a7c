# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look of a rig's eyes by yaw and pitch: read off the bones, and written to them.

As with the jaw, the numbers are no channels of their own: what is keyed and exported are the bones.
"""

import bpy
import numpy as np
from mathutils import Euler

from . import edits
from .eye_bones import LOOK_AT, has_eyes, sides
from .own_bones import EYES, TARGET, find_bone, pose_bone

#: Eyes look at the target while their share of it is at least this.
_HELD = 0.5


def looks_at_target(armature: bpy.types.Object) -> bool:
    """Whether the target moves the eyes, not their own rotation."""
    target = pose_bone(armature, TARGET) if find_bone(armature, TARGET) else None
    return target is not None and float(target.get(LOOK_AT, 0.0)) >= _HELD


def read(armature: bpy.types.Object) -> np.ndarray:
    """Yaw (positive to the person's left) and pitch (positive up) [2] radians, as the eyes are turned; their mean."""
    if not has_eyes(armature):
        return np.zeros(2)
    return np.mean([_read(pose_bone(armature, EYES[side])) for side in sides(armature)], axis=0)


def write(armature: bpy.types.Object, number: int, value: float) -> None:
    """Turn both eyes to a yaw (0) or pitch (1) in radians; they keep what they differ by."""
    if not has_eyes(armature):
        return
    step = value - read(armature)[number]
    for side in sides(armature):
        bone = pose_bone(armature, EYES[side])
        look = _read(bone)
        look[number] += step
        _write(bone, look)


def reset(armature: bpy.types.Object) -> None:
    """The eyes as in the neutral, and the target back before them."""
    for side in sides(armature):
        _write(pose_bone(armature, EYES[side]), np.zeros(2))
    target = pose_bone(armature, TARGET)
    if target is not None:
        target.location = (0.0, 0.0, 0.0)


def key(armature: bpy.types.Object, frame: float) -> None:
    """Keyframes at a frame of what moves the eyes: their rotation, the target, and which of both counts."""
    for side in sides(armature):
        bone = pose_bone(armature, EYES[side])
        bone.keyframe_insert(_channel(bone), frame=frame)
    target = pose_bone(armature, TARGET)
    if target is not None:
        target.keyframe_insert("location", frame=frame)
        target.keyframe_insert(f'["{LOOK_AT}"]', frame=frame)
    edits.settle(armature)


def _read(bone: bpy.types.PoseBone) -> np.ndarray:
    if bone.rotation_mode == 'XYZ':
        turned = bone.rotation_euler
    else:
        turned = bone.matrix_basis.to_euler('XYZ')
    return np.array([turned.z, turned.x], np.float64)


def _write(bone: bpy.types.PoseBone, look: np.ndarray) -> None:
    turned = Euler((look[1], 0.0, look[0]), 'XYZ')
    if bone.rotation_mode == 'QUATERNION':
        bone.rotation_quaternion = turned.to_quaternion()
    elif bone.rotation_mode == 'AXIS_ANGLE':
        axis, angle = turned.to_quaternion().to_axis_angle()
        bone.rotation_axis_angle = (angle, *axis)
    elif bone.rotation_mode == 'XYZ':
        bone.rotation_euler = turned
    else:
        bone.rotation_euler = turned.to_quaternion().to_euler(bone.rotation_mode)


def _channel(bone: bpy.types.PoseBone) -> str:
    return {'QUATERNION': "rotation_quaternion", 'AXIS_ANGLE': "rotation_axis_angle"}.get(
        bone.rotation_mode, "rotation_euler"
    )
