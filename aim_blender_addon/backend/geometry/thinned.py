# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dense surface by some of its own vertices, evenly thinned: fine parts stay finer than others, sheets apart.

Sites are vertices of which no two are neighbours, and every vertex has one beside it. Each vertex belongs to the site
that is nearest along the surface, and the regions that meet in a triangle make one of the thinned surface.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from .edge_graph import edge_graph
from .mesh import Mesh
from .surface import SurfacePoints, closest_weights
from .topology import border_vertices


@dataclass(frozen=True)
class Thinned:
    """A surface thinned.

    Attributes:
        rows: [N] vertices of the dense surface that are left, ascending.
        mesh: the surface between them.
        places: where on it each vertex of the dense surface lies.
    """

    rows: np.ndarray
    mesh: Mesh
    places: SurfacePoints


def thinned(dense: Mesh, count: int) -> Thinned:
    """A surface of triangles by about ``count`` of its vertices."""
    rows, mesh = np.arange(len(dense.vertices)), dense
    while len(rows) > count:
        left = _sites(mesh)
        if len(left) < count:  # a full round would leave too few
            others = np.setdiff1d(np.arange(len(rows)), left)
            more = np.random.default_rng(0).permutation(others)[: count - len(left)]
            left = np.union1d(left, more)
        mesh = _between(mesh, left)[0]
        rows = rows[left]
    # Once more from the dense surface itself: regions along its own edges.
    mesh, site = _between(dense, rows)
    return Thinned(rows, mesh, _places(mesh, dense.vertices, site))


def _between(mesh: Mesh, sites: np.ndarray) -> tuple[Mesh, np.ndarray]:
    """The surface whose vertices are the ``sites`` [N] of a mesh of triangles, and each vertex's nearest site [V]."""
    _, _, nearest = dijkstra(
        edge_graph(mesh), indices=sites, min_only=True, return_predecessors=True
    )
    number = np.full(len(mesh.vertices), -1)
    number[sites] = np.arange(len(sites))
    site = np.where(nearest >= 0, number[nearest], -1)
    triangles = site[mesh.triangles]
    three = (np.diff(np.sort(triangles, axis=1), axis=1) > 0).all(axis=1)
    triangles = triangles[three & (triangles >= 0).all(axis=1)]
    _, first = np.unique(np.sort(triangles, axis=1), axis=0, return_index=True)
    return Mesh.from_triangles(mesh.vertices[sites], triangles[np.sort(first)], mesh.name), site


def _places(mesh: Mesh, points: np.ndarray, site: np.ndarray) -> SurfacePoints:
    """Near places to ``points`` [V, 3] on the triangles around their own ``site`` [V] and beside it: no other sheet."""
    order = np.argsort(mesh.triangles.ravel(), kind="stable")
    uses = np.bincount(mesh.triangles.ravel(), minlength=len(mesh.vertices))
    start = np.cumsum(uses) - uses
    corners = np.repeat(np.maximum(site, 0)[:, None], 3, axis=1).astype(np.int32)
    weights = np.tile([1.0, 0.0, 0.0], (len(points), 1))
    best = np.full(len(points), np.inf)

    def look_around(about: np.ndarray) -> None:
        for number in range(int(uses.max(initial=0))):
            rows = np.flatnonzero((about >= 0) & (uses[about] > number))
            triangle = mesh.triangles[order[start[about[rows]] + number] // 3]
            ends = mesh.vertices[triangle].astype(np.float64)[:, None]
            found, distance = closest_weights(points[rows].astype(np.float64)[:, None], ends)
            nearer = distance[:, 0] < best[rows]
            at = rows[nearer]
            best[at] = distance[nearer, 0]
            corners[at], weights[at] = triangle[nearer], found[nearer, 0]

    look_around(site)
    for beside in np.where(site[:, None] >= 0, corners, -1).T.copy():
        look_around(np.where(beside == site, -1, beside))
    return SurfacePoints(corners, weights)


def _sites(mesh: Mesh) -> np.ndarray:
    """Vertices of which no two are neighbours and next to one of which every other is, ascending; open edges first."""
    count = len(mesh.vertices)
    ends = mesh.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    graph = sp.csr_matrix((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), (count, count))
    graph = (graph + graph.T).tocsr()
    rank = np.random.default_rng(0).permutation(count) + 1
    rank[border_vertices(mesh.triangles, count)] += count
    rank[np.diff(graph.indptr) == 0] = 0
    chosen = np.zeros(count, bool)
    starts, filled = graph.indptr[:-1], np.diff(graph.indptr) > 0
    while rank.any():
        around = np.zeros(count, rank.dtype)
        around[filled] = np.maximum.reduceat(rank[graph.indices], starts[filled])
        new = (rank > around) & (rank > 0)
        chosen |= new
        rank[new] = 0
        rank[graph.indices[np.repeat(new, np.diff(graph.indptr))]] = 0
    return np.flatnonzero(chosen)
