# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mirror plane of a head, found by laying the reflected surface on the surface itself."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .mirror import plane_slopes
from .robust import cauchy_by_median
from .sampling import Samples


@dataclass(frozen=True)
class MirrorPlane:
    """Points x with ``normal . x == offset``.

    Attributes:
        normal: [3] float64 unit vector; either direction.
        offset: distance of the plane from the coordinate origin along ``normal``.
        residual: mean distance of the reflected surface from the surface, in the samples' units.
    """

    normal: np.ndarray
    offset: float
    residual: float

    def heights(self, points: np.ndarray) -> np.ndarray:
        """Signed distances [N] of points [N, 3]."""
        return points @ self.normal - self.offset

    def reflect(self, points: np.ndarray) -> np.ndarray:
        """Mirror images [N, 3] of points [N, 3]."""
        return points - 2 * self.heights(points)[:, None] * self.normal


def mirror_planes(samples: Samples, count: int = 3) -> list[MirrorPlane]:
    """The ``count`` best distinct mirror planes of a surface, best first.

    The search starts from reflections through the centroid in evenly spread directions. A few rounds of closest
    point-to-plane steps on few points improve each. More rounds on more points improve the best of them.

    Args:
        samples: points spread evenly over the surface, some thousands.
        count: planes wanted.
    """
    centre = samples.points.mean(axis=0)
    size = np.sqrt(((samples.points - centre) ** 2).sum(axis=1).mean())
    points, normals = (samples.points - centre) / size, samples.normals
    coarse = slice(None, None, max(1, len(points) // 300))
    target = slice(None, None, max(1, len(points) // 3000))
    rough = (cKDTree(points[target]), normals[target])
    found = [
        _improve(
            points[coarse], normals[coarse], *rough, MirrorPlane(direction, 0.0, np.inf), rounds=4
        )
        for direction in half_sphere(100)
    ]
    found.sort(key=lambda plane: plane.residual)
    distinct: list[MirrorPlane] = []
    for plane in found:
        if len(distinct) < count and all(
            abs(plane.normal @ other.normal) < 0.97 for other in distinct
        ):
            distinct.append(plane)
    every = slice(None, None, max(1, len(points) // 2500))
    full = (cKDTree(points), normals)
    found = [_improve(points[every], normals[every], *full, plane, rounds=10) for plane in distinct]
    found.sort(key=lambda plane: plane.residual)
    distinct = []
    for plane in found:
        if all(abs(plane.normal @ other.normal) < 0.99 for other in distinct):
            distinct.append(plane)
    return [
        MirrorPlane(p.normal, float(p.offset * size + p.normal @ centre), float(p.residual * size))
        for p in distinct
    ]


def refine_plane(
    plane: MirrorPlane, samples: Samples, rounds: int = 10, count: int = 4000
) -> MirrorPlane:
    """The plane moved to where it best mirrors ``samples`` (e.g. of the face alone), judged by ``count`` of them."""
    some = slice(None, None, max(1, len(samples.points) // count))
    points, normals = samples.points[some], samples.normals[some]
    return _improve(points, normals, cKDTree(samples.points), samples.normals, plane, rounds)


def half_sphere(count: int) -> np.ndarray:
    """Evenly spread unit vectors [count, 3] on a half sphere (Fibonacci lattice)."""
    height = (np.arange(count) + 0.5) / count
    angle = np.pi * (1 + 5**0.5) * np.arange(count)
    radius = np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1)


def _improve(points, normals, tree, tree_normals, plane: MirrorPlane, rounds: int) -> MirrorPlane:
    """Robust Gauss-Newton steps on the plane; residuals are distances to the tangent plane of the closest point."""
    normal, offset, residual = plane.normal, plane.offset, np.inf
    for step in range(rounds + 1):
        height = points @ normal - offset  # [N]
        turned = normals - 2 * (normals @ normal)[:, None] * normal  # [N, 3]
        mirrored = points - 2 * height[:, None] * normal
        distance, nearest = tree.query(mirrored)
        facing = tree_normals[nearest]
        agrees = (turned * facing).sum(axis=1) > 0.6
        if agrees.sum() < 30:
            return MirrorPlane(normal, offset, np.inf)
        used = agrees & (distance <= np.quantile(distance[agrees], 0.8))
        residuals = ((mirrored - tree.data[nearest]) * facing).sum(axis=1)[used]
        residual = np.abs(residuals).mean() / agrees.mean()
        if step == rounds:
            break
        tangent, jacobian = plane_slopes(points[used], facing[used], height[used], normal)
        weight = cauchy_by_median(residuals)
        system = jacobian.T @ (weight[:, None] * jacobian) + 1e-9 * np.eye(3)
        change = np.linalg.solve(system, -jacobian.T @ (weight * residuals))
        moved = normal + tangent @ change[:2]
        normal = moved / np.linalg.norm(moved)
        offset = float(offset + change[2])
    return MirrorPlane(normal, offset, float(residual))
