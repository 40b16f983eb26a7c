# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two balls as skull and jaw, whose distances are known exactly, and skin around them."""

from dataclasses import dataclass

import numpy as np
import trimesh

from aim_blender_addon.backend.editing.limits import RANGE, TissueLimits, mean_of_neighbours
from aim_blender_addon.backend.geometry.rigid import move_rigidly, undo_rigid


@dataclass(frozen=True)
class RoundBones:
    """Stands in for ``contact.bone_field.Bones``: balls about ``centres`` [2, 3] mm with ``radii`` [2] mm."""

    centres: np.ndarray
    radii: np.ndarray

    @classmethod
    def of(cls, skull: float, jaw: float = 1.0, jaw_centre: tuple = (0, -1000, 0)) -> "RoundBones":
        """A skull about the origin, and a jaw that is far away unless its centre is given."""
        return cls(np.array([(0, 0, 0), jaw_centre], float), np.array([skull, jaw]))

    def measure(
        self, points: np.ndarray, jaw: np.ndarray, near: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Distances [N, 2] mm and unit directions [N, 2, 3]."""
        in_rest = np.stack([points, undo_rigid(points, jaw)], axis=1)
        offset = in_rest - self.centres
        length = np.linalg.norm(offset, axis=2)
        direction = offset / np.maximum(length, 1e-12)[..., None]
        direction[:, 1] = direction[:, 1] @ jaw[:3, :3].T
        distance = length - self.radii
        return distance if near is None else np.where(near, distance, np.inf), direction

    def distances(self, points: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """Distances [N, 2] mm."""
        return self.measure(points, jaw)[0]

    def measured(self, points: np.ndarray, jaw: np.ndarray, near_mm: float) -> np.ndarray:
        """Distances [N, 2] mm."""
        return self.distances(points, jaw)

    def outward(self, points: np.ndarray, jaw: np.ndarray, bone: np.ndarray) -> np.ndarray:
        """Unit directions [N, 3] away from a bone [N]."""
        return self.measure(points, jaw)[1][np.arange(len(points)), bone]


def limits(
    bones: RoundBones, triangles: np.ndarray, count: int, thinnest: float, thickest: float
) -> TissueLimits:
    """The same limits at all vertices, mm."""
    return TissueLimits(
        bones,
        np.full((count, 2), RANGE.least_mm),
        np.full(count, thinnest),
        np.full(count, thickest),
        mean_of_neighbours(triangles, count),
    )


def ball(radius: float, subdivisions: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Vertices [V, 3] mm and triangles of a ball of skin about the origin."""
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return np.array(mesh.vertices), np.array(mesh.faces)


def pose(shift: tuple[float, float, float]) -> np.ndarray:
    """[4, 4] a jaw moved by ``shift`` mm and turned a little."""
    turned = np.eye(4)
    turned[:3, :3] = trimesh.transformations.rotation_matrix(0.2, (1, 0, 0))[:3, :3]
    turned[:3, 3] = shift
    assert np.allclose(undo_rigid(move_rigidly(np.ones((1, 3)), turned), turned), 1)
    return turned
