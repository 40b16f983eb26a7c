# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Room before bone and teeth, shared among all ways that push the same skin there.

Shapes of controls add up. Where two or three of them at their limits bring skin into bone, the skin of each is led out
of it by its share: by how much of the sum's way into bone is its own. Skin that only one way brings there keeps all of
the room. So the way alone still goes as far along bone, and no shape key is needed for the sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ..editing.surroundings import with_surroundings
from .keep_off import KeepOff, LipsApart

#: Sums are brought out of bone to this much deeper than in rest, mm, where they are deeper than the second.
_AIM_MM, _DEEP_MM = 0.1, 0.2
#: Rounds of looking for sums that are too deep, and in each so many sums of three at most,
_ROUNDS, _TRIPLES = 4, 500
#: and so many rounds of leading these out of bone.
_SHARINGS = 4
#: Ways that do not both move some skin by this are no sum, mm.
BOTH_MM = 1.0
#: Skin that moves by less stands still, and a third way counts where it brings skin deeper by this, mm.
_STILL_MM = 0.05


@dataclass(frozen=True)
class Sum:
    """Ways at their limits at once, and where they bring skin too deep into bone.

    Attributes:
        ways: numbers.
        rows: [N] vertices.
        missing: [N] mm, how much deeper than in rest each is.
        outward: [N, 3] unit, out of the bone.
    """

    ways: tuple[int, ...]
    rows: np.ndarray
    missing: np.ndarray
    outward: np.ndarray

    @property
    def depth(self) -> float:
        """How deep the deepest is, mm."""
        return float(self.missing.max(initial=-np.inf))


class Room:
    """Finds sums of ways that bring skin into bone.

    Args:
        moved: [K, V, 3] mm of each way at its limit; changed in place by :meth:`share`.
        axes: [K] what tells the axis of a control: two ways of one are never on at once.
        keep_off: knows the bones.
    """

    def __init__(self, moved: np.ndarray, axes: Sequence[object], keep_off: KeepOff):
        self.moved, self.axes, self.keep_off = moved, list(axes), keep_off
        self._rest, self._bones = keep_off.face.rest, keep_off.face.bones
        self._room = keep_off.distances
        self._floor = np.minimum(self._room, 0.0)
        sizes = np.linalg.norm(moved, axis=2)
        self.pairs = [
            (one, two)
            for one, two in combinations(range(len(moved)), 2)
            if self.axes[one] != self.axes[two]
            and np.minimum(sizes[one], sizes[two]).max(initial=0.0) > BOTH_MM
        ]
        most = np.sort(sizes, axis=0)[-3:].sum(axis=0) if len(sizes) else np.zeros(len(self._rest))
        self._rows = np.flatnonzero(self._room.min(axis=1) < most + 1.0)

    def sum(self, ways: tuple[int, ...], more: np.ndarray | float = 0.0) -> Sum:
        """Ways at once, with the skin that is in bone; ``more`` [V, 3] mm is added."""
        moved = self.moved[list(ways)][:, self._rows].sum(axis=0)
        if np.ndim(more):
            moved = moved + more[self._rows]
        far = np.linalg.norm(moved, axis=1)
        some = np.flatnonzero((far > _STILL_MM) & (self._room[self._rows].min(axis=1) < far))
        rows = self._rows[some]
        points = self._rest[rows] + moved[some]
        missing = self._floor[rows] - self._bones.distances(points, np.eye(4))
        bone = missing.argmax(axis=1)
        missing = missing[np.arange(len(rows)), bone]
        deep = np.flatnonzero(missing > 0)
        outward = self._bones.outward(points[deep], np.eye(4), bone[deep])
        return Sum(ways, rows[deep], missing[deep], outward)

    def deep(self, least_mm: float) -> list[Sum]:
        """Sums of two, and the worst of three, that are deeper than this; the deepest first."""
        tried = [*self.pairs, *self._threes(least_mm)]
        found = [one for one in map(self.sum, tried) if one.depth > least_mm]
        return sorted(found, key=lambda one: -one.depth)

    def _threes(self, least_mm: float) -> list[tuple[int, ...]]:
        """Threes of ways that may be deeper than this; the deepest first.

        What pairs say of the distance to bone, beyond what their ways do, is added up.
        """
        alone = np.stack([self._more(way) for way in range(len(self.moved))])  # [K, R, 2]
        extra = np.zeros((len(alone), *alone.shape), np.float32)
        for one, two in self.pairs:
            extra[one, two] = self._more(one, two) - alone[one] - alone[two]
            extra[two, one] = extra[one, two]
        over = (self._floor - self._room)[self._rows].astype(np.float32)
        same = np.array([[one == two for two in self.axes] for one in self.axes])
        found: dict[tuple[int, ...], float] = {}
        for one, two in self.pairs:
            both = over - alone[one] - alone[two] - extra[one, two]
            depth = (both - alone - extra[one] - extra[two]).max(axis=(1, 2))
            deeper = depth > max(float(both.max()) + _STILL_MM, least_mm)
            for way in np.flatnonzero(deeper & ~same[one] & ~same[two]).tolist():
                found[tuple(sorted((one, two, way)))] = float(depth[way])
        return sorted(found, key=found.get, reverse=True)[:_TRIPLES]

    def _more(self, *ways: int) -> np.ndarray:
        """[R, 2] mm by how much ways at once change the distances to both bones."""
        points = self._rest[self._rows] + self.moved[list(ways)][:, self._rows].sum(axis=0)
        distance = self._bones.distances(points, np.eye(4))
        return (distance - self._room[self._rows]).astype(np.float32)

    def share(self, one: Sum) -> None:
        """Lead the skin of a sum out of bone, each way by its share; nothing where it is not deep."""
        if one.depth <= _DEEP_MM:
            return
        rows, outward = one.rows, one.outward
        inward = [
            np.maximum(-np.einsum("nc,nc->n", self.moved[way][rows], outward), 0.0) + 1e-6
            for way in one.ways
        ]
        amount = np.maximum(one.missing - _AIM_MM, 0.0)
        limits = self.keep_off.face.limits
        for way, own in zip(one.ways, inward, strict=True):
            push = (amount * own / sum(inward))[:, None] * outward
            self.moved[way] += with_surroundings(limits, rows, push)


def share_room(
    moved: Sequence[np.ndarray],
    axes: Sequence[object],
    keep_off: KeepOff,
    lips: LipsApart | None,
) -> list[np.ndarray]:
    """Motions [V, 3] mm of ways at their limits whose sums stay off bone.

    Args:
        moved: [V, 3] mm each.
        axes: what tells the axis of the control of each.
        keep_off: knows the bones.
        lips: do not pass each other.
    """
    if not moved:  # expressions of brows and lids alone
        return []
    room = Room(np.array(moved, np.float64), axes, keep_off)
    for _ in range(_ROUNDS):
        deep = room.deep(_DEEP_MM)
        if not deep:
            break
        for _ in range(_SHARINGS):
            for one in deep:
                room.share(room.sum(one.ways))
            for way in {way for one in deep for way in one.ways} if lips is not None else ():
                room.moved[way] = lips.held(room.moved[way])
            deep = [one for one in deep if room.sum(one.ways).depth > _DEEP_MM]
            if not deep:
                break
    return list(room.moved)
