# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A polygon mesh as plain arrays, in the layout Blender uses (numpy only)."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Mesh:
    """Vertices and polygons of any size.

    Attributes:
        vertices: [V, 3] float32, millimetres, head space.
        face_vertices: [L] int32, the polygons' vertex numbers one after the other.
        face_sizes: [F] int32, corners of each polygon; sums to L.
        name: what the user calls it; used in messages.
    """

    vertices: np.ndarray
    face_vertices: np.ndarray
    face_sizes: np.ndarray
    name: str = field(default="mesh", compare=False)

    @classmethod
    def from_triangles(
        cls, vertices: np.ndarray, triangles: np.ndarray, name: str = "mesh"
    ) -> "Mesh":
        """A mesh from [V, 3] vertices and [T, 3] triangles."""
        triangles = np.ascontiguousarray(triangles, np.int32)
        return cls(
            np.ascontiguousarray(vertices, np.float32),
            triangles.reshape(-1),
            np.full(len(triangles), 3, np.int32),
            name,
        )

    def with_vertices(self, vertices: np.ndarray, name: str | None = None) -> "Mesh":
        """The same polygons over other [V, 3] positions."""
        return Mesh(
            np.ascontiguousarray(vertices, np.float32),
            self.face_vertices,
            self.face_sizes,
            self.name if name is None else name,
        )

    @cached_property
    def triangles(self) -> np.ndarray:
        """[T, 3] int32: every polygon as a fan about its first corner."""
        return fan_triangles(self.face_vertices, self.face_sizes)

    @cached_property
    def normals(self) -> np.ndarray:
        """[V, 3] float32 unit vertex normals, area weighted; zero at loose vertices."""
        return vertex_normals(self.vertices, self.triangles)


def fan_triangles(face_vertices: np.ndarray, face_sizes: np.ndarray) -> np.ndarray:
    """Triangles [T, 3] int32 of polygons given as flat corners [L] and sizes [F]."""
    starts = np.cumsum(face_sizes) - face_sizes
    counts = np.maximum(face_sizes - 2, 0)
    owner = np.repeat(np.arange(len(face_sizes)), counts)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = starts[owner]
    corners = np.stack([first, first + step + 1, first + step + 2], axis=1)
    return np.ascontiguousarray(face_vertices[corners], np.int32)


def area_vectors(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Twice the area of each triangle along its normal, [T, 3] float64; triangles wind counter-clockwise."""
    corner = np.asarray(vertices)[triangles].astype(np.float64)  # [T, 3, 3]
    return np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])


def vertex_areas(mesh: "Mesh") -> np.ndarray:
    """[V] float64 mm^2 of the surface about each vertex: a third of its triangles'."""
    double = np.linalg.norm(area_vectors(mesh.vertices, mesh.triangles), axis=1)
    return np.bincount(
        mesh.triangles.ravel(), np.repeat(double / 6, 3), minlength=len(mesh.vertices)
    )


def triangle_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit normals [T, 3] float64 of triangles; shorter for a triangle of less than 1e-12 mm^2."""
    normals = area_vectors(vertices, triangles)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit vertex normals [V, 3] float32, weighted by triangle area; zero where there is no face."""
    face = area_vectors(vertices, triangles)
    total = np.stack(
        [
            np.bincount(triangles.ravel(), np.repeat(face[:, axis], 3), minlength=len(vertices))
            for axis in range(3)
        ],
        axis=1,
    )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return (total / np.where(length > 0, length, 1)).astype(np.float32)
