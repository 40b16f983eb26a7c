# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw bone of a rig, posed by open, side and forward, and its pose as the model has it.

The three are no channels of their own: they are read off the bone and written to it, so that what is keyed, exported
and drawn is one bone, and whatever else moves that bone shows in them.
"""

import bpy
import numpy as np

from ... import compat
from ...backend.anatomy.jaw.controls import JawControls
from ...backend.anatomy.jaw.joint import JawLimits
from . import edits, shape_jaw
from .armature import LIMITS_PROPERTY, rest_matrix
from .own_bones import JAW, SKULL, bone_data_path, bone_name, has_bones, pose_bone
from .poses import bone_channels, channel_parameters, in_units, joint_channels

#: The limits hold the jaw while their influence is at least this.
_HELD = 0.5


def store(armature: bpy.types.Object, controls: JawControls, mm_per_unit: float) -> None:
    """Keep with the armature what its controls need."""
    armature.aim.jaw_measures = (
        controls.length,
        controls.half_width,
        controls.path,
        controls.slope,
        mm_per_unit,
    )


def has_controls(armature: bpy.types.Object | None) -> bool:
    """Whether the armature's jaw can be posed so: it was baked and still has its bones."""
    return armature is not None and armature.aim.jaw_measures[0] > 0 and has_bones(armature)


def read(armature: bpy.types.Object) -> np.ndarray:
    """Open (radians), side and forward (mm) [3] of the jaw bone; zeros where there is none."""
    if not has_controls(armature):
        return np.zeros(3)
    controls, mm_per_unit = _controls(armature)
    bone = pose_bone(armature, JAW)
    location = np.array(bone.location, np.float64) * mm_per_unit
    rotation = np.array(bone.rotation_euler, np.float64)
    parameters = channel_parameters(location, rotation, controls.length, controls.slope)
    return controls.controls(parameters)


def write(armature: bpy.types.Object, number: int, value: float) -> None:
    """Set open (0, radians), side (1) or forward (2, mm) of the jaw bone, within the limits where those hold."""
    if not has_controls(armature):
        return
    controls, mm_per_unit = _controls(armature)
    wanted = read(armature)
    wanted[number] = value
    bone = pose_bone(armature, JAW)
    if bone.get(LIMITS_PROPERTY, 1.0) >= _HELD:
        wanted = controls.clipped(*wanted, JawLimits())
    location, rotation = joint_channels(
        controls.parameters(*wanted), controls.length, controls.slope
    )
    bone.location, bone.rotation_euler = location / mm_per_unit, rotation


def reset(armature: bpy.types.Object) -> None:
    """The jaw as in the neutral."""
    bone = pose_bone(armature, JAW)
    bone.location, bone.rotation_euler = (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)


def shown_pose(armature: bpy.types.Object) -> np.ndarray:
    """[4, 4] mm: how the jaw bone is posed as Blender shows it, with limits and animation, in head space."""
    pose = np.linalg.inv(skull_motion(armature)) @ _motion(armature, JAW)
    pose[:3, 3] *= _controls(armature)[1]
    return pose


def skull_motion(armature: bpy.types.Object) -> np.ndarray:
    """[4, 4] Blender units: how the skull bone has moved in the armature's space, as Blender shows it."""
    return _motion(armature, SKULL)


def _motion(armature: bpy.types.Object, bone: str) -> np.ndarray:
    name = bone_name(armature, bone)
    shown = np.array(armature.pose.bones[name].matrix, np.float64)
    return shown @ np.linalg.inv(rest_matrix(armature, name))


def show_pose(armature: bpy.types.Object, pose: np.ndarray) -> None:
    """Pose the jaw bone by a jaw transform [4, 4] of the model, mm, head space; what shapes add comes off first."""
    moved = in_units(np.asarray(pose)[None], _controls(armature)[1])
    moved = np.linalg.inv(shape_jaw.motion(armature)) @ moved
    location, rotation = bone_channels(moved, rest_matrix(armature, bone_name(armature, JAW)))
    bone = pose_bone(armature, JAW)
    bone.location, bone.rotation_euler = location[0], rotation[0]


def is_animated(armature: bpy.types.Object) -> bool:
    """Whether an Action moves the jaw bone, so that a pose that is not keyed is gone at the next frame."""
    action = armature.animation_data.action if armature.animation_data else None
    start = f"{bone_data_path(armature, JAW)}."
    return action is not None and any(
        curve.data_path.startswith((f"{start}location", f"{start}rotation_euler"))
        for curve in compat.all_curves(action)
    )


def key(armature: bpy.types.Object, frame: float) -> None:
    """Keyframes of the jaw bone at a frame, in the Action that the armature plays, or a new one."""
    bone = pose_bone(armature, JAW)
    for channel in ("location", "rotation_euler"):
        bone.keyframe_insert(channel, frame=frame)
    edits.settle(armature)


def _controls(armature: bpy.types.Object) -> tuple[JawControls, float]:
    *measures, mm_per_unit = armature.aim.jaw_measures
    return JawControls(*measures), mm_per_unit
