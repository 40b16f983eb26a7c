# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rays and lines that meet a triangle mesh.

Short lines end where they end: Embree looks no farther. That takes a third of what a whole ray takes.
"""

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene


class Rays:
    """What meets one mesh; prepared once.

    Args:
        vertices: [V, 3] mm.
        triangles: [T, 3].
    """

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray):
        # Single precision is finest about the middle.
        self._middle = (vertices.min(axis=0) + vertices.max(axis=0)).astype(np.float64) / 2
        self._scene = EmbreeScene()
        placed = np.ascontiguousarray(vertices - self._middle, np.float32)
        TriangleMesh(self._scene, placed, np.ascontiguousarray(triangles, np.int32))

    def first(self, start: np.ndarray, ray: np.ndarray) -> np.ndarray:
        """The first triangle [N] that the rays from ``start`` [N, 3] mm along ``ray`` [3] meet; -1: none."""
        rays = np.empty(start.shape, np.float32)
        rays[:] = ray
        return self._scene.run(self._placed(start), rays)

    def first_on(self, start: np.ndarray, way: np.ndarray) -> np.ndarray:
        """The first triangle [N] on the lines that go ``way`` [N, 3] mm from ``start`` [N, 3] mm; -1: none."""
        return self._scene.run(self._placed(start), way.astype(np.float32), dists=1.0)

    def meet(self, start: np.ndarray, way: np.ndarray) -> np.ndarray:
        """Which [N] bool of the lines that go ``way`` [N, 3] mm from ``start`` [N, 3] mm meet the mesh."""
        met = self._scene.run(
            self._placed(start), way.astype(np.float32), dists=1.0, query="OCCLUDED"
        )
        return met >= 0

    def _placed(self, points: np.ndarray) -> np.ndarray:
        return (points - self._middle).astype(np.float32)
