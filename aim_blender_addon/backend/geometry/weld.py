# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One surface from faces as games and exporters leave them: seams closed, needless faces left out (numpy only).

Texture seams and hard edges split vertices. Such a mesh has several vertices in one place, and its islands only lie on
each other. Here they count as one point. Lips that rest on each other are no seam: the surface goes on behind them, or
a shape parts them, or they do not face the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .mesh import Mesh, area_vectors, vertex_normals
from .topology import border_vertices, component_labels

#: Vertices nearer than this, over the mesh's size, are in one place: what exporters round.
SAME_PLACE = 2e-6
#: A shape parts two vertices by more than this, over the mesh's size.
PARTED = 1e-4
#: A surface goes on over a seam that no shape moves while the cosine between its two sides' normals is above this.
GOES_ON = 0.5
#: A triangle whose height is below this share of its longest edge has no area.
FLAT = 1e-6


@dataclass(frozen=True)
class Welded:
    """A surface whose points are each one or more vertices of a mesh.

    Attributes:
        point: [V] the point of each vertex; -1 for a vertex that no face of the surface has.
        first: [P] one vertex of each point.
        triangles: [T, 3] points.
    """

    point: np.ndarray
    first: np.ndarray
    triangles: np.ndarray


def weld(vertices: np.ndarray, triangles: np.ndarray, shapes: np.ndarray | None = None) -> Welded:
    """The surface of a mesh with its seams closed, without flat and doubled triangles.

    Args:
        vertices: [V, 3] in any unit.
        triangles: [T, 3].
        shapes: [N, V, 3] displacements, which part lips and lids; None where there are none.
    """
    count = len(vertices)
    size = float(np.linalg.norm(np.ptp(vertices, axis=0))) if count else 0.0
    triangles = triangles[~_flat(vertices, triangles)]
    label = np.arange(count)
    pairs = _pairs(vertices, triangles, size)
    if len(pairs):
        pairs = pairs[_go_together(pairs, vertices, triangles, shapes, size)]
        label = component_labels(count, pairs)
    welded = _single(label[triangles])
    first = np.unique(welded)
    number = np.full(count, -1)
    number[first] = np.arange(len(first))
    return Welded(number[label], first, number[welded].reshape(-1, 3))


def close_seams(neutral: Mesh, scans: Sequence[Mesh] = ()) -> np.ndarray:
    """[V] the point of each vertex, numbered in the order of their first vertices, where no face is left out.

    Args:
        neutral: at rest.
        scans: the same mesh in expressions, their head poses still in: what they part is no seam.
    """
    vertices, triangles = neutral.vertices, neutral.triangles
    size = float(np.linalg.norm(np.ptp(vertices, axis=0))) if len(vertices) else 0.0
    pairs = _pairs(vertices, triangles, size)
    if not len(pairs):
        return np.arange(len(vertices))
    shapes = np.array([scan.vertices - vertices for scan in scans])
    pairs = pairs[_go_together(pairs, vertices, triangles, shapes, size)]
    return np.unique(component_labels(len(vertices), pairs), return_inverse=True)[1].reshape(-1)


def seam_pairs(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """[N, 2] vertices of open edges that lie in one place, on a surface that goes on between them."""
    size = float(np.linalg.norm(np.ptp(vertices, axis=0))) if len(vertices) else 0.0
    pairs = _pairs(vertices, triangles, size)
    return pairs[_go_together(pairs, vertices, triangles, None, size)] if len(pairs) else pairs


def _flat(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """[T] bool: triangles without area, as far as float32 coordinates can tell."""
    corner = np.asarray(vertices, np.float64)[triangles]
    length = np.linalg.norm(corner - np.roll(corner, 1, axis=1), axis=2).max(axis=1, initial=0.0)
    area = np.linalg.norm(area_vectors(vertices, triangles), axis=1)
    rounding = np.abs(vertices).max(initial=0.0) * np.finfo(np.float32).eps
    return area <= length * np.maximum(rounding, FLAT * length)


def _pairs(vertices: np.ndarray, triangles: np.ndarray, size: float) -> np.ndarray:
    """[N, 2] vertices of open edges that are in one place: each with the next of its place."""
    rows = np.flatnonzero(border_vertices(triangles, len(vertices)))
    if not len(rows):
        return np.zeros((0, 2), int)
    place = np.round(np.asarray(vertices, np.float64)[rows] / max(size * SAME_PLACE, 1e-300))
    found = []
    for shift in (0.0, 0.5):  # a place on the grid's border is in the middle of the shifted grid's
        key = np.floor(place / 2 + shift).astype(np.int64)
        _, same = np.unique(key, axis=0, return_inverse=True)
        order = np.argsort(same.reshape(-1), kind="stable")
        ordered = same.reshape(-1)[order]
        alike = ordered[1:] == ordered[:-1]
        found.append(np.stack([rows[order[:-1][alike]], rows[order[1:][alike]]], axis=1))
    return np.concatenate(found)


def _go_together(
    pairs: np.ndarray,
    vertices: np.ndarray,
    triangles: np.ndarray,
    shapes: np.ndarray | None,
    size: float,
) -> np.ndarray:
    """[N] bool: the two vertices of a pair are one point of the skin."""
    normals = vertex_normals(vertices, triangles)
    one, other = pairs.T
    together = np.einsum("nc,nc->n", normals[one], normals[other]) > GOES_ON
    parted = np.zeros(len(pairs), bool)
    for shape in () if shapes is None else shapes:
        together |= np.linalg.norm(shape[one], axis=1) > PARTED * size
        parted |= np.linalg.norm(shape[one] - shape[other], axis=1) > PARTED * size
    return together & ~parted


def _single(triangles: np.ndarray) -> np.ndarray:
    """The triangles that still have three corners, each once."""
    three = (np.diff(np.sort(triangles, axis=1), axis=1) > 0).all(axis=1)
    triangles = triangles[three]
    _, chosen = np.unique(np.sort(triangles, axis=1), axis=0, return_index=True)
    return triangles[np.sort(chosen)]
