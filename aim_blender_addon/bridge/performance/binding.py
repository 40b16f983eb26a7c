# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where markers, the vertices of an object, and tracks seen by cameras sit on the skin of the neutral."""

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from ...backend.geometry.mesh import Mesh
from ..data.evaluating import evaluated
from ..data.head_space import HeadSpace
from ..data.meshes import read_object, transform

#: Fewer markers do not hold a head.
FEWEST_MARKERS = 6
#: A marker farther from the skin than this is not on it, mm.
FAR_MM = 30.0


@dataclass(frozen=True)
class Place:
    """A point of the skin.

    Attributes:
        corners: [3] vertices of a triangle.
        barycentric: [3] their weights.
        offset: [3] mm from the skin to what is bound there, in the neutral.
        distance: length of that, mm.
    """

    corners: tuple[int, ...]
    barycentric: tuple[float, ...]
    offset: tuple[float, ...]
    distance: float


class Skin:
    """The neutral's skin, to be met by points and rays.

    Args:
        mesh: head space mm.
    """

    def __init__(self, mesh: Mesh) -> None:
        self._points = mesh.vertices.astype(np.float64)
        self._triangles = mesh.triangles
        self._tree = BVHTree.FromPolygons(mesh.vertices.tolist(), self._triangles.tolist())

    def nearest(self, point: np.ndarray) -> Place:
        """The place nearest to a point [3]; the point's offset from there is kept."""
        place, _normal, index, _distance = self._tree.find_nearest(Vector(point.tolist()))
        return self._place(np.array(place, np.float64), index, point)

    def hit(self, start: np.ndarray, direction: np.ndarray) -> Place | None:
        """The first place on a ray, or None where it passes the skin by."""
        place, _normal, index, _distance = self._tree.ray_cast(
            Vector(start.tolist()), Vector(direction.tolist())
        )
        if index is None:
            return None
        found = np.array(place, np.float64)
        return self._place(found, index, found)

    def _place(self, found: np.ndarray, triangle: int, point: np.ndarray) -> Place:
        corners = self._triangles[triangle]
        weights = _barycentric(found, self._points[corners])
        offset = point - found
        return Place(
            tuple(int(corner) for corner in corners),
            tuple(weights.tolist()),
            tuple(offset.tolist()),
            float(np.linalg.norm(offset)),
        )


def marker_places(
    markers: Sequence[bpy.types.Object], skin: Skin, space: HeadSpace, context: bpy.types.Context
) -> list[Place]:
    """Where markers, on or just above the skin, sit on it, as they are now."""
    with evaluated(context, markers) as twins:
        world = np.array([twin.matrix_world.translation for twin in twins], np.float64)
    return [skin.nearest(point) for point in _in_head_space(world, space)]


def vertex_places(
    cloud: bpy.types.Object, skin: Skin, space: HeadSpace, context: bpy.types.Context
) -> list[tuple[int, Place]]:
    """Number and place of each vertex of ``cloud``, as it is now; those at NaN are left out."""
    points = read_object(cloud, space, context).vertices.astype(np.float64)
    seen = np.flatnonzero(np.isfinite(points).all(axis=1))
    return [(int(number), skin.nearest(points[number])) for number in seen]


def _in_head_space(world: np.ndarray, space: HeadSpace) -> np.ndarray:
    return transform(world.reshape(-1, 3), space.from_world()).astype(np.float64)


def _barycentric(point: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Weights [3] of a triangle's corners [3, 3] for a point on it."""
    edges = np.stack([corners[1] - corners[0], corners[2] - corners[0]], axis=1)
    second, third = np.linalg.lstsq(edges, point - corners[0], rcond=None)[0]
    return np.array([1.0 - second - third, second, third])
