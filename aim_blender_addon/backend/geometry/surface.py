# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nearest points of a triangle mesh, with the two lips told apart by their normals."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .mesh import Mesh, triangle_normals


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
        normals: [N, 3] outward unit normals of the points, if known: surface that faces away is left out. So a
            point of the upper lip does not land on the lower lip.
        candidates: triangles tested per point, those of the nearest centres.
    """
    triangles = mesh.triangles
    corners = mesh.vertices[triangles].astype(np.float64)  # [T, 3, 3]
    count = min(candidates, len(triangles))
    points = np.asarray(points, np.float64)
    _, near = cKDTree(corners.mean(axis=1)).query(points, k=count)
    near = near.reshape(len(points), count)
    weights, distance = closest_weights(points[:, None], corners[near])
    if normals is not None:
        facing = triangle_normals(mesh.vertices, triangles)
        facing_away = np.einsum("nkc,nc->nk", facing[near], normals) < 0
        distance = np.where(facing_away & ~facing_away.all(axis=1, keepdims=True), np.inf, distance)
    best = distance.argmin(axis=1)
    row = np.arange(len(points))
    return SurfacePoints(triangles[near[row, best]], weights[row, best])


def closest_weights(points: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where in each triangle the place nearest to a point is.

    With edges a, b from the first corner and d from there to the point everything follows from their products, so
    that hardly any array has three coordinates: the inside of the triangle and its three edges are tried.

    Args:
        points: [..., 3].
        corners: [..., 3, 3] a triangle for each, or more (the leading axes are broadcast).

    Returns:
        Barycentric weights [..., 3], none negative, and squared distances [...].
    """
    first, second, third = (np.moveaxis(corners[..., k, :], -1, 0).copy() for k in range(3))
    points = np.moveaxis(points, -1, 0)
    a, b, d = second - first, third - first, points - first
    aa, ab, bb, ad, bd, dd = (
        x[0] * y[0] + x[1] * y[1] + x[2] * y[2]
        for x, y in ((a, a), (a, b), (b, b), (a, d), (b, d), (d, d))
    )
    tiny = 1e-30
    area = aa * bb - ab * ab
    flat = area < 1e-12 * aa * bb + tiny
    scale = 1 / np.where(flat, 1.0, area)
    u, v = (bb * ad - ab * bd) * scale, (aa * bd - ab * ad) * scale
    inside = (u >= 0) & (v >= 0) & (u + v <= 1) & ~flat
    zero = np.zeros_like(u)
    along = np.clip((aa - ab + bd - ad) / np.maximum(aa - 2 * ab + bb, tiny), 0, 1)
    edges = (
        (np.clip(ad / np.maximum(aa, tiny), 0, 1), zero),
        (zero, np.clip(bd / np.maximum(bb, tiny), 0, 1)),
        (1 - along, along),
    )
    best = np.full_like(u, np.inf)
    for x, y in edges:
        square = dd - 2 * (x * ad + y * bd) + x * x * aa + 2 * x * y * ab + y * y * bb
        better = ~inside & (square < best)
        u, v = np.where(better, x, u), np.where(better, y, v)
        best = np.where(better, square, best)
    square = dd - u * ad - v * bd  # inside the triangle the rest is normal to it
    weights = np.stack([np.maximum(1 - u - v, 0), u, v], axis=-1)
    return weights, np.maximum(np.where(inside, square, best), 0)
