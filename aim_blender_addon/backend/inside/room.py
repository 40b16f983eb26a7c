# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Room behind the lips: how far back a mouth has to go so that no tooth stands in a lip or before it."""

from dataclasses import dataclass

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ..geometry.mesh import Mesh
from .mouth import MouthPlace

#: Teeth this near to the middle count; those at the corners of the mouth slant, mm of a usual mouth.
_MIDDLE_MM = 14.0
#: Teeth behind this stand behind no lip, mm of a usual mouth.
_FRONT_MM = 14.0
#: Teeth stand this far behind the inside of a lip,
_CLEAR_MM = 0.3
#: and where a lip has no inside this far behind its outside; mm of a usual mouth.
_LIP_MM = 3.0
#: A lip is at most so thick, mm of a usual mouth.
_THICKEST_MM = 16.0
#: The mouth goes back by this much at most, mm of a usual mouth.
_MOST_MM = 12.0
_ROUNDS = 4


@dataclass(frozen=True)
class Skin:
    """Samples of a skin.

    Attributes:
        points: [N, 3] mm, head space.
        normals: [N, 3] unit, outwards.
    """

    points: np.ndarray
    normals: np.ndarray


class Lips:
    """The skin about a mouth, as teeth behind it meet it."""

    def __init__(self, skin: Mesh) -> None:
        self._surface = trimesh.Trimesh(skin.vertices, skin.triangles, process=False)
        self._rays = RayMeshIntersector(self._surface)

    def too_far(self, points: np.ndarray, front: np.ndarray, scale: float) -> np.ndarray:
        """[N] mm that points [N, 3] would have to go back to stand behind the lips; zero for those that do."""
        ahead = self._hits(points, front, front)
        back = self._hits(points, -front, front)
        reach = _THICKEST_MM * scale
        needed = np.zeros(len(points))
        for number, (before, behind) in enumerate(zip(ahead, back, strict=True)):
            # Faces that look back are the inside of a lip; those that look to the front its outside.
            inside = [far for far, faces_front in behind if not faces_front and far < reach]
            outside = [far for far, faces_front in behind if faces_front and far < reach]
            is_in = bool(before) and before[0][1] and before[0][0] < reach
            if is_in:
                in_lip = inside[0] + _CLEAR_MM * scale if inside else 0.0
                needed[number] = max(in_lip, _LIP_MM * scale - before[0][0])
            elif not before and outside:
                later = [far for far in inside if far > outside[0]]
                needed[number] = (later or [outside[0] + _LIP_MM * scale])[0] + _CLEAR_MM * scale
        return needed

    def covered(self, points: np.ndarray, way: np.ndarray) -> np.ndarray:
        """[N] bool: whether skin lies beyond points [N, 3] along ``way`` [3]."""
        return self._rays.intersects_any(points, np.tile(way, (len(points), 1)))

    def before(self, points: np.ndarray, front: np.ndarray, scale: float) -> int:
        """How many of the points [N, 3] stand before a lip: skin close behind them faces them, and none is ahead."""
        ahead = self._hits(points, front, front)
        behind = self._hits(points, -front, front)
        reach = _THICKEST_MM * scale
        return sum(
            bool(not before and back and back[0][1] and back[0][0] < reach)
            for before, back in zip(ahead, behind, strict=True)
        )

    def _hits(
        self, points: np.ndarray, way: np.ndarray, front: np.ndarray
    ) -> list[list[tuple[float, bool]]]:
        """For each point [N, 3] what a ray along ``way`` [3] meets: how far, and whether it faces to the front."""
        found: list[list[tuple[float, bool]]] = [[] for _ in points]
        places, rays, faces = self._rays.intersects_location(
            points, np.tile(way, (len(points), 1)), multiple_hits=True
        )
        far = np.linalg.norm(places - points[rays], axis=1)
        along = self._surface.face_normals[faces] @ front > 0
        for ray, distance, same in zip(rays.tolist(), far.tolist(), along.tolist(), strict=True):
            found[ray].append((distance, same))
        return [sorted(hits) for hits in found]


def behind_lips(place: MouthPlace, teeth: np.ndarray, lips: Lips) -> tuple[MouthPlace, float]:
    """The mouth as far back as the lips need, and by how many mm.

    Args:
        place: of the mouth.
        teeth: [N, 3] their vertices in the usual mouth.
        lips: of the skin.
    """
    near = (np.abs(teeth[:, 0]) < _MIDDLE_MM) & (teeth[:, 2] > -_FRONT_MM)
    front = place.left_up_front[2]
    moved = 0.0
    for _ in range(_ROUNDS):
        needed = lips.too_far(place.pushed(moved).to_head(teeth[near]), front, place.scale)
        if needed.max(initial=0.0) < 0.05 or moved >= _MOST_MM * place.scale:
            break
        moved = min(moved + float(needed.max()), _MOST_MM * place.scale)
    return place.pushed(moved), moved
