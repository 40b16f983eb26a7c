# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the faces of a mesh say about it, positions aside (numpy only)."""

import numpy as np

from .mesh import Mesh

#: polygons up to this size may be split otherwise in another scan
_LARGEST_SPLIT = 16


def corner_edges(mesh: Mesh) -> np.ndarray:
    """[L, 2] int64: the edge from every polygon corner to the next, in winding order."""
    sizes = mesh.face_sizes.astype(np.int64)
    starts = np.cumsum(sizes) - sizes
    follower = np.arange(1, len(mesh.face_vertices) + 1)
    filled = sizes > 0
    follower[(starts + sizes - 1)[filled]] = starts[filled]
    corners = mesh.face_vertices.astype(np.int64)
    return np.stack([corners, corners[follower]], axis=1)


def edge_keys(edges: np.ndarray, count: int) -> np.ndarray:
    """One int64 per edge [N, 2], the same both ways; ``count`` is the number of vertices."""
    return edges.min(axis=1) * count + edges.max(axis=1)


def edge_use(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """The edges [N, 2] int64, each once, smaller vertex first, and how many faces use each [N]."""
    count = len(mesh.vertices)
    keys, uses = np.unique(edge_keys(corner_edges(mesh), count), return_counts=True)
    return np.stack([keys // count, keys % count], axis=1), uses


def triangle_edges(triangles: np.ndarray) -> np.ndarray:
    """[3T, 2] the sides of triangles [T, 3], one triangle after the other, smaller vertex first."""
    return np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)


def border_vertices(triangles: np.ndarray, count: int) -> np.ndarray:
    """[count] bool: vertices on an edge that only one of the triangles [T, 3] has."""
    edges, uses = np.unique(triangle_edges(triangles), axis=0, return_counts=True)
    border = np.zeros(count, bool)
    border[edges[uses == 1].ravel()] = True
    return border


def component_labels(count: int, edges: np.ndarray) -> np.ndarray:
    """[count] int64: the smallest vertex number in each vertex's connected part.

    Args:
        count: number of vertices.
        edges: [N, 2] vertex numbers.
    """
    label = np.arange(count)
    while len(edges):
        roots = label[edges]
        # only roots are hooked: a vertex that left its tree would lose the link to it
        low = roots.min(axis=1)
        np.minimum.at(label, roots.max(axis=1), low)
        while not np.array_equal(label, label[label]):
            label = label[label]
        edges = edges[label[edges[:, 0]] != label[edges[:, 1]]]
    return label


def part_sizes(labels: np.ndarray) -> list[int]:
    """Vertices of each connected part, largest first."""
    return sorted(np.unique(labels, return_counts=True)[1].tolist(), reverse=True)


def compare_faces(first: Mesh, second: Mesh) -> str:
    """How the faces of two meshes with equally many vertices relate.

    Returns:
        * "same": the same polygons, in any order and from any corner;
        * "flipped": the same, some wound the other way;
        * "split": other polygons over the same vertices, each edge within a polygon of the other mesh;
        * "renumbered": the same network with other vertex numbers;
        * "other": none of these.
    """
    if np.array_equal(first.face_sizes, second.face_sizes) and np.array_equal(
        first.face_vertices, second.face_vertices
    ):
        return "same"
    if _equal_polygons(first, second, keep_winding=True):
        return "same"
    if _equal_polygons(first, second, keep_winding=False):
        return "flipped"
    if _edges_within(first, second) or _edges_within(second, first):
        return "split"
    return "renumbered" if np.array_equal(_signature(first), _signature(second)) else "other"


def _equal_polygons(first: Mesh, second: Mesh, keep_winding: bool) -> bool:
    if not np.array_equal(np.sort(first.face_sizes), np.sort(second.face_sizes)):
        return False
    return all(
        np.array_equal(_standing(first, size, keep_winding), _standing(second, size, keep_winding))
        for size in np.unique(first.face_sizes)
    )


def _standing(mesh: Mesh, size: int, keep_winding: bool) -> np.ndarray:
    """[F, size] polygons of one size in an order that depends on nothing but what they are."""
    polygons = _polygons(mesh, size)
    turn = (polygons.argmin(axis=1)[:, None] + np.arange(size)) % max(size, 1)
    polygons = np.take_along_axis(polygons, turn, axis=1)
    if not keep_winding and size > 2:
        backward = polygons[:, 1] > polygons[:, -1]
        polygons[backward, 1:] = polygons[backward, :0:-1]
    return polygons[np.lexsort(polygons.T[::-1])] if size else polygons


def _polygons(mesh: Mesh, size: int) -> np.ndarray:
    """[F, size] vertex numbers of the polygons with ``size`` corners."""
    starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
    chosen = starts[mesh.face_sizes == size]
    return mesh.face_vertices[chosen[:, None] + np.arange(size)]


def _edges_within(inner: Mesh, outer: Mesh) -> bool:
    """Whether both ends of every edge of ``inner`` belong to one polygon of ``outer``."""
    count = len(outer.vertices)
    pairs = [edge_keys(corner_edges(outer), count)]
    for size in np.unique(outer.face_sizes):
        if 3 < size <= _LARGEST_SPLIT:
            polygons = _polygons(outer, size).astype(np.int64)
            one, other = np.triu_indices(size, 1)
            ends = np.stack([polygons[:, one].ravel(), polygons[:, other].ravel()], axis=1)
            pairs.append(edge_keys(ends, count))
    return bool(np.isin(edge_keys(corner_edges(inner), count), np.concatenate(pairs)).all())


def _signature(mesh: Mesh) -> np.ndarray:
    """[V] uint64, sorted: every vertex's surroundings, described without vertex numbers."""
    edges, uses = edge_use(mesh)
    ends = np.concatenate([edges, edges[:, ::-1]])
    weight = np.tile(_mix(uses.astype(np.uint64)), 2)
    value = np.ones(len(mesh.vertices), np.uint64)
    for _ in range(6):
        total = np.zeros_like(value)
        np.add.at(total, ends[:, 0], _mix(value[ends[:, 1]] ^ weight))
        value = _mix(value * np.uint64(3) + total)
    return np.sort(value)


def _mix(value: np.ndarray) -> np.ndarray:
    """Spreads uint64 values evenly (the finaliser of SplitMix64)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
