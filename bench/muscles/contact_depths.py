# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How deep a simulated skin lies in bone and in itself, beyond the rest; exact, and by ways of its own.

Bone: by its own triangles, at vertices. Lips and lids: the gap to the other sheet, where the point lies in flesh by
the winding number of the whole skin. An unfolded corner of the mouth is thin: its back lies behind its front, and in
nothing.
"""

from dataclasses import dataclass, replace

import numpy as np

from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.contact.bone_field import Bones
from aim_blender_addon.backend.contact.sheets import make_sheets
from aim_blender_addon.backend.contact.touching import TwoSheets, rests_across
from aim_blender_addon.backend.geometry.solid_angle import winding_numbers
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.flesh import Flesh

#: Skin farther from bone than this is not measured by the bone itself, and sheets deeper are not found, mm.
NEAR_MM, SEEN_MM = 2.0, 4.0
#: What is asked, mm.
BONE_MM, LIPS_MM = 0.2, 0.3
#: Gaps smaller than this are not asked where they lie, mm.
ASKED_MM = 0.02


@dataclass(frozen=True)
class Deep:
    """Vertices deeper than asked in bone and in other skin, and the deepest of each, mm."""

    in_bone: int
    bone_mm: float
    in_skin: int
    skin_mm: float

    def __str__(self) -> str:
        return f"{self.in_bone} ({self.bone_mm:.2f}) {self.in_skin} ({self.skin_mm:.2f})"


class Depths:
    """Measures skins of one actor with its flesh."""

    def __init__(self, model: AimModel, flesh: Flesh) -> None:
        rest = model.neutral.vertices.astype(float)
        self.neutral = model.neutral
        self.rows, self.rest, self.normals = flesh.skin, rest, model.neutral.normals
        self.bones = Bones.of(model.skull, model.jaw, rest)
        rims = FaceSurvey(model.neutral).rims.values()
        both = [make_sheets(model.neutral, rim) for rim in rims]
        self.sheets = [TwoSheets.of(pair) for pair in both if all(len(s.points) for s in pair)]
        at_rest = self.bones.measured(rest[self.rows], np.eye(4), NEAR_MM)
        self.bone_floor = np.minimum(at_rest, 0)
        self.gap_floor = [np.minimum(s.touch(rest, SEEN_MM).gap, 0) for s in self.sheets]
        self._base: dict[int, float] = {}

    def of(self, skin: np.ndarray, jaw: np.ndarray) -> Deep:
        """Of a whole skin [V, 3] mm under a jaw pose [4, 4]."""
        distance = self.bones.measured(skin[self.rows], jaw, NEAR_MM)
        bone = (self.bone_floor - distance).max(axis=1)
        lips = np.zeros(1)
        for sheets, floor in zip(self.sheets, self.gap_floor, strict=True):
            found = sheets.touch(skin, SEEN_MM)
            deep = np.where(np.isfinite(found.gap), floor - found.gap, 0.0)
            rows = np.flatnonzero(deep > ASKED_MM)
            rows = rows[~rests_across(self.rest, self.normals, sheets.points, found, rows)]
            rows = rows[self._inside(skin, sheets.points[rows], floor[rows] < 0)]
            lips = np.concatenate([lips, deep[rows]])
        return Deep(
            int((bone > BONE_MM).sum()),
            float(max(bone.max(), 0)),
            int((lips > LIPS_MM).sum()),
            float(lips.max()),
        )

    def _inside(self, skin: np.ndarray, points: np.ndarray, at_rest: np.ndarray) -> np.ndarray:
        """Which points lie in flesh that is not theirs; those ``at_rest`` do in the neutral, too."""
        unknown = [p for p in points if p not in self._base]
        self._base |= dict(
            zip(unknown, self._numbers(self.rest, np.array(unknown, int)), strict=True)
        )
        base = np.array([self._base[p] for p in points]) - at_rest
        return self._numbers(skin, points) - base > 0.5  # noqa: PLR2004 -- of a whole turn

    def _numbers(self, skin: np.ndarray, points: np.ndarray) -> np.ndarray:
        posed = replace(self.neutral, vertices=skin.astype(np.float32))
        return winding_numbers(
            skin[points] + 0.02 * posed.normals[points], skin[self.neutral.triangles]
        )
