# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lining of a mouth between the lips of a head and its throat: the free head's, hung on this head's own lips.

Its outermost ring of vertices lies on the skin's open edge, one on each vertex of it. So no gap opens there, whatever
moves the two alike. The free head's lining begins one ring further in. It is bent from one edge to the other; the
bend fades inwards.
"""

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from ..geometry.edge_graph import edge_graph
from ..geometry.mesh import Mesh
from ..geometry.smooth import falling
from .loops import Loop, in_order, open_loops
from .mouth import LINING, MouthPlace, usual_pieces
from .room import Skin

#: From here on the lining has its usual place, mm of a usual mouth from the lips' edge.
_FADES_MM = 28.0
#: The lining stays at least this far below the outer skin, mm of a usual mouth,
_BELOW_MM = 3.0
#: but next to the lips' edge no deeper than this part of the distance from the edge.
_BELOW_SHARE = 0.5
#: Next to the lips' edge each half stays on its own lip's side up to the first, and is free from the second on,
_PARTED_MM = (8.0, 16.0)
#: and so far from the line between the lips; mm of a usual mouth.
_GAP_MM = 0.3
#: Part of a lip's edge, from its ends, that is a corner.
_CORNER = 0.02
#: Rounds of pushing it in and evening it out.
_ROUNDS = 12


def fit_lining(place: MouthPlace, skin: Mesh, loop: Loop, outer: Skin) -> Mesh:
    """The lining of a mouth; its first vertices lie on those of the loop, in their order.

    Args:
        place: of the mouth.
        skin: head space, mm.
        loop: the skin's open edge behind the lips.
        outer: what of it is seen from outside.
    """
    usual = usual_pieces()[LINING]
    left_up = np.eye(3)[:2]
    rim = in_order(max(open_loops(usual), key=len), usual.vertices, left_up)
    points = usual.vertices.astype(np.float64)
    own = place.to_mouth(skin.vertices[loop.vertices])
    goal = np.stack(
        [np.interp(rim.along, loop.along, column, period=2.0) for column in own.T], axis=1
    )
    bend = _bent(usual, rim.vertices, goal - points[rim.vertices])
    points = place.to_head(points + bend)
    mesh = _on_loop(usual.with_vertices(points), rim, skin, loop)
    halves = _Halves(mesh, loop, place)
    mesh = halves.parted(mesh)
    mesh = _below(mesh, len(loop.vertices), outer, halves, place.scale)
    return halves.parted(mesh)


class _Halves:
    """Which lip each vertex of a lining hangs on, and where between the lips a lining parts.

    Towards the corners the two lips' sides are a millimetre apart: one that lies on the other's side comes out before
    that lip as soon as the jaw moves.
    """

    def __init__(self, mesh: Mesh, loop: Loop, place: MouthPlace) -> None:
        count = len(loop.vertices)
        far, _before, first = dijkstra(
            edge_graph(mesh), indices=np.arange(count), min_only=True, return_predecessors=True
        )
        along = loop.along[np.clip(first, 0, count - 1)]
        corner = np.abs(along - np.round(along)) < _CORNER
        self.side = np.where(corner, 0, np.where(along < 1, 1, -1))
        self.hold = falling(far / place.scale, _PARTED_MM)
        self.hold[:count] = 0.0
        self._left, self._up = place.left_up_front[:2]
        edge = mesh.vertices[:count].astype(np.float64)
        across, height = edge @ self._left, edge @ self._up
        is_upper = loop.along < 1
        self._across = np.linspace(across.min(), across.max(), 60)
        rows = []
        for half in (is_upper, ~is_upper | (loop.along == 0)):
            order = np.argsort(across[half])
            rows.append(np.interp(self._across, across[half][order], height[half][order]))
        self._height = np.mean(rows, axis=0)
        self._gap = _GAP_MM * place.scale

    def above(self, points: np.ndarray) -> np.ndarray:
        """[N] mm by which points [N, 3] lie above the line between the lips."""
        return points @ self._up - np.interp(points @ self._left, self._across, self._height)

    def parted(self, mesh: Mesh) -> Mesh:
        """The lining with each half on its own lip's side, next to the lips' edge."""
        points = mesh.vertices.astype(np.float64)
        wrong = np.clip(self._gap - self.side * self.above(points), 0, None)
        move = np.where(self.side == 0, 0.0, self.side * wrong * self.hold)
        return mesh.with_vertices(points + move[:, None] * self._up)


def _bent(mesh: Mesh, rim: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """[V, 3] smooth displacements that are ``moves`` [N, 3] on the rim [N] and fade along the surface, to zero far off.

    Along the surface, because the two lips' sides lie close together in space.
    """
    graph = edge_graph(mesh)
    far = dijkstra(graph, indices=rim, min_only=True) > _FADES_MM
    linked = (graph > 0).astype(float)
    laplacian = sp.diags(np.asarray(linked.sum(axis=1)).ravel()) - linked
    held = far.copy()
    held[rim] = True
    values = np.zeros((len(mesh.vertices), 3))
    values[rim] = moves
    free = np.flatnonzero(~held)
    rows = laplacian.tocsr()[free]
    values[free] = sla.spsolve(rows[:, free].tocsc(), -(rows[:, held] @ values[held]))
    return values


def _on_loop(lining: Mesh, rim: Loop, skin: Mesh, loop: Loop) -> Mesh:
    """The lining without its outermost ring of faces, and a strip from there to the skin's own edge."""
    on_rim = np.zeros(len(lining.vertices), bool)
    on_rim[rim.vertices] = True
    face = np.repeat(np.arange(len(lining.face_sizes)), lining.face_sizes)
    touched = np.zeros(len(lining.face_sizes), bool)
    np.logical_or.at(touched, face, on_rim[lining.face_vertices])
    corners, sizes = lining.face_vertices[~touched[face]], lining.face_sizes[~touched]
    used, corners = np.unique(corners, return_inverse=True)
    kept = Mesh(lining.vertices[used], corners.ravel().astype(np.int32), sizes, lining.name)
    inner = in_order(max(open_loops(kept), key=len), lining.vertices[used], _axes_of(lining, rim))
    count = len(loop.vertices)
    strip = zipped(loop.along, inner.along)
    numbers = np.concatenate([np.arange(count), count + inner.vertices])
    return Mesh(
        np.concatenate([skin.vertices[loop.vertices], kept.vertices]).astype(np.float32),
        np.concatenate([numbers[strip].ravel(), kept.face_vertices + count]).astype(np.int32),
        np.concatenate([np.full(len(strip), 3), kept.face_sizes]).astype(np.int32),
        lining.name,
    )


def _axes_of(lining: Mesh, rim: Loop) -> np.ndarray:
    """[2, 3] left and up of a rim that runs over the upper lip from right to left."""
    points = lining.vertices[rim.vertices].astype(np.float64)
    corner = int(np.abs(rim.along - 1).argmin())
    left = points[corner] - points[0]
    left /= np.linalg.norm(left)
    is_upper = rim.along < 1
    up = points[is_upper].mean(axis=0) - points[~is_upper].mean(axis=0)
    up -= left * (up @ left)
    return np.stack([left, up / np.linalg.norm(up)])


def zipped(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Triangles [A + B, 3] between two closed rings by the places [A] and [B] along them, which increase to 2.

    Numbers from A on are the second ring's.
    """
    a, b = len(first), len(second)
    begin = int(np.abs(np.append(second, second[:1] + 2) - first[0]).argmin()) % b
    other = np.roll(second, -begin)
    other = np.where(other < other[0], other + 2, other)
    one = np.append(first, first[0] + 2)
    two = np.append(other, other[0] + 2)
    triangles, i, j = [], 0, 0
    while i < a or j < b:
        ahead = i < a and (j == b or one[i + 1] + one[i] <= two[j + 1] + two[j])
        here, there = i % a, a + (j + begin) % b
        if ahead:
            i += 1
            triangles.append((here, i % a, there))
        else:
            j += 1
            triangles.append((here, a + (j + begin) % b, there))
    return np.array(triangles)


def _below(mesh: Mesh, fixed: int, outer: Skin, halves: _Halves, scale: float) -> Mesh:
    """The lining pushed below the outer skin where it comes too near, the first ``fixed`` vertices apart."""
    points = mesh.vertices.astype(np.float64)
    surface, normals = outer.points, outer.normals
    of_lip = np.sign(halves.above(surface))
    tree = cKDTree(surface)
    rest = points.copy()
    depth = _BELOW_SHARE * cKDTree(rest[:fixed]).query(rest)[0]
    depth = np.minimum(depth, _BELOW_MM * scale)[:, None]
    edges = np.unique(np.sort(_edges(mesh), axis=1), axis=0)
    degree = np.bincount(edges.ravel(), minlength=len(points))[:, None]
    for _ in range(_ROUNDS):
        far, near = tree.query(points, k=4)
        height = np.einsum("nkc,nkc->nk", points[:, None] - surface[near], normals[near])
        too_high = np.clip(height + depth, 0, None)
        too_high[(height < 0) & (far > 3 * depth)] = 0
        # the other lip pushes none over to the wrong side
        too_high[(halves.hold > 0)[:, None] & (of_lip[near] * halves.side[:, None] < 0)] = 0
        worst = too_high.argmax(axis=1)
        rows = np.arange(len(points))
        push = too_high[rows, worst][:, None] * normals[near[rows, worst]]
        push[:fixed] = 0
        if not push.any():
            break
        moved = points - push - rest
        total = np.zeros_like(points)
        np.add.at(total, edges[:, 0], moved[edges[:, 1]])
        np.add.at(total, edges[:, 1], moved[edges[:, 0]])
        even = 0.5 * moved + 0.5 * total / np.maximum(degree, 1)
        held = push.any(axis=1)
        even[held] = moved[held]
        even[:fixed] = 0
        points = rest + even
    return mesh.with_vertices(points)


def _edges(mesh: Mesh) -> np.ndarray:
    triangles = mesh.triangles
    return np.concatenate([triangles[:, :2], triangles[:, 1:], triangles[:, ::2]])
