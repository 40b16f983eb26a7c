# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A level cut through the neck of the sample head, without a new vertex (numpy only).

The rings of quads below a head rise and fall by centimetres. Seen from an axis through the neck, its
surface has one distance for each direction and height. In that chart every vertex slides up or down, along the
surface, until the last ring lies level.
"""

import numpy as np

from ..geometry.mesh import fan_triangles


def level_neck(
    stack: np.ndarray, near: np.ndarray, top: np.ndarray, bottom: np.ndarray, between: np.ndarray
) -> None:
    """Slide the vertices of the neck until the lowest ring lies level, in place.

    Args:
        stack: [U, N, 3] the neutral first (mm, y up), then displacements, which slide along.
        near: [F, 4] quads of the neck and further down, which say where the surface is.
        top: vertices of the upper border of the neck, which stay.
        bottom: vertices of the lowest ring; its highest point sets the level.
        between: all other vertices of the neck.
    """
    neutral = stack[0].copy()
    centre = neutral[bottom][:, [0, 2]].mean(axis=0)
    direction, height = _chart(neutral, centre)
    level = height[bottom].max()
    slid = np.concatenate([between, bottom])
    upper = _around(direction[top], height[top], direction[slid])
    lower = _around(direction[bottom], height[bottom], direction[slid])
    fraction = np.clip((upper - height[slid]) / (upper - lower), 0, 1)
    fraction[len(between) :] = 1
    goal = upper + fraction * (level - upper)

    triangles = fan_triangles(near.ravel(), np.full(len(near), 4))
    stack[:, slid] = _sample(stack, triangles, direction, height, direction[slid], goal)


def _chart(points: np.ndarray, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Direction (radians, 0 to the front) and height of [N, 3] points around an upright axis."""
    return np.arctan2(points[:, 0] - centre[0], points[:, 2] - centre[1]), points[:, 1]


def _around(at: np.ndarray, values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """A periodic function of direction, known at some, read off at others."""
    return np.interp(where, at, values, period=2 * np.pi)


def _sample(stack, triangles, direction, height, where, goal) -> np.ndarray:
    """Values [U, M, 3] of the ``stack`` at ``where`` [M] and ``goal`` [M] of the chart, linear on triangles."""
    out = np.empty((stack.shape[0], len(where), 3))
    corner_height = height[triangles]  # [T, 3]
    for number, (angle, level) in enumerate(zip(where, goal, strict=True)):
        turn = np.angle(
            np.exp(1j * (direction[triangles] - angle))
        )  # [T, 3], no seam near the point
        rise = corner_height - level
        area = (
            turn[:, [1, 2, 0]] * rise[:, [2, 0, 1]] - turn[:, [2, 0, 1]] * rise[:, [1, 2, 0]]
        )  # [T, 3]
        whole = area.sum(axis=1)
        near = (np.abs(turn).max(axis=1) < 1) & (np.abs(whole) > 1e-9)
        barycentric = area / np.where(near, whole, 1)[:, None]
        inside = np.where(near, barycentric.min(axis=1), -np.inf)
        best = int(inside.argmax())
        weight = np.clip(barycentric[best], 0, None)
        out[:, number] = np.einsum("c,uck->uk", weight / weight.sum(), stack[:, triangles[best]])
    return out
