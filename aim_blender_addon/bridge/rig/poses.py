# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses of bones as an animator keys them, and where the two bones of a face rest (numpy only).

Blender moves what a bone carries by ``pose . rest^-1``, both in armature space. A rigid motion T of the jaw in head
space is therefore the bone's own (keyed) transform ``rest^-1 . T . rest``, seen along the axes the bone rests in.
"""

from dataclasses import dataclass

import numpy as np

from ...backend.anatomy.jaw.joint import JawJoint

#: From the middle of the condyles to where the skull sits on the spine, in lengths from condyles to incisors.
_NECK_BACK = 0.24
_NECK_DOWN = 0.32
#: Length of the skull bone, in lengths from condyles to incisors.
_SKULL_LENGTH = 1.3


@dataclass(frozen=True)
class RestBone:
    """Where a bone rests, in head space and millimetres.

    Attributes:
        head: [3] the pivot.
        tail: [3] the tip.
        up: [3] unit vector the bone's local Z points along.
    """

    head: np.ndarray
    tail: np.ndarray
    up: np.ndarray


def rest_bones(joint: JawJoint) -> dict[str, RestBone]:
    """The bones ``skull`` and ``jaw``: local X of both runs through the condyles to the face's left.

    The jaw lies from the middle between the condyles to the lower incisors with Z down, so that a positive X rotation
    opens it; the skull stands on the spine with Z to the front, so that a positive X rotation nods.
    """
    _left, along, above = joint.left_front_up
    _left, front, up = joint.head_axes
    length = along @ (np.asarray(joint.incisor, np.float64) - joint.pivot)
    neck = joint.pivot - length * (_NECK_BACK * front + _NECK_DOWN * up)
    return {
        "skull": RestBone(neck, neck + up * (_SKULL_LENGTH * length), front),
        "jaw": RestBone(joint.pivot, joint.pivot + length * along, -above),
    }


def bone_channels(poses: np.ndarray, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What to key on a bone so that it carries out rigid motions of its parent's space.

    Args:
        poses: [N, 4, 4] rigid, in the units of the armature.
        rest: [4, 4] the bone's rest matrix in the armature.

    Returns:
        Locations [N, 3] and XYZ Euler angles [N, 3] in radians, float64.
    """
    rest = np.asarray(rest, np.float64)
    local = np.linalg.inv(rest) @ np.asarray(poses, np.float64) @ rest
    return local[:, :3, 3], _euler_xyz(local[:, :3, :3])


def joint_channels(
    parameters: np.ndarray, length: float, slope: float
) -> tuple[np.ndarray, np.ndarray]:
    """What to key on the jaw bone for the joint's parameters [4]: location [3] mm and XYZ angles [3] radians.

    Its local X runs to the left, Y to the incisors, Z down (``rest_bones``).
    """
    opening, slide, side, shift = np.asarray(parameters, np.float64)
    location = np.array([shift, slide * np.cos(slope), slide * np.sin(slope)])
    return location, np.array([opening, 0.0, -side / length])


def channel_parameters(
    location: np.ndarray, rotation: np.ndarray, length: float, slope: float
) -> np.ndarray:
    """The joint's parameters [4] nearest to what is keyed on the jaw bone (location [3] mm, XYZ angles [3])."""
    slide = location[1] * np.cos(slope) + location[2] * np.sin(slope)
    return np.array([rotation[0], slide, -rotation[2] * length, location[0]])


def in_units(poses: np.ndarray, mm_per_unit: float) -> np.ndarray:
    """Poses [N, 4, 4] in millimetres as the same poses in Blender units, float64."""
    scaled = np.array(poses, np.float64)
    scaled[:, :3, 3] /= mm_per_unit
    return scaled


def _euler_xyz(rotation: np.ndarray) -> np.ndarray:
    """Blender's XYZ angles [N, 3] of rotations [N, 3, 3]: about X first, Z last."""
    across = np.hypot(rotation[:, 0, 0], rotation[:, 1, 0])
    return np.stack(
        [
            np.arctan2(rotation[:, 2, 1], rotation[:, 2, 2]),
            np.arctan2(-rotation[:, 2, 0], across),
            np.arctan2(rotation[:, 1, 0], rotation[:, 0, 0]),
        ],
        axis=1,
    )
