# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nearest points of a triangle mesh, with the two lips told apart by their normals."""

from dataclasses import dataclass

import numpy as np
import trimesh
from scipy.spatial import cKDTree

from .mesh import Mesh


@dataclass(frozen=True)
class SurfacePoints:
    """Points on a mesh's surface.

    Attributes:
        corners: [N, 3] int32 vertex numbers of the triangle each point lies in.
        weights: [N, 3] float64 barycentric weights, >= 0, rows sum to one.
    """

    corners: np.ndarray
    weights: np.ndarray

    def interpolate(self, field: np.ndarray) -> np.ndarray:
        """A per-vertex field [V, C] at the points, [N, C]."""
        return np.einsum("nk,nkc->nc", self.weights, field[self.corners])


def nearest_points(
    mesh: Mesh, points: np.ndarray, normals: np.ndarray | None = None, candidates: int = 24
) -> SurfacePoints:
    """Nearest surface point of ``mesh`` for each of ``points`` [N, 3].

    Args:
        mesh: the surface.
        points: [N, 3] mm.
        normals: [N, 3] outward unit normals of the points, if known: surface that faces away is
            passed over, so that a point of the upper lip does not land on the lower lip.
        candidates: triangles looked at per point, by their centres.
    """
    triangles = mesh.triangles
    corners = mesh.vertices[triangles].astype(np.float64)  # [T, 3, 3]
    count = min(candidates, len(triangles))
    _, near = cKDTree(corners.mean(axis=1)).query(points, k=count)
    near = near.reshape(len(points), count)
    flat = near.reshape(-1)
    repeated = np.repeat(np.asarray(points, np.float64), count, axis=0)
    closest = trimesh.triangles.closest_point(corners[flat], repeated)
    distance = np.linalg.norm(closest - repeated, axis=1).reshape(near.shape)
    if normals is not None:
        edges = corners[:, 1:] - corners[:, :1]
        facing = np.cross(edges[:, 0], edges[:, 1])
        facing /= np.maximum(np.linalg.norm(facing, axis=1, keepdims=True), 1e-12)
        away = np.einsum("nkc,nc->nk", facing[near], normals) < 0
        distance = np.where(away & ~away.all(axis=1, keepdims=True), np.inf, distance)
    best = distance.argmin(axis=1)
    row = np.arange(len(points))
    chosen = near[row, best]
    place = closest.reshape(*near.shape, 3)[row, best]
    weights = trimesh.triangles.points_to_barycentric(corners[chosen], place)
    weights = np.clip(np.nan_to_num(weights, nan=1 / 3), 0, None)
    weights /= weights.sum(axis=1, keepdims=True)
    return SurfacePoints(triangles[chosen], weights)
