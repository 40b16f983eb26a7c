# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directed compression of the skin: the four numbers a point that wrinkles follow (numpy only).

This is the one formula. A node group in Blender is its twin, so each step is one that nodes can take.

1. Per face: ``l1 = p2 - p0`` and ``l2 = p3 - p1`` of its first corners (a triangle wraps), and their products
   ``g = (l1.l1, l1.l2, l2.l2)``.
2. Three vectors of the rest shape give the strain along 0, 45 and 90 degrees: ``e_a = k_a . g - 1/2``.
3. Faces are averaged to points, plainly.
4. The principal compression c and twice its direction give an amount ``A = 1 - exp(-max(0, c - start) / width)``.
5. Four lobes share A out: ``w = A max(0, +-cos 2d)^2, A max(0, +-sin 2d)^2`` for 0, 45, 90 and 135 degrees.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import ScanError
from ..geometry.mesh import Mesh

#: Channels of directed compression.
CHANNELS = 4
#: Strains of faces are held in here: lids and lips reach wild values.
LEAST_STRAIN, MOST_STRAIN = -1.0, 2.0
#: Faces whose area is less than this share of the mean have no strain.
_LEAST_AREA = 1e-9


@dataclass(frozen=True)
class Response:
    """How compression opens wrinkles.

    Attributes:
        start: compression from which on lines open, share of the length: one number, or [V] at each vertex.
        width: compression over which they reach two thirds of their depth.
    """

    start: float | np.ndarray = 0.03
    width: float = 0.12


@dataclass(frozen=True)
class SkinStrain:
    """What strain needs of the rest shape.

    Attributes:
        corners: [F, 4] vertices p0 to p3 of each face; a triangle's p3 is its p0.
        vectors: [F, 3, 3] ``aim_k1`` to ``aim_k3``, 1 / mm^2: strain along 0, 45 and 90 degrees.
        point_of: [L] vertex, and
        face_of: [L] face of each corner, of faces that have an area.
        count: vertices of the mesh.
    """

    corners: np.ndarray
    vectors: np.ndarray
    point_of: np.ndarray
    face_of: np.ndarray
    count: int

    @classmethod
    def of(cls, rest: Mesh, axis: np.ndarray | None = None) -> "SkinStrain":
        """Of a rest shape, mm.

        Args:
            rest: the neutral.
            axis: [3] unit; 0 degrees is this direction laid on the skin. The x axis without.
        """
        axis = np.array([1.0, 0, 0]) if axis is None else np.asarray(axis, np.float64)
        sizes = rest.face_sizes.astype(np.int64)
        starts = np.cumsum(sizes) - sizes
        corner = starts[:, None] + np.arange(4) % sizes[:, None]
        corners = rest.face_vertices.astype(np.int64)[corner]
        one, two = _diagonals(np.asarray(rest.vertices, np.float64), corners)
        normal = np.cross(one, two)
        area = np.linalg.norm(normal, axis=1)
        sound = area > _LEAST_AREA * max(float(area.mean()), 1e-30)
        normal /= np.where(sound, area, 1)[:, None]
        across = axis - normal * (normal @ axis)[:, None]
        length = np.linalg.norm(across, axis=1)
        other = np.roll(axis, 1) - normal * (normal @ np.roll(axis, 1))[:, None]
        across = np.where((length > 1e-6)[:, None], across, other)  # noqa: PLR2004
        across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
        up = np.cross(normal, across)
        plane = np.stack(  # [F, 2, 2] columns are the diagonals in the tangents
            [np.stack([_dot(t, one), _dot(t, two)], axis=1) for t in (across, up)], axis=1
        )
        plane[~sound] = np.eye(2)
        back = np.linalg.inv(plane)
        vectors = []
        for angle in np.radians([0.0, 45.0, 90.0]):
            a = back @ np.array([np.cos(angle), np.sin(angle)])  # [F, 2]
            vectors.append(np.stack([a[:, 0] ** 2, 2 * a[:, 0] * a[:, 1], a[:, 1] ** 2], axis=1))
        k = 0.5 * np.stack(vectors, axis=1)
        k[~sound] = 0
        face_of = np.repeat(np.arange(len(sizes)), sizes)
        used = sound[face_of]
        return cls(
            corners, k, rest.face_vertices.astype(np.int64)[used], face_of[used], len(rest.vertices)
        )

    def strain(self, vertices: np.ndarray) -> np.ndarray:
        """[V, 3] strain along 0, 45 and 90 degrees in the rest tangents, of a shape [V, 3] mm."""
        vertices = np.asarray(vertices, np.float64)
        if vertices.shape != (self.count, 3):
            raise ScanError(
                f"A shape has {len(vertices):,} vertices and the neutral {self.count:,}: "
                "give shapes in the neutral's topology"
            )
        one, two = _diagonals(vertices, self.corners)
        products = np.stack([_dot(one, one), _dot(one, two), _dot(two, two)], axis=1)
        face = np.einsum("fak,fk->fa", self.vectors, products) - 0.5
        face = np.clip(face, LEAST_STRAIN, MOST_STRAIN)
        total = np.bincount(self.point_of, minlength=self.count)
        return np.stack(
            [
                np.bincount(self.point_of, face[self.face_of, k], minlength=self.count)
                / np.maximum(total, 1)
                for k in range(3)
            ],
            axis=1,
        )

    def channels(self, vertices: np.ndarray, response: Response | None = None) -> np.ndarray:
        """[V, 4] ``aim_w`` of a shape [V, 3] mm."""
        return channels(self.strain(vertices), response)


def principal(strain: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Largest compression [...], positive where shorter, and cosine and sine of twice its direction.

    Args:
        strain: [..., 3] along 0, 45 and 90 degrees.
    """
    first, diagonal, second = strain[..., 0], strain[..., 1], strain[..., 2]
    mean, half = (first + second) / 2, (first - second) / 2
    shear = diagonal - mean
    radius = np.hypot(half, shear)
    safe = np.maximum(radius, 1e-12)
    return radius - mean, -half / safe, -shear / safe


def channels(strain: np.ndarray, response: Response | None = None) -> np.ndarray:
    """[..., 4] directed compression of strains [..., 3]."""
    response = response or Response()
    compression, cosine, sine = principal(strain)
    amount = 1 - np.exp(-np.maximum(compression - response.start, 0) / response.width)
    lobes = np.stack([cosine, sine, -cosine, -sine], axis=-1)
    return amount[..., None] * np.maximum(lobes, 0) ** 2


def _diagonals(vertices: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    p = vertices[corners]
    return p[:, 2] - p[:, 0], p[:, 3] - p[:, 1]


def _dot(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", one, two)
