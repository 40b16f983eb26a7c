# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the skin is from the bones, for all vertices in a moment: signed distances on grids.

The grid of the skull stands still, that of the mandible goes with it: a point is brought into the jaw's rest
before it is looked up.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates, zoom
from scipy.spatial import cKDTree

from ..geometry.mesh import Mesh
from ..geometry.rigid import undo_rigid
from .bone_surface import BoneSurface

#: Spacing of the grid near the bone's surface, and of its coarse version everywhere else, mm.
FINE_MM, COARSE_MM = 1.0, 4.0
STEP = round(COARSE_MM / FINE_MM)
#: Nodes this near to the bone's surface, and this near to the skin in rest, get their distance exactly, mm.
BAND_MM, REACH_MM = 4.0, 14.0
#: The grid reaches this far around the bone, mm; beyond, distances are continued.
AROUND_MM = 18.0
#: Spacing of the samples by which the nearest triangles are found, mm, and triangles looked at: where skin touches,
#: on the fine grid, and afar.
EXACT_SAMPLES, NEAR_SAMPLES, FAR_SAMPLES = (1.5, 4), (2.0, 2), (5.0, 1)


@dataclass(frozen=True)
class BoneField:
    """Signed distance to one bone, negative inside, in the space of its rest.

    Attributes:
        origin: [3] mm, place of the first node.
        spacing: mm.
        values: [X, Y, Z] float32 mm.
        surface: the bone itself, for the last tenth of a millimetre.
    """

    origin: np.ndarray
    spacing: float
    values: np.ndarray
    surface: BoneSurface

    @classmethod
    def of(cls, bone: Mesh, skin: np.ndarray) -> "BoneField":
        """The field of a closed bone, exact to about a tenth of a millimetre where skin may come.

        Args:
            bone: closed surface.
            skin: [V, 3] mm, the skin in rest.
        """
        low = bone.vertices.min(axis=0).astype(np.float64) - AROUND_MM
        high = bone.vertices.max(axis=0).astype(np.float64) + AROUND_MM
        cells = np.ceil((high - low) / COARSE_MM).astype(int)
        places = low + COARSE_MM * _nodes(cells + 1)
        coarse = BoneSurface(bone, *FAR_SAMPLES).on_grid(low, COARSE_MM, np.ones(cells + 1, bool))
        size = cells * STEP + 1
        fine = zoom(coarse, size / (cells + 1), order=1, mode="nearest", grid_mode=False)
        skin_near = cKDTree(skin).query(places, distance_upper_bound=REACH_MM)[0]
        skin_near = np.isfinite(skin_near).reshape(cells + 1)
        for axis in range(3):  # each node stands for the fine ones around it
            skin_near = np.repeat(skin_near, STEP, axis=axis)
        inner = tuple(slice(STEP // 2, STEP // 2 + n) for n in size)
        asked = (np.abs(fine) < BAND_MM) & skin_near[inner]
        fine[asked] = BoneSurface(bone, *NEAR_SAMPLES).on_grid(low, FINE_MM, asked)[asked]
        return cls(low, FINE_MM, fine, BoneSurface(bone, *EXACT_SAMPLES))

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Signed distance [N] mm of points [N, 3] mm."""
        at = ((points - self.origin) / self.spacing).T
        last = np.array(self.values.shape)[:, None] - 1
        inside = np.clip(at, 0, last)
        beyond = np.linalg.norm(at - inside, axis=0) * self.spacing
        return map_coordinates(self.values, inside, order=1, prefilter=False) + beyond

    def outward(self, points: np.ndarray) -> np.ndarray:
        """Unit directions [N, 3] in which the distance grows fastest."""
        steps = self.spacing / 2 * np.vstack([np.eye(3), -np.eye(3)])
        there = self.distance((points + steps[:, None]).reshape(-1, 3)).reshape(2, 3, -1)
        slope = (there[0] - there[1]).T
        return slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-9)


@dataclass(frozen=True)
class Bones:
    """Skull and mandible, for all poses of the jaw."""

    skull: BoneField
    jaw: BoneField

    @classmethod
    def of(cls, skull: Mesh, jaw: Mesh, skin: np.ndarray) -> "Bones":
        """The fields of both bones around the skin in rest [V, 3] mm; takes some seconds."""
        return cls(BoneField.of(skull, skin), BoneField.of(jaw, skin))

    def distances(self, points: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """Signed distances [N, 2] mm of points [N, 3] (head space) to the skull and to the jaw posed [4, 4]."""
        back = undo_rigid(points, jaw)
        return np.stack([self.skull.distance(points), self.jaw.distance(back)], axis=1)

    def measured(self, points: np.ndarray, jaw: np.ndarray, near_mm: float) -> np.ndarray:
        """Distances [N, 2] mm as of :meth:`distances`, by the bones themselves where they are less than ``near_mm``."""
        away = self.distances(points, jaw)
        near = away < near_mm
        rows = np.flatnonzero(near.any(axis=1))
        exact = self.look(points[rows], jaw, near[rows])[0]
        away[rows] = np.where(near[rows], exact, away[rows])
        return away

    def look(
        self,
        points: np.ndarray,
        jaw: np.ndarray,
        near: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Exact distances [N, 2] mm as of :meth:`distances`, and unit directions [N, 2, 3] in which they grow.

        Far slower: for the few points that touch.

        Args:
            points: [N, 3] mm, head space.
            jaw: [4, 4].
            near: [N, 2] bool; bones that are not near are left out, as if infinitely far. All by default.
        """
        near = np.ones((len(points), 2), bool) if near is None else near
        distance, way = np.full((len(points), 2), np.inf), np.zeros((len(points), 2, 3))
        skull, jaw_rows = np.flatnonzero(near[:, 0]), np.flatnonzero(near[:, 1])
        if len(skull):
            distance[skull, 0], way[skull, 0] = self.skull.surface.look(points[skull])
        if len(jaw_rows):
            back = undo_rigid(points[jaw_rows], jaw)
            distance[jaw_rows, 1], back = self.jaw.surface.look(back)
            way[jaw_rows, 1] = back @ jaw[:3, :3].T
        return distance, way

    def outward(self, points: np.ndarray, jaw: np.ndarray, which: np.ndarray) -> np.ndarray:
        """Unit directions [N, 3] away from the skull (``which`` [N] 0) or from the posed jaw (1)."""
        way = np.empty_like(points)
        skull = which == 0
        way[skull] = self.skull.outward(points[skull])
        back = undo_rigid(points[~skull], jaw)
        way[~skull] = self.jaw.outward(back) @ jaw[:3, :3].T
        return way


def _nodes(shape: np.ndarray) -> np.ndarray:
    """Numbers [N, 3] of the nodes of a grid, the last axis first to change."""
    return np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1).reshape(
        -1, 3
    )
