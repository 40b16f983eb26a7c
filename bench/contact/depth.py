# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How deep a skin lies in bone and teeth beyond its rest: at vertices, on edges and on faces, every half millimetre."""

from dataclasses import dataclass

import numpy as np

from aim_blender_addon.backend.contact.bone_field import Bones

#: Samples of edges and faces are this far apart, mm.
SPACING_MM = 0.5
#: No point of a triangle is farther from its corners than this fraction of its longest edge,
FARTHEST = 0.58
#: and a field may be off by this, mm.
ERROR_MM = 1.0


@dataclass(frozen=True)
class Depth:
    """The deepest points, mm: at vertices, on edges, within faces; ``deep`` samples are over 0.3 mm."""

    vertex: float
    edge: float
    face: float
    deep: int

    @property
    def worst(self) -> float:
        """The deepest of all."""
        return max(self.vertex, self.edge, self.face)


class Referee:
    """Measures skins of one face; knows nothing of how edits are held.

    Args:
        bones: of the face.
        rest: [V, 3] mm.
        triangles: [T, 3].
    """

    def __init__(self, bones: Bones, rest: np.ndarray, triangles: np.ndarray):
        self.bones, self.rest, self.triangles = bones, rest, triangles

    def depth(self, skin: np.ndarray, jaw: np.ndarray) -> Depth:
        """Of a skin [V, 3] mm with its jaw [4, 4]."""
        corners, weights = self._samples(skin, jaw)
        points = np.einsum("nk,nkc->nc", weights, skin[corners])
        near = self.bones.distances(points, jaw) < ERROR_MM
        rows = np.flatnonzero(near.any(axis=1))
        now = self.bones.measure(points[rows], jaw, near[rows])[0]
        inside = now < 0
        kept = np.flatnonzero(inside.any(axis=1))
        rows, now, inside = rows[kept], now[kept], inside[kept]
        at_rest = np.einsum("nk,nkc->nc", weights[rows], self.rest[corners[rows]])
        rest = self.bones.measure(at_rest, np.eye(4), inside)[0]
        depth = np.where(inside, np.minimum(rest, 0.0) - now, 0.0).max(axis=1, initial=0.0)
        kind = (weights[rows] > 1e-9).sum(axis=1)
        self.where = corners[rows], weights[rows], depth
        worst = [float(depth[kind == k].max(initial=0.0)) for k in (1, 2, 3)]
        return Depth(*worst, int((depth > 0.3).sum()))

    def _samples(self, skin: np.ndarray, jaw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Corners [N, 3] and weights [N, 3] of all samples that may lie in bone."""
        distance = self.bones.distances(skin, jaw).min(axis=1)
        corner = skin[self.triangles]
        longest = np.linalg.norm(corner - np.roll(corner, 1, axis=1), axis=2).max(axis=1)
        least = distance[self.triangles].min(axis=1)
        rows = np.flatnonzero(least - FARTHEST * longest < ERROR_MM)
        steps = np.clip(np.ceil(longest[rows] / SPACING_MM), 1, 60).astype(int)
        corners, weights = [np.zeros((0, 3), int)], [np.zeros((0, 3))]
        for count in np.unique(steps):
            own = self.triangles[rows[steps == count]]
            lattice = _lattice(count)
            corners.append(np.repeat(own, len(lattice), axis=0))
            weights.append(np.tile(lattice, (len(own), 1)))
        return np.concatenate(corners), np.concatenate(weights)


def _lattice(count: int) -> np.ndarray:
    """Barycentric weights [N, 3] of the nodes of a triangle whose edges are cut in ``count``."""
    i, j = np.meshgrid(np.arange(count + 1), np.arange(count + 1), indexing="ij")
    inside = i + j <= count
    i, j = i[inside], j[inside]
    return np.stack([count - i - j, i, j], axis=1) / count
