# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where pieces hang on the skin: their roots, and how much each vertex follows them (numpy only)."""

import numpy as np

from ...geometry.mesh import Mesh
from ...geometry.smooth import falling
from ...geometry.topology import component_labels, edge_use
from .binding import AROUND, CARRY, Binding, CarrySettings, Places

#: So many roots share a vertex at most.
MOST_ROOTS = 6
#: Pairs of points that are compared at a time.
_PAIRS = 2_000_000


def bind(
    mesh: Mesh,
    skin: Mesh,
    places: Places,
    kinds: tuple[np.ndarray, np.ndarray],
    length: float,
    settings: CarrySettings = CARRY,
) -> Binding:
    """How a piece hangs on a skin.

    Args:
        mesh: the piece at rest; mm, head space.
        skin: at rest; mm, head space.
        places: of the piece's V vertices, the nearest on the skin.
        kinds: [V] bool each: what lies outside the mouth and may hang on the skin, and what is the mouth's lining.
            All else follows bones alone.
        length: of the jaw, mm.
        settings: how pieces hang.
    """
    outside, lining = kinds
    edges, uses = edge_use(mesh)
    points = mesh.vertices.astype(np.float64)
    count = len(points)
    label = component_labels(count, edges)
    open_edge = np.zeros(count, bool)
    open_edge[edges[uses == 1]] = True
    rim = open_edge & (places.distance < settings.rim * length)
    on_rim = np.isin(label, label[rim])
    below = _median(label, _height(skin, points, places)) < -settings.below * length
    found = _Roots(places, count)
    touching = outside & ~below
    if touching.any():
        away = places.distance / length
        is_root, share = _touching(label, touching, away, settings)
        is_root |= _keeping(label, points / length, away, settings) & (share > 0)
        first, far = _nearest_root(points, edges, is_root, touching)
        follow = np.where(first >= 0, share * falling(far / length, settings.reach), 0.0)
        rows = np.flatnonzero(follow > 0)
        found.hang(rows, first[rows, None], np.ones((len(rows), 1)), follow[rows])
        found.blend(edges, touching & (follow > 0) & ~is_root, settings.steps)
    for pocket, limits in (
        (lining & on_rim, settings.tissue),
        (outside & below & on_rim, settings.pocket),
    ):
        rows = np.flatnonzero(pocket & rim)
        found.hang(rows, rows[:, None], np.ones((len(rows), 1)), np.ones(len(rows)))
        rows = np.flatnonzero(pocket & ~rim)
        if len(rows):
            across, share, distance = _across(points[rows], skin, settings)
            follow = falling(distance / length, limits)
            first, far = _nearest_root(points, edges, pocket & rim, pocket)
            close = np.where(first >= 0, falling(far / length, settings.beside), 0.0)[rows]
            at_rim = places.corners[first, places.weights[first].argmax(axis=1)][rows]
            across, share = _beside_rim(across, share, at_rim, close)
            found.hang(rows, found.add(across), share, np.maximum(follow, close))
            found.blend(edges, pocket & ~rim, settings.steps)
    return found.binding(skin)


class _Roots:
    """Roots as they are found; the places of the piece's own vertices come first."""

    def __init__(self, places: Places, count: int) -> None:
        self._corners, self._weights = [places.corners], [places.weights]
        self._count = count
        self._roots = np.repeat(np.arange(count)[:, None], MOST_ROOTS, axis=1)
        self._shares = np.zeros((count, MOST_ROOTS))
        self._shares[:, 0] = 1.0
        self._follow = np.zeros(count)

    def add(self, vertices: np.ndarray) -> np.ndarray:
        """The numbers of new roots at skin vertices, in the form of ``vertices``."""
        start = sum(map(len, self._corners))
        new, number = np.unique(vertices, return_inverse=True)
        self._corners.append(np.repeat(new[:, None], 3, axis=1))
        self._weights.append(np.tile((1.0, 0.0, 0.0), (len(new), 1)))
        return start + number.reshape(vertices.shape)

    def hang(
        self, rows: np.ndarray, roots: np.ndarray, shares: np.ndarray, follow: np.ndarray
    ) -> None:
        """Let vertices ``rows`` [N] follow roots [N, K] with shares [N, K], by ``follow`` [N]."""
        most = roots.shape[1]
        self._roots[rows, :most], self._shares[rows] = roots, 0.0
        self._shares[rows, :most], self._follow[rows] = shares, follow

    def blend(self, edges: np.ndarray, free: np.ndarray, steps: int) -> None:
        """Let the roots of vertices that are ``free`` [V] go over into their neighbours'."""
        if free.any():
            found = _blend(edges, self._roots, self._shares, free, steps)
            self._roots, self._shares = found

    def binding(self, skin: Mesh) -> Binding:
        """Of the roots that are used; those that were added do not turn."""
        held = (self._shares > 0) & (self._follow > 0)[:, None]
        used = np.unique(self._roots[held])
        shares = np.where(held, self._shares, 0.0)
        roots = np.where(held, np.searchsorted(used, self._roots), 0)
        most = int(held.sum(axis=1).max(initial=1))
        largest = np.argsort(-shares, axis=1, kind="stable")[:, :most]
        roots, shares = (np.take_along_axis(rows, largest, 1) for rows in (roots, shares))
        corners = np.concatenate(self._corners)[used]
        around = _around(skin, corners)
        still = used >= self._count
        around[still] = corners[still, :1]
        return Binding(
            corners.astype(np.int32),
            np.concatenate(self._weights)[used].astype(np.float32),
            around.astype(np.int32),
            roots.astype(np.int32),
            shares.astype(np.float32),
            self._follow.astype(np.float32),
        )


def _height(skin: Mesh, points: np.ndarray, places: Places) -> np.ndarray:
    """[V] mm above the skin, negative below it."""
    at = np.einsum("vk,vkc->vc", places.weights, skin.vertices[places.corners].astype(np.float64))
    normal = np.einsum("vk,vkc->vc", places.weights, skin.normals[places.corners].astype(float))
    above = _sign(skin) * np.einsum("vc,vc->v", points - at, normal)
    return np.where(above < 0, -1.0, 1.0) * places.distance


def _median(label: np.ndarray, values: np.ndarray) -> np.ndarray:
    """[V] the median of values [V] in each vertex's connected piece, ``label`` [V]."""
    order = np.lexsort((values, label))
    _, starts, counts = np.unique(label[order], return_index=True, return_counts=True)
    middle = values[order][starts + counts // 2]
    return np.repeat(middle, counts)[np.argsort(order, kind="stable")]


def _touching(
    label: np.ndarray, outside: np.ndarray, distance: np.ndarray, settings: CarrySettings
) -> tuple[np.ndarray, np.ndarray]:
    """[V] bool, the roots of pieces that touch the skin; [V] how much their connected pieces hang on it."""
    nearest = np.full(len(outside), np.inf)
    np.minimum.at(nearest, label, distance)
    nearest = nearest[label]
    share = np.where(outside, falling(nearest, settings.near), 0.0)
    return (share > 0) & (distance <= nearest + settings.touches), share


def _keeping(
    label: np.ndarray, points: np.ndarray, distance: np.ndarray, settings: CarrySettings
) -> np.ndarray:
    """[V] bool, what keeps its distance [V] to the skin in a connected piece that does so as a whole, as a beard does
    that is one shell. Each vertex there has a root of its own. The nearest may lie in the crease of the mouth, and have
    the other lip below them; so the outermost tenths are none."""
    keeping = np.zeros(len(label), bool)
    order = np.argsort(label, kind="stable")
    for piece in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        size = np.linalg.norm(np.ptp(points[piece], axis=0))
        if size < settings.shell:
            continue
        low, high = np.quantile(distance[piece], [0.1, 0.9])
        if high - low < settings.rise * size:
            keeping[piece] = (distance[piece] >= low) & (distance[piece] <= high)
    return keeping


def _nearest_root(
    points: np.ndarray, edges: np.ndarray, is_root: np.ndarray, allowed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """[V] the root that is nearest along the edges, -1 where there is none, and [V] how far that is, mm."""
    edges = edges[allowed[edges].all(axis=1)]
    first, second = np.concatenate([edges, edges[:, ::-1]]).T
    length = np.linalg.norm(points[first] - points[second], axis=1)
    far = np.where(is_root, 0.0, np.inf)
    root = np.where(is_root, np.arange(len(points)), -1)
    while True:
        way = far[first] + length
        better = way < far[second] - 1e-9
        if not better.any():
            return root, far
        start, end, way = first[better], second[better], way[better]
        order = np.argsort(-way, kind="stable")  # the shortest is written last
        far[end[order]], root[end[order]] = way[order], root[start[order]]


def _across(
    points: np.ndarray, skin: Mesh, settings: CarrySettings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Skin vertices [N, K] across the tissue from points [N, 3] mm, their shares [N, K], the distance [N] mm.

    The way through the tissue meets the skin from within. So a point behind one lip never hangs on the other.
    """
    rest = skin.vertices.astype(np.float64)
    outward = _sign(skin) * skin.normals.astype(np.float64)
    number, share = (
        np.zeros((len(points), MOST_ROOTS), np.int64),
        np.zeros((len(points), MOST_ROOTS)),
    )
    distance = np.full(len(points), np.inf)
    most = min(MOST_ROOTS, len(rest))
    step = max(1, _PAIRS // len(rest))
    for start in range(0, len(points), step):
        part = slice(start, start + step)
        # |q - p|^2 and (q - p) . n by products, without an array of ways
        square = (points[part] ** 2).sum(1)[:, None] + (rest**2).sum(1) - 2 * points[part] @ rest.T
        far = np.sqrt(np.maximum(square, 0.0))
        along = np.einsum("sc,sc->s", rest, outward) - points[part] @ outward.T
        far = np.where(along > settings.facing * far, far, np.inf)
        near = np.argpartition(far, most - 1, axis=1)[:, :most]
        length = np.take_along_axis(far, near, axis=1)
        least = length.min(axis=1)
        distance[part], number[part, :most] = least, near
        known = np.isfinite(least)
        weight = np.exp((least - length.T)[:, known].T / (0.1 * least[known, None] + 0.5))
        share[np.arange(len(points))[part][known], :most] = weight / weight.sum(1, keepdims=True)
    return number, share, distance


def _beside_rim(
    across: np.ndarray, shares: np.ndarray, rim: np.ndarray, close: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Skin vertices [N, K] and shares [N, K]: the least one gives way to that at the rim [N], by ``close`` [N]."""
    across, shares = across.copy(), shares.copy()
    rows = np.flatnonzero(close > 0)
    least = shares[rows].argmin(axis=1)
    shares[rows, least] = 0.0
    total = np.maximum(shares[rows].sum(axis=1), 1e-12)
    shares[rows] *= ((1 - close[rows]) / total)[:, None]
    across[rows, least], shares[rows, least] = rim[rows], close[rows]
    shares[rows] /= shares[rows].sum(axis=1, keepdims=True)
    return across, shares


def _sign(mesh: Mesh) -> float:
    """1 where normals point away from the middle of a mesh, -1 where they point to it."""
    middle = mesh.vertices.mean(axis=0)
    return 1.0 if float(np.einsum("vc,vc->", mesh.normals, mesh.vertices - middle)) > 0 else -1.0


def _blend(
    edges: np.ndarray, roots: np.ndarray, shares: np.ndarray, free: np.ndarray, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Roots [V, K] and shares [V, K] where those of vertices that are ``free`` [V] go over into their neighbours'."""
    ends = np.concatenate([edges, edges[:, ::-1]])
    ends = ends[free[ends[:, 1]]]
    rows = np.flatnonzero(free)
    degree = np.bincount(ends[:, 1], minlength=len(free))
    for _ in range(steps):
        from_own = (np.repeat(rows, MOST_ROOTS), roots[rows].ravel(), shares[rows].ravel())
        by = shares[ends[:, 0]] / np.maximum(degree[ends[:, 1]], 1)[:, None]
        from_others = (
            np.repeat(ends[:, 1], MOST_ROOTS),
            roots[ends[:, 0]].ravel(),
            by.ravel(),
        )
        entries = tuple(np.concatenate(pair) for pair in zip(from_own, from_others, strict=True))
        roots, shares = _largest(entries, roots, shares, rows)
    return roots, shares


def _largest(
    entries: tuple[np.ndarray, np.ndarray, np.ndarray],
    roots: np.ndarray,
    shares: np.ndarray,
    rows: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Roots and shares, those of ``rows`` anew: the largest of the entries (owner, root, share), which sum to one."""
    owner, root, share = entries
    some = share > 0
    owner, root, share = owner[some], root[some], share[some]
    key = owner * (root.max(initial=0) + 1) + root
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    share = np.add.reduceat(share[order], starts) if len(starts) else share
    owner, root = owner[order][starts], root[order][starts]
    order = np.lexsort((-share, owner))
    owner, root, share = owner[order], root[order], share[order]
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    rank = np.arange(len(owner)) - np.repeat(begins, np.diff(np.append(begins, len(owner))))
    kept = rank < MOST_ROOTS
    roots, shares = roots.copy(), shares.copy()
    shares[rows] = 0.0
    roots[owner[kept], rank[kept]] = root[kept]
    shares[owner[kept], rank[kept]] = share[kept]
    total = shares[rows].sum(axis=1, keepdims=True)
    shares[rows] /= np.where(total > 0, total, 1.0)
    return roots, shares


def _around(skin: Mesh, corners: np.ndarray) -> np.ndarray:
    """[R, N] int32: skin vertices within two edges of a root's triangle, the nearest to it."""
    beside = _beside(skin)
    count = len(corners)
    if not count:
        return np.zeros((0, AROUND), np.int32)
    near = beside[beside[corners].reshape(count, -1)].reshape(count, -1)
    near.sort(axis=1)
    rest = skin.vertices.astype(np.float64)
    away = np.linalg.norm(rest[near] - rest[corners].mean(axis=1)[:, None], axis=2)
    again = np.diff(near, axis=1, prepend=-1) == 0
    order = np.argsort(np.where(again, np.inf, away), axis=1)[:, :AROUND]
    return np.take_along_axis(near, order, axis=1).astype(np.int32)


def _beside(mesh: Mesh, most: int = 10) -> np.ndarray:
    """[V, most] each vertex and its neighbours along edges; the vertex itself fills up."""
    edges = edge_use(mesh)[0]
    first, second = np.concatenate([edges, edges[:, ::-1]]).T
    order = np.argsort(first, kind="stable")
    first, second = first[order], second[order]
    begins = np.searchsorted(first, np.arange(len(mesh.vertices)))
    rank = np.arange(len(first)) - begins[first]
    beside = np.repeat(np.arange(len(mesh.vertices))[:, None], most, axis=1)
    kept = rank < most - 1
    beside[first[kept], rank[kept] + 1] = second[kept]
    return beside
