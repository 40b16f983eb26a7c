# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Open edges of a mesh as loops, and the one behind the lips (numpy only)."""

from dataclasses import dataclass

import numpy as np

from ..geometry.mesh import Mesh
from ..geometry.topology import component_labels, triangle_edges

#: Points nearer than this are one: texture seams split vertices; fraction of the mesh's size.
_SAME = 1e-6
#: A loop behind lips is at least and at most so wide, in widths of the lips' rims,
_WIDE = (0.5, 1.5)
#: and lies in the mean at most this far from the rims, in the same widths.
_NEAR = 0.5


@dataclass(frozen=True)
class Loop:
    """A closed edge about a mouth, over the upper lip from the person's right to the left, and back below.

    Attributes:
        vertices: [N] numbers.
        along: [N] place along the loop: 0 to 1 above, 1 to 2 below; increasing.
    """

    vertices: np.ndarray
    along: np.ndarray

    def at(self, points: np.ndarray, along: np.ndarray) -> np.ndarray:
        """Places [M, 3] on the loop of [V, 3] ``points``, at [M] places along it."""
        own = points[self.vertices]
        return np.stack(
            [np.interp(along, self.along, column, period=2.0) for column in own.T], axis=1
        )


def lip_loop(skin: Mesh, rims: np.ndarray, left_up: np.ndarray) -> Loop | None:
    """The open edge of a skin behind its lips, or None where it has none.

    Args:
        skin: mm.
        rims: [N, 3] points on both lips' rims.
        left_up: [2, 3] unit rows.
    """
    wide = np.ptp(rims @ left_up[0])
    best, found = _NEAR * wide, None
    for loop in open_loops(skin):
        points = skin.vertices[loop].astype(np.float64)
        off = np.linalg.norm(points[:, None] - rims[None], axis=2).min(axis=1).mean()
        is_wide = _WIDE[0] * wide < np.ptp(points @ left_up[0]) < _WIDE[1] * wide
        if is_wide and off < best:
            best, found = off, loop
    return None if found is None else in_order(found, skin.vertices, left_up)


def open_loops(mesh: Mesh) -> list[np.ndarray]:
    """Vertex numbers of each simple closed open edge, one after the other; seams in place count as closed."""
    size = float(np.ptp(mesh.vertices, axis=0).max()) or 1.0
    _, first, same = np.unique(
        np.round(mesh.vertices / (_SAME * size)), axis=0, return_index=True, return_inverse=True
    )
    triangles = same.ravel()[mesh.triangles]
    whole = (triangles != np.roll(triangles, 1, axis=1)).all(axis=1)
    edges, uses = np.unique(triangle_edges(triangles[whole]), axis=0, return_counts=True)
    edges = edges[uses == 1]
    degree = np.bincount(edges.ravel(), minlength=len(first))
    beside: dict[int, list[int]] = {}
    for a, b in edges.tolist():
        beside.setdefault(a, []).append(b)
        beside.setdefault(b, []).append(a)
    labels = component_labels(len(first), edges)
    on_edge = np.flatnonzero(degree)
    loops = []
    for label in np.unique(labels[on_edge]):
        own = on_edge[labels[on_edge] == label]
        if (degree[own] == 2).all():
            loops.append(first[_walk(int(own[0]), beside)])
    return loops


def in_order(loop: np.ndarray, points: np.ndarray, left_up: np.ndarray) -> Loop:
    """The loop [N] of vertex numbers as :class:`Loop` has it."""
    across, up = (points[loop].astype(np.float64) @ left_up.T).T
    loop = np.roll(loop, -int(across.argmin()))
    across, up = (points[loop].astype(np.float64) @ left_up.T).T
    last = int(across.argmax())
    if up[: last + 1].mean() < np.append(up[last:], up[0]).mean():
        loop = np.roll(loop[::-1], 1)
        last = len(loop) - last
    own = points[loop].astype(np.float64)
    step = np.linalg.norm(np.roll(own, -1, axis=0) - own, axis=1)
    far = np.concatenate([[0], np.cumsum(step)])
    upper, whole = far[last], far[-1]
    along = np.where(
        np.arange(len(loop)) <= last,
        far[:-1] / upper,
        1 + (far[:-1] - upper) / (whole - upper),
    )
    return Loop(loop, along)


def _walk(start: int, beside: dict[int, list[int]]) -> np.ndarray:
    path, last, at = [start], start, beside[start][0]
    while at != start:
        path.append(at)
        a, b = beside[at]
        last, at = at, b if a == last else a
    return np.array(path)
