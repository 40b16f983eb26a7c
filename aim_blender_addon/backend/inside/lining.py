# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lining of a mouth between the lips of a head and its throat: the free head's, hung on this head's own lips.

Its outermost ring of vertices lies on the skin's open edge, one on each vertex of it. So no gap opens there, whatever
moves the two alike. A tube leads straight back from there. The free head's lining begins behind the tube. It is bent
from one edge to the other; the bend fades inwards.
"""

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from ..geometry.edge_graph import edge_graph
from ..geometry.mesh import Mesh
from .loops import Loop, in_order, open_loops
from .mouth import LINING, MouthPlace, usual_pieces
from .room import Skin

#: From here on the lining has its usual place, mm of a usual mouth from the lips' edge.
_FADES_MM = 28.0
#: The lining stays at least this far below the outer skin, mm of a usual mouth,
_BELOW_MM = 3.0
#: but next to the lips' edge no deeper than this part of the distance from the edge.
_BELOW_SHARE = 0.5
#: Rings of a tube from the lips' edge straight back, and from its last one to the free head's lining; mm of a usual
#: mouth.
_TUBE_MM = (1.5, 3.5, 6.0, 9.0)
_NEXT_MM = 3.0
#: So many rings of the free head's lining make way for it at most.
_MOST_RINGS = 12
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
    mesh = _on_loop(usual.with_vertices(points), rim, skin, loop, place)
    return _below(mesh, (1 + len(_TUBE_MM)) * len(loop.vertices), outer, place.scale)


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


def _on_loop(lining: Mesh, rim: Loop, skin: Mesh, loop: Loop, place: MouthPlace) -> Mesh:
    """The lining without what is next to its edge, and a tube from there to the skin's own edge.

    The tube goes straight back from the edge. So its two halves cross nowhere, however thin the lips' corners are.
    """
    axes = _axes_of(lining, rim)
    kept = lining
    for _ in range(_MOST_RINGS):
        inner = in_order(max(open_loops(kept), key=len), kept.vertices, axes)
        far = np.linalg.norm(
            kept.vertices[inner.vertices] - rim.at(lining.vertices.astype(float), inner.along),
            axis=1,
        )
        if np.median(far) > _TUBE_MM[-1] * place.scale:
            break
        kept = _without_ring(kept, inner.vertices)
    count = len(loop.vertices)
    edge = skin.vertices[loop.vertices].astype(np.float64)
    ends = inner.at(kept.vertices.astype(np.float64), loop.along)
    rings = [edge]
    for depth in _TUBE_MM:
        straight = edge - depth * place.scale * place.left_up_front[2]
        share = depth / (_TUBE_MM[-1] + _NEXT_MM)
        rings.append((1 - share**2) * straight + share**2 * (edge + share * (ends - edge)))
    number = np.arange(count)
    after = np.roll(number, -1)
    one = np.stack([number, after, after + count, number + count], axis=1)
    tube = np.concatenate([one + ring * count for ring in range(len(_TUBE_MM))])
    strip = zipped(loop.along, inner.along)
    last = len(_TUBE_MM) * count
    numbers = np.concatenate([last + number, last + count + inner.vertices])
    return Mesh(
        np.concatenate([*rings, kept.vertices]).astype(np.float32),
        np.concatenate(
            [tube.ravel(), numbers[strip].ravel(), kept.face_vertices + last + count]
        ).astype(np.int32),
        np.concatenate([np.full(len(tube), 4), np.full(len(strip), 3), kept.face_sizes]).astype(
            np.int32
        ),
        lining.name,
    )


def _without_ring(mesh: Mesh, ring: np.ndarray) -> Mesh:
    """The mesh without the faces at some of its vertices."""
    touched = np.zeros(len(mesh.vertices), bool)
    touched[ring] = True
    face = np.repeat(np.arange(len(mesh.face_sizes)), mesh.face_sizes)
    gone = np.zeros(len(mesh.face_sizes), bool)
    np.logical_or.at(gone, face, touched[mesh.face_vertices])
    used, corners = np.unique(mesh.face_vertices[~gone[face]], return_inverse=True)
    return Mesh(
        mesh.vertices[used], corners.ravel().astype(np.int32), mesh.face_sizes[~gone], mesh.name
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


def _below(mesh: Mesh, fixed: int, outer: Skin, scale: float) -> Mesh:
    """The lining pushed below the outer skin where it comes too near, the first ``fixed`` vertices apart."""
    points = mesh.vertices.astype(np.float64)
    surface, normals = outer.points, outer.normals
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
