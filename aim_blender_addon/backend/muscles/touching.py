# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the skin of the flesh touches: bones with their teeth, eyes, and itself at lips and lids.

The skin touches as it is seen, with its residual shapes. Its places are a matrix times the free nodes, plus an offset
that expressions and jaw give. What lies in bone or in other skin at rest may lie as deep in every pose.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp
import torch

from ..anatomy.eyes.ball import Ball
from ..anatomy.eyes.estimate import ball_behind
from ..anatomy.survey import FaceSurvey
from ..contact.bone_field import BoneField
from ..contact.sheets import make_sheets
from ..contact.touching import TwoSheets
from ..errors import ScanError
from ..geometry.mesh import vertex_areas
from ..geometry.rigid import undo_rigid
from ..geometry.topology import triangle_edges
from ..model.aim import AimModel
from .drive import Drive, jaw_pose
from .flesh import Flesh
from .touch_fields import RoundField, SmoothField
from .touch_meetings import Meeting, meetings_of
from .touch_sheets import Planes, SheetPair
from .touch_terms import CLEAR_MM, Terms

#: Stiffness of the soft layer by area, N/mm^3.
LAYER = 3.0
#: Rounds in which the soft layer is moved off: where two things are met, the second sees what the first left.
ROUNDS = 2
#: Bone that lies farther outside the skin at rest is spoken of, mm.
SPOKEN_MM = 0.3


@dataclass(frozen=True)
class Touching:
    """All that the skin of one actor's flesh may touch; built once.

    Attributes:
        flesh: with tracks.
        vertices: [T] skin vertices that take part.
        carry: [T, F] what the free nodes carry of them; rows of skin beyond the flesh are empty.
        own: [T] row in ``flesh.skin``, -1 beyond the flesh.
        beyond: skin beyond the flesh: rows [B], rest [B, 3], displacements [E, B, 3], jaw weight [B].
        meetings: bones and eyes.
        pairs: lips and lids.
        notes: what is missing or strange, a sentence each.
    """

    flesh: Flesh
    vertices: np.ndarray
    carry: sp.csr_matrix
    own: np.ndarray
    beyond: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    meetings: list[Meeting]
    pairs: list[SheetPair]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        flesh: Flesh,
        model: AimModel,
        survey: FaceSurvey | None = None,
        eyes: dict[str, Ball] | None = None,
        layer: float = LAYER,
    ) -> "Touching":
        """What the skin of a flesh touches; takes some seconds.

        Args:
            flesh: with tracks.
            model: the actor.
            survey: of the skin in rest, where it is known.
            eyes: balls by opening, ``eye_left`` and ``eye_right``; guessed from the lids where they are not given.
            layer: N/mm^3, stiffness of the skin's soft layer.
        """
        mesh, rims, notes = model.neutral, {}, []
        survey = survey or FaceSurvey(mesh)
        try:
            rims = survey.rims
        except ScanError:
            notes.append(
                f"No face was found on {model.name}: lips and lids are not kept apart; set its landmarks"
            )
        missing = [name for name in ("mouth", "eye_left", "eye_right") if name not in rims]
        if rims and missing:
            notes.append(f"No opening was found at {', '.join(missing)}: nothing touches there")
        made = {name: make_sheets(mesh, rim) for name, rim in rims.items()}
        one_sided = [n for n, both in made.items() if not all(len(s.points) for s in both)]
        if one_sided:
            notes.append(
                f"The sides of {', '.join(one_sided)} cannot be told: nothing touches there"
            )
        sheets = {n: TwoSheets.of(both) for n, both in made.items() if n not in one_sided}
        vertices = np.unique(np.concatenate([flesh.skin, *(s.vertices for s in sheets.values())]))
        row = np.full(len(mesh.vertices), -1)
        row[vertices] = np.arange(len(vertices))
        own = np.full(len(mesh.vertices), -1)
        own[flesh.skin] = np.arange(len(flesh.skin))
        own = own[vertices]
        pick = sp.csr_matrix(
            (np.ones((own >= 0).sum()), (np.flatnonzero(own >= 0), own[own >= 0])),
            (len(own), len(flesh.skin)),
        )
        at = model.evaluate()
        out = np.flatnonzero(own < 0)
        away = vertices[out]
        beyond = (
            out,
            mesh.vertices[away].astype(float),
            at.displacements[:, away].astype(float),
            at.jaw_weight[away].astype(float),
        )
        stiffness = layer * vertex_areas(mesh)[vertices]
        rest = mesh.vertices[vertices].astype(float)
        scans = [model.scan(k)[vertices].astype(float) for k in range(len(model.expression_names))]
        meetings = []
        for bone, on_jaw in ((model.skull, False), (model.jaw, True)):
            smooth = SmoothField.of(BoneField.of(bone, rest), rest)
            shown = [rest]
            for scan, jaw in zip(scans, model.jaw_poses, strict=True):
                shown.append(undo_rigid(scan, jaw) if on_jaw else scan)
            meetings += meetings_of(smooth, mesh.triangles, row, own, shown, stiffness, on_jaw)
        through = sum(int((m.floor < -SPOKEN_MM).sum()) for m in meetings if m.points.shape[1] == 1)
        if through:
            notes.append(
                f"{through} vertices of the skin lie in bone at rest, and are kept no farther out than there"
            )
        for name in sheets:
            if name != "mouth":
                rim = rims[name]
                ball = (eyes or {}).get(name) or ball_behind(rim, survey.frame.front)
                lids = row[sheets[name].points]
                lids = lids[own[lids] >= 0][:, None]
                # Lids show best where the eye lies: wherever scans take them is outside of it.
                shown = [RoundField(ball).distance(s[lids[:, 0]]) for s in (rest, *scans)]
                floor = np.minimum(np.min(shown, axis=0), CLEAR_MM)
                meetings.append(
                    Meeting(RoundField(ball), lids, floor, stiffness[lids[:, 0]], False)
                )
        pairs = []
        for name, both in sheets.items():
            mine = replace(both, points=row[both.points], vertices=row[both.vertices])
            along = rims[name].upper[-1] - rims[name].upper[0]
            normals = mesh.normals[vertices].astype(float)
            pairs.append(SheetPair.of(mine, rest, normals, along, stiffness))
        carry = (pick @ flesh.skin_places).tocsr()
        return cls(flesh, vertices, carry, own, beyond, meetings, pairs, tuple(notes))

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

    def skin(self, free: np.ndarray) -> np.ndarray:
        """[T, 3] mm, the touching skin without its layer's yielding."""
        return self.touching.carry @ free + self.offset

    def renew(self, free: np.ndarray) -> bool:
        """Look for what is near; True if other planes touch than before."""
        skin = self.skin(free)
        self._seen = None, None
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
        """Second slopes [3 F, 3 F] of the energy, N/mm; see ``Terms.stiffness_matrix``."""
        count, carry = len(self.touching.vertices), self.touching.carry_axes
        whole = sum(
            (part.stiffness_matrix(count, held) for part in self.terms(self.skin(free), True)),
            sp.csr_matrix((3 * count, 3 * count)),
        )
        used = np.flatnonzero(np.diff(whole.indptr))
        part = carry[used]
        return (part.T @ (whole[used][:, used] @ part)).tocsr()

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

    def deepest(self, skin: np.ndarray) -> float:
        """Farthest, mm, that vertices of a skin [T, 3] lie in what they touch, beyond the rest."""
        terms = [part for part in self.terms(skin, False) if part.shown]
        return max([0.0, *(float(part.depth.max()) - CLEAR_MM for part in terms)])
