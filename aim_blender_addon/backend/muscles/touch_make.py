# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the skin of an actor's flesh touches, made once: its bones, its eyes, its lips and lids."""

from dataclasses import replace
from itertools import product

import numpy as np
import scipy.sparse as sp

from ..anatomy.eyes.ball import Ball
from ..anatomy.eyes.estimate import ball_behind
from ..anatomy.head.rims import Rims
from ..anatomy.survey import FaceSurvey
from ..contact.bone_field import BoneField, Bones
from ..contact.off_bone import OffBone
from ..contact.sheets import make_sheets
from ..contact.touching import TwoSheets
from ..errors import ScanError
from ..geometry.mesh import vertex_areas
from ..geometry.rigid import undo_rigid
from ..model.aim import AimModel
from .flesh import Flesh
from .touch_fields import RoundField, SmoothField
from .touch_meetings import Meeting, meetings_of
from .touch_sheets import SheetPair
from .touch_terms import CLEAR_MM
from .touching import Touching

#: Stiffness of the soft layer by area, N/mm^3.
LAYER = 3.0
#: Bone that lies farther outside the skin at rest is spoken of, mm.
SPOKEN_MM = 0.3


def make_touching(
    flesh: Flesh,
    model: AimModel,
    survey: FaceSurvey | None = None,
    eyes: dict[str, Ball] | None = None,
    layer: float = LAYER,
) -> Touching:
    """What the skin of a flesh touches; takes some seconds.

    Args:
        flesh: with tracks.
        model: the actor.
        survey: of the skin in rest, where it is known.
        eyes: balls by opening, ``eye_left`` and ``eye_right``; guessed from the lids where they are not given.
        layer: N/mm^3, stiffness of the skin's soft layer.
    """
    return _Making(flesh, model, survey or FaceSurvey(model.neutral), eyes or {}, layer).made()


class _Making:
    """The skin that takes part, and what it is asked for while the parts are made."""

    def __init__(
        self,
        flesh: Flesh,
        model: AimModel,
        survey: FaceSurvey,
        eyes: dict[str, Ball],
        layer: float,
    ) -> None:
        self.flesh, self.model, self.survey, self.eyes = flesh, model, survey, eyes
        self.notes: list[str] = []
        mesh = model.neutral
        self.rims = self._rims()
        self.sheets = self._sheets()
        parts = [flesh.skin, *(both.vertices for both in self.sheets.values())]
        self.vertices = np.unique(np.concatenate(parts))
        #: [V] row of each vertex in the touching skin, -1 for others; [T] its row in the flesh's skin.
        self.row = _numbered(self.vertices, len(mesh.vertices))
        self.own = _numbered(flesh.skin, len(mesh.vertices))[self.vertices]
        self.stiffness = layer * vertex_areas(mesh)[self.vertices]
        self.rest = mesh.vertices[self.vertices].astype(float)
        numbers = range(len(model.expression_names))
        self.scans = [model.scan(k)[self.vertices].astype(float) for k in numbers]
        # A chin that opens wider than any scan comes down on the neck, which no scan brings near to it.
        ends = np.array(list(product(*zip(*model.joint.limits.bounds(), strict=True))))
        ends = [model.joint.pose(end) for end in ends]
        still = np.zeros(len(self.scans), np.float32)
        self.ranged = [model.skin(still, end)[self.vertices].astype(float) for end in ends]
        self.jaws = [*model.jaw_poses, *ends]

    def made(self) -> Touching:
        """All of it."""
        fields = self._fields()
        meetings = self._on_bones(fields)
        for name in self.sheets:
            if name != "mouth":
                meetings.append(self._on_eye(name))
        mine = np.flatnonzero(self.own >= 0)
        shape = len(self.own), len(self.flesh.skin)
        pick = sp.csr_matrix((np.ones(len(mine)), (mine, self.own[mine])), shape)
        return Touching(
            self.flesh,
            self.vertices,
            (pick @ self.flesh.skin_places).tocsr(),
            self.own,
            self._beyond(),
            meetings,
            [self._pair(name) for name in self.sheets],
            tuple(self.notes),
            None if None in fields else OffBone(Bones(*fields), self.rest, self._triangles()),
        )

    def _fields(self) -> list[BoneField | None]:
        """Distances to skull and jaw; None for one without faces, which is noted."""
        bones = {"skull": self.model.skull, "jaw": self.model.jaw}
        missing = [name for name, bone in bones.items() if not len(bone.face_sizes)]
        if missing:
            self.notes.append(
                f"{self.model.name} has no {' and no '.join(missing)}: nothing touches there; "
                "pick or estimate the bones and fit again"
            )
        return [
            None if name in missing else BoneField.of(bone, self.rest)
            for name, bone in bones.items()
        ]

    def _rims(self) -> dict[str, Rims]:
        """Rims of the openings; what is missing is noted."""
        try:
            rims = self.survey.rims
        except ScanError:
            self.notes.append(
                f"No face was found on {self.model.name}: lips and lids are not kept apart; set its landmarks"
            )
            return {}
        missing = [name for name in ("mouth", "eye_left", "eye_right") if name not in rims]
        if rims and missing:
            self.notes.append(
                f"No opening was found at {', '.join(missing)}: nothing touches there"
            )
        return rims

    def _sheets(self) -> dict[str, TwoSheets]:
        """Both sides of each opening where they can be told."""
        made = {name: make_sheets(self.model.neutral, rim) for name, rim in self.rims.items()}
        one_sided = [n for n, both in made.items() if not all(len(s.points) for s in both)]
        if one_sided:
            self.notes.append(
                f"The sides of {', '.join(one_sided)} cannot be told: nothing touches there"
            )
        return {n: TwoSheets.of(both) for n, both in made.items() if n not in one_sided}

    def _beyond(self) -> tuple[np.ndarray, ...]:
        """Skin beyond the flesh, see ``Touching``."""
        out, at = np.flatnonzero(self.own < 0), self.model.evaluate()
        moves, share = at.displacements[:, self.vertices[out]], at.jaw_weight[self.vertices[out]]
        return out, self.rest[out], moves.astype(float), share.astype(float)

    def _triangles(self) -> np.ndarray:
        """[F, 3] of the mesh between the touching skin, by its rows."""
        inside = self.row[self.model.neutral.triangles]
        return inside[(inside >= 0).all(axis=1)]

    def _on_bones(self, fields: list[BoneField | None]) -> list[Meeting]:
        """Skin that may meet skull or jaw, where there is one."""
        made: list[Meeting] = []
        for field, on_jaw in zip(fields, (False, True), strict=True):
            if field is None:
                continue
            smooth = SmoothField.of(field, self.rest)
            shown = [self.rest]
            for scan, jaw in zip((*self.scans, *self.ranged), self.jaws, strict=True):
                shown.append(undo_rigid(scan, jaw) if on_jaw else scan)
            triangles = self.model.neutral.triangles
            made += meetings_of(
                smooth, triangles, self.row, self.own, shown, self.stiffness, on_jaw
            )
        through = sum(int((m.floor < -SPOKEN_MM).sum()) for m in made if m.points.shape[1] == 1)
        if through:
            self.notes.append(
                f"{through} vertices of the skin lie in bone at rest, and are kept no farther out than there"
            )
        return made

    def _on_eye(self, name: str) -> Meeting:
        """Lids that meet the eye behind them."""
        ball = self.eyes.get(name) or ball_behind(self.rims[name], self.survey.frame.front)
        field = RoundField(ball)
        lids = self.row[self.sheets[name].points]
        lids = lids[self.own[lids] >= 0]
        # Lids show best where the eye lies: wherever scans take them is outside of it.
        shown = [field.distance(skin[lids]) for skin in (self.rest, *self.scans)]
        floor = np.minimum(np.min(shown, axis=0), CLEAR_MM)
        return Meeting(field, lids[:, None], floor, self.stiffness[lids], False)

    def _pair(self, name: str) -> SheetPair:
        """Both sides of one opening."""
        both, rim = self.sheets[name], self.rims[name]
        mine = replace(both, points=self.row[both.points], vertices=self.row[both.vertices])
        along = rim.upper[-1] - rim.upper[0]
        normals = self.model.neutral.normals[self.vertices].astype(float)
        return SheetPair.of(mine, self.rest, normals, along, self.stiffness)


def _numbered(vertices: np.ndarray, count: int) -> np.ndarray:
    """[count] place of each of ``vertices`` among them, -1 for others."""
    numbers = np.full(count, -1)
    numbers[vertices] = np.arange(len(vertices))
    return numbers
