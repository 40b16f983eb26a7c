# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The head of a whole body, and the face on it, in any pose, unit and orientation.

Heads are round pieces that stick out of a body. On each the relief of a face is sought upright, across the way from
the cut to the head. A face counts only where two open eyes and a mouth show at their places in that relief.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components, dijkstra

from ...errors import ScanError
from ...geometry.edge_graph import edge_graph
from ...geometry.mesh import Mesh
from ...geometry.sampling import random_samples
from .frame import FaceFrame, upright_frames
from .limbs import Piece
from .openings import shown_openings
from .skin_view import SkinView

#: A surface with so many limbs is a body.
BODY_LIMBS = 2
#: A head's piece is rounder than this.
HEAD_ROUNDNESS = 0.95
#: Shares of a body's surface that a head may have: a giant's and a doll's.
HEAD_AREA = (0.02, 0.7)
#: Pieces of a body that are looked at.
LOOKED_AT = 4
#: Shares of the way from a piece's cut to its end from which it is looked at: with shoulders, and without.
CUTS = (0.0, 0.2)
#: Frames on one piece whose openings are looked for.
FRAMES = 12


@dataclass(frozen=True)
class BodyHead:
    """A head on a body: its vertices [N] in ascending order, and the frame of its face."""

    rows: np.ndarray
    frame: FaceFrame


def is_body(sticking_out: list[Piece]) -> bool:
    """Whether a surface with these pieces has arms and legs."""
    return sum(piece.is_limb for piece in sticking_out) >= BODY_LIMBS


def head_on_body(surface: Mesh, sticking_out: list[Piece]) -> BodyHead | None:
    """The head with a face among the pieces that stick out of a connected surface, or None."""
    graph = edge_graph(surface)
    low, high = HEAD_AREA
    heads = [
        piece
        for piece in sticking_out
        if low < piece.area < high and piece.roundness > HEAD_ROUNDNESS
    ]
    for cut in CUTS:
        for piece in heads[:LOOKED_AT]:
            rows, up = _beyond(surface, graph, piece.rows, cut)
            found = None if rows is None else _upright_face(part_of(surface, rows), up)
            if found is not None:
                return BodyHead(rows, found)
    return None


def part_of(surface: Mesh, rows: np.ndarray) -> Mesh:
    """The triangles of a surface between the vertices ``rows`` [N], which it keeps in their order."""
    number = np.full(len(surface.vertices), -1)
    number[rows] = np.arange(len(rows))
    triangles = number[surface.triangles]
    triangles = triangles[(triangles >= 0).all(axis=1)]
    return Mesh.from_triangles(surface.vertices[rows], triangles, surface.name)


def whole_triangles(surface: Mesh, rows: np.ndarray) -> np.ndarray:
    """Those of the vertices ``rows`` that the largest connected part of the triangles between them has, ascending."""
    rows = np.sort(rows)
    between = part_of(surface, rows)
    used = np.unique(between.triangles)
    if not len(used):
        return rows[:0]
    _, label = connected_components(edge_graph(between), directed=False)
    largest = np.argmax(np.bincount(label[used]))
    return rows[used[label[used] == largest]]


def _beyond(
    surface: Mesh, graph, rows: np.ndarray, share: float
) -> tuple[np.ndarray | None, np.ndarray]:
    """What of a piece lies beyond a share of the way from its cut, and [3] the way from the cut to its middle."""
    rows = np.sort(rows)
    kept = np.zeros(len(surface.vertices), bool)
    kept[rows] = True
    beside = np.asarray(graph[rows][:, np.flatnonzero(~kept)].sum(axis=1)).ravel() > 0
    if not beside.any():
        return None, np.zeros(3)
    if share:
        way = dijkstra(graph[rows][:, rows], indices=np.flatnonzero(beside), min_only=True)
        way[~np.isfinite(way)] = 0.0
        near = way < share * way.max()
        cut = surface.vertices[rows[near & (way > (share - 0.1) * way.max())]]
        rows = rows[~near]
    else:
        cut = surface.vertices[rows[beside]]
    rows = whole_triangles(surface, rows)
    if len(rows) < 50 or not len(cut):
        return None, np.zeros(3)
    piece = part_of(surface, rows)
    middle = random_samples(piece.vertices, piece.triangles, 2000).points.mean(axis=0)
    return rows, middle - cut.mean(axis=0, dtype=np.float64)


def _upright_face(head: Mesh, up: np.ndarray) -> FaceFrame | None:
    """The best frame on a head at which eyes and a mouth show."""
    if not np.linalg.norm(up):
        return None
    try:
        frames = upright_frames(head, up, FRAMES)
    except ScanError:  # too few triangles
        return None
    for frame in frames:
        if shown_openings(SkinView(head, frame)).both:
            return frame
    return None
