# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tangents of a mesh as game engines and Blender take them: MikkTSpace (Mikkelsen 2008), in numpy.

Each triangle has the direction in which u grows. At a corner it is laid into the plane of the vertex normal, and the
triangles there are averaged by their angles. Corners with another UV, or with UV turned over, stand apart.
"""

import numpy as np

from ..geometry.mesh import Mesh
from .uv import UvMap

_LEAST = 1e-20


def uv_tangents(mesh: Mesh, uv: UvMap, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit tangents [U, 3] at the points of a UV map, and the signs [U] of their bitangents.

    A bitangent is ``sign * cross(normal, tangent)``. At points that no triangle reaches both are zero.

    Args:
        mesh: any shape of it, any unit.
        uv: its UV.
        normals: [V, 3] unit, of that shape.
    """
    triangles = _corner_triangles(mesh, uv)
    vertex, point = mesh.face_vertices.astype(np.int64)[triangles], uv.corners[triangles]
    places = np.asarray(mesh.vertices, np.float64)[vertex]
    flat = uv.points[point]
    one, two = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    grows = two[:, 1, None] * (places[:, 1] - places[:, 0])
    grows -= one[:, 1, None] * (places[:, 2] - places[:, 0])
    grows *= np.sign(area)[:, None]
    normal = np.asarray(normals, np.float64)[vertex]
    total, sign = np.zeros((len(uv.points), 3)), np.zeros(len(uv.points))
    for k in range(3):
        own = normal[:, k]
        tangent = _unit(_laid(grows, own))
        before = _unit(_laid(places[:, k - 1] - places[:, k], own))
        after = _unit(_laid(places[:, (k + 1) % 3] - places[:, k], own))
        angle = np.arccos(np.clip(np.einsum("ij,ij->i", before, after), -1, 1))
        angle[np.abs(area) < _LEAST] = 0
        for axis in range(3):
            total[:, axis] += np.bincount(
                point[:, k], angle * tangent[:, axis], minlength=len(total)
            )
        sign += np.bincount(point[:, k], angle * np.sign(area), minlength=len(total))
    return _unit(total), np.sign(sign)


def _corner_triangles(mesh: Mesh, uv: UvMap) -> np.ndarray:
    """[T, 3] into the corners: quads are cut along the diagonal that is shorter in UV, or in space; others as fans."""
    sizes = mesh.face_sizes.astype(np.int64)
    starts = np.cumsum(sizes) - sizes
    quads = starts[sizes == 4]  # noqa: PLR2004
    places = np.asarray(mesh.vertices, np.float32)[mesh.face_vertices]
    around = quads[:, None] + np.arange(4)
    by_uv, by_place = (
        _diagonals(values[around]) for values in (uv.points[uv.corners].astype(np.float32), places)
    )
    shorter = (by_uv[1] < by_uv[0]) | ((by_uv[1] == by_uv[0]) & (by_place[1] < by_place[0]))
    turn = shorter.astype(np.int64)
    corner = quads[:, None] + (turn[:, None] + np.arange(4)) % 4
    found = [corner[:, [0, 1, 2]], corner[:, [0, 2, 3]]]
    for size in np.unique(sizes[sizes != 4]):  # noqa: PLR2004
        start = starts[sizes == size]
        found += [
            np.stack([start, start + k, start + k + 1], axis=1) for k in range(1, int(size) - 1)
        ]
    return np.concatenate(found)


def _diagonals(corners: np.ndarray) -> list[np.ndarray]:
    """Square lengths [Q] of both diagonals of quads [Q, 4, D], in single precision as the original has them."""
    return [np.square(corners[:, k + 2] - corners[:, k]).sum(axis=1) for k in range(2)]


def _laid(vectors: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Vectors [N, 3] without their part along normals [N, 3]."""
    return vectors - normals * np.einsum("ij,ij->i", vectors, normals)[:, None]


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > _LEAST, length, 1)
