# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lip on lip and lid on lid: which points of a skin meet which places of it, counted from what the rest shows."""

from dataclasses import dataclass

import numpy as np

from ..anatomy.eyes.ball import Ball
from ..anatomy.head.rims import Rims
from ..geometry.mesh import Mesh
from ..geometry.surface import SurfacePoints
from .settings import LIDS, LIPS, SHEET, ClosingSettings
from .sheets import Sheet, make_sheets
from .touching import Touch, TwoSheets, rests_across


@dataclass(frozen=True)
class Met:
    """N points of one lip or lid and the places of the other that they meet.

    Attributes:
        points: [N] vertices of the skin.
        places: on the other sheet, the nearest to each point.
        normal: [N, 3] outward unit normals of the other sheet there: points go this way to come apart.
        gap: [N] mm, negative where a point has passed through the other sheet.
        least: [N] mm, the gap a point may have: zero, or below zero where the rest shows it.
    """

    points: np.ndarray
    places: SurfacePoints
    normal: np.ndarray
    gap: np.ndarray
    least: np.ndarray


@dataclass(frozen=True)
class SkinPairs:
    """The two sheets of one opening, prepared once for any number of skins.

    Attributes:
        both: the sheets.
        least: [N] mm, the gaps that its points may have.
        rest: [V, 3] mm.
        normals: [V, 3] outward unit normals of the sheets in rest.
        deepest_mm: sheets deeper in each other than this do not meet.
    """

    both: TwoSheets
    least: np.ndarray
    rest: np.ndarray
    normals: np.ndarray
    deepest_mm: float

    @classmethod
    def of(cls, skin: Mesh, rims: Rims, name: str) -> "SkinPairs | None":
        """The pairs of one opening of a skin in rest, mm; None where its sides cannot be told apart.

        Args:
            skin: in rest.
            rims: of the opening.
            name: ``mouth``, or an eye's.
        """
        sheets = make_sheets(skin, rims)
        if not all(len(sheet.points) for sheet in sheets):
            return None
        return cls.between(skin, sheets, LIPS if name == "mouth" else LIDS)

    @classmethod
    def between(
        cls, skin: Mesh, sheets: tuple[Sheet, Sheet], settings: ClosingSettings = LIPS
    ) -> "SkinPairs":
        """The pairs of two sheets of a skin in rest, mm."""
        rest = skin.vertices.astype(np.float64)
        both = TwoSheets.of(sheets)
        gap = both.touch(rest, SHEET.largest_gap_mm).gap
        least = np.where(np.isfinite(gap), np.minimum(gap, 0.0), 0.0)
        normals = sum(sheet.normals(rest) for sheet in sheets)
        return cls(both, least, rest, normals, settings.deepest_mm)

    def met(self, skin: np.ndarray, within_mm: float = 0.0) -> Met:
        """What meets on a skin [V, 3] mm: gaps below ``within_mm`` beyond those of the rest."""
        found, faces = self.facing(skin, within_mm, self.least + within_mm)
        rows = np.flatnonzero(faces)
        return Met(
            self.both.points[rows],
            SurfacePoints(found.nearest.corners[rows], found.nearest.weights[rows]),
            found.normal[rows],
            found.gap[rows],
            self.least[rows],
        )

    def facing(
        self, skin: np.ndarray, within_mm: float | np.ndarray, below_mm: np.ndarray
    ) -> tuple[Touch, np.ndarray]:
        """What each point of a skin [V, 3] mm finds on the other sheet, and whether it stands before it, [N] bool.

        Args:
            skin: as it is posed.
            within_mm: gaps up to this are looked for, one or [N].
            below_mm: [N], a point with a larger gap stands before nothing.
        """
        found = self.both.touch(skin, self.deepest_mm, within_mm)
        faces = found.gap < below_mm
        rows = np.flatnonzero(faces)
        faces[rows] &= ~rests_across(self.rest, self.normals, self.both.points, found, rows)
        return found, faces


def off_ball(ball: Ball, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signed distances [N] mm of points [N, 3] from an eye's ball, and unit directions [N, 3] away from it."""
    offset = points - ball.centre
    far = np.linalg.norm(offset, axis=1)
    return far - ball.radius, offset / np.maximum(far, 1e-9)[:, None]
