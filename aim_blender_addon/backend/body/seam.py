# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam between a face and a body: the border of the face's neck, and how far inwards the body's bones reach.

At the border the skin moves by the body's weights alone, so it stays on the body's own border in every pose. Inwards
the share of the body falls to none over a width, measured along the skin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import RigError
from ..geometry.mesh import Mesh
from ..geometry.smooth import smooth_step
from ..geometry.topology import component_labels, corner_edges, edge_keys


@dataclass(frozen=True)
class SeamSettings:
    """How a seam is found and blended.

    Attributes:
        same: vertices nearer than this are one, fractions of the mesh's size: a mesh is often cut at its UV seams.
        large: loops of at least this share of the longest are looked at; the lowest of them is the neck's.
        bottom: without a border, vertices in this lowest share of the height are the neck's end.
        rounds: of smoothing the body's weights over the blend.
        falloff: power with which bones lose their hold with distance, where there is no body mesh.
    """

    same: float = 1e-6
    large: float = 0.5
    bottom: float = 0.03
    rounds: int = 6
    falloff: float = 4.0


SEAM = SeamSettings()


@dataclass(frozen=True)
class Seam:
    """The border of a face's neck and the way from it.

    Attributes:
        border: [V] bool.
        distance: [V] float64 mm from it along the skin; infinite beyond ``reach`` and on other pieces.
        edges: [N, 2] between vertices that are one skin, for smoothing.
        is_open: the neck has a border; else its lowest part was taken.
    """

    border: np.ndarray
    distance: np.ndarray
    edges: np.ndarray
    is_open: bool

    def share(self, width: float) -> np.ndarray:
        """[V] float64 how much the body moves each vertex, over ``width`` mm: one at the border."""
        if width <= 0:
            return self.border.astype(np.float64)
        far = np.where(np.isfinite(self.distance), self.distance, width)
        return np.where(self.border, 1.0, 1 - smooth_step(far / width))


def find_seam(mesh: Mesh, up: np.ndarray, reach: float) -> Seam:
    """The neck's border of a face.

    Args:
        mesh: the skin, mm.
        up: [3] unit vector, up in the head.
        reach: how far distances are followed, mm.

    Raises:
        RigError: the mesh has no faces.
    """
    points = mesh.vertices.astype(np.float64)
    if not len(mesh.face_vertices):
        raise RigError(f"{mesh.name} has no faces: it has no neck to join.")
    one = _one_skin(points)
    count = int(one.max()) + 1
    corners = one[corner_edges(mesh)]
    corners = corners[corners[:, 0] != corners[:, 1]]
    keys, uses = np.unique(edge_keys(corners, count), return_counts=True)
    edges = np.stack([keys // count, keys % count], axis=1)
    places = np.zeros((count, 3))
    places[one] = points
    border = _neck_loop(places, edges[uses == 1], up)
    is_open = border is not None
    if border is None:
        border = _bottom(places, edges, up)
    distance = _along(places, _with_diagonals(mesh, one, edges), border, reach)
    return Seam(border[one], distance[one], _all_edges(mesh, one), is_open)


def _one_skin(points: np.ndarray) -> np.ndarray:
    """[V] the same number for vertices at the same place."""
    size = max(float(np.ptp(points, axis=0).max()), 1e-12)
    cells = np.round((points - points.min(axis=0)) / (SEAM.same * size)).astype(np.int64)
    return np.unique(cells, axis=0, return_inverse=True)[1].ravel()


def _neck_loop(places: np.ndarray, borders: np.ndarray, up: np.ndarray) -> np.ndarray | None:
    """[P] bool: the lowest of the long borders; None where the mesh is closed or has small holes only."""
    if not len(borders):
        return None
    labels = component_labels(len(places), borders)
    length = np.linalg.norm(places[borders[:, 0]] - places[borders[:, 1]], axis=1)
    loops, which = np.unique(labels[borders[:, 0]], return_inverse=True)
    lengths = np.bincount(which.ravel(), weights=length)
    if (
        lengths.max() < np.ptp(places, axis=0).max()
    ):  # the rim of a mouth or an eye is shorter than the head is high
        return None
    large = loops[lengths >= SEAM.large * lengths.max()]
    on_border = np.zeros(len(places), bool)
    on_border[borders.ravel()] = True
    heights = [float((places[on_border & (labels == loop)] @ up).mean()) for loop in large]
    return on_border & (labels == large[int(np.argmin(heights))])


def _bottom(places: np.ndarray, edges: np.ndarray, up: np.ndarray) -> np.ndarray:
    """[P] bool: the lowest vertices of the largest piece."""
    labels = component_labels(len(places), edges)
    sizes = np.bincount(labels, minlength=len(places))
    mine = labels == int(sizes.argmax())
    height = places @ up
    low, high = height[mine].min(), height[mine].max()
    return mine & (height <= low + SEAM.bottom * (high - low))


def _with_diagonals(mesh: Mesh, one: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """[N, 2] edges and both diagonals of quads, so that ways across quads are not too long."""
    starts = (np.cumsum(mesh.face_sizes) - mesh.face_sizes)[mesh.face_sizes == 4]
    quads = one[mesh.face_vertices[starts[:, None] + np.arange(4)]].reshape(-1, 4)
    return np.concatenate([edges, quads[:, [0, 2]], quads[:, [1, 3]]])


def _all_edges(mesh: Mesh, one: np.ndarray) -> np.ndarray:
    """[N, 2] edges of the mesh, and between vertices at the same place."""
    first = np.full(int(one.max()) + 1, -1)
    first[one[::-1]] = np.arange(len(one))[::-1]
    number = np.arange(len(one))
    twins = np.stack([number, first[one]], axis=1)
    return np.concatenate([corner_edges(mesh), twins[twins[:, 0] != twins[:, 1]]])


def _along(places: np.ndarray, edges: np.ndarray, border: np.ndarray, reach: float) -> np.ndarray:
    """[P] shortest ways along edges from ``border``, infinite beyond ``reach``."""
    distance = np.where(border, 0.0, np.inf)
    both = np.concatenate([edges, edges[:, ::-1]])
    length = np.linalg.norm(places[both[:, 0]] - places[both[:, 1]], axis=1)
    reached = border.copy()
    while reached.any():
        out = reached[both[:, 0]]
        way = distance[both[out, 0]] + length[out]
        shorter = distance.copy()
        np.minimum.at(shorter, both[out, 1], way)
        reached = (shorter < distance) & (shorter <= reach)
        distance = np.where(reached, shorter, distance)
    return distance


def smoothed(weights: np.ndarray, seam: Seam, share: np.ndarray) -> np.ndarray:
    """The body's weights [G, V] evened out where the blend is; the border keeps what it has.

    Nearest points of another mesh jump in hollows, and jumps would show as creases.
    """
    inside = share > 0
    free = inside & ~seam.border
    edges = seam.edges[inside[seam.edges].all(axis=1)]
    both = np.concatenate([edges, edges[:, ::-1]])
    number = np.bincount(both[:, 0], minlength=len(share)).astype(np.float64)
    for _round in range(SEAM.rounds):
        mean = np.stack(
            [
                np.bincount(both[:, 0], weights=row[both[:, 1]], minlength=len(share))
                for row in weights
            ]
        ) / np.maximum(number, 1)
        weights = np.where(free & (number > 0), 0.5 * (weights + mean), weights)
    return weights


def by_distance(points: np.ndarray, heads: np.ndarray, tails: np.ndarray) -> np.ndarray:
    """Weights [G, V] of bones at points, for a body without a mesh: near bones hold more.

    Args:
        points: [V, 3].
        heads: [G, 3] where bones begin, in the same space.
        tails: [G, 3] and where they end.
    """
    axis = tails - heads
    along = np.einsum("vgc,gc->gv", points[:, None] - heads, axis)
    along = np.clip(along / np.maximum((axis**2).sum(axis=1), 1e-20)[:, None], 0, 1)
    nearest = heads[:, None] + along[..., None] * axis[:, None]
    far = np.linalg.norm(points - nearest, axis=2)
    far = np.maximum(far, 1e-6 * max(float(far.max(initial=0.0)), 1e-12))
    hold = (far.min(axis=0) / far) ** SEAM.falloff
    return hold / hold.sum(axis=0)


def on_segments(
    points: np.ndarray, head: np.ndarray, tail: np.ndarray, segments: int
) -> list[tuple[int, np.ndarray]]:
    """How the joints of a bending bone share points, as Blender shares them: joint and weight [V] of each in use.

    Args:
        points: [V, 3].
        head: [3] where the bone begins.
        tail: [3] and where it ends.
        segments: of it; a plain bone has one and one joint.
    """
    if segments <= 1:
        return [(0, np.ones(len(points)))]
    axis = tail - head
    along = np.clip((points - head) @ axis / max(float(axis @ axis), 1e-20), 0, 1) * segments
    first = np.minimum(along.astype(int), segments - 1)
    part = along - first
    found = []
    for joint in range(segments + 1):
        weight = np.where(first == joint, 1 - part, np.where(first + 1 == joint, part, 0.0))
        if weight.any():
            found.append((joint, weight))
    return found


def worst_and_middle(values: np.ndarray) -> tuple[float, float]:
    """Largest and median of some numbers; zero without any."""
    return (float(values.max()), float(np.median(values))) if len(values) else (0.0, 0.0)


def ring_radius(points: Sequence[Sequence[float]] | np.ndarray) -> float:
    """Mean distance of points [N, 3] from their middle."""
    points = np.asarray(points, np.float64)
    return float(np.linalg.norm(points - points.mean(axis=0), axis=1).mean())
