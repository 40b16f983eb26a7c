# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two sheets of skin that may touch: upper and lower lip or lid (:mod:`.touching` finds the gaps between them)."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from ..anatomy.head.rims import Rims
from ..geometry.edge_graph import edge_graph
from ..geometry.mesh import Mesh
from ..geometry.topology import border_vertices
from .settings import LINING, SHEET


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
        along_skin(graph, rim_vertices(skin, edge, side * up), 2 * SHEET.reach_mm)
        for edge, side in ((rims.upper, 1.0), (rims.lower, -1.0))
    )
    return sheet_of(skin, upper, upper < lower), sheet_of(skin, lower, lower < upper)


def along_skin(graph: sp.spmatrix, start: np.ndarray, limit: float = np.inf) -> np.ndarray:
    """[S] mm from the nearest of the ``start`` vertices along the edges, infinite beyond ``limit`` or without any."""
    if not len(start):
        return np.full(graph.shape[0], np.inf)
    return dijkstra(graph, indices=start, limit=limit, min_only=True)


def rim_vertices(skin: Mesh, edge: np.ndarray, outward: np.ndarray) -> np.ndarray:
    """Vertices nearest to an edge [N, 3], none of the other lip, whose skin faces ``outward`` [3] from the opening.

    None where no skin faces so, as where the mesh is cut off beside the opening.
    """
    own = np.flatnonzero(skin.normals @ outward < LINING.outward)
    if not len(own):
        return own
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
