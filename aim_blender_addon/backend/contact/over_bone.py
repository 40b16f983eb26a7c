# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edges and faces of the skin over bone and teeth: found where they lie in bone though their corners do not.

A triangle is cut in four, and again, only where the distances at its corners let it reach bone: no point of a part is
nearer than its nearest corner less :data:`FROM_CORNERS` of its longest edge. Lines cut small parts so finely that no
point lies farther than ``BETWEEN_MM`` of :mod:`.parts` from one. A line that meets no bone lies outside all of it.
Rays tell: they cost less than a look into a field. Only what meets bone is sampled, and what the rest shows is
counted from.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..geometry.rigid import undo_rigid
from .bone_field import FIELD_RATE, BoneField, Bones
from .parts import (
    BETWEEN_MM,
    FOUR,
    SAMPLES_MM,
    SMALL_MM,
    Parts,
    lines_of,
    longest_edges,
    middles_of,
    samples_of,
)

#: No point of a triangle is farther from its nearest corner than this times its longest edge.
FROM_CORNERS = 1 / np.sqrt(3)
#: The fields are off by no more than this near a bone, mm (measured: 0.14),
_OFF_MM = 0.3
#: and by this fraction of a part's size more where it is large, and so far from the bone.
_OFF_SHARE = 0.1
#: A triangle is cut in four at most so often.
_CUTS = 6
#: A first look at skin that lies deep takes samples this far apart, mm,
THIN_MM = 0.9
#: where it would have more than so many parts to sample.
_MANY = 100
#: A sample this much deeper than at rest is too deep, mm.
DEEP_MM = 0.04
#: Samples that ask for less than this fraction of what a corner takes have no say in what it gives back.
_COUNTS = 0.5
#: Skin that was looked at is not looked at again until it has moved by this, mm.
SETTLED_MM = 0.01
#: Names of one place differ by rounding alone.
_SAME_NAME = 1e-12


@dataclass(frozen=True)
class Deep:
    """N samples of triangles that lie too deep.

    Attributes:
        corners: [N, 3] vertices of their triangles.
        weights: [N, 3] barycentric.
        push: [N, 3] mm, the way out.
        thin: some were few and far between, and tell of no skin that it is out.
    """

    corners: np.ndarray
    weights: np.ndarray
    push: np.ndarray
    thin: bool = False

    def __len__(self) -> int:
        return len(self.corners)

    @property
    def worst_mm(self) -> float:
        """How far the deepest has to go."""
        return float(np.linalg.norm(self.push, axis=1).max(initial=0.0))

    def at_corners(self) -> tuple[np.ndarray, np.ndarray]:
        """Vertices [M] and the pushes [M, 3] mm that bring the samples out.

        Each corner takes the longest push that a sample asks of it. Samples get more than they ask where they share
        corners, so corners then give back what none of the samples that ask for much needs.
        """
        share = self.weights / (self.weights**2).sum(axis=1, keepdims=True)
        push = (share[:, :, None] * self.push[:, None]).reshape(-1, 3)
        asked = np.sqrt(np.einsum("nc,nc->n", push, push))
        vertex = self.corners.ravel()
        count = self.corners.max(initial=-1) + 1
        longest = np.zeros(count)
        np.maximum.at(longest, vertex, asked)
        moved = np.flatnonzero(longest)
        ask = np.flatnonzero(asked == longest[vertex])
        last, number = np.zeros(count, int), np.zeros(count, int)
        last[vertex[ask]] = ask
        last = last[moved]
        most = push[last]
        number[moved] = np.arange(len(moved))
        taken = np.zeros((len(number), 3))
        taken[moved] = most
        got = np.einsum("nk,nkc,nc->n", self.weights, taken[self.corners], self.push)
        needed = np.einsum("nc,nc->n", self.push, self.push) / np.maximum(got, 1e-12)
        needed = np.repeat(np.minimum(needed, 1.0), 3)
        scale = np.zeros(len(moved))
        counts = np.flatnonzero((asked > 0) & (asked > _COUNTS * asked[last][number[vertex]]))
        np.maximum.at(scale, number[vertex[counts]], needed[counts])
        return moved, scale[:, None] * most


class KnownRoom:
    """Where skin was when its triangles were looked at, and how far it may move from there, for each bone.

    Args:
        count: of the vertices.
    """

    def __init__(self, count: int):
        self._at = np.zeros((2, count, 3))
        self._room = np.full((2, count), -np.inf)

    def left(self, number: int, points: np.ndarray) -> np.ndarray:
        """How far [V] mm the points [V, 3], in one bone's rest, may still move; not above zero: look at them."""
        way = points - self._at[number]
        return self._room[number] - np.sqrt(np.einsum("vc,vc->v", way, way))

    def record(self, number: int, rows: np.ndarray, points: np.ndarray, room: np.ndarray) -> None:
        """The vertices ``rows`` [N] at ``points`` [N, 3] mm may move by ``room`` [N] mm."""
        self._at[number][rows], self._room[number][rows] = points, room


class SkinOverBone:
    """The triangles of one skin, for any pose of it.

    Attributes:
        bones: skull and jaw.
        rest: [V, 3] mm.
        triangles: [T, 3].
        sunk: [2, T] bool, which of them lie in the skull or the jaw at rest, if only in part.
    """

    def __init__(self, bones: Bones, rest: np.ndarray, triangles: np.ndarray):
        self.bones, self.rest = bones, np.asarray(rest, np.float64)
        self.triangles = np.asarray(triangles, np.int64)
        self._columns = np.ascontiguousarray(self.triangles.T)
        self._names = np.random.default_rng(0).random(len(self.rest))
        count = len(self.triangles)
        self.sunk = np.zeros((2, count), bool)
        for number in range(2):
            _, near = self._near(self.rest, number, np.arange(count))
            triangle, weights = samples_of(near)
            inside = self._field(number).surface.inside(self._at(self.rest, triangle, weights))
            self.sunk[number, triangle[inside]] = True

    def too_deep(
        self,
        points: np.ndarray,
        jaw: np.ndarray,
        known: KnownRoom | None = None,
        safe: np.ndarray | None = None,
        corners: bool = False,
        thin: bool = False,
        looked: np.ndarray | None = None,
    ) -> Deep:
        """What of a skin [V, 3] mm lies too deep in the skull or the posed jaw [4, 4], with the ways out.

        Args:
            points: head space.
            jaw: its pose.
            known: what is known of the skin already; it is updated.
            safe: [V, 3] mm, where the skin came from. Skin in a tooth goes out by the side it came in by.
            corners: look for corners in bone, too. Else others keep them out, and lines tell of all.
            thin: a first look, to be followed by another. Few samples tell of skin that lies deep.
            looked: [2, V] mm, distances by the fields where they are known already; not a number elsewhere.
        """
        found = []
        for number in range(2):
            pose = jaw if number else np.eye(4)
            local = undo_rigid(points, jaw) if number else points
            field = None if looked is None else looked[number]
            deep = self._too_deep_in(number, local, known, (safe, pose), corners, thin, field)
            found.append(replace(deep, push=deep.push @ jaw[:3, :3].T) if number else deep)
        joined = (np.concatenate([getattr(d, key) for d in found]) for key in _FIELDS)
        return Deep(*joined, any(d.thin for d in found))

    def _too_deep_in(
        self,
        number: int,
        points: np.ndarray,
        known: KnownRoom | None,
        came_from: tuple[np.ndarray | None, np.ndarray],
        corners: bool,
        thin: bool,
        looked: np.ndarray | None,
    ) -> Deep:
        """The same for one bone, in its rest; ``came_from``: where the skin came from, in the head, and its pose."""
        rows, left = np.arange(len(self.triangles)), None
        if known is not None:
            left = known.left(number, points)
            rows = self.with_corners(left <= 0)
        if not len(rows):
            return _none()
        room, near = self._near(points, number, rows, looked)
        triangle, deep = self._in_bone(points, came_from, number, near, corners, thin)
        if known is not None:
            again = np.zeros(len(self.triangles), bool)
            again[triangle] = True
            room[again[rows]] = -1.0
            self.record(known, number, points, rows, room, left)
        return deep

    def _field(self, number: int) -> BoneField:
        return (self.bones.skull, self.bones.jaw)[number]

    def with_corners(self, chosen: np.ndarray) -> np.ndarray:
        """The triangles [N] that have a corner among the ``chosen`` [V] bool vertices."""
        first, second, third = self._columns
        return np.flatnonzero(chosen[first] | chosen[second] | chosen[third])

    def corners_of(self, rows: np.ndarray) -> np.ndarray:
        """The vertices [N] of triangles."""
        used = np.zeros(len(self.rest), bool)
        for corner in self._columns:
            used[corner[rows]] = True
        return np.flatnonzero(used)

    def _near(
        self, points: np.ndarray, number: int, rows: np.ndarray, looked: np.ndarray | None = None
    ) -> tuple[np.ndarray, Parts]:
        """How far [N] mm the triangles ``rows`` [N] may move and touch nothing; and the parts that may touch now."""
        field = self._field(number)
        used = self.corners_of(rows)
        known = np.full(len(points), np.nan) if looked is None else looked
        used = used[np.isnan(known[used])]
        known[used] = field.distance(points[used])
        vertices = self._columns[:, rows]
        size = longest_edges(points.T.take(vertices, axis=1))
        least = known.take(vertices).min(axis=0)
        room, off = _free(least, size)
        place = np.flatnonzero(~off)
        room[place] = np.inf
        rows, near = rows[place], []
        corners = points[self.triangles[rows]]
        parts = Parts(rows, np.broadcast_to(np.eye(3), corners.shape), corners, size[place])
        distance = known[self.triangles[rows]]
        for cut in range(_CUTS + 1):
            small = (parts.size <= SMALL_MM) | (cut == _CUTS)
            near.append(parts[small])
            room[place[small]] = SETTLED_MM
            large = np.flatnonzero(~small)
            if not len(large):
                break
            parts = parts[large]
            place = np.repeat(place[large], 4)
            middles = field.distance(middles_of(parts.corners).reshape(-1, 3)).reshape(-1, 3)
            distance = np.hstack([distance[large], middles])[:, FOUR].reshape(-1, 3)
            corners, size = parts.in_four()
            free, off = _free(distance.min(axis=1), size)
            np.minimum.at(room, place[off], free[off])
            kept = np.flatnonzero(~off)
            parts = parts.quarters(kept, corners, size)
            place, distance = place[kept], distance[kept]
        fields = ("triangle", "weights", "corners", "size")
        return room, Parts(*(np.concatenate([getattr(n, key) for n in near]) for key in fields))

    def _in_bone(
        self,
        points: np.ndarray,
        came_from: tuple[np.ndarray | None, np.ndarray],
        number: int,
        near: Parts,
        with_corners: bool,
        thin: bool,
    ) -> tuple[np.ndarray, Deep]:
        """Which triangles of the parts have to be looked at again [N], and what lies too deep; in the bone's rest."""
        if not len(near.triangle):
            return near.triangle, _none()
        surface = self._field(number).surface
        met = np.zeros(len(self.triangles), bool)
        met[near.triangle] = self.sunk[number, near.triangle]
        if with_corners:
            used = self.corners_of(near.triangle)
            sunk = np.zeros(len(points), bool)
            sunk[used] = surface.inside(points[used])
            met[near.triangle] |= sunk[self.triangles[near.triangle]].any(axis=1)
        clear = np.flatnonzero(~met[near.triangle])
        part, start, end = lines_of(near[clear])
        met[near.triangle[clear[part[surface.crossed(start, end)]]]] = True
        chosen = np.flatnonzero(met[near.triangle])
        if not len(chosen):
            return chosen, _none()
        thin = thin and len(chosen) > _MANY
        spacing = THIN_MM if thin else SAMPLES_MM
        triangle, weights = self._once(*samples_of(near[chosen], spacing))
        at = self._at(points, triangle, weights)
        inside = np.flatnonzero(surface.inside(at))
        triangle, weights, at = triangle[inside], weights[inside], at[inside]
        distance, outward = surface.measure(at, inside=True, few=thin)
        allowed = np.zeros(len(at))
        sunk = np.flatnonzero(self.sunk[number, triangle])
        if len(sunk):
            allowed[sunk] = surface.distances(self._at(self.rest, triangle[sunk], weights[sunk]))
        depth = np.minimum(allowed, 0.0) - distance
        deep = np.flatnonzero(depth > DEEP_MM)
        push = depth[deep, None] * outward[deep]
        safe, pose = came_from
        if safe is not None and len(deep):
            start = undo_rigid(self._at(safe, triangle[deep], weights[deep]), pose)
            push = surface.ways_out(start, at[deep], push)
        again = near.triangle[chosen] if thin else triangle[deep]
        return again, Deep(self.triangles[triangle[deep]], weights[deep], push, thin)

    def _once(self, triangle: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Samples as of :func:`samples_of`; of those that parts and triangles share along their edges, one each.

        Each vertex has a random number as its name, and samples at one place of the skin have one mean of names.
        """
        names = np.einsum("nk,nk->n", weights, self._names[self.triangles[triangle]])
        _, first = np.unique(np.round(names / _SAME_NAME), return_index=True)
        return triangle[first], weights[first]

    def _at(self, points: np.ndarray, triangle: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Points [N, 3] of triangles [N] at barycentric weights [N, 3]."""
        return np.einsum("nk,nkc->nc", weights, points[self.triangles[triangle]])

    def record(
        self,
        known: KnownRoom,
        number: int,
        points: np.ndarray,
        rows: np.ndarray,
        room: np.ndarray,
        left: np.ndarray,
    ) -> None:
        """Corners of triangles that were looked at may move as these may, and no farther than others of theirs."""
        fresh = np.full(len(points), np.inf)
        for corner in self._columns:
            np.minimum.at(fresh, corner[rows], room)
        used = self.corners_of(rows)
        # Of a corner that had no room left all triangles were looked at.
        fresh = np.where(left[used] <= 0, fresh[used], np.minimum(fresh[used], left[used]))
        known.record(number, used, points[used], fresh)


_FIELDS = ("corners", "weights", "push")


def _none() -> Deep:
    return Deep(np.zeros((0, 3), int), np.zeros((0, 3)), np.zeros((0, 3)))


def _free(least: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far [N] mm parts may move and touch nothing, and whether [N] they may; ``least`` [N] of their corners.

    Args:
        least: [N] mm, distances of their nearest corners.
        size: [N] mm, their longest edges.
    """
    free = (least - (FROM_CORNERS + _OFF_SHARE) * size - (_OFF_MM - BETWEEN_MM)) / FIELD_RATE
    return free, free > 0
