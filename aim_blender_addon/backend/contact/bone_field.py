# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Distances of the skin from the bones for all vertices at once: signed distances on grids.

The grid of the skull stands still, that of the mandible goes with it: a point is brought into the jaw's rest
before it is looked up.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import zoom
from scipy.spatial import cKDTree

from ..geometry.mesh import Mesh
from ..geometry.rigid import undo_rigid
from .bone_surface import BoneSurface

#: Spacing of the grid near the bone's surface, mm.
FINE_MM = 1.0
#: Spacing of its coarse version everywhere else, mm.
COARSE_MM = 4.0
#: Fine nodes in the spacing of the coarse ones.
STEP = round(COARSE_MM / FINE_MM)
#: Fine nodes are measured where they are this near to the bone's surface
BAND_MM = 4.0
#: and this near to the skin in rest, mm; elsewhere the coarse grid is interpolated.
REACH_MM = 14.0
#: The grid reaches this far around the bone, mm; beyond, distances are continued.
AROUND_MM = 18.0
#: Error of the distances on the grid, mm.
FIELD_ERROR_MM = 0.5
#: They change at most this many times as fast as skin moves; beyond the grid they do so.
FIELD_RATE = 1.5
#: Where skin touches, samples this far apart, mm, find this many candidates of the nearest triangle.
EXACT_SAMPLES = (1.5, 4)
#: The same on the fine grid.
NEAR_SAMPLES = (2.0, 2)
#: The same on the coarse grid.
FAR_SAMPLES = (5.0, 1)


@dataclass(frozen=True)
class BoneField:
    """Signed distance to one bone, negative inside, in the space of its rest.

    Attributes:
        origin: [3] mm, the first node.
        spacing: mm.
        values: [X, Y, Z] float32 mm.
        surface: the bone itself, for skin that touches it.
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
        points = low + COARSE_MM * _nodes(cells + 1)
        coarse = BoneSurface(bone, *FAR_SAMPLES).on_grid(low, COARSE_MM, np.ones(cells + 1, bool))
        size = cells * STEP + 1
        fine = zoom(coarse, size / (cells + 1), order=1, mode="nearest", grid_mode=False)
        skin_near = cKDTree(skin).query(points, distance_upper_bound=REACH_MM)[0]
        skin_near = np.isfinite(skin_near).reshape(cells + 1)
        for axis in range(3):  # each node stands for the fine ones around it
            skin_near = np.repeat(skin_near, STEP, axis=axis)
        inner = tuple(slice(STEP // 2, STEP // 2 + n) for n in size)
        chosen = (np.abs(fine) < BAND_MM) & skin_near[inner]
        fine[chosen] = BoneSurface(bone, *NEAR_SAMPLES).on_grid(low, FINE_MM, chosen)[chosen]
        return cls(low, FINE_MM, fine, BoneSurface(bone, *EXACT_SAMPLES))

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Signed distance [N] mm of points [N, 3] mm, linear between the nodes, faster than scipy does it."""
        at = np.subtract(points.T, self.origin[:, None])
        at /= self.spacing
        last = np.array(self.values.shape)[:, None] - 1
        inside = np.clip(at, 0, last)
        node = np.minimum(inside.astype(np.intp), last - 1)
        x, y, z = (inside - node).astype(np.float32)
        _, along_y, along_z = self.values.shape
        number = (node[0] * along_y + node[1]) * along_z + node[2]
        values = self.values.ravel()
        on_x = []
        for step in (0, along_y * along_z):
            on_y = []
            for row in (number + step, number + (step + along_z)):
                first = values[row]
                on_y.append(first + z * (values[row + 1] - first))
            on_x.append(on_y[0] + y * (on_y[1] - on_y[0]))
        near = on_x[0] + x * (on_x[1] - on_x[0])
        beyond = np.subtract(at, inside, out=at)
        return near + self.spacing * np.sqrt(np.einsum("cn,cn->n", beyond, beyond))

    def outward(self, points: np.ndarray) -> np.ndarray:
        """Unit directions [N, 3] in which the distance grows fastest."""
        steps = self.spacing / 2 * np.vstack([np.eye(3), -np.eye(3)])
        ahead, behind = self.distance((points + steps[:, None]).reshape(-1, 3)).reshape(2, 3, -1)
        slope = (ahead - behind).T
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
        in_rest = undo_rigid(points, jaw)
        return np.stack([self.skull.distance(points), self.jaw.distance(in_rest)], axis=1)

    def touching(
        self, points: np.ndarray, jaw: np.ndarray, near_mm: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Distances [N, 2] mm from skull and posed jaw, and unit directions [N, 2, 3] in which they grow.

        By the bones themselves where they are less than ``near_mm``, by the fields elsewhere. Directions are zero
        where nothing is near. Teeth are part of both bones. A point that lies in both has two distances below zero.

        Args:
            points: [N, 3] mm, head space.
            jaw: [4, 4] its pose.
            near_mm: how near skin has to be to count.
        """
        distance = self.distances(points, jaw)
        outward = np.zeros((len(points), 2, 3))
        near = distance < near_mm + FIELD_ERROR_MM
        rows = np.flatnonzero(near.any(axis=1))
        exact, direction = self.measure(points[rows], jaw, near[rows])
        distance[rows] = np.where(near[rows], exact, distance[rows])
        outward[rows] = np.where(near[rows][..., None], direction, 0.0)
        return distance, outward

    def gone_through(
        self, start: np.ndarray, end: np.ndarray, jaw: np.ndarray, distance: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Which lines from ``start`` to ``end`` [N, 3] mm went through a bone, such as a tooth, and the ways back.

        As of :meth:`.bone_surface.BoneSurface.gone_through`, in head space with the jaw posed [4, 4]. ``distance``
        [N, 2] mm is that of the ends by the fields: shorter lines reach no bone.
        """
        push = np.zeros((len(start), 3))
        length = np.linalg.norm(end - start, axis=1)
        may = length[:, None] > distance - FIELD_ERROR_MM
        on_jaw = np.flatnonzero(may[:, 1])
        if len(on_jaw):
            there = (undo_rigid(points[on_jaw], jaw) for points in (start, end))
            rows, back = self.jaw.surface.gone_through(*there)
            push[on_jaw[rows]] = back @ jaw[:3, :3].T
        on_skull = np.flatnonzero(may[:, 0])
        if len(on_skull):
            rows, back = self.skull.surface.gone_through(start[on_skull], end[on_skull])
            push[on_skull[rows]] = back
        rows = np.flatnonzero(push.any(axis=1))
        return rows, push[rows]

    def measured(self, points: np.ndarray, jaw: np.ndarray, near_mm: float) -> np.ndarray:
        """Distances [N, 2] mm as of :meth:`distances`, by the bones themselves where they are less than ``near_mm``."""
        distance = self.distances(points, jaw)
        near = distance < near_mm
        rows = np.flatnonzero(near.any(axis=1))
        exact = self.measure(points[rows], jaw, near[rows])[0]
        distance[rows] = np.where(near[rows], exact, distance[rows])
        return distance

    def measure(
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
            near: [N, 2] bool; bones that are not near count as infinitely far. All by default.
        """
        near = np.ones((len(points), 2), bool) if near is None else near
        distance, outward = np.full((len(points), 2), np.inf), np.zeros((len(points), 2, 3))
        skull, jaw_rows = np.flatnonzero(near[:, 0]), np.flatnonzero(near[:, 1])
        if len(skull):
            distance[skull, 0], outward[skull, 0] = self.skull.surface.measure(points[skull])
        if len(jaw_rows):
            in_rest = undo_rigid(points[jaw_rows], jaw)
            distance[jaw_rows, 1], direction = self.jaw.surface.measure(in_rest)
            outward[jaw_rows, 1] = direction @ jaw[:3, :3].T
        return distance, outward

    def outward(self, points: np.ndarray, jaw: np.ndarray, bone: np.ndarray) -> np.ndarray:
        """Unit directions [N, 3] away from the skull (``bone`` [N] 0) or from the posed jaw (1)."""
        outward = np.empty_like(points)
        skull = bone == 0
        outward[skull] = self.skull.outward(points[skull])
        in_rest = undo_rigid(points[~skull], jaw)
        outward[~skull] = self.jaw.outward(in_rest) @ jaw[:3, :3].T
        return outward


def _nodes(shape: np.ndarray) -> np.ndarray:
    """Numbers [N, 3] of the nodes of a grid, the last axis first to change."""
    return np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1).reshape(
        -1, 3
    )
