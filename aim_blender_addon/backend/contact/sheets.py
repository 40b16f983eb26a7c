# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two sheets of skin that may touch, upper and lower lip or lid, and the gaps between them.

A point's gap is its distance from the other sheet's surface, negative where it has passed through. Sheets face each
other where they touch: places that face another way, or lie beyond the other sheet's border, have no gap.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from ..anatomy.head.rims import Rims
from ..geometry.edge_graph import edge_graph
from ..geometry.mesh import Mesh
from ..geometry.surface import SurfacePoints, closest_weights
from ..geometry.topology import border_vertices
from .settings import CLOSING, LINING, SHEET


@dataclass(frozen=True)
class Touch:
    """What N points of one sheet find on the other.

    Attributes:
        nearest: nearest places on the other sheet; its nearest vertices where these face another way.
        gap: [N] mm, negative inside; inf where there is none.
        distance: [N] mm from the other sheet however it lies, where there is no gap from its nearest vertex;
            inf where it is far away.
        normal: [N, 3] outward unit normals of the other sheet there.
    """

    nearest: SurfacePoints
    gap: np.ndarray
    distance: np.ndarray
    normal: np.ndarray


@dataclass(frozen=True)
class Sheet:
    """One side of an opening.

    Attributes:
        points: [N] vertices of the skin that have a gap.
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
    up = _upwards(rims)
    upper, lower = (
        dijkstra(graph, indices=rim_vertices(skin, edge, side * up), limit=2 * SHEET.reach_mm).min(
            axis=0
        )
        for edge, side in ((rims.upper, 1.0), (rims.lower, -1.0))
    )
    return sheet_of(skin, upper, upper < lower), sheet_of(skin, lower, lower < upper)


def rim_vertices(skin: Mesh, edge: np.ndarray, outward: np.ndarray) -> np.ndarray:
    """Vertices nearest to an edge [N, 3], none of the other lip, whose skin faces ``outward`` [3] from the opening."""
    own = np.flatnonzero(skin.normals @ outward < LINING.outward)
    return np.unique(own[cKDTree(skin.vertices[own]).query(edge)[1]])


def _upwards(rims: Rims) -> np.ndarray:
    """Unit vector [3] from the lower rim to the upper one, square to the line between the corners."""
    across = rims.upper[-1] - rims.upper[0]
    across = across / np.linalg.norm(across)
    up = (rims.upper - rims.lower).mean(axis=0)
    up = up - across * (across @ up)
    return up / max(float(np.linalg.norm(up)), 1e-9)


def sheet_of(skin: Mesh, distance: np.ndarray, side: np.ndarray) -> Sheet:
    """The sheet of the vertices near to the rim.

    Args:
        skin: S vertices, mm.
        distance: [S] mm from the rim, along the skin.
        side: [S] bool, vertices on the sheet's own side.
    """
    count = len(distance)
    inside = side & (distance < SHEET.reach_mm + SHEET.margin_mm)
    faces = skin.triangles[inside[skin.triangles].all(axis=1)]
    vertices = np.unique(faces)
    numbers = np.zeros(count, int)
    numbers[vertices] = np.arange(len(vertices))
    fans = np.full((len(vertices), SHEET.fan), -1)
    filled = np.zeros(len(vertices), int)
    for row, face in enumerate(numbers[faces]):
        for vertex in face:
            if filled[vertex] < SHEET.fan:
                fans[vertex, filled[vertex]] = row
                filled[vertex] += 1
    fans = np.where(fans < 0, fans[:, :1], fans)
    border = border_vertices(faces, count)
    points = np.flatnonzero(side & (distance < SHEET.reach_mm))
    points = points[np.isin(points, vertices)]
    rows, columns = numbers[faces].ravel(), np.repeat(np.arange(len(faces)), 3)
    collect = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), (len(vertices), len(faces)))
    return Sheet(points, vertices, faces, fans, border, collect)


def touch(
    sheets: tuple[Sheet, Sheet], skin: np.ndarray, largest: float = SHEET.largest_gap_mm
) -> tuple[Touch, Touch]:
    """What the points of each sheet find on the other one, for a skin [S, 3] mm, no gap above ``largest`` mm."""
    normals = [sheet.normals(skin) for sheet in sheets]
    return tuple(
        _touch(sheets[i].points, sheets[1 - i], skin, (normals[i], normals[1 - i]), largest)
        for i in (0, 1)
    )


def rests_across(
    rest: np.ndarray, normals: np.ndarray, sheet: Sheet, found: Touch, rows: np.ndarray
) -> np.ndarray:
    """[M] bool: points of a sheet and what they find on the other rest on both sides of one lip's tissue.

    Args:
        rest: [S, 3] mm the skin at rest.
        normals: [S, 3] of the other sheet at rest.
        sheet: of the points.
        found: by them.
        rows: [M] of the points.
    """
    corners, weights = found.nearest.corners[rows], found.nearest.weights[rows]
    normal = np.einsum("nk,nkc->nc", weights, normals[corners])
    offset = rest[sheet.points[rows]] - np.einsum("nk,nkc->nc", weights, rest[corners])
    behind = -np.einsum("nc,nc->n", offset, normal)
    distance = np.linalg.norm(offset, axis=1)
    return (behind > CLOSING.across * distance) & (distance < LINING.across_mm)


def _touch(
    points: np.ndarray,
    other: Sheet,
    skin: np.ndarray,
    both_normals: tuple[np.ndarray, np.ndarray],
    largest: float,
) -> Touch:
    """What vertices ``points`` [N] find on the other sheet; normals [S, 3] of their own sheet and the other."""
    own, normals = both_normals
    count = len(points)
    corners = np.tile(other.faces[0], (count, 1))
    weights = np.tile([1.0, 0.0, 0.0], (count, 1))
    gap, normal = np.full(count, np.inf), np.zeros((count, 3))
    # Only triangles about the nearest vertex, and only where it faces this way: most points need no more.
    far, vertex = cKDTree(skin[other.vertices], balanced_tree=False).query(
        skin[points], distance_upper_bound=1.5 * largest
    )
    near = np.flatnonzero(np.isfinite(far))
    vertex = vertex[near]
    corners[near] = other.vertices[vertex][:, None]
    cosine = np.einsum("nc,nc->n", own[points[near]], normals[other.vertices[vertex]])
    turned = cosine < SHEET.facing + SHEET.near_facing
    near, vertex = near[turned], vertex[turned]
    if not len(near):
        return Touch(SurfacePoints(corners, weights), gap, far, normal)
    at = skin[points[near]]
    candidates = other.fans[vertex]
    each, square = closest_weights(at[:, None], skin[other.faces[candidates]])
    row, best = np.arange(len(near)), square.argmin(axis=1)
    face, weight = other.faces[candidates[row, best]], each[row, best]
    out = np.einsum("nk,nkc->nc", weight, normals[face])
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
    offset = at - np.einsum("nk,nkc->nc", weight, skin[face])
    length = np.sqrt(square[row, best])
    signed = np.where(np.einsum("nc,nc->n", offset, out) < 0, -length, length)
    facing = np.einsum("nc,nc->n", own[points[near]], out)
    beyond = (weight * other.border[face]).sum(axis=1) > SHEET.border_weight
    real = (length < largest) & (facing < SHEET.facing) & ~beyond
    corners[near], weights[near], normal[near] = face, weight, out
    gap[near], far[near] = np.where(real, signed, np.inf), length
    return Touch(SurfacePoints(corners, weights), gap, far, normal)
