# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw's part of shapes that are driven by their values, below the pose of the jaw bone.

ARKit's jawOpen is tissue in a shape key and a pose of the jaw. A helper bone where the jaw bone rests takes that pose
by drivers. The jaw bone has it added below its own, so that it can be posed and keyed on top. The drivers are simple
expressions, which Blender evaluates without Python, and which play where scripts may not run.
"""

import re
from collections.abc import Mapping

import bpy
import numpy as np
from mathutils import Euler, Matrix

from ... import compat
from ..data.drivers import add_variable
from ..data.shape_keys import key_path
from . import armature as bones
from .own_bones import JAW, bone_name, pose_bone
from .poses import joint_channels

#: Custom property of the helper bone.
_MARK = "aim_shape_jaw"
_NAME = "jaw shapes"
_CONSTRAINT = "AIM Jaw of Shapes"
#: Coefficients below this, mm or radians, move nothing.
_NOTHING = 1e-5
#: A term of a driver of ours: a factor and a variable.
_TERM = re.compile(r"(-?\d+\.\d+)\*(v\d+)")


def set_up(
    armature: bpy.types.Object,
    keys: bpy.types.Key,
    jaws: Mapping[str, np.ndarray],
    context: bpy.types.Context,
) -> None:
    """Let shape keys move the jaw bone.

    Args:
        armature: of a baked rig.
        keys: of its skin.
        jaws: parameters [4] of the jaw's joint for each shape key at one.
        context: to edit bones in.
    """
    name = _helper(armature)
    if not name:
        name = bones.copy_bone(armature, bone_name(armature, JAW), _NAME, context)
        armature.data.bones[name][_MARK] = True
    helper = armature.pose.bones[name]
    helper.rotation_mode = 'XYZ'
    compat.hide_pose_bone(helper)
    length, _half_width, _path, slope, mm_per_unit = armature.aim.jaw_measures
    channels = {
        shape: joint_channels(parameters, length, slope) for shape, parameters in jaws.items()
    }
    for axis in range(3):
        moves = {shape: channel[0][axis] / mm_per_unit for shape, channel in channels.items()}
        turns = {shape: channel[1][axis] for shape, channel in channels.items()}
        _drive(helper, "location", axis, keys, moves)
        _drive(helper, "rotation_euler", axis, keys, turns)
    _constrain(armature, name)


def is_set_up(armature: bpy.types.Object | None) -> bool:
    """Whether shapes move the jaw bone of an armature, or can."""
    return armature is not None and bool(_helper(armature))


def switch(armature: bpy.types.Object, on: bool) -> None:
    """Let the jaw bone follow the shapes, or not."""
    bone = pose_bone(armature, JAW)
    constraint = bone.constraints.get(_CONSTRAINT) if bone else None
    if constraint is not None:
        constraint.mute = not on


def motion(armature: bpy.types.Object) -> np.ndarray:
    """[4, 4] Blender units: what the shapes add below the jaw bone's own pose, as Blender shows it."""
    name, bone = _helper(armature), pose_bone(armature, JAW)
    constraint = bone.constraints.get(_CONSTRAINT) if bone else None
    if not name or constraint is None or constraint.mute:
        return np.eye(4)
    rest = bones.rest_matrix(armature, name)
    shown = np.array(armature.pose.bones[name].matrix_basis, np.float64)
    return rest @ shown @ np.linalg.inv(rest)


def poses(armature: bpy.types.Object) -> dict[str, np.ndarray]:
    """[6] for each shape that moves the jaw: location in Blender units, and XYZ angles, of its helper bone at one."""
    name = _helper(armature)
    found: dict[str, np.ndarray] = {}
    curves = armature.animation_data.drivers if name and armature.animation_data else ()
    path = f'pose.bones["{bpy.utils.escape_identifier(name)}"].'
    for curve in curves:
        channel = {"location": 0, "rotation_euler": 3}.get(curve.data_path.removeprefix(path))
        if channel is None or not curve.data_path.startswith(path):
            continue
        shapes = {v.name: _shape_of(v.targets[0].data_path) for v in curve.driver.variables}
        for factor, variable in _TERM.findall(curve.driver.expression):
            values = found.setdefault(shapes.get(variable, ""), np.zeros(6))
            values[channel + curve.array_index] = float(factor)
    return found


def motion_of(armature: bpy.types.Object, pose: np.ndarray) -> np.ndarray:
    """[4, 4] Blender units: how a jaw moves whose helper bone has location and angles ``pose`` [6]."""
    rest = bones.rest_matrix(armature, _helper(armature)) if _helper(armature) else np.eye(4)
    basis = Matrix.Translation(pose[:3]) @ Euler(pose[3:]).to_matrix().to_4x4()
    return rest @ np.array(basis, np.float64) @ np.linalg.inv(rest)


def _shape_of(path: str) -> str:
    """The name of the shape key whose value a data path means."""
    quoted = path.removeprefix('key_blocks["').removesuffix('"].value')
    return bpy.utils.unescape_identifier(quoted)


def follow_rest(armature: bpy.types.Object, context: bpy.types.Context) -> None:
    """Let the helper bone rest where the jaw bone does, after that has moved."""
    name = _helper(armature)
    if name:
        bones.lay_on(armature, name, bone_name(armature, JAW), context)


def _helper(armature: bpy.types.Object) -> str:
    return next((bone.name for bone in armature.data.bones if bone.get(_MARK)), "")


def _drive(
    helper: bpy.types.PoseBone,
    channel: str,
    axis: int,
    keys: bpy.types.Key,
    factors: Mapping[str, float],
) -> None:
    """Let a channel be the sum of shape keys' values times factors."""
    helper.driver_remove(channel, axis)
    getattr(helper, channel)[axis] = 0.0
    used = {shape: factor for shape, factor in factors.items() if abs(factor) > _NOTHING}
    if not used:
        return
    driver = helper.driver_add(channel, axis).driver
    driver.type = 'SCRIPTED'
    terms = []
    for number, (shape, factor) in enumerate(used.items()):
        add_variable(driver, keys, key_path(shape), f"v{number}")
        terms.append(f"{factor:.6f}*v{number}")
    driver.expression = "+".join(terms).replace("+-", "-")


def _constrain(armature: bpy.types.Object, helper: str) -> None:
    jaw = pose_bone(armature, JAW)
    found = jaw.constraints.get(_CONSTRAINT)
    if found is None:
        found = jaw.constraints.new('COPY_TRANSFORMS')
        found.name = _CONSTRAINT
    found.target, found.subtarget = armature, helper
    found.target_space = found.owner_space = 'LOCAL'
    found.mix_mode = 'BEFORE_FULL'
