# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sticks out of a surface: of a body the head, arms and legs, however it stands.

Distances along the surface from its middle grow towards hands, feet and crown. The surface beyond a distance falls
apart into pieces, and pieces that are long themselves are cut where they grow together (persistence of the distance).
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components, dijkstra

from ...geometry.edge_graph import edge_graph
from ...geometry.mesh import Mesh, vertex_areas

#: Distances from the middle at which the surface is cut.
LEVELS = 48
#: A piece is one of its own if it is longer than this share of the way from the middle to the farthest point.
PERSISTENCE = 0.1
#: Far points from which the middle is found.
FAR_POINTS = 6
#: A limb is longer than this share of that way,
LIMB_LENGTH = 0.3
#: and the square root of its area is less than this many times its length: a head is round.
LIMB_ROUNDNESS = 0.9


@dataclass(frozen=True)
class Piece:
    """A part that sticks out of a surface.

    Attributes:
        rows: [N] its vertices.
        length: from the cut to its end, over the way from the surface's middle to the farthest point.
        roundness: square root of its area over its length.
        area: over that of the surface.
    """

    rows: np.ndarray
    length: float
    roundness: float
    area: float

    @property
    def is_limb(self) -> bool:
        """Whether it is long and thin, as arms and legs are."""
        return self.length > LIMB_LENGTH and self.roundness < LIMB_ROUNDNESS


def pieces(surface: Mesh) -> list[Piece]:
    """The parts that stick out of a connected surface, the roundest first."""
    graph = edge_graph(surface)
    distance = dijkstra(graph, indices=_middle(graph))
    distance[~np.isfinite(distance)] = 0.0  # another part, which does not stick out of this one
    far = float(distance.max())
    alive: list[tuple[int, np.ndarray]] = []  # farthest vertex, vertices
    found: list[tuple[np.ndarray, float]] = []  # vertices, length
    for level in np.linspace(far, 0, LEVELS, endpoint=False)[1:]:
        rows = np.flatnonzero(distance > level)
        _, label = connected_components(graph[rows][:, rows], directed=False)
        owner = np.full(len(distance), -1)
        owner[rows] = label
        within: dict[int, list[tuple[int, np.ndarray]]] = {}
        for tip, piece in alive:
            within.setdefault(int(owner[tip]), []).append((tip, piece))
        order = np.argsort(label, kind="stable")
        alive = []
        for number, piece in enumerate(np.split(rows[order], np.cumsum(np.bincount(label))[:-1])):
            joined = within.get(number, [])
            long = [
                (part, float(distance[tip] - level))
                for tip, part in joined
                if distance[tip] - level >= PERSISTENCE * far
            ]
            if len(long) > 1:
                found += long
            tips = [tip for tip, _ in joined] or [int(piece[np.argmax(distance[piece])])]
            alive.append((max(tips, key=lambda tip: distance[tip]), piece))
    found += [(piece, float(distance[tip])) for tip, piece in alive]
    areas = vertex_areas(surface)
    total = float(areas.sum())
    made = []
    for rows, length in found:
        area = float(areas[rows].sum())
        made.append(
            Piece(rows, length / far, float(np.sqrt(area) / max(length, 1e-12)), area / total)
        )
    return sorted(made, key=lambda piece: -piece.roundness)


def _middle(graph) -> int:
    """The vertex from which the way to the farthest of some far points is shortest."""
    start = dijkstra(graph, indices=0)
    reached = np.isfinite(start)
    at, ways = int(np.argmax(np.where(reached, start, -1.0))), []
    for _ in range(FAR_POINTS):
        ways.append(dijkstra(graph, indices=at))
        at = int(np.argmax(np.where(reached, np.min(ways, axis=0), -1.0)))
    return int(np.argmin(np.max(ways, axis=0)))
