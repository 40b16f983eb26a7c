# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the skin of the flesh touches: bones with their teeth, eyes, and itself at lips and lids.

The skin touches as it is seen, with its residual shapes. Its places are a matrix times the free nodes, plus an offset
that expressions and jaw give. What lies in bone or in other skin at rest may lie as deep in every pose.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.sparse as sp
import torch

from ..contact.off_bone import OffBone
from ..geometry.skinning import skin_with_jaw
from ..geometry.topology import triangle_edges
from .drive import Drive, jaw_pose
from .flesh import Flesh
from .touch_fields import RoundField
from .touch_meetings import Meeting
from .touch_sheets import Planes, SheetPair
from .touch_terms import CLEAR_MM, Terms

#: Skin that is handed out is moved no farther than this for its edges, mm: skin that hangs over a tooth needs to go
#: over its tip, which is farther than it lies deep.
HELD_MM = 4.0
#: In so many rounds.
HELD_ROUNDS = 12
#: What lies deeper than this after that, mm, hangs over a tooth, before it and behind it at once. It goes back to the
#: side on which it lies at rest, and may move this far.
LEFT_MM, BACK_MM = 0.25, 8.0
#: Rounds in which the soft layer is moved off: where two things are met, the second sees what the first left. Slopes of
#: the distance are small in the middle of a thin tooth, so that two rounds left skin there.
ROUNDS = 4


@dataclass(frozen=True)
class Touching:
    """All that the skin of one actor's flesh may touch; built once, by ``touch_make``.

    Attributes:
        flesh: with tracks.
        vertices: [T] skin vertices that take part.
        carry: [T, F] what the free nodes carry of them; rows of skin beyond the flesh are empty.
        own: [T] row in ``flesh.skin``, -1 beyond the flesh.
        beyond: skin beyond the flesh: rows [B], rest [B, 3], displacements [E, B, 3], jaw weight [B].
        meetings: bones and eyes.
        pairs: lips and lids.
        notes: what is missing or strange, a sentence each.
        hold: keeps edges and faces of the skin that is handed out off bone; None without bones.
    """

    flesh: Flesh
    vertices: np.ndarray
    carry: sp.csr_matrix
    own: np.ndarray
    beyond: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    meetings: list[Meeting]
    pairs: list[SheetPair]
    notes: tuple[str, ...] = ()
    hold: OffBone | None = None

    @cached_property
    def carry_axes(self) -> sp.csr_matrix:
        """[3 T, 3 F], ``carry`` for all three axes."""
        return sp.kron(self.carry, sp.eye(3), "csr")

    @cached_property
    def rows_of_flesh(self) -> np.ndarray:
        """[S] rows of the flesh's skin vertices in the touching skin."""
        rows = np.zeros(len(self.flesh.skin), int)
        rows[self.own[self.own >= 0]] = np.flatnonzero(self.own >= 0)
        return rows

    @cached_property
    def couples(self) -> np.ndarray:
        """Pairs [P, 2] of free nodes that touching skin ties to each other, beyond those of a cube."""
        carriers = np.split(self.carry.indices, self.carry.indptr[1:-1])
        parts = [pair.couples(carriers) for pair in self.pairs]
        edges = [m.points for m in self.meetings if m.points.shape[1] == 2]  # noqa: PLR2004
        edges += [triangle_edges(pair.triangles) for pair in self.pairs]
        for first, second in np.unique(np.concatenate([*edges, np.zeros((0, 2), int)]), axis=0):
            a, b = np.meshgrid(carriers[first], carriers[second])
            parts.append(np.stack([a.ravel(), b.ravel()], axis=1))
        both = np.sort(np.concatenate([*parts, np.zeros((0, 2), int)]), axis=1)
        size = self.carry.shape[1]
        key = np.unique(both[:, 0].astype(np.int64) * size + both[:, 1])
        return np.stack([key // size, key % size], axis=1)

    @cached_property
    def _drive(self) -> Drive:
        return Drive(self.flesh)

    def offset(self, weights: torch.Tensor, jaw: torch.Tensor) -> torch.Tensor:
        """[T, 3] mm that expressions [E] and jaw parameters [4] add to what the nodes carry."""
        pose = jaw_pose(self.flesh.joint, jaw)
        turn, place = pose[:3, :3], pose[:3, 3]
        offset = torch.zeros((len(self.vertices), 3), dtype=weights.dtype)
        rows, rest, moves, share = (torch.as_tensor(part) for part in self.beyond)
        at = rest + torch.tensordot(weights, moves, 1)
        at = at + share[:, None] * (at @ turn.T + place - at)
        offset = offset.index_put((rows,), at)
        mine = np.flatnonzero(self.own >= 0)
        added = self._drive.added(weights, jaw)[torch.as_tensor(self.own[mine])]
        return offset.index_put((torch.as_tensor(mine),), added)

    def laid(self, skin: np.ndarray, free: np.ndarray) -> np.ndarray:
        """[T, 3] mm, the offset with which nodes [F, 3] carry a whole skin [V, 3] mm."""
        return np.asarray(skin, float)[self.vertices] - self.carry @ free

    def rest_under(self, jaw: np.ndarray) -> np.ndarray:
        """[T, 3] mm, the touching skin at rest, as a jaw pose [4, 4] alone moves it."""
        share = np.zeros(len(self.vertices))
        share[self.beyond[0]] = self.beyond[3]
        mine = np.flatnonzero(self.own >= 0)
        share[mine] = self.flesh.skin_jaw_share[self.own[mine]]
        return skin_with_jaw(self.hold.over.rest, jaw, share)

    def posed(self, offset: np.ndarray, jaw: np.ndarray, last: "Touch | None" = None) -> "Touch":
        """What touches under an offset [T, 3] mm and a jaw pose [4, 4].

        Planes of the ``last`` pose are kept where they can be.
        """
        kept = last is not None and last.touching is self
        return Touch(self, offset, jaw, list(last.planes) if kept else [None] * len(self.pairs))


@dataclass
class Touch:
    """What the skin touches in one pose of bones and offsets, for ``Equilibrium``.

    Attributes:
        touching: of the actor.
        offset: [T, 3] mm.
        jaw: [4, 4].
        planes: one for each pair of sheets; None before the first look.
    """

    touching: Touching
    offset: np.ndarray
    jaw: np.ndarray
    planes: list[Planes | None]
    _near: list[np.ndarray] = field(default_factory=list)
    _held: set = field(default_factory=set)
    _seen: tuple = (None, None)
    _bent: tuple = (None, None)

    def skin(self, free: np.ndarray) -> np.ndarray:
        """[T, 3] mm, the touching skin without its layer's yielding."""
        return self.touching.carry @ free + self.offset

    def renew(self, free: np.ndarray) -> bool:
        """Look for what is near; True if other planes touch than before."""
        skin = self.skin(free)
        self._seen = self._bent = None, None
        self._near = []
        for meeting in self.touching.meetings:
            self._near.append(meeting.near(skin, self.jaw, self._near))
        pairs = self.touching.pairs
        self.planes = [p.renewed(skin, k) for p, k in zip(pairs, self.planes, strict=True)]
        held = {
            tuple(row)
            for pair, planes in zip(pairs, self.planes, strict=True)
            for row in pair.terms(skin, planes, False).points.tolist()
        }
        changed = held != self._held
        self._held = held
        return changed

    def reach(self, free: np.ndarray, way: np.ndarray) -> float:
        """Share of a way [F, 3] mm of the nodes on which nothing passes through what it meets."""
        skin, moved, touching = self.skin(free), self.touching.carry @ way, self.touching
        shares = [meeting.reach(skin, self.jaw, moved) for meeting in touching.meetings]
        pairs = zip(touching.pairs, self.planes, strict=True)
        return min([1.0, *shares, *(pair.reach(skin, moved, planes) for pair, planes in pairs)])

    def terms(self, skin: np.ndarray, bent: bool) -> list[Terms]:
        """All that a skin [T, 3] mm touches."""
        touching = self.touching
        found = [
            meeting.terms(skin, self.jaw, rows, bent)
            for meeting, rows in zip(touching.meetings, self._near, strict=True)
        ]
        found += [
            pair.terms(skin, planes, bent)
            for pair, planes in zip(touching.pairs, self.planes, strict=True)
        ]
        return [terms for terms in found if len(terms.depth)]

    def look(self, free: np.ndarray) -> tuple[float, np.ndarray]:
        """Energy, N mm, and its slope [F, 3] by the free nodes, N; asked for twice, it is found once."""
        if self._seen[0] is free:
            return self._seen[1]
        terms, count = self.terms(self.skin(free), False), len(self.touching.vertices)
        energy = sum(part.energy() for part in terms)
        slope = sum((part.forces(count) for part in terms), np.zeros((count, 3)))
        self._seen = free, (energy, self.touching.carry.T @ slope)
        return self._seen[1]

    def matrix(self, free: np.ndarray, held: float) -> sp.csr_matrix:
        """Second slopes [3 F, 3 F] of the energy, N/mm; see ``Terms.stiffness_matrix``.

        Asked for again with another ``held``, what is touched is not looked for again.
        """
        if self._bent[0] is not free:
            terms, count = self.terms(self.skin(free), True), len(self.touching.vertices)
            firm = [part.stiffness_matrix(count, 1.0) for part in terms]
            whole = [part.stiffness_matrix(count, 0.0) for part in terms]
            none = sp.csr_matrix((3 * count, 3 * count))
            self._bent = free, tuple(self._by_nodes(sum(m, none)) for m in (firm, whole))
        firm, whole = self._bent[1]
        return firm if held == 1 else whole if held == 0 else held * firm + (1 - held) * whole

    def _by_nodes(self, matrix: sp.csr_matrix) -> sp.csr_matrix:
        """[3 F, 3 F] from [3 T, 3 T]."""
        used = np.flatnonzero(np.diff(matrix.indptr))
        part = self.touching.carry_axes[used]
        return (part.T @ (matrix[used][:, used] @ part)).tocsr()

    def shift(self, skin: np.ndarray) -> np.ndarray:
        """[T, 3] mm by which the soft layer of a skin [T, 3] mm gives way."""
        parts = [part.shown_shift(len(skin)) for part in self.terms(skin, False)]
        return sum(parts, np.zeros(skin.shape))

    def shown(self, free: np.ndarray, even: np.ndarray | None = None) -> np.ndarray:
        """[T, 3] mm, the touching skin with its soft layer off what it touches.

        ``even`` [S, 3] stands for what the flesh carries.
        """
        skin = self.skin(free)
        if even is not None:
            own = self.touching.own
            skin[own >= 0] = even[own[own >= 0]]
        for _ in range(ROUNDS):
            skin = skin + self.shift(skin)
        return skin

    def touched(self, free: np.ndarray, even: np.ndarray) -> np.ndarray:
        """[S] from 0 to 1, how firmly skin of the flesh touches, as it is carried or as ``even`` [S, 3] mm.

        It grows evenly, so that no skin jumps as it begins to touch.
        """
        rows, skin = self.touching.rows_of_flesh, self.skin(free)
        other = skin.copy()
        other[rows] = even
        moved = np.maximum(*(np.linalg.norm(self.shift(s), axis=1) for s in (skin, other)))
        return np.minimum(moved[rows] / CLEAR_MM, 1.0)

    def handed_out(self, free: np.ndarray, even: np.ndarray | None = None) -> np.ndarray:
        """[T, 3] mm, the shown skin with its edges and faces off bone, too; without slopes.

        The vertices that the flesh carries are where they should be: what is even, and edges, go back to their side
        of a tooth. ``even`` as in :meth:`shown`.
        """
        safe, hold = self.shown(free), self.touching.hold
        shown = safe if even is None else self.shown(free, even)
        if hold is None:
            return shown
        held = self._off_bone(shown, safe, HELD_MM)
        left = hold.left_mm(held, self.jaw)
        if left > LEFT_MM:
            other = self._off_bone(shown, self.touching.rest_under(self.jaw), BACK_MM)
            if hold.left_mm(other, self.jaw) < left:
                return other
        return held

    def _off_bone(self, shown: np.ndarray, safe: np.ndarray, most_mm: float) -> np.ndarray:
        """Skin [T, 3] mm with its edges off bone, on the side of what is ``safe`` [T, 3], moved no farther."""
        way = self.touching.hold.held(shown, self.jaw, safe, HELD_ROUNDS, 0) - shown
        far = np.linalg.norm(way, axis=1, keepdims=True)
        return shown + way * np.minimum(1.0, most_mm / np.maximum(far, most_mm))

    def depths(self, skin: np.ndarray) -> tuple[float, float]:
        """Farthest, mm, that vertices of a skin [T, 3] lie beyond the rest: in bone, and in lips, lids and eyes."""
        touching, found = self.touching, ([0.0], [0.0])
        for meeting, rows in zip(touching.meetings, self._near, strict=True):
            in_eye = isinstance(meeting.field, RoundField)
            found[in_eye].append(_deepest(meeting.terms(skin, self.jaw, rows, False)))
        for pair, planes in zip(touching.pairs, self.planes, strict=True):
            found[1].append(_deepest(pair.terms(skin, planes, False)))
        return max(found[0]), max(found[1])

    def deepest(self, skin: np.ndarray) -> float:
        """Farthest, mm, that vertices of a skin [T, 3] lie in what they touch, beyond the rest."""
        return max(self.depths(skin))


def _deepest(terms: Terms) -> float:
    """Depth in mm beyond the rest, of what is shown."""
    return float(terms.depth.max()) - CLEAR_MM if len(terms.depth) and terms.shown else 0.0
