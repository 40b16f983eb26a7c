# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sampling of a triangle mesh: evenly spread points with normals."""

from dataclasses import dataclass

import numpy as np

from .mesh import area_vectors

#: A head has some 200,000 at the densest, a whole body some millions.
MOST_SAMPLES = 10_000_000


class SurfaceTooLargeError(ValueError):
    """A surface is far too large for the spacing of its samples."""


@dataclass(frozen=True)
class Samples:
    """Points on a mesh.

    Attributes:
        points: [N, 3] float64, the mesh's units and space.
        normals: [N, 3] float64 unit face normals.
        triangle: [N] int, the triangle each point lies on.
        barycentric: [N, 3] float64, the point's weights in that triangle's corners.
    """

    points: np.ndarray
    normals: np.ndarray
    triangle: np.ndarray
    barycentric: np.ndarray


def triangle_areas(vertices: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Areas [T] and unit normals [T, 3] (zero for a triangle without area)."""
    normal = area_vectors(vertices, triangles)
    length = np.linalg.norm(normal, axis=1)
    return length / 2, normal / np.where(length > 0, length, 1)[:, None]


def random_samples(
    vertices: np.ndarray, triangles: np.ndarray, count: int, seed: int = 0
) -> Samples:
    """``count`` points spread by area (deterministic for a seed)."""
    areas, normals = triangle_areas(vertices, triangles)
    rng = np.random.default_rng(seed)
    cumulative = np.cumsum(areas)
    drawn = (np.arange(count) + rng.random(count)) / count * cumulative[-1]  # stratified
    triangle = np.minimum(np.searchsorted(cumulative, drawn), len(triangles) - 1)
    u, v = rng.random((2, count))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    return _at(vertices, triangles, normals, triangle, np.stack([1 - u - v, u, v], axis=1))


def dense_samples(vertices: np.ndarray, triangles: np.ndarray, spacing: float) -> Samples:
    """Points on every triangle, no more than about ``spacing`` apart.

    Raises:
        SurfaceTooLargeError: these would be far more than any person's surface has.
    """
    _, normals = triangle_areas(vertices, triangles)
    corner = vertices[triangles].astype(np.float64)
    longest = np.linalg.norm(corner - np.roll(corner, 1, axis=1), axis=2).max(axis=1)
    steps = np.clip(np.ceil(longest / spacing), 1, 400).astype(int)  # [T]
    if (steps.astype(np.int64) ** 2).sum() > MOST_SAMPLES:
        raise SurfaceTooLargeError
    triangle, weights = [], []
    for n in np.unique(steps):
        chosen = np.flatnonzero(steps == n)
        lattice = _lattice(n)
        triangle.append(np.repeat(chosen, len(lattice)))
        weights.append(np.tile(lattice, (len(chosen), 1)))
    return _at(vertices, triangles, normals, np.concatenate(triangle), np.concatenate(weights))


def _lattice(n: int) -> np.ndarray:
    """Barycentric centres [n * n, 3] of the small triangles when each edge is cut in ``n``."""
    i, j = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    up = (i + j) < n
    down = (i + j) < n - 1
    first = np.concatenate([i[up] + 1 / 3, i[down] + 2 / 3])
    second = np.concatenate([j[up] + 1 / 3, j[down] + 2 / 3])
    return np.stack([n - first - second, first, second], axis=1) / n


def _at(vertices, triangles, normals, triangle, barycentric) -> Samples:
    corner = vertices[triangles[triangle]].astype(np.float64)  # [N, 3, 3]
    points = np.einsum("nc,ncd->nd", barycentric, corner)
    return Samples(points, normals[triangle], triangle, barycentric)
