# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigid motions of points: applied, undone, and fitted to pairs of points (numpy only).

A motion is a 4x4 matrix of a rotation R and a shift t and takes a point x to R x + t. The fits take the
rotation nearest to the covariance of both point sets [Kabsch], and with a scale [Umeyama1991].
"""

import numpy as np


def move_rigidly(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points [..., 3] moved by a transform [4, 4]."""
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def undo_rigid(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points [..., N, 3] with the rigid motions [..., 4, 4] undone: the inverse of :func:`move_rigidly`."""
    return (points - matrix[..., None, :3, 3]) @ matrix[..., :3, :3]


def nearest_rotation(matrix: np.ndarray) -> np.ndarray:
    """The rotations nearest to matrices [..., 3, 3]; never a mirror image."""
    return rotation_and_stretch(matrix)[0]


def rotation_and_stretch(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rotations [..., 3, 3] nearest to matrices [..., 3, 3], and their singular values [..., 3].

    The last singular value is negative where a mirror image would be nearer still.
    """
    u, stretch, vt = np.linalg.svd(matrix)
    handed = np.sign(np.linalg.det(u @ vt))
    u[..., 2] *= handed[..., None]
    stretch[..., 2] *= handed
    return u @ vt, stretch


def rigid_about(rotation: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The motion [4, 4] with a rotation [3, 3] that takes the point ``source`` [3] to ``target`` [3]."""
    motion = np.eye(4)
    motion[:3, :3] = rotation
    motion[:3, 3] = target - motion[:3, :3] @ source
    return motion


def fit_rigid(source: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The motion [4, 4] from ``source`` [N, 3] to ``target`` [N, 3] of least squares, weighted by ``weight`` [N]."""
    weight = weight / weight.sum()
    middle, goal = weight @ source, weight @ target
    spread = (target - goal).T @ (weight[:, None] * (source - middle))
    return rigid_about(nearest_rotation(spread), middle, goal)


def fit_rigid_columns(source: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """As :func:`fit_rigid` for points as columns [3, N]: faster, as the points are not centred first."""
    weight = weight / weight.sum()
    middle, goal = source @ weight, target @ weight
    spread = (target * weight) @ source.T - np.outer(goal, middle)
    return rigid_about(nearest_rotation(spread), middle, goal)


def fit_similarity(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Rotation [3, 3], scale and shift [3] with target ~ scale R source + shift, for points [N, 3]."""
    middle, goal = source.mean(axis=0), target.mean(axis=0)
    rotation, stretch = rotation_and_stretch((target - goal).T @ (source - middle))
    scale = float(stretch.sum() / ((source - middle) ** 2).sum())
    return rotation, scale, goal - scale * rotation @ middle


def minus_cross(points: np.ndarray) -> np.ndarray:
    """[N, 3, 3] matrices X with X w = w x p, for points p [N, 3]."""
    x, y, z = points.T
    zero = np.zeros_like(x)
    rows = [[zero, z, -y], [-z, zero, x], [y, -x, zero]]
    return np.array(rows).transpose(2, 0, 1)


def rigid_of_twist(twist: np.ndarray) -> np.ndarray:
    """The motion [4, 4] of a rotation vector [3] and a shift [3]."""
    angle = np.linalg.norm(twist[:3])
    matrix = np.eye(4)
    matrix[:3, 3] = twist[3:]
    if angle > 1e-12:
        x, y, z = twist[:3] / angle
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        matrix[:3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return matrix
