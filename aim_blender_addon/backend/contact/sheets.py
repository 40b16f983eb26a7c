# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two sheets of skin that may touch: upper and lower lip, upper and lower lid. How far apart they are, everywhere.

A point's gap is its distance from the other sheet's surface, negative where it has passed through. Sheets face each
other where they touch: places that look another way, or lie beyond the other sheet's border, have no gap.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from ..anatomy.head.rims import Rims
from ..geometry.mesh import Mesh
from ..geometry.surface import SurfacePoints, closest_weights
from ..geometry.topology import border_vertices

#: Sheets reach so far along the skin from the rim, mm; their outer part is only touched, and not asked.
SHEET_MM, MARGIN_MM = 6.0, 3.0
#: Gaps are looked for up to this size, mm, where the surfaces face each other (cosine of their normals).
LARGEST_GAP_MM, FACING = 2.0, -0.5
#: Most triangles around a vertex that are looked at.
_FAN = 8


@dataclass(frozen=True)
class Touch:
    """What N points of one sheet find on the other.

    Attributes:
        there: nearest places on the other sheet; its nearest vertices where these look another way.
        gap: [N] mm, negative inside; inf where there is none.
        distance: [N] mm from the other sheet however it lies, where there is no gap from its nearest vertex;
            inf where it is far away.
        normal: [N, 3] outward unit normals of the other sheet there.
    """

    there: SurfacePoints
    gap: np.ndarray
    distance: np.ndarray
    normal: np.ndarray


@dataclass(frozen=True)
class Sheet:
    """One side of an opening.

    Attributes:
        points: [N] vertices of the skin whose gap is asked.
        vertices: [M] those and a margin around them.
        faces: [F, 3] the skin's triangles between the latter.
        fans: [M, C] rows of ``faces`` around each of ``vertices``, some of them twice.
        border: [S] bool, vertices on the sheet's edge.
        collect: [M, F] adds what faces hold to their corners.
    """

    points: np.ndarray
    vertices: np.ndarray
    faces: np.ndarray
    fans: np.ndarray
    border: np.ndarray
    collect: sp.csr_matrix

    def normals(self, skin: np.ndarray) -> np.ndarray:
        """Outward unit normals [S, 3] at the sheet's vertices of a skin [S, 3], zero elsewhere."""
        first, second, third = (skin[self.faces[:, k]].T for k in range(3))
        (a, b, c), (d, e, f) = second - first, third - first
        cross = np.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=1)
        total = self.collect @ cross
        result = np.zeros((len(skin), 3))
        result[self.vertices] = total / np.maximum(
            np.linalg.norm(total, axis=1, keepdims=True), 1e-12
        )
        return result


def make_sheets(skin: Mesh, rims: Rims) -> tuple[Sheet, Sheet]:
    """Upper and lower sheet about an opening's rims, each reaching to both sides of its own rim."""
    graph = edge_graph(skin)
    tree = cKDTree(skin.vertices)
    ways = [
        dijkstra(graph, indices=np.unique(tree.query(edge)[1]), limit=2 * SHEET_MM).min(axis=0)
        for edge in (rims.upper, rims.lower)
    ]
    nearer = [ways[0] < ways[1], ways[1] < ways[0]]
    return tuple(sheet_of(skin, way, side) for way, side in zip(ways, nearer, strict=True))


def sheet_of(skin: Mesh, way: np.ndarray, side: np.ndarray) -> Sheet:
    """The sheet of the vertices whose ``way`` [S] from the rim is short, on its own ``side`` [S]."""
    count = len(way)
    inside = side & (way < SHEET_MM + MARGIN_MM)
    faces = skin.triangles[inside[skin.triangles].all(axis=1)]
    vertices = np.unique(faces)
    numbers = np.zeros(count, int)
    numbers[vertices] = np.arange(len(vertices))
    fans = np.full((len(vertices), _FAN), -1)
    filled = np.zeros(len(vertices), int)
    for row, face in enumerate(numbers[faces]):
        for vertex in face:
            if filled[vertex] < _FAN:
                fans[vertex, filled[vertex]] = row
                filled[vertex] += 1
    fans = np.where(fans < 0, fans[:, :1], fans)
    border = border_vertices(faces, count)
    points = np.flatnonzero(side & (way < SHEET_MM))
    points = points[np.isin(points, vertices)]
    rows, columns = numbers[faces].ravel(), np.repeat(np.arange(len(faces)), 3)
    collect = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), (len(vertices), len(faces)))
    return Sheet(points, vertices, faces, fans, border, collect)


def touch(sheets: tuple[Sheet, Sheet], skin: np.ndarray) -> tuple[Touch, Touch]:
    """What the points of each sheet find on the other one, for a skin [S, 3] mm."""
    normals = [sheet.normals(skin) for sheet in sheets]
    return tuple(
        _touch(sheets[i].points, sheets[1 - i], skin, normals[i], normals[1 - i]) for i in (0, 1)
    )


def _touch(
    points: np.ndarray, other: Sheet, skin: np.ndarray, own: np.ndarray, normals: np.ndarray
) -> Touch:
    """What vertices ``points`` [N] find on the other sheet; ``own`` and ``normals`` [S, 3] of the two sheets."""
    count = len(points)
    corners = np.tile(other.faces[0], (count, 1))
    weights = np.tile([1.0, 0.0, 0.0], (count, 1))
    gap, normal = np.full(count, np.inf), np.zeros((count, 3))
    # Only triangles about the nearest vertex, and only where it looks this way: most points need no closer look.
    far, vertex = cKDTree(skin[other.vertices], balanced_tree=False).query(
        skin[points], distance_upper_bound=1.5 * LARGEST_GAP_MM
    )
    near = np.flatnonzero(np.isfinite(far))
    vertex = vertex[near]
    corners[near] = other.vertices[vertex][:, None]
    looks = np.einsum("nc,nc->n", own[points[near]], normals[other.vertices[vertex]])
    near, vertex = near[looks < FACING + 0.5], vertex[looks < FACING + 0.5]
    if not len(near):
        return Touch(SurfacePoints(corners, weights), gap, far, normal)
    place = skin[points[near]]
    candidates = other.fans[vertex]
    shares, square = closest_weights(place[:, None], skin[other.faces[candidates]])
    row, best = np.arange(len(near)), square.argmin(axis=1)
    face, share = other.faces[candidates[row, best]], shares[row, best]
    out = np.einsum("nk,nkc->nc", share, normals[face])
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
    way = place - np.einsum("nk,nkc->nc", share, skin[face])
    length = np.sqrt(square[row, best])
    signed = np.where(np.einsum("nc,nc->n", way, out) < 0, -length, length)
    facing = np.einsum("nc,nc->n", own[points[near]], out)
    beyond = (share * other.border[face]).sum(axis=1) > 0.999
    real = (length < LARGEST_GAP_MM) & (facing < FACING) & ~beyond
    corners[near], weights[near], normal[near] = face, share, out
    gap[near], far[near] = np.where(real, signed, np.inf), length
    return Touch(SurfacePoints(corners, weights), gap, far, normal)


def edge_graph(skin: Mesh) -> sp.csr_matrix:
    """[S, S] lengths of the skin's edges, mm."""
    triangles = skin.triangles
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    rest = skin.vertices.astype(np.float64)
    length = np.maximum(np.linalg.norm(rest[ends[:, 0]] - rest[ends[:, 1]], axis=1), 1e-6)
    graph = sp.csr_matrix((length, (ends[:, 0], ends[:, 1])), shape=(len(rest), len(rest)))
    return graph.maximum(graph.T)
