# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Triangles turned so that neighbours face alike, for surfaces that are only read."""

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, connected_components

from .mesh import area_vectors
from .topology import edge_keys


def wound_alike(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """The triangles [T, 3] of a surface, those turned that face against most of their connected part.

    Edges of three and more triangles say nothing about which of them faces right.
    """
    count = len(triangles)
    ends = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2).reshape(-1, 2)
    keys = edge_keys(ends.astype(np.int64), len(vertices))
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    one, other = (order[starts[sizes == 2] + step] for step in (0, 1))
    against = ends[one, 0] == ends[other, 0]  # both run along the edge in the same direction
    if not against.any():
        return triangles
    first, second = one // 3, other // 3
    weights = np.where(against, 2.0, 1.0)
    graph = sp.csr_matrix((weights, (first, second)), shape=(count, count))
    graph = graph.maximum(graph.T)
    turned = np.zeros(count, bool)
    _, part = connected_components(graph, directed=False)
    mixed, roots = np.unique(part, return_index=True)
    for root in roots[np.isin(mixed, part[first[against]])]:
        reached, parent = breadth_first_order(graph, root, directed=False)
        crossed = np.asarray(graph[reached[1:], parent[reached[1:]]]).ravel() > 1.5
        for triangle, turn in zip(reached[1:].tolist(), crossed.tolist(), strict=True):
            turned[triangle] = turned[parent[triangle]] != turn
    area = np.linalg.norm(area_vectors(vertices, triangles), axis=1)
    share = np.bincount(part, area * turned) / np.maximum(np.bincount(part, area), 1e-300)
    turned ^= share[part] > 0.5
    return np.where(turned[:, None], triangles[:, ::-1], triangles)
