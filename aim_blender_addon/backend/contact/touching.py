# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gaps between two sheets of skin.

A point's gap is its distance from the other sheet's surface, negative where it has passed through. Sheets face each
other where they touch: places that face another way, or lie beyond the other sheet's border, have no gap.

Both sheets are looked at together, and exactly only where a gap can be of interest: a frame of a performance asks
for gaps some twenty times.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from ..geometry.surface import SurfacePoints, closest_weights
from .settings import LINING, LIPS, SHEET
from .sheets import Sheet

#: Both sheets are kept in one tree, this far from each other, mm.
_ASIDE_MM = 1e4


@dataclass(frozen=True)
class Touch:
    """What N points of one sheet find on the other, or those of both.

    Attributes:
        nearest: nearest places on the other sheet; its nearest vertices where these face another way.
        gap: [N] mm, negative inside; inf where there is none.
        distance: [N] mm from the other sheet however it lies, where there is no gap from its nearest vertex;
            inf where it is far away.
        normal: [N, 3] outward unit normals of the other sheet there.
    """

    nearest: SurfacePoints
    gap: np.ndarray
    distance: np.ndarray
    normal: np.ndarray

    def __getitem__(self, rows: slice) -> "Touch":
        nearest = SurfacePoints(self.nearest.corners[rows], self.nearest.weights[rows])
        return Touch(nearest, self.gap[rows], self.distance[rows], self.normal[rows])


@dataclass(frozen=True)
class TwoSheets:
    """Two sheets prepared for gaps between them; they have no vertex in common.

    Attributes:
        points: [N] vertices of the skin that have a gap, of the first sheet, then of the second.
        first: how many of them are the first sheet's.
        vertices: [M] of both sheets.
        rows: [N] of the points among the latter.
        faces: [F, 3] rows of the vertices.
        fans: [M, C, 3] faces around each vertex.
        border: [M] bool, vertices on the edge of their sheet.
        collect: [M, F] adds what faces hold to their corners.
        aside: [M, 3] mm where each vertex is in the tree, beside its place on the skin.
        asked: [N, 3] the same for the points, which look for the other sheet.
    """

    points: np.ndarray
    first: int
    vertices: np.ndarray
    rows: np.ndarray
    faces: np.ndarray
    fans: np.ndarray
    border: np.ndarray
    collect: sp.csr_matrix
    aside: np.ndarray
    asked: np.ndarray

    @classmethod
    def of(cls, sheets: tuple[Sheet, Sheet]) -> "TwoSheets":
        """The two of an opening."""
        one, two = sheets
        vertices = np.concatenate([one.vertices, two.vertices])
        count, faces_of_one = len(one.vertices), len(one.faces)
        faces = [np.searchsorted(sheet.vertices, sheet.faces) for sheet in sheets]
        faces = np.concatenate([faces[0], faces[1] + count])
        fans = faces[np.concatenate([one.fans, two.fans + faces_of_one])]
        rows = [np.searchsorted(sheet.vertices, sheet.points) for sheet in sheets]
        second = np.arange(len(vertices)) >= count
        rows = np.concatenate([rows[0], rows[1] + count])
        aside = np.where(second, _ASIDE_MM, 0.0)[:, None] * [1.0, 0.0, 0.0]
        return cls(
            np.concatenate([one.points, two.points]),
            len(one.points),
            vertices,
            rows,
            faces,
            fans,
            np.concatenate([sheet.border[sheet.vertices] for sheet in sheets]).astype(float),
            sp.block_diag([one.collect, two.collect], "csr"),
            aside,
            _ASIDE_MM * np.array([1.0, 0.0, 0.0]) - aside[rows],
        )

    def normals(self, at: np.ndarray) -> np.ndarray:
        """Outward unit normals [M, 3] at the sheets' vertices, which are at ``at`` [M, 3] mm."""
        corner = at.T.take(self.faces.T, axis=1)  # [3, 3, F]: axes, corners
        (a, b, c), (d, e, f) = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
        total = self.collect @ np.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=1)
        length = np.sqrt(np.einsum("nc,nc->n", total, total))
        return total / np.maximum(length, 1e-12)[:, None]

    def touch(
        self,
        skin: np.ndarray,
        largest: float = SHEET.largest_gap_mm,
        up_to: np.ndarray | float = np.inf,
        among: np.ndarray | None = None,
    ) -> Touch:
        """What the points find on the other sheet.

        Args:
            skin: [S, 3] mm.
            largest: no gap is above it, mm.
            up_to: [N] mm, or one for all. Larger gaps are of no interest and may be left out.
            among: points that are looked at, of the N; None: all. The others count as far away.
        """
        at = skin[self.vertices]
        normals = self.normals(at)
        points = at[self.rows]
        count = len(points)
        gap, normal = np.full(count, np.inf), np.zeros((count, 3))
        weights = np.zeros((count, 3))
        weights[:, 0] = 1.0
        looking = slice(None) if among is None else among
        far, vertex = np.full(count, np.inf), np.zeros(count, int)
        far[looking], vertex[looking] = cKDTree(at + self.aside, balanced_tree=False).query(
            points[looking] + self.asked[looking], distance_upper_bound=1.5 * largest
        )
        near = np.flatnonzero(np.isfinite(far))
        vertex = vertex[near]
        corners = np.zeros((count, 3), int)
        corners[near] = vertex[:, None]
        # Only triangles about the nearest vertex, and only where it faces this way: most points need no more.
        away = normals[vertex]
        own = normals[self.rows[near]]
        facing = np.einsum("nc,nc->n", own, away)
        wanted = facing < SHEET.facing + SHEET.near_facing
        bound = np.broadcast_to(up_to, count)[near]
        if not np.isinf(bound).all():
            height = np.einsum("nc,nc->n", points[near] - at[vertex], away)
            wanted &= height < np.maximum(SHEET.steep * far[near], SHEET.sure * bound)
        near, vertex, own = near[wanted], vertex[wanted], own[wanted]
        if len(near):
            place = points[near]
            face, weight, square = self._nearest(place, vertex, at)
            out = np.einsum("nk,nkc->nc", weight, normals[face])
            out /= np.maximum(np.sqrt(np.einsum("nc,nc->n", out, out)), 1e-12)[:, None]
            offset = place - np.einsum("nk,nkc->nc", weight, at[face])
            length = np.sqrt(square)
            signed = np.where(np.einsum("nc,nc->n", offset, out) < 0, -length, length)
            facing = np.einsum("nc,nc->n", own, out)
            beyond = (weight * self.border[face]).sum(axis=1) > SHEET.border_weight
            real = (length < largest) & (facing < SHEET.facing) & ~beyond
            corners[near], weights[near], normal[near] = face, weight, out
            gap[near], far[near] = np.where(real, signed, np.inf), length
        return Touch(SurfacePoints(self.vertices[corners], weights), gap, far, normal)

    def _nearest(
        self, place: np.ndarray, vertex: np.ndarray, at: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Face [N, 3], weights [N, 3] in it and squared distance [N] of the place about ``vertex`` [N] next to each."""
        candidates = self.fans[vertex]
        each, square = closest_weights(place[:, None], at[candidates])
        row, best = np.arange(len(place)), square.argmin(axis=1)
        return candidates[row, best], each[row, best], square[row, best]


def touch(
    sheets: tuple[Sheet, Sheet], skin: np.ndarray, largest: float = SHEET.largest_gap_mm
) -> tuple[Touch, Touch]:
    """What the points of each sheet find on the other one, for a skin [S, 3] mm, no gap above ``largest`` mm."""
    both = TwoSheets.of(sheets)
    found = both.touch(skin, largest)
    return found[: both.first], found[both.first :]


def rests_across(
    rest: np.ndarray, normals: np.ndarray, points: np.ndarray, found: Touch, rows: np.ndarray
) -> np.ndarray:
    """[M] bool: points of a sheet and what they find on the other rest on both sides of one lip's tissue.

    Args:
        rest: [S, 3] mm the skin at rest.
        normals: [S, 3] of the other sheet at rest.
        points: [N] vertices that found it.
        found: by them.
        rows: [M] of the points.
    """
    corners, weights = found.nearest.corners[rows], found.nearest.weights[rows]
    normal = np.einsum("nk,nkc->nc", weights, normals[corners])
    offset = rest[points[rows]] - np.einsum("nk,nkc->nc", weights, rest[corners])
    behind = -np.einsum("nc,nc->n", offset, normal)
    distance = np.linalg.norm(offset, axis=1)
    return (behind > LIPS.across * distance) & (distance < LINING.across_mm)
