# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Linear blend skinning with one moving bone, the jaw, and its exact inverse (numpy only)."""

import numpy as np


def skin_with_jaw(points: np.ndarray, jaw: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """LBS(x; T, k) = (1-k) x + k T x, for points [V, 3], a 4x4 jaw transform and weights [V]."""
    moved = move_rigidly(points, jaw)
    return points + weight[:, None] * (moved - points)


def undo_jaw(points: np.ndarray, jaw: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The x with ``skin_with_jaw(x, jaw, weight) == points``; float64.

    Each vertex has its own 3x3 matrix I + k (R - I). It can be inverted for every weight in [0, 1]
    as long as the jaw turns by less than 180 degrees.
    """
    weight = np.asarray(weight, float)
    matrix = np.eye(3) + weight[:, None, None] * (jaw[:3, :3] - np.eye(3))  # [V, 3, 3]
    right = np.asarray(points, float) - weight[:, None] * jaw[:3, 3]
    return np.linalg.solve(matrix, right[..., None])[..., 0]


def move_rigidly(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points [..., 3] moved by a 4x4 transform."""
    return points @ matrix[:3, :3].T + matrix[:3, 3]
