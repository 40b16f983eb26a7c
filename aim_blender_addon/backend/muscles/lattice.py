# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flesh mesh: cubes of a lattice around the columns, copied where flesh cannot see flesh ([Molino2004]).

A cube that holds the flesh of two lips stands twice. Its copies share corners with those copies of its neighbours
that their flesh is joined to. So lips and lids part without any knowledge of where they are.
Near lips and lids cubes are cut in eight. A corner that hangs on the side of a larger cube follows that cube.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import trimesh
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ..geometry.mesh import Mesh
from .columns import Columns

#: The eight corners of a cube, in units of its edge.
CORNERS = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
#: Directions from a cube to those around it, each pair of cubes once.
ASIDE = [d for d in np.ndindex(3, 3, 3) if d > (1, 1, 1)]
#: Flesh sees flesh no farther than this, in edges of the finer cube.
SIGHT = 0.8
#: So many pairs of samples are tried before two pieces of flesh count as hidden from each other.
TRIES = 4
#: Flesh that scans part is not joined by sight: more than so many times its distance, and so many mm beyond.
PARTED, PARTED_MM = 2.0, 2.0


@dataclass(frozen=True)
class Lattice:
    """Cubes with their corners as nodes; head space, mm.

    Attributes:
        nodes: [N, 3] all corners, hanging ones too.
        cubes: [C, 8] node numbers, in the order of ``CORNERS``.
        edge: [C] length of each cube's edge.
        odd: [C] bool; which of both ways the cube is cut into five tetrahedra.
        free: [F] node numbers that move by themselves.
        carry: [N, F] sparse; places of all nodes from those of the free ones.
        cube: [S] cube of each sample.
    """

    nodes: np.ndarray
    cubes: np.ndarray
    edge: np.ndarray
    odd: np.ndarray
    free: np.ndarray
    carry: sp.csr_matrix
    cube: np.ndarray

    def shares(self, points: np.ndarray, cube: np.ndarray) -> np.ndarray:
        """[P, 8] shares of a cube's corners at points [P, 3] in it: those of the tetrahedron that holds the point."""
        local = (points - self.nodes[self.cubes[cube, 0]]) / self.edge[cube][:, None]
        return tetrahedron_shares(local, self.odd[cube])


#: The five tetrahedra of a cube: the middle one, then one a corner. Diagonals join the nodes whose numbers sum to even.
_EVEN = [[0, 3, 5, 6], [1, 0, 3, 5], [2, 0, 6, 3], [4, 0, 5, 6], [7, 3, 6, 5]]
_ODD = [[1, 2, 4, 7], [0, 1, 2, 4], [3, 1, 7, 2], [5, 1, 4, 7], [6, 2, 7, 4]]


def _oriented(rows: list[list[int]]) -> np.ndarray:
    rows = np.array(rows)
    for row in rows:
        if np.linalg.det(CORNERS[row[1:]] - CORNERS[row[0]]) < 0:
            row[2], row[3] = row[3], row[2]
    return rows


#: [2, 5, 4] corners of the tetrahedra, for even and odd cubes; all of positive volume.
TETRAHEDRA = np.stack([_oriented(_EVEN), _oriented(_ODD)])


def least_quality() -> float:
    """Quality of the worst tetrahedron of a cube: 6 sqrt(2) volume / (root of the mean square edge)^3."""
    worst = 1.0
    for corners in TETRAHEDRA.reshape(-1, 4):
        points = CORNERS[corners].astype(float)
        first, second = np.triu_indices(4, 1)
        edge = np.sqrt(((points[first] - points[second]) ** 2).sum(axis=1).mean())
        volume = np.linalg.det(points[1:] - points[0]) / 6
        worst = min(worst, 6 * np.sqrt(2) * volume / edge**3)
    return float(worst)


def tetrahedron_shares(local: np.ndarray, odd: np.ndarray) -> np.ndarray:
    """[P, 8] shares of the corners at points [P, 3] of the unit cube, linear in each of its tetrahedra."""
    local = np.clip(local, 0.0, 1.0)
    shares = np.zeros((len(local), 8))
    for kind in (0, 1):
        chosen = np.flatnonzero(odd == bool(kind))
        best = np.full(len(chosen), -np.inf)
        for corners in TETRAHEDRA[kind]:
            frame = np.vstack([CORNERS[corners].T, np.ones(4)])
            mix = np.linalg.solve(
                frame, np.vstack([local[chosen].T, np.ones(len(chosen))])
            ).T  # [P, 4]
            least = mix.min(axis=1)
            better = least > best
            best[better] = least[better]
            rows = chosen[better]
            shares[rows] = 0.0
            shares[rows[:, None], corners] = mix[better]
    shares = np.maximum(shares, 0.0)
    return shares / shares.sum(axis=1, keepdims=True)


def make_lattice(
    columns: Columns, skin: Mesh, carried: np.ndarray, edge: float, fine: np.ndarray
) -> Lattice:
    """Cubes around all samples.

    Args:
        columns: the flesh.
        skin: the whole skin in rest; flesh does not see through it.
        carried: [E, C, 3] mm; what each scan moves the columns by.
        edge: mm; of the larger cubes.
        fine: [S] bool; samples whose cubes are cut in eight.
    """
    points = columns.points
    leaf, where, size = _leaves(points, edge, fine)
    piece = _pieces(columns, skin, carried, leaf, size * edge / 2)
    pairs = _neighbours(columns, skin, carried, leaf, where, size, piece, edge / 2)
    count = int(piece.max()) + 1
    one = np.zeros(count, int)
    one[piece] = np.arange(len(points))
    cube_leaf = leaf[one]
    origin, span = where[cube_leaf], size[cube_leaf]
    nodes, cubes, hanging = _nodes(origin, span, pairs)
    low = points.min(axis=0)
    start = np.floor(low / edge) * edge
    places = start + nodes * edge / 2
    free, carry = _carry(len(nodes), hanging)
    odd = (origin // span[:, None]).sum(axis=1) % 2 == 1
    return Lattice(places, cubes, span * edge / 2, odd, free, carry, piece)


def swinging(lattice: Lattice, held: np.ndarray) -> np.ndarray:
    """[C] bool: cubes that nothing holds but an edge or a corner of others.

    Args:
        lattice: the flesh mesh.
        held: [C] bool; cubes that springs hold.
    """
    cubes = lattice.cubes
    count = len(cubes)
    corners = sp.csr_matrix(
        (np.ones(cubes.size), (np.repeat(np.arange(count), 8), cubes.ravel())),
        (count, len(lattice.nodes)),
    )
    own = (corners @ lattice.carry).astype(bool).astype(float)
    shared = (own @ own.T).tocoo()
    firm = shared.data > 2  # noqa: PLR2004 -- two nodes are a hinge
    label = _joined(count, np.stack([shared.row[firm], shared.col[firm]], axis=1))
    return np.bincount(label, held)[label] == 0


def _leaves(
    points: np.ndarray, edge: float, fine: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Leaf of each sample [S], corner of each leaf [L, 3] and its edge [L], in halves of a large cube's edge."""
    start = np.floor(points.min(axis=0) / edge) * edge
    small = np.floor((points - start) / (edge / 2)).astype(int)
    large = small // 2
    wide = tuple(small.max(axis=0) + 1)
    number = np.ravel_multi_index(large.T, wide)
    in_fine = np.isin(number, number[fine])
    origin = np.where(in_fine[:, None], small, large * 2)
    key = 2 * np.ravel_multi_index(origin.T, wide) + ~in_fine
    leaves, leaf = np.unique(key, return_inverse=True)
    corner = np.stack(np.unravel_index(leaves // 2, wide), axis=1)
    return leaf.ravel(), corner, leaves % 2 + 1


def _joined(count: int, pairs: np.ndarray) -> np.ndarray:
    """Labels [count] of what pairs [P, 2] join."""
    graph = sp.coo_matrix((np.ones(len(pairs)), pairs.T), (count, count))
    return connected_components(graph, directed=False)[1]


def _pieces(
    columns: Columns, skin: Mesh, carried: np.ndarray, leaf: np.ndarray, edge: np.ndarray
) -> np.ndarray:
    """[S] piece of flesh that each sample belongs to; a piece lies in one leaf."""
    links = columns.links
    links = links[leaf[links[:, 0]] == leaf[links[:, 1]]]
    piece = _joined(len(leaf), links)
    one = np.zeros(piece.max() + 1, int)
    one[piece] = leaf
    several = np.flatnonzero(np.bincount(one) > 1)  # leaves of more than one piece
    couples = []
    for home in several:
        mine = np.flatnonzero(one == home)
        couples += [(a, b) for k, a in enumerate(mine) for b in mine[k + 1 :]]
    if not couples:
        return piece
    seen = _see(columns, skin, carried, piece, np.array(couples), edge.max())
    return _joined(len(one), np.array(couples)[seen].reshape(-1, 2))[piece]


def _neighbours(  # noqa: PLR0913
    columns: Columns,
    skin: Mesh,
    carried: np.ndarray,
    leaf: np.ndarray,
    where: np.ndarray,
    size: np.ndarray,
    piece: np.ndarray,
    half: float,
) -> np.ndarray:
    """Pairs [P, 2] of pieces in touching leaves whose flesh is joined."""
    links = piece[columns.links]
    linked = np.unique(np.sort(links[links[:, 0] != links[:, 1]], axis=1), axis=0)
    home = np.zeros(piece.max() + 1, int)
    home[piece] = leaf
    touching = _touching(where, size)
    by_leaf = [[] for _ in range(len(where))]
    for number, at in enumerate(home):
        by_leaf[at].append(number)
    couples = np.array(
        [(a, b) for first, second in touching for a in by_leaf[first] for b in by_leaf[second]]
    ).reshape(-1, 2)
    couples = np.unique(np.sort(couples, axis=1), axis=0)
    count = len(home)
    known = np.isin(couples @ [count, 1], linked @ [count, 1])
    couples = couples[~known]
    seen = _see(columns, skin, carried, piece, couples, half)
    return np.vstack([linked, couples[seen]])


def _touching(where: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Pairs [P, 2] of leaves that share a side, or a part of one."""
    cells = {}
    for number, (at, span) in enumerate(zip(where.tolist(), size.tolist(), strict=True)):
        for step in np.ndindex(span, span, span):
            cells[at[0] + step[0], at[1] + step[1], at[2] + step[2]] = number
    pairs = set()
    for at, number in cells.items():
        for axis in range(3):
            beside = list(at)
            beside[axis] += 1
            other = cells.get(tuple(beside), number)
            if other != number:
                pairs.add((number, other))
    return np.array(sorted(pairs)).reshape(-1, 2)


def _see(  # noqa: PLR0913
    columns: Columns,
    skin: Mesh,
    carried: np.ndarray,
    piece: np.ndarray,
    couples: np.ndarray,
    half: float,
) -> np.ndarray:
    """[P] bool: which pairs [P, 2] of pieces see each other through flesh alone.

    Samples on the skin itself do not look: between two skins that touch there is nothing in the way.
    """
    inner = np.flatnonzero(columns.depth > 0)
    order = inner[np.argsort(piece[inner], kind="stable")]
    starts = np.searchsorted(piece[order], np.arange(piece.max() + 2))
    points = columns.points
    first, second, owner = [], [], []
    reach = SIGHT * half
    for number, (a, b) in enumerate(couples):
        mine, other = order[starts[a] : starts[a + 1]], order[starts[b] : starts[b + 1]]
        if not len(mine) or not len(other):
            continue
        apart = cdist(points[mine], points[other]).ravel()
        close = np.flatnonzero(apart < reach)
        if len(close) > TRIES:
            close = close[np.argpartition(apart[close], TRIES)[:TRIES]]
        i, j = np.divmod(close, len(other))
        first.append(mine[i])
        second.append(other[j])
        owner.append(np.full(len(close), number))
    seen = np.zeros(len(couples), bool)
    if not first:
        return seen
    first, second, owner = np.concatenate(first), np.concatenate(second), np.concatenate(owner)
    way = points[first] - points[second]
    rest = np.linalg.norm(way, axis=1)
    moved = carried[:, columns.column[first]] - carried[:, columns.column[second]]
    far = np.linalg.norm(moved + way, axis=2).max(axis=0)
    kept = far < PARTED * rest + PARTED_MM
    first, second, owner, rest = first[kept], second[kept], owner[kept], rest[kept]
    clear = ~_blocked(skin, points[first], points[second])
    seen[owner[clear]] = True
    return seen


def _blocked(skin: Mesh, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """[P] bool: the skin crosses the way from ``start`` to ``end`` [P, 3]."""
    if not len(start):
        return np.zeros(0, bool)
    surface = trimesh.Trimesh(skin.vertices, skin.triangles, process=False)
    way = end - start
    length = np.linalg.norm(way, axis=1)
    places, rays, _ = RayMeshIntersector(surface).intersects_location(
        start, way / np.maximum(length, 1e-9)[:, None], multiple_hits=False
    )
    blocked = np.zeros(len(start), bool)
    blocked[rays] = np.linalg.norm(places - start[rays], axis=1) < length[rays]
    return blocked


def _nodes(
    origin: np.ndarray, span: np.ndarray, pairs: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes [N, 3] in halves of an edge, cubes [C, 8], and rows (node, first, second) of corners that hang.

    A corner of one cube and a corner of another are one node where both stand in one place and their flesh is joined.
    """
    corner = origin[:, None] + span[:, None, None] * CORNERS  # [C, 8, 3]
    flat = corner.reshape(-1, 3)
    key = np.unique(flat, axis=0, return_inverse=True)[1].ravel().reshape(-1, 8)
    a, b = pairs.T
    row, i, j = np.nonzero(key[a][:, :, None] == key[b][:, None, :])
    label = _joined(len(flat), np.stack([a[row] * 8 + i, b[row] * 8 + j], axis=1))
    node = np.zeros((label.max() + 1, 3), int)
    node[label] = flat
    cubes = label.reshape(-1, 8)
    return node, cubes, _hanging(origin, span, cubes, corner, pairs)


def _hanging(
    origin: np.ndarray, span: np.ndarray, cubes: np.ndarray, corner: np.ndarray, pairs: np.ndarray
) -> np.ndarray:
    """Rows (node, first, second): a fine cube's corner half way between two nodes of a larger one that it joins."""
    rows = []
    mixed = pairs[span[pairs[:, 0]] != span[pairs[:, 1]]]
    for a, b in mixed:
        large, small = (a, b) if span[a] > span[b] else (b, a)
        local = corner[small] - origin[large]  # [8, 3], in halves
        on = ((local >= 0) & (local <= 2)).all(axis=1)
        for k in np.flatnonzero(on):
            ones = np.flatnonzero(local[k] == 1)
            if len(ones) == 0:
                continue
            ends = np.stack([local[k], local[k]])
            ends[0, ones], ends[1, ones] = 0, 2
            if len(ones) == 2:  # noqa: PLR2004 -- the middle of a side; its diagonal joins even nodes
                parity = ((origin[large] + ends[0]) // 2).sum() % 2
                if parity:
                    ends[0, ones], ends[1, ones] = (0, 2), (2, 0)
            elif len(ones) == 3:  # noqa: PLR2004 -- the middle of the cube cannot be
                continue
            numbers = (ends // 2) @ [4, 2, 1]
            rows.append((cubes[small, k], *cubes[large, numbers]))
    return np.array(rows, int).reshape(-1, 3)


def _carry(count: int, hanging: np.ndarray) -> tuple[np.ndarray, sp.csr_matrix]:
    """Free nodes [F], and the matrix [count, F] that places all nodes by them."""
    _, first = np.unique(hanging[:, 0], return_index=True)
    hanging = hanging[first]
    free = np.setdiff1d(np.arange(count), hanging[:, 0])
    own = sp.coo_matrix((np.ones(len(free)), (free, free)), (count, count))
    half = sp.coo_matrix(
        (np.full(2 * len(hanging), 0.5), (np.repeat(hanging[:, 0], 2), hanging[:, 1:].ravel())),
        (count, count),
    )
    step = (own + half).tocsr()
    # A corner may hang on one that hangs.
    whole = step
    for _ in range(4):
        whole = whole @ step
    return free, whole[:, free].tocsr()
