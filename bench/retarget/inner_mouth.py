# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether teeth stand before a lip and linings come through the skin, in frames of a performance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.retargeting.retarget_face import RetargetFace

#: A point is before the skin when skin that looks the same way lies behind it within this, mm.
BEHIND_MM = 15.0
#: Nearer skin than this, mm, is the point's own edge.
TOUCHING_MM = 0.05


@dataclass(frozen=True)
class InnerMouth:
    """What is looked for before the skin; mm, at rest.

    Attributes:
        lower: [N, 3] all vertices of the lower teeth.
        upper: [M, 3] of the upper teeth, which stay.
        lining: [K] numbers among the skin's vertices.
    """

    lower: np.ndarray
    upper: np.ndarray
    lining: np.ndarray


class BeforeSkin:
    """Counts of one face: its outer skin, and what is seen before it beyond what is so at rest."""

    def __init__(self, face: RetargetFace, inner: InnerMouth):
        self.face, self.inner = face, inner
        inside = np.zeros(len(face.skin.vertices), bool)
        inside[inner.lining] = True
        # Triangles at the rim are the lip's and its lining's alike.
        self.outer = face.skin.triangles[~inside[face.skin.triangles].any(axis=1)]
        rest = face.skin.vertices.astype(float)
        self.at_rest = self._seen(rest, np.eye(4))

    def figures(self, skins: Sequence[np.ndarray], jaws: Sequence[np.ndarray]) -> str:
        """Lower teeth, upper teeth and lining: the most vertices before the skin in one frame.

        Args:
            skins: T of [S, 3] mm, heads at rest.
            jaws: T of [4, 4] mm.
        """
        most = np.zeros(3, int)
        for skin, jaw in zip(skins, jaws, strict=True):
            seen = self._seen(skin, jaw)
            now = [(a & ~b).sum() for a, b in zip(seen, self.at_rest, strict=True)]
            most = np.maximum(most, now)
        lining = most[2] if len(self.inner.lining) else "-"
        return f"{most[0]}, {most[1]}, {lining}"

    def _seen(self, skin: np.ndarray, jaw: np.ndarray) -> tuple[np.ndarray, ...]:
        """Which [N], [M], [K] bool are before the skin."""
        surface = trimesh.Trimesh(skin, self.outer, process=False)
        rays, normals = RayMeshIntersector(surface), surface.face_normals
        front = self.face.front

        def before(points: np.ndarray) -> np.ndarray:
            found = np.zeros(len(points), bool)
            if len(points):
                faces, numbers, places = rays.intersects_id(
                    points,
                    np.tile(-front, (len(points), 1)),
                    multiple_hits=True,
                    return_locations=True,
                )
                far = np.linalg.norm(places - points[numbers], axis=1)
                near = (far < BEHIND_MM) & (far > TOUCHING_MM)
                found[numbers[near & (normals[faces] @ front > 0)]] = True
            return found

        lining = skin[self.inner.lining]
        return (
            before(move_rigidly(self.inner.lower, jaw)),
            before(self.inner.upper),
            before(lining),
        )
