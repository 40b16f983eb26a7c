# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the skin is from the bones, for all vertices in a moment: signed distances on grids.

The grid of the skull stands still, that of the mandible goes with it: a point is brought into the jaw's rest
before it is looked up.
"""

from dataclasses import dataclass

import numpy as np
import trimesh
from scipy.ndimage import binary_dilation, map_coordinates, zoom
from scipy.spatial import cKDTree
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ..anatomy.surface import dense_samples
from ..geometry.mesh import Mesh

#: Spacing of the grid near the bone's surface, and of its coarse version everywhere else, mm.
FINE_MM, COARSE_MM = 1.0, 4.0
#: Nodes within so many cells of the bone's surface, and this near to the skin in rest, get their distance exactly.
BAND, REACH_MM = 3, 18.0
#: The grid reaches this far around the bone, mm; beyond, distances are continued.
AROUND_MM = 24.0
#: Fewer points are looked up faster by one thread.
MANY = 20_000
#: Spacing of the samples by which the nearest triangles are found, mm, and triangles looked at: near, and afar.
NEAR_SAMPLES, FAR_SAMPLES = (1.0, 4), (3.0, 2)


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
    surface: "BoneSurface"

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
        coarse = BoneSurface(bone, *FAR_SAMPLES).distances(places).reshape(cells + 1)
        step = round(COARSE_MM / FINE_MM)
        size = cells * step + 1
        fine = zoom(coarse, size / (cells + 1), order=1, mode="nearest", grid_mode=False)
        near = BoneSurface(bone, *NEAR_SAMPLES)
        band = np.zeros(size, bool)
        band[tuple(np.round((near.samples - low) / FINE_MM).astype(int).T)] = True
        asked = np.flatnonzero(binary_dilation(band, np.ones((3, 3, 3)), BAND))
        places = low + FINE_MM * np.stack(np.unravel_index(asked, tuple(size)), axis=1)
        close = cKDTree(skin).query(places, distance_upper_bound=REACH_MM)[0] < REACH_MM
        fine.ravel()[asked[close]] = near.distances(places[close])
        return cls(low, FINE_MM, fine.astype(np.float32), near)

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
        back = (points - jaw[:3, 3]) @ jaw[:3, :3]
        return np.stack([self.skull.distance(points), self.jaw.distance(back)], axis=1)

    def look(
        self, points: np.ndarray, jaw: np.ndarray, near: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Exact distances [N, 2] mm as of :meth:`distances`, and unit directions [N, 2, 3] in which they grow.

        A hundred times slower: for the few points that touch. Bones that are not ``near`` [N, 2] bool are left out,
        as if infinitely far.
        """
        near = np.ones((len(points), 2), bool) if near is None else near
        distance, way = np.full((len(points), 2), np.inf), np.zeros((len(points), 2, 3))
        turn, shift = jaw[:3, :3], jaw[:3, 3]
        skull, jaw_rows = np.flatnonzero(near[:, 0]), np.flatnonzero(near[:, 1])
        if len(skull):
            distance[skull, 0], way[skull, 0] = self.skull.surface.look(points[skull])
        if len(jaw_rows):
            back = (points[jaw_rows] - shift) @ turn
            distance[jaw_rows, 1], back = self.jaw.surface.look(back)
            way[jaw_rows, 1] = back @ turn.T
        return distance, way

    def outward(self, points: np.ndarray, jaw: np.ndarray, which: np.ndarray) -> np.ndarray:
        """Unit directions [N, 3] away from the skull (``which`` [N] 0) or from the posed jaw (1)."""
        way = np.empty_like(points)
        skull = which == 0
        way[skull] = self.skull.outward(points[skull])
        back = (points[~skull] - jaw[:3, 3]) @ jaw[:3, :3]
        way[~skull] = self.jaw.outward(back) @ jaw[:3, :3].T
        return way


class BoneSurface:
    """Signed distances to a closed mesh: exact but where the nearest triangle is missed between the samples."""

    def __init__(self, bone: Mesh, spacing: float, candidates: int):
        samples = dense_samples(bone.vertices, bone.triangles, spacing)
        self._candidates = candidates
        self.samples = samples.points
        self._tree, self._triangle = cKDTree(samples.points), samples.triangle
        self._corners = bone.vertices[bone.triangles].astype(np.float64)
        self._rays = RayMeshIntersector(
            trimesh.Trimesh(bone.vertices, bone.triangles, process=False)
        )

    def distances(self, points: np.ndarray) -> np.ndarray:
        """Signed distances [N] mm of points [N, 3]."""
        return self.look(points)[0]

    def look(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distances [N] mm of points [N, 3] and unit directions [N, 3] in which they grow.

        Rays tell the side: normals mislead at folded slivers.
        """
        best, nearest = np.full(len(points), np.inf), np.array(points, np.float64)
        threads = -1 if len(points) > MANY else 1
        _, near = self._tree.query(points, k=self._candidates, workers=threads)
        for rank in range(self._candidates):
            corners = self._corners[self._triangle[near[:, rank]]]
            closest = trimesh.triangles.closest_point(corners, points)
            length = np.linalg.norm(points - closest, axis=1)
            nearest[length < best] = closest[length < best]
            best = np.minimum(best, length)
        distance = np.where(self._rays.contains_points(points), -best, best)
        safe = np.where(np.abs(distance) < 1e-9, 1e-9, distance)
        return distance, (points - nearest) / safe[:, None]


def _nodes(shape: np.ndarray) -> np.ndarray:
    """Numbers [N, 3] of the nodes of a grid, the last axis first to change."""
    return np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1).reshape(
        -1, 3
    )
