# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes that close and lips that touch on the source do so on the target, and do not pass through.

Upper and lower rim of each opening are paired at stations; of lips, where they are nearest at rest. Where the
source's gap is small against its gap at rest, the target's is made the same share of its own; elsewhere the target
keeps what it has. The correction fades along the skin, so that upper and lower lip, near in space, are moved apart.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from ..geometry.mesh import Mesh
from ..geometry.surface import SurfacePoints, nearest_points
from .face import RetargetFace
from .rims import Rims
from .transfer import size_ratio

STATIONS = 41
#: Share of the correction that the upper rim takes.
UPPER_SHARE = {"mouth": 0.5, "eye_left": 0.85, "eye_right": 0.85}
#: Reach of one station's correction and of all of it along the skin, mm.
STATION_MM, REACH_MM = 2.5, 7.0
#: The source's gap decides below the second, and alone below the first, of these shares of its gap at rest.
CLOSED_SHARE = {"mouth": (1.0, 1.6), "eye_left": (0.3, 0.6), "eye_right": (0.3, 0.6)}
#: Lips are paired where they are nearest within this way from the rims, mm.
LIP_MM = 6.0
#: Rests nearer than this count as touching, mm; motion is then added to the target's rest.
TOUCHING_MM = 0.15
#: Rounds of correction a frame: each leaves what neighbouring stations disagree on.
ROUNDS = 4
#: Pull against corrections that cancel each other between neighbours.
SETTLE_RIDGE = 0.01


@dataclass(frozen=True)
class _Opening:
    """One opening's stations on both faces, N of them."""

    here: tuple[SurfacePoints, SurfacePoints]
    there: tuple[SurfacePoints, SurfacePoints]
    rest_here: np.ndarray
    rest_there: np.ndarray
    local: np.ndarray
    shares: tuple[float, float]
    spread: tuple[sp.csr_matrix, sp.csr_matrix]
    settle: np.ndarray


@dataclass(frozen=True)
class Contacts:
    """All openings that show on both faces."""

    openings: tuple[_Opening, ...]
    up: np.ndarray
    source_up: np.ndarray

    def correct(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Target skin [S, 3] whose contacts follow the source's skin [S', 3]; both posed, heads at rest, mm."""
        result = np.array(target, np.float64)
        for opening in self.openings:
            gap_here = gap(opening.here, source)
            rest = opening.rest_here
            # Lids and lips of a source that pass through each other are shut, however far.
            size = np.maximum(gap_here @ self.source_up, 0.0)
            closed = _closed(size / np.maximum(np.linalg.norm(rest, axis=1), 0.5), opening.shares)
            wanted = opening.rest_there + np.einsum("nij,nj->ni", opening.local, gap_here - rest)
            least = np.minimum(opening.rest_there @ self.up, 0.0)
            for _ in range(ROUNDS):
                now = gap(opening.there, result)
                goal = now + closed[:, None] * (wanted - now)
                goal += np.maximum(least - goal @ self.up, 0)[:, None] * self.up
                change = goal - now
                if np.abs(change).max() < 1e-3:
                    break
                for side, share in zip((1, -1), opening.spread, strict=True):
                    result += side * (share @ (opening.settle @ change))
        return result


def make_contacts(source: RetargetFace, target: RetargetFace) -> Contacts:
    """Stations and their reach; openings that one of the faces does not show are left out."""
    openings = []
    for name in target.rims:
        if name not in source.rims:
            continue
        points_here, points_there = (pairs(face, name) for face in (source, target))
        upper = UPPER_SHARE[name]
        spread = tuple(
            share * _spread(target.skin, points)
            for share, points in zip((upper, 1 - upper), points_there, strict=True)
        )
        rests = [
            gap(points, face.skin.vertices.astype(np.float64))
            for points, face in ((points_here, source), (points_there, target))
        ]
        turn, size = target.axes.T @ source.axes, size_ratio(source, target)
        openings.append(
            _Opening(
                points_here,
                points_there,
                *rests,
                _local(*rests, turn, size),
                CLOSED_SHARE[name],
                spread,
                _settle(points_there, spread),
            )
        )
    return Contacts(tuple(openings), target.axes[1], source.axes[1])


def pairs(face: RetargetFace, name: str) -> tuple[SurfacePoints, SurfacePoints]:
    """Points of upper and lower rim [N] that meet when the opening closes."""
    upper, lower = (nearest_points(face.skin, edge) for edge in _stations(face.rims[name]))
    return _nearest_lips(face.skin, upper, lower) if name == "mouth" else (upper, lower)


def _local(here: np.ndarray, there: np.ndarray, turn: np.ndarray, size: float) -> np.ndarray:
    """[N, 3, 3] takes the source's gaps to the target's so that its rest [N, 3] becomes the target's [N, 3]."""
    turned = here @ turn.T
    length = [np.linalg.norm(gap, axis=1) for gap in (turned, there)]
    result = np.tile(size * turn, (len(here), 1, 1))
    for row in np.flatnonzero(np.minimum(*length) > TOUCHING_MM):
        a, b = turned[row] / length[0][row], there[row] / length[1][row]
        cosine = float(a @ b)
        if cosine > 0:  # the smallest rotation from a to b
            cross = np.cross(np.eye(3), np.cross(a, b))
            rotation = np.eye(3) + cross + cross @ cross / (1 + cosine)
            result[row] = length[1][row] / length[0][row] * rotation @ turn
    return result


def _nearest_lips(
    skin: Mesh, upper: SurfacePoints, lower: SurfacePoints
) -> tuple[SurfacePoints, SurfacePoints]:
    """The two lips' nearest vertices about each station: lips touch behind the rims that show."""
    graph, rest = _edge_graph(skin), skin.vertices.astype(np.float64)
    rims = [
        points.corners[np.arange(len(points.corners)), points.weights.argmax(axis=1)]
        for points in (upper, lower)
    ]
    ways = [dijkstra(graph, indices=rim, limit=2 * LIP_MM) for rim in rims]  # [N, V] each
    first, second = (way.min(axis=0) for way in ways)
    sides = [first < second, second < first]
    across = rest[rims[0][-1]] - rest[rims[0][0]]
    across /= np.linalg.norm(across)
    chosen = []
    for station in range(len(rims[0])):
        near = [
            np.flatnonzero((way[station] < LIP_MM) & side)
            for way, side in zip(ways, sides, strict=True)
        ]
        if not len(near[0]) or not len(near[1]):
            chosen.append((rims[0][station], rims[1][station]))
            continue
        apart = rest[near[0]][:, None] - rest[near[1]]
        middle = (rest[near[0]][:, None] + rest[near[1]]) / 2
        off = (middle - (rest[rims[0][station]] + rest[rims[1][station]]) / 2) @ across
        cost = (apart**2).sum(axis=2) + 2 * (apart @ across) ** 2 + 0.3 * off**2
        a, b = np.unravel_index(cost.argmin(), cost.shape)
        chosen.append((near[0][a], near[1][b]))
    one = np.tile([1.0, 0.0, 0.0], (len(chosen), 1))
    return tuple(SurfacePoints(np.tile(c[:, None], 3), one) for c in np.array(chosen).T)


def _stations(rims: Rims) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower rim [N, 3] at evenly counted stations."""
    across = np.linspace(rims.across[0], rims.across[-1], STATIONS)
    return tuple(
        np.stack([np.interp(across, rims.across, c) for c in edge.T], axis=1)
        for edge in (rims.upper, rims.lower)
    )


def gap(pair: tuple[SurfacePoints, SurfacePoints], skin: np.ndarray) -> np.ndarray:
    """Gap vectors [N, 3] mm from lower to upper rim, for skin [S, 3] mm and :func:`pairs`."""
    return pair[0].interpolate(skin) - pair[1].interpolate(skin)


def _settle(
    points: tuple[SurfacePoints, SurfacePoints], spread: tuple[sp.csr_matrix, sp.csr_matrix]
) -> np.ndarray:
    """[N, N] corrections to ask for, so that gaps change as wanted although neighbours share vertices."""
    answer = sum(
        side.interpolate(share.toarray()) for side, share in zip(points, spread, strict=True)
    )
    return answer.T @ np.linalg.inv(answer @ answer.T + SETTLE_RIDGE * np.eye(len(answer)))


def _closed(share: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """One below the first of the limits, zero above the second, smooth between."""
    low, high = limits
    x = np.clip((high - share) / (high - low), 0, 1)
    return x * x * (3 - 2 * x)


def _spread(skin: Mesh, points: SurfacePoints) -> sp.csr_matrix:
    """How a correction at the stations moves each vertex [S, N]: averaged between stations, fading along the skin."""
    graph, rest = _edge_graph(skin), skin.vertices.astype(np.float64)
    count = len(rest)
    place = points.interpolate(rest)
    distance = np.full((len(place), count), np.inf)
    for corner in range(
        3
    ):  # from each corner of the station's triangle, as far as it is from there
        vertex = points.corners[:, corner]
        along = dijkstra(graph, indices=vertex, limit=2.5 * REACH_MM)
        start = np.linalg.norm(rest[vertex] - place, axis=1)[:, None]
        distance = np.minimum(distance, start + along)
    nearest = distance.min(axis=0)
    # Where the mesh is coarser than a station's reach its nearest station decides alone.
    reached = np.isfinite(nearest)
    nearest = np.where(reached, nearest, 0.0)
    share = np.exp(-((distance**2 - nearest**2) / STATION_MM**2))
    share[:, ~reached] = 0.0
    envelope = np.where(nearest < 2.5 * REACH_MM, np.exp(-((nearest / REACH_MM) ** 2)), 0.0)
    share *= envelope / np.maximum(share.sum(axis=0), 1e-12)
    return sp.csr_matrix(np.where(share > 1e-4, share, 0.0).T)


def _edge_graph(skin: Mesh) -> sp.csr_matrix:
    """[S, S] lengths of the skin's edges, mm."""
    triangles = skin.triangles
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    rest = skin.vertices.astype(np.float64)
    length = np.maximum(np.linalg.norm(rest[ends[:, 0]] - rest[ends[:, 1]], axis=1), 1e-6)
    graph = sp.csr_matrix((length, (ends[:, 0], ends[:, 1])), shape=(len(rest), len(rest)))
    return graph.maximum(graph.T)
