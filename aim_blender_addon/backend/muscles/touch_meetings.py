# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which places of the skin may meet one bone or eye, and what touches of them."""

from dataclasses import dataclass

import numpy as np

from ..geometry.rigid import undo_rigid
from ..geometry.topology import triangle_edges
from .touch_fields import RoundField, SmoothField
from .touch_terms import CLEAR_MM, DEEPER_MM, Terms, least_share

#: Places farther than this from what they may touch are not looked at until the next step, mm.
NEAR_MM = 3.0
#: The grid alone tells distances as well as this, mm.
ROUGH_MM = 1.0
#: Places that neither rest nor a scan brings nearer to a bone are left out, mm; edges at half of it.
REACH_MM = 8.0
#: Edges longer than this have a place of their own in their middle, mm. Lips stretch to twice their length: with
#: places on edges of 2 mm alone, a tooth went through the skin between them.
LONG_MM = 1.0


@dataclass(frozen=True)
class Meeting:
    """Skin that may meet one field.

    Attributes:
        field: signed distances.
        points: [K, M] rows of the touching skin that make each place, in equal shares.
        floor: [K] mm.
        stiffness: [K] N/mm.
        on_jaw: the field moves with the jaw.
        before: of edges: the meeting of their vertices, which comes just before.
    """

    field: SmoothField | RoundField
    points: np.ndarray
    floor: np.ndarray
    stiffness: np.ndarray
    on_jaw: bool
    before: "Meeting | None" = None

    def places(self, skin: np.ndarray, jaw: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """[N, 3] mm in the space of the field."""
        at = skin[self.points[rows]].mean(axis=1)
        return undo_rigid(at, jaw) if self.on_jaw else at

    def near(self, skin: np.ndarray, jaw: np.ndarray, known: list[np.ndarray]) -> np.ndarray:
        """Rows of places that may touch soon.

        Args:
            skin: [T, 3] mm.
            jaw: [4, 4].
            known: vertices that may touch, of the meetings before this; edges look there alone.
        """
        rows = np.arange(len(self.points))
        if self.points.shape[1] > 1:
            close = np.zeros(len(skin), bool)
            close[self.before.points[known[-1], 0]] = True
            rows = np.flatnonzero(close[self.points].any(axis=1))
        distance = self.field.distance(self.places(skin, jaw, rows))
        return rows[distance < np.maximum(self.floor[rows], 0.0) + NEAR_MM]

    def reach(self, skin: np.ndarray, jaw: np.ndarray, way: np.ndarray) -> float:
        """Share of a way [T, 3] mm of the skin that goes no deeper than ``DEEPER_MM`` into what is met."""
        if self.points.shape[1] > 1:
            return 1.0
        rows = np.arange(len(self.points))
        at, moved = self.places(skin, jaw, rows), way[self.points[:, 0]]
        moved = moved @ jaw[:3, :3] if self.on_jaw else moved
        room = np.maximum(self.field.distance(at) - self.floor, 0.0) + DEEPER_MM
        fast = np.linalg.norm(moved, axis=1) > room
        coming = -np.einsum("nc,nc->n", self.field.near(at[fast], False).slope, moved[fast])
        return least_share(coming, room[fast])

    def terms(self, skin: np.ndarray, jaw: np.ndarray, rows: np.ndarray, bent: bool) -> Terms:
        """Terms of those of ``rows`` that touch."""
        at = self.places(skin, jaw, rows)
        soon = self.field.distance(at) < self.floor[rows] + ROUGH_MM
        rows, at = rows[soon], at[soon]
        found = self.field.near(at, False)
        touching = found.distance < self.floor[rows]
        rows, at = rows[touching], at[touching]
        if bent:
            found = self.field.near(at, True)
            distance, slope, bend = found.distance, found.slope, found.bend
        else:
            distance, slope, bend = found.distance[touching], found.slope[touching], None
        if self.on_jaw:
            turn = jaw[:3, :3]
            slope = slope @ turn.T
            bend = None if bend is None else turn @ bend @ turn.T
        points = self.points[rows]
        width = points.shape[1]
        slopes = np.repeat(slope[:, None], width, axis=1) / width
        if bend is not None:
            bend = np.tile(bend[:, None, :, None, :], (1, width, 1, width, 1)) / width**2
        return Terms(
            points,
            slopes,
            bend,
            self.floor[rows] - distance,
            self.stiffness[rows],
            1.0 if width == 1 else 0.0,
            self.on_jaw,
        )


def meetings_of(  # noqa: PLR0913
    bone: SmoothField,
    triangles: np.ndarray,
    row: np.ndarray,
    own: np.ndarray,
    shown: list[np.ndarray],
    stiffness: np.ndarray,
    on_jaw: bool,
) -> list[Meeting]:
    """Vertices of the flesh's skin, and middles of its long edges, where rest or scans come near to one bone."""
    rest = shown[0]
    nearest = np.min([bone.distance(skin) for skin in shown], axis=0)
    mine = np.flatnonzero((own >= 0) & (nearest < REACH_MM))[:, None]
    inside = row[triangles]
    inside = inside[(inside >= 0).all(axis=1)]
    inside = inside[(own[inside] >= 0).all(axis=1)]
    edges = np.unique(triangle_edges(inside), axis=0)
    edges = edges[(nearest[edges] < REACH_MM / 2).all(axis=1)]
    long = np.linalg.norm(rest[edges[:, 0]] - rest[edges[:, 1]], axis=1) > LONG_MM
    found = []
    for points in (mine, edges[long]):
        floor = np.minimum(bone.near(rest[points].mean(axis=1), False).distance, CLEAR_MM)
        share = stiffness[points].mean(axis=1)
        found.append(Meeting(bone, points, floor, share, on_jaw, found[0] if found else None))
    return found
