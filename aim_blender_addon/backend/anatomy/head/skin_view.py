# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin as seen from a side: where rays in face directions first meet it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ...geometry.mesh import Mesh
from .frame import FaceFrame

#: Rays start this far outside, times the face's scale, millimetres.
OUTSIDE = 400.0


@dataclass(frozen=True)
class SkinView:
    """A skin in face coordinates (left, up, front about the nose tip).

    Attributes:
        neutral: the skin.
        frame: its face frame.
    """

    neutral: Mesh
    frame: FaceFrame

    @cached_property
    def vertices(self) -> np.ndarray:
        """[V, 3] float64 vertices in face coordinates."""
        return self.frame.to_local(self.neutral.vertices)

    @cached_property
    def _rays(self) -> RayMeshIntersector:
        return RayMeshIntersector(
            trimesh.Trimesh(self.vertices, self.neutral.triangles, process=False)
        )

    def first_hits(self, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
        """Points [N, 3] where rays from [N, 3] along [N, 3] first meet the skin; nan where they miss."""
        result = np.full(origins.shape, np.nan)
        _, rays, places = self._rays.intersects_id(
            origins, directions, multiple_hits=False, return_locations=True
        )
        result[rays] = places
        return result

    def front_depth(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """How far to the front the skin reaches at each (x, y), same shape; nan where there is none."""
        x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
        start = np.stack([x, y, np.full_like(x, OUTSIDE * self.frame.scale)], axis=-1).reshape(
            -1, 3
        )
        hits = self.first_hits(start, np.tile([0.0, 0.0, -1.0], (len(start), 1)))
        return hits[:, 2].reshape(x.shape)

    def from_outside(self, point: np.ndarray, direction: np.ndarray) -> np.ndarray | None:
        """The outermost skin [3] on the line through ``point`` towards ``direction`` (outwards), or None."""
        point = np.asarray(point, np.float64)
        direction = np.asarray(direction, np.float64)
        direction = direction / np.linalg.norm(direction)
        start = point + OUTSIDE * self.frame.scale * direction
        hit = self.first_hits(start[None], -direction[None])[0]
        return None if np.isnan(hit).any() else hit
