# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Yaw, pitch and roll of heads and eyes as rotations, with the signs that Live Link Face writes (numpy only).

Yaw is to the person's right, pitch down, roll to the left shoulder. In recordings of Live Link Face the eyes' yaw
falls with eyeLookOutLeft and eyeLookInRight and their pitch rises with eyeLookDown, each with a correlation of 0.99.
The head's angles are made by the same code, which takes rotations over into Unreal's left-handed axes.
"""

import numpy as np


def turned(left_up_front: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Rotations [..., 3, 3] of angles (yaw, pitch, roll) [..., 3] in radians: roll first, yaw last.

    Args:
        left_up_front: [3, 3] unit vectors of the face, one a row.
        angles: yaw to the right, pitch down, roll to the left.
    """
    left, up, front = np.asarray(left_up_front, np.float64)
    yaw, pitch, roll = np.moveaxis(np.asarray(angles, np.float64), -1, 0)
    return _about(up, -yaw) @ _about(left, pitch) @ _about(front, -roll)


def _about(axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Rotations [..., 3, 3] about a unit vector [3] by angles [...]."""
    cross = np.cross(np.eye(3), axis)
    angle = angle[..., None, None]
    return np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
