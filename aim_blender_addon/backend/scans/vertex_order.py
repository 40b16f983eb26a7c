# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a scan's vertices mean the same places of the face as the neutral's (numpy only).

An expression moves neighbouring skin alike, whatever the head does; a wrong vertex order does not.
53 extreme shapes of several heads and masks were measured. No vertex left all of its neighbours by more than 1.2
times its longest edge plus 0.5 % of the head's size. A vertex in another one's place leaves them by 5 to 200 times
that.
"""

from dataclasses import dataclass, field

import numpy as np

from ..geometry.mesh import Mesh
from ..geometry.rigid import rotation_and_stretch

#: a vertex is torn off when it leaves all neighbours by this many times its longest edge ...
_TORN = 3.0
#: ... plus this share of the head's size
_SLACK = 0.005
#: more torn vertices than this share are a wrong order, wherever they lie
_TORN_SHARE = 0.02
#: an edge is turned about when its cosine with the neutral's is below this, ...
_ABOUT = -0.8
#: ... and its length differs by less than this factor
_ABOUT_LENGTH = 1.4
#: edges below this share of the head's size may turn about by noise
_NOISE_EDGE = 0.01
#: turned edges are swapped neighbours where they are more than this fraction of all edges, ...
_ABOUT_SHARE = 0.002
#: ... and more than this number
_ABOUT_COUNT = 10


#: skin is never this far from the neutral on the average, shares of the head's size (most seen: 0.21)
_TOO_FAR = 0.5


@dataclass(frozen=True)
class Neighbours:
    """The neutral, prepared to compare many scans with it; lengths in its unit.

    Attributes:
        rest: [V, 3] centred positions.
        size: root mean square distance from the middle.
        edges: [N, 2] every edge once.
        along: [N, 3] edge vectors, ``length`` [N] their squared lengths.
        length: see ``along``.
        spokes: [2 N] edge numbers, those of each vertex together.
        vertex: [U] numbers of the vertices with edges.
        first: [U] where each of them begins in ``spokes``.
        reach: [U] longest edge of each of them, plus slack.
    """

    rest: np.ndarray
    size: float
    edges: np.ndarray
    along: np.ndarray
    length: np.ndarray
    spokes: np.ndarray
    vertex: np.ndarray
    first: np.ndarray
    reach: np.ndarray


@dataclass(frozen=True)
class Comparison:
    """How a scan lies against the neutral.

    Attributes:
        scale: its size, shares of the neutral's; the same in any vertex order.
        edge_scale: its median edge, shares of the neutral's; hardly changed by an open mouth.
        degrees: how far it is turned.
        mirrored: it is a mirror image.
        largest: longest displacement of a vertex after the best rigid motion, shares of the head's size.
        torn: numbers of the vertices that left all their neighbours.
        misplaced: how many vertices lie where another one belongs.
        similarity: [3] sums that only equal scans have in common.
    """

    scale: float
    edge_scale: float = 0.0
    degrees: float = 0.0
    mirrored: bool = False
    largest: float = np.inf
    torn: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    misplaced: int = 0
    similarity: np.ndarray = field(default_factory=lambda: np.zeros(3))


def neighbours(neutral: Mesh, edges: np.ndarray) -> Neighbours:
    """Prepares the neutral; ``edges`` [N, 2] once each."""
    points = neutral.vertices.astype(np.float64)
    rest = points - points.mean(axis=0)
    size = float(np.sqrt((rest**2).sum(axis=1).mean()))
    along = rest[edges[:, 1]] - rest[edges[:, 0]]
    length = (along**2).sum(axis=1)
    order = np.argsort(edges.T.ravel(), kind="stable")
    spokes = order % max(len(edges), 1)
    vertex, first = np.unique(edges.T.ravel()[order], return_index=True)
    reach = np.sqrt(np.maximum.reduceat(length[spokes], first)) + _SLACK * size
    return Neighbours(rest, size, edges, along, length, spokes, vertex, first, reach)


def compare(around: Neighbours, vertices: np.ndarray) -> Comparison:
    """Compares scan positions [V, 3] with the neutral's."""
    moved = vertices.astype(np.float64)
    moved -= moved.mean(axis=0)
    scale = float(np.sqrt((moved**2).sum(axis=1).mean())) / around.size
    if scale <= 0:
        return Comparison(scale)
    rotation, mirrored = _turn(around.rest, moved)
    back = moved @ rotation
    shift = back - around.rest
    squared_shift = (shift**2).sum(axis=1)
    apart = shift[around.edges[:, 1]] - shift[around.edges[:, 0]]
    now = around.along + apart
    length_now = (now**2).sum(axis=1)
    torn = _torn(around, (apart**2).sum(axis=1))
    misplaced = _misplaced(around, back, torn) + _turned_about(around, now, length_now)
    if squared_shift.mean() > (_TOO_FAR * around.size) ** 2:
        misplaced = len(squared_shift)
    turned = np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1))
    before = np.maximum(around.length, 1e-12 * around.size**2)
    return Comparison(
        scale=scale,
        edge_scale=float(np.sqrt(np.median(length_now / before))),
        degrees=float(np.degrees(turned)),
        mirrored=mirrored,
        largest=float(np.sqrt(squared_shift.max())) / around.size,
        torn=torn,
        misplaced=misplaced,
        similarity=np.cos(np.arange(len(shift))) @ shift / around.size,
    )


def _turn(rest: np.ndarray, moved: np.ndarray) -> tuple[np.ndarray, bool]:
    """The rotation rest -> moved ([V, 3], centred), and whether a mirror image fits far better."""
    rotation, stretch = rotation_and_stretch(moved.T @ rest)
    scale = np.sqrt((moved**2).sum() / (rest**2).sum())
    total = 2 * scale * (rest**2).sum()
    by_rotation = total - 2 * (stretch[0] + stretch[1] + stretch[2])  # squared residuals
    by_mirror = total - 2 * (stretch[0] + stretch[1] - stretch[2])
    return rotation, bool(by_mirror < 0.25 * by_rotation)


def _torn(around: Neighbours, apart: np.ndarray) -> np.ndarray:
    """Vertices that moved unlike every neighbour; ``apart`` [N] squared, per edge."""
    smallest = np.sqrt(np.minimum.reduceat(apart[around.spokes], around.first))
    return around.vertex[smallest > _TORN * around.reach]


def _turned_about(around: Neighbours, now: np.ndarray, length_now: np.ndarray) -> int:
    """Vertices at edges that point the opposite way, where there are more than creases make; else 0.

    Neighbours in each other's place stay near where they belong, but the edge between them turns.
    """
    against = np.einsum("nk,nk->n", now, around.along)
    turned = against < _ABOUT * np.sqrt(around.length * length_now)
    turned &= (length_now < _ABOUT_LENGTH**2 * around.length) & (
        around.length < _ABOUT_LENGTH**2 * length_now
    )
    plain = around.length > (_NOISE_EDGE * around.size) ** 2
    turned &= plain
    if turned.sum() <= max(_ABOUT_COUNT, _ABOUT_SHARE * plain.sum()):
        return 0
    return len(np.unique(around.edges[turned]))


def _misplaced(around: Neighbours, back: np.ndarray, torn: np.ndarray) -> int:
    """How many torn vertices lie where another torn one belongs; ``back`` [V, 3] the unposed scan.

    A spike of a scan lies nowhere in particular, a swapped vertex in the gap another one left.
    """
    count = len(back)
    if len(torn) > _TORN_SHARE * count:
        return len(torn)
    if len(torn) < 2:
        return 0
    is_torn = np.zeros(count, bool)
    is_torn[torn] = True
    both = np.concatenate([around.edges, around.edges[:, ::-1]])
    start, end = both[is_torn[both[:, 0]] & ~is_torn[both[:, 1]]].T
    supports = np.bincount(start, minlength=count)
    shift = np.stack(
        [np.bincount(start, part, count) for part in (back - around.rest)[end].T], axis=1
    )
    gaps = torn[supports[torn] > 0]
    place = around.rest[gaps] + shift[gaps] / supports[gaps, None]  # [G, 3]
    reach = np.zeros(count)
    reach[around.vertex] = around.reach
    distance = np.linalg.norm(back[torn, None] - place[None], axis=2)  # [T, G]
    return int((distance < 2 * reach[gaps]).any(axis=1).sum())
