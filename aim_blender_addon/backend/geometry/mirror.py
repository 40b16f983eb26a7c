# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which place of a face is on its other side (numpy only).

A mesh with the same polygons on the left and on the right is walked along on both sides from its middle line. Its
pairs are exact, however lopsided the person is. Elsewhere the mirrored vertex's nearest place on the surface
counts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from .mesh import Mesh, triangle_normals
from .robust import cauchy_by_median
from .smooth import smooth_step

#: Nearest places [N, 3] on a surface to points [N, 3], and the triangles [N] they lie in.
Nearest = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

#: Steps on the mirror plane,
_ROUNDS = 12
#: and vertices that they use.
_SAMPLES = 1500
#: A walk counts if it reaches this fraction of the vertices,
_REACHED = 0.7
#: and its pairs lie this near to the mirrored places (median, over the mesh's size).
_ASTRAY = 0.05
#: Edges near the plane from which a walk is tried.
_SEEDS = 24


@dataclass(frozen=True)
class Mirror:
    """The other side of every vertex.

    Attributes:
        corners: [V, 3] vertices of the triangle that the other side lies in.
        weights: [V, 3] their shares, rows sum to one.
        reflection: [3, 3].
        heights: [V] how far each vertex is to the left of the middle.
        paired: [V] bool, the other side is one vertex, by the polygons.
    """

    corners: np.ndarray
    weights: np.ndarray
    reflection: np.ndarray
    heights: np.ndarray
    paired: np.ndarray

    def mirrored(self, motion: np.ndarray) -> np.ndarray:
        """A motion [V, 3] as the other side makes it, [V, 3]."""
        other = np.einsum("vk,vkc->vc", self.weights, np.asarray(motion, np.float64)[self.corners])
        return other @ self.reflection.T

    def from_side(self, motion: np.ndarray, left: bool, seam: float) -> np.ndarray:
        """A motion [V, 3] with one side of it on both, blended over ``seam`` about the middle."""
        weight = side_weight(self.heights if left else -self.heights, seam)[:, None]
        return weight * motion + (1 - weight) * self.mirrored(motion)


def find_mirror(mesh: Mesh, left: np.ndarray, middle: np.ndarray, nearest: Nearest) -> Mirror:
    """The mirror of a face.

    Args:
        mesh: at rest.
        left: [3] about the direction to the face's left.
        middle: [3] a point about in its middle.
        nearest: places on the mesh.
    """
    points = mesh.vertices.astype(np.float64)
    normal, offset = _plane(points, mesh.triangles, left, middle, nearest)
    heights = points @ normal - offset
    mirrored = points - 2 * heights[:, None] * normal
    places, triangles = nearest(mirrored)
    corners = mesh.triangles[triangles].astype(np.int64)
    weights = barycentric(points[corners], places)
    pairs = _walked(mesh, points, heights, mirrored)
    paired = pairs >= 0
    corners[paired] = pairs[paired, None]
    weights[paired] = [1.0, 0.0, 0.0]
    reflection = np.eye(3) - 2 * np.outer(normal, normal)
    return Mirror(corners, weights, reflection, heights, paired)


def side_weight(heights: np.ndarray, width: float) -> np.ndarray:
    """0 below the plane, 1 above, smooth over ``width`` about it, of heights [V]."""
    return smooth_step(heights / width + 0.5)


def barycentric(corners: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Shares [N, 3] of triangles' corners [N, 3, 3] that make places [N, 3] in them."""
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    across = places - corners[:, 0]
    a, b, c = (np.einsum("nc,nc->n", *pair) for pair in ((one, one), (one, two), (two, two)))
    d, e = (np.einsum("nc,nc->n", across, side) for side in (one, two))
    size = np.maximum(a * c - b * b, 1e-20)
    v, w = (c * d - b * e) / size, (a * e - b * d) / size
    weights = np.clip(np.stack([1 - v - w, v, w], axis=1), 0.0, None)
    return weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)


def _plane(
    points: np.ndarray,
    triangles: np.ndarray,
    left: np.ndarray,
    middle: np.ndarray,
    nearest: Nearest,
) -> tuple[np.ndarray, float]:
    """Unit normal [3] and offset of the plane that lays the mirrored face on itself: robust point-to-plane steps."""
    facing = triangle_normals(points, triangles)
    some = points[:: max(1, len(points) // _SAMPLES)]
    normal = np.asarray(left, np.float64) / np.linalg.norm(left)
    offset = float(normal @ middle)
    for _ in range(_ROUNDS):
        height = some @ normal - offset
        mirrored = some - 2 * height[:, None] * normal
        places, found = nearest(mirrored)
        towards = facing[found]
        residuals = np.einsum("nc,nc->n", mirrored - places, towards)
        tangent, slope = plane_slopes(some, towards, height, normal)
        weight = cauchy_by_median(residuals)
        change = np.linalg.lstsq(
            slope * np.sqrt(weight)[:, None], -residuals * np.sqrt(weight), rcond=None
        )[0]
        normal = normal + tangent @ change[:2]
        normal /= np.linalg.norm(normal)
        offset += float(change[2])
    return normal, offset


def plane_slopes(
    points: np.ndarray, facing: np.ndarray, heights: np.ndarray, normal: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How the distances of mirrored points from a surface change with the mirror plane.

    Args:
        points: [N, 3] before they are mirrored.
        facing: [N, 3] unit normals of the surface where each mirrored point meets it.
        heights: [N] of the points above the plane.
        normal: [3] unit normal of the plane.

    Returns:
        Two directions [3, 2] in the plane along which its normal may tip. The slopes [N, 3] by the tip along each
        and by the plane's offset.
    """
    tangent = np.linalg.svd(normal[None])[2][1:].T
    turned = facing @ normal
    slopes = np.empty((len(points), 3))
    slopes[:, :2] = -2 * (
        turned[:, None] * (points @ tangent) + heights[:, None] * (facing @ tangent)
    )
    slopes[:, 2] = 2 * turned
    return tangent, slopes


def _walked(
    mesh: Mesh, points: np.ndarray, heights: np.ndarray, mirrored: np.ndarray
) -> np.ndarray:
    """[V] number of the vertex on the other side by the polygons alone, -1 where there is none."""
    starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
    corners = mesh.face_vertices.tolist()
    faces = [
        corners[start : start + size]
        for start, size in zip(starts.tolist(), mesh.face_sizes.tolist(), strict=True)
    ]
    beside = {
        (face[k], face[(k + 1) % len(face)]): (number, k)
        for number, face in enumerate(faces)
        for k in range(len(face))
    }
    size = float(np.linalg.norm(np.ptp(points, axis=0)))
    best = np.full(len(points), -1)
    for edge in _seeds(beside, points, heights):
        other = _walk(faces, beside, edge, len(points))
        found = other >= 0
        if found.sum() <= (best >= 0).sum():
            continue
        apart = np.linalg.norm(points[other[found]] - mirrored[found], axis=1)
        if found.mean() >= _REACHED and np.median(apart) < _ASTRAY * size:
            return other
    return best


def _seeds(beside: dict, points: np.ndarray, heights: np.ndarray) -> Iterator[tuple[int, int]]:
    """Edges that may run along the middle line, the likeliest first."""
    edges = np.array([edge for edge in beside if edge[0] < edge[1] and edge[::-1] in beside])
    if not len(edges):
        return
    length = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    off = np.abs(heights[edges]).max(axis=1) / np.maximum(length, 1e-9)
    for row in np.argsort(off, kind="stable")[:_SEEDS]:
        yield tuple(edges[row].tolist())


def _walk(faces: list, beside: dict, edge: tuple[int, int], count: int) -> np.ndarray:
    """Both sides walked from an edge that is its own mirror image; all -1 where they are not alike."""
    other = [-1] * count
    nothing = np.full(count, -1)
    waiting = [(*beside[edge], *beside[edge[::-1]])]
    done = set()
    while waiting:
        number, k, opposite, m = waiting.pop()
        if number in done:
            continue
        done.add(number)
        face, twin = faces[number], faces[opposite]
        size = len(face)
        if len(twin) != size:
            return nothing
        for step in range(size):
            vertex, image = face[(k + step) % size], twin[(m + 1 - step) % size]
            if other[vertex] not in (-1, image) or other[image] not in (-1, vertex):
                return nothing
            other[vertex], other[image] = image, vertex
        for step in range(size):
            a, b = face[(k + step) % size], face[(k + step + 1) % size]
            near, far = beside.get((b, a)), beside.get((other[a], other[b]))
            if (near is None) != (far is None):
                return nothing
            if near is not None and near[0] not in done:
                waiting.append((*near, *far))
    return np.array(other)
