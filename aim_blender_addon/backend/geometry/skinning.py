# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Linear blend skinning with one moving bone, the jaw, and its exact inverse (numpy only)."""

import numpy as np

from .rigid import move_rigidly


def skin_with_jaw(points: np.ndarray, jaw: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """LBS(x; T, k) = (1-k) x + k T x, for points [V, 3], a 4x4 jaw transform and weights [V]."""
    moved = move_rigidly(points, jaw)
    return points + weight[:, None] * (moved - points)


def undo_jaw(points: np.ndarray, jaw: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The x with ``skin_with_jaw(x, jaw, weight) == points``; float64.

    Each vertex has its own 3x3 matrix I + k (R - I). R turns about one axis. Along the axis the matrix is one, and
    across it the complex number 1 + k (exp(i angle) - 1). That number has an inverse for every weight in [0, 1] if
    the jaw turns by less than 180 degrees.

    Args:
        points: [V, 3].
        jaw: [4, 4], a rotation and a translation.
        weight: [V].
    """
    weight = np.asarray(weight, float)
    turn = jaw[:3, :3]
    right = np.asarray(points, float) - weight[:, None] * jaw[:3, 3]
    twice_sine_axis = np.array(
        [turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]
    )
    sine, cosine = np.linalg.norm(twice_sine_axis) / 2, (np.trace(turn) - 1) / 2
    if sine < 1e-12:
        return right
    axis = twice_sine_axis / (2 * sine)
    real, imaginary = 1 + weight * (cosine - 1), weight * sine
    size = real**2 + imaginary**2
    along = (right @ axis)[:, None] * axis
    return (
        along
        + (real / size)[:, None] * (right - along)
        - (imaginary / size)[:, None] * np.cross(axis, right)
    )
