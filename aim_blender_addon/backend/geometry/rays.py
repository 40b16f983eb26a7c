# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rays from the skin inwards to the bones: the supervision of the anatomy ([AIM])."""

from dataclasses import dataclass

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from .mesh import Mesh

#: Rays end here; deeper bone has nothing to do with the skin above it.
DEEPEST_MM = 30.0
#: Cosine between the ray and the bone's surface below which the ray only grazes the bone.
GRAZING = 0.35


@dataclass(frozen=True)
class BoneHits:
    """Where each skin vertex' ray meets bone.

    Attributes:
        depth: [V] float64 mm along the inward skin normal; infinite where no bone is met.
        on_jaw: [V] bool, the bone met is the mandible.
    """

    depth: np.ndarray
    on_jaw: np.ndarray

    @property
    def hit(self) -> np.ndarray:
        """[V] bool: bone lies below this vertex."""
        return np.isfinite(self.depth)


def cast_to_bones(
    points: np.ndarray, normals: np.ndarray, skull: Mesh, jaw: Mesh, deepest: float = DEEPEST_MM
) -> BoneHits:
    """Nearest bone along the inward normals of points [N, 3] with outward unit normals [N, 3]."""
    depths = np.stack([_depths(points, normals, bone, deepest) for bone in (skull, jaw)])
    return BoneHits(depths.min(axis=0), depths[1] < depths[0])


def _depths(points: np.ndarray, normals: np.ndarray, bone: Mesh, deepest: float) -> np.ndarray:
    """Depth [N] of ``bone`` below the points; infinite where missed, grazed or too deep."""
    surface = trimesh.Trimesh(bone.vertices, bone.triangles, process=False)
    origins = np.asarray(points, np.float64)
    normals = np.asarray(normals, np.float64)
    places, rays, faces = RayMeshIntersector(surface).intersects_location(
        origins, -normals, multiple_hits=False
    )
    depth = np.full(len(origins), np.inf)
    distance = np.linalg.norm(places - origins[rays], axis=1)
    facing = np.abs(np.einsum("ij,ij->i", surface.face_normals[faces], normals[rays]))
    good = (distance <= deepest) & (facing >= GRAZING)
    depth[rays[good]] = distance[good]
    return depth
