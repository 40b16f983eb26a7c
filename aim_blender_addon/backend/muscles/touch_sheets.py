# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lip before lip and lid before lid: each vertex before the plane of a triangle of the other sheet.

Which triangle is looked up anew before a step of the solver, and kept within it. A triangle gives way to a nearer one
only if that is nearer by more than a little. So planes do not take turns for ever. What lies behind a triangle is
before it only if it lies in the other's flesh: a corner of the mouth that unfolds is thin (``contact.enclosed``).
"""

from dataclasses import dataclass

import numpy as np

from ..contact.enclosed import Enclosed
from ..contact.skin_pairs import SkinPairs
from ..contact.touching import TwoSheets
from .touch_terms import CLEAR_MM, DEEPER_MM, Terms, least_share, plane_terms

#: Sheets are looked for as far through each other as this, mm.
SEEN_MM = 4.0
#: Vertices with a gap smaller by so much than where touching begins are kept in mind, mm.
NEAR_MM = 1.5
#: A triangle is kept while another is not nearer by this, mm,
KEPT_MM = 0.05
#: and while no share of its corners is below this.
LEAST_SHARE = -0.25
#: Upper and lower skin are coupled where they are this near along the opening, mm.
COUPLED_MM = 5.0


@dataclass(frozen=True)
class Planes:
    """Which triangle [N, 3] each of N vertices stands before, whether it does, and whether it passed it [N] bool."""

    corners: np.ndarray
    on: np.ndarray
    passed: np.ndarray


@dataclass(frozen=True)
class SheetPair:
    """The two sheets of an opening, by rows of the touching skin (T of them).

    Attributes:
        pairs: both sheets, and the touching skin [T] at rest.
        floor: [N] mm, gaps that are borne: those at rest, and none elsewhere.
        stiffness: [N] N/mm.
        across: [N] mm along the opening, for ``couples``.
        enclosed: tells what lies in the other's flesh.
    """

    pairs: SkinPairs
    floor: np.ndarray
    stiffness: np.ndarray
    across: np.ndarray
    enclosed: Enclosed

    @classmethod
    def of(
        cls,
        sheets: TwoSheets,
        rest: np.ndarray,
        normals: np.ndarray,
        along: np.ndarray,
        stiffness: np.ndarray,
    ) -> "SheetPair":
        """The sheets of an opening.

        Args:
            sheets: by rows of the touching skin.
            rest: [T, 3] mm.
            normals: [T, 3] at rest.
            along: [3] from corner to corner of the opening.
            stiffness: [T] N/mm.
        """
        across = rest[sheets.points] @ (along / max(float(np.linalg.norm(along)), 1e-9))
        floor = np.full(len(across), CLEAR_MM)
        pairs = SkinPairs(sheets, np.zeros(len(across)), rest, normals, SEEN_MM)
        found, on = pairs.facing(rest, NEAR_MM, floor + NEAR_MM)
        planes = Planes(found.nearest.corners, on, np.zeros(len(on), bool))
        gap = np.where(on, -_depth(rest, sheets.points, planes), np.inf)
        enclosed = Enclosed.of(sheets, rest, gap)
        # What passes at rest may pass as far in every pose.
        return cls(pairs, np.minimum(floor, gap), stiffness[sheets.points], across, enclosed)

    @property
    def sheets(self) -> TwoSheets:
        """Both sheets."""
        return self.pairs.both

    @property
    def triangles(self) -> np.ndarray:
        """[F, 3] of both sheets, by rows of the touching skin."""
        return self.sheets.vertices[self.sheets.faces]

    def renewed(self, skin: np.ndarray, kept: Planes | None) -> Planes:
        """The triangles before which the vertices of a skin [T, 3] stand."""
        points = self.sheets.points
        within = np.maximum(self.floor, 0.0) + NEAR_MM
        found, on = self.pairs.facing(skin, within, self.floor + NEAR_MM)
        corners = found.nearest.corners.copy()
        if kept is None:
            return self._apart(skin, corners, on, np.zeros(len(on), bool))
        old = np.where(kept.on, -_depth(skin, points, kept), np.inf)
        share = _shares(skin, points, kept)
        holds = kept.on & (share.min(axis=1) > LEAST_SHARE) & (np.abs(old) < SEEN_MM)
        # A vertex that is deep stays before its plane, whatever is found elsewhere.
        nearer = on & (np.abs(found.gap) < np.abs(old) - KEPT_MM)
        stays = holds & ~nearer & (on | (old < self.floor))
        corners[stays] = kept.corners[stays]
        return self._apart(skin, corners, on | stays, kept.passed)

    def _apart(
        self, skin: np.ndarray, corners: np.ndarray, on: np.ndarray, known: np.ndarray
    ) -> Planes:
        """Planes without those that a vertex is behind and has not passed; ``known`` [N] bool have."""
        depth = _depth(skin, self.sheets.points, Planes(corners, on, known))
        behind = on & (depth > 0)
        asked = np.flatnonzero(behind & ~known)
        inside = self.enclosed.inside(skin, asked)
        passed = behind & known
        passed[asked] = inside
        on[asked[~inside]] = False
        return Planes(corners, on, passed)

    def reach(self, skin: np.ndarray, way: np.ndarray, planes: Planes) -> float:
        """Share of a way [T, 3] mm of the skin that goes no deeper than ``DEEPER_MM`` through the planes."""
        points = self.sheets.points
        normal = _frame(skin, planes)[2]
        normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-9)[:, None]
        nearer = way[planes.corners].mean(axis=1) - way[points]
        coming = np.einsum("nc,nc->n", nearer, normal)[planes.on]
        room = np.maximum(-_depth(skin, points, planes) - self.floor, 0.0) + DEEPER_MM
        return least_share(coming, room[planes.on])

    def terms(self, skin: np.ndarray, planes: Planes, bent: bool) -> Terms:
        """Terms of all vertices of a skin [T, 3] that touch."""
        rows = np.flatnonzero(planes.on)
        depth = self.floor[rows] + _depth(skin, self.sheets.points, planes)[rows]
        rows = rows[depth > 0]
        points = np.column_stack([self.sheets.points[rows], planes.corners[rows]])
        return plane_terms(skin, points, self.floor[rows], self.stiffness[rows], 0.5, bent)

    def couples(self, carriers: list[np.ndarray]) -> np.ndarray:
        """Pairs [P, 2] of free nodes that these sheets may bring together.

        Args:
            carriers: for each of the touching skin, the free nodes that carry it.
        """
        sides = []
        for rows in (
            slice(None, self.sheets.first),
            slice(self.sheets.first, None),
        ):
            own = [carriers[point] for point in self.sheets.points[rows]]
            nodes = np.concatenate([*own, np.zeros(0, int)])
            place = np.repeat(self.across[rows], [len(nodes) for nodes in own])
            unique, number = np.unique(nodes, return_inverse=True)
            mean = np.bincount(number, place) / np.maximum(np.bincount(number), 1)
            sides.append((unique, mean))
        (first, at), (second, beside) = sides
        i, j = np.nonzero(np.abs(at[:, None] - beside) < COUPLED_MM)
        return np.stack([first[i], second[j]], axis=1)


def _frame(skin: np.ndarray, planes: Planes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second, third = (skin[planes.corners[:, k]] for k in range(3))
    normal = np.cross(second - first, third - first)
    return first, np.stack([second - first, third - first], axis=1), normal


def _depth(skin: np.ndarray, points: np.ndarray, planes: Planes) -> np.ndarray:
    """[N] mm below the planes."""
    first, _, normal = _frame(skin, planes)
    length = np.maximum(np.linalg.norm(normal, axis=1), 1e-9)
    return -np.einsum("nc,nc->n", skin[points] - first, normal) / length


def _shares(skin: np.ndarray, points: np.ndarray, planes: Planes) -> np.ndarray:
    """[N, 3] shares of the corners below each vertex."""
    first, sides, normal = _frame(skin, planes)
    square = np.maximum(np.einsum("nc,nc->n", normal, normal), 1e-18)
    offset = skin[points] - first
    second = np.einsum("nc,nc->n", np.cross(offset, sides[:, 1]), normal) / square
    third = np.einsum("nc,nc->n", np.cross(sides[:, 0], offset), normal) / square
    return np.stack([1 - second - third, second, third], axis=1)
