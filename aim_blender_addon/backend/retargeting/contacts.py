# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes that close and lips that touch on the source do so on the target, and do not pass through.

Upper and lower rim of each opening are paired at stations. Where the source's gap is small against its gap at
rest, the target's gap is made the source's times their sizes; elsewhere the target keeps its own. The correction
fades along the skin, so that upper and lower lip, near in space, are moved apart from each other.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from ..geometry.mesh import Mesh
from ..geometry.surface import SurfacePoints, nearest_points
from .face import RetargetFace
from .rims import Rims

STATIONS = 41
#: Share of the correction that the upper rim takes.
UPPER_SHARE = {"mouth": 0.5, "eye_left": 0.85, "eye_right": 0.85}
#: Reach of one station's correction and of all of it along the skin, mm.
STATION_MM, REACH_MM = 2.5, 7.0
#: The source's gap decides below the second, and alone below the first, of these shares of its gap at rest.
CLOSED_SHARE = (0.3, 0.6)
#: Rounds of correction a frame: each leaves what neighbouring stations disagree on.
ROUNDS = 3


@dataclass(frozen=True)
class _Opening:
    """One opening's stations on both faces, N of them."""

    here: tuple[SurfacePoints, SurfacePoints]
    there: tuple[SurfacePoints, SurfacePoints]
    rest_here: np.ndarray
    rest_there: np.ndarray
    ratio: float
    spread: tuple[sp.csr_matrix, sp.csr_matrix]


@dataclass(frozen=True)
class Contacts:
    """All openings that show on both faces."""

    openings: tuple[_Opening, ...]
    turn: np.ndarray
    up: np.ndarray

    def correct(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Target skin [S, 3] whose contacts follow the source's skin [S', 3]; both posed, heads at rest, mm."""
        result = np.array(target, np.float64)
        for opening in self.openings:
            gap_here = _gap(opening.here, source) @ self.turn.T
            size = np.linalg.norm(gap_here, axis=1)
            closed = _closed(size / np.maximum(opening.rest_here, 1e-6))
            wanted = opening.ratio * gap_here
            wanted += np.maximum(-wanted @ self.up, 0)[:, None] * self.up
            for _ in range(ROUNDS):
                gap = _gap(opening.there, result)
                through = (gap @ self.up < 0) & (opening.rest_there > 0)
                goal = gap + closed[:, None] * (wanted - gap)
                apart = goal + np.maximum(-goal @ self.up, 0)[:, None] * self.up
                change = np.where((through | (closed > 0))[:, None], apart - gap, 0.0)
                if not change.any():
                    break
                for side, share in zip((0, 1), opening.spread, strict=True):
                    result += (1 - 2 * side) * (share @ change)
        return result


def make_contacts(source: RetargetFace, target: RetargetFace) -> Contacts:
    """Stations and their reach; openings that one of the faces does not show are left out."""
    openings = []
    for name, there in target.rims.items():
        if name not in source.rims:
            continue
        here = source.rims[name]
        points_here, points_there = (
            tuple(nearest_points(face.skin, edge) for edge in _stations(rims))
            for face, rims in ((source, here), (target, there))
        )
        width = [np.linalg.norm(r.upper[-1] - r.upper[0]) for r in (here, there)]
        upper = UPPER_SHARE[name]
        spread = tuple(
            share * _spread(target.skin, points)
            for share, points in zip((upper, 1 - upper), points_there, strict=True)
        )
        rest_here = np.linalg.norm(_gap(points_here, source.skin.vertices), axis=1)
        rest_there = _gap(points_there, target.skin.vertices) @ target.axes[1]
        ratio = width[1] / max(width[0], 1e-6)
        openings.append(_Opening(points_here, points_there, rest_here, rest_there, ratio, spread))
    return Contacts(tuple(openings), target.axes.T @ source.axes, target.axes[1])


def gaps(face: RetargetFace, name: str, skin: np.ndarray) -> np.ndarray:
    """Gap vectors [N, 3] mm from lower to upper rim of an opening of the face, for skin [S, 3] mm."""
    pair = tuple(nearest_points(face.skin, edge) for edge in _stations(face.rims[name]))
    return _gap(pair, skin)


def _stations(rims: Rims) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower rim [N, 3] at evenly counted stations."""
    across = np.linspace(rims.across[0], rims.across[-1], STATIONS)
    return tuple(
        np.stack([np.interp(across, rims.across, c) for c in edge.T], axis=1)
        for edge in (rims.upper, rims.lower)
    )


def _gap(pair: tuple[SurfacePoints, SurfacePoints], skin: np.ndarray) -> np.ndarray:
    return pair[0].interpolate(skin) - pair[1].interpolate(skin)


def _closed(share: np.ndarray) -> np.ndarray:
    """One below the first of the shares, zero above the second, smooth between."""
    low, high = CLOSED_SHARE
    x = np.clip((high - share) / (high - low), 0, 1)
    return x * x * (3 - 2 * x)


def _spread(skin: Mesh, points: SurfacePoints) -> sp.csr_matrix:
    """How a correction at the stations moves each vertex [S, N]: averaged between stations, fading along the skin."""
    triangles = skin.triangles
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    rest = skin.vertices.astype(np.float64)
    length = np.maximum(np.linalg.norm(rest[ends[:, 0]] - rest[ends[:, 1]], axis=1), 1e-6)
    count = len(rest)
    graph = sp.csr_matrix((length, (ends[:, 0], ends[:, 1])), shape=(count, count))
    graph = graph.maximum(graph.T)
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
