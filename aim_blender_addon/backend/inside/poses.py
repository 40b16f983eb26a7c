# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teeth behind the lips in a head's own expressions: a smile draws the lips back over the row, rolled lips go in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ..geometry.mesh import Mesh
from ..geometry.rigid import move_rigidly
from .mouth import MouthPlace

#: Views from which teeth are looked at: part to the left, part to the front; unit after scaling.
_VIEWS = ((0.0, 1.0), (0.5, 0.87), (-0.5, 0.87))
#: Skin that faces the viewer by this cosine is outer skin; teeth this near before it stand out, mm of a usual mouth.
_FACES, _REACH_MM = 0.2, 8.0
#: Teeth go so much further than the skin they stood before, mm of a usual mouth,
_CLEAR_MM = 0.3
#: and by so much at most.
_MOST_MM = 6.0
#: Rows that are narrower are tried; one part in a hundred counts as so many mm of going back.
_WIDTHS = (1.0, 0.96, 0.92, 0.88)
_MM_PER_PERCENT = 0.2
#: A row that has to go back by less is let be, mm.
_LEAST_MM = 0.05
_ROUNDS = 3
#: Each so many vertices of the teeth is looked at.
_EACH = 2
#: Skin further from the teeth than this hides none, mm of a usual mouth.
_NEAR_MM = 45.0


@dataclass(frozen=True)
class Posed:
    """An expression.

    Attributes:
        skin: [S, 3] mm.
        jaw: [4, 4] what the lower teeth do.
    """

    skin: np.ndarray
    jaw: np.ndarray


class PosedLips:
    """The outer skin about a mouth in some expressions."""

    def __init__(
        self, skin: Mesh, outer: np.ndarray, poses: Sequence[Posed], place: MouthPlace
    ) -> None:
        """Of a head.

        Args:
            skin: at rest, mm.
            outer: [S] bool, vertices that are not behind the lips.
            poses: expressions; those that hardly move the skin at the mouth are left out.
            place: about where its mouth is.
        """
        near = np.linalg.norm(skin.vertices - place.origin, axis=1) < _NEAR_MM * place.scale
        triangles = skin.triangles[(near & outer)[skin.triangles].all(axis=1)]
        self._poses = []
        for pose in poses:
            if np.abs(pose.skin[near] - skin.vertices[near]).max(initial=0.0) > 0.5 * place.scale:
                surface = trimesh.Trimesh(pose.skin, triangles, process=False)
                self._poses.append((pose.jaw, surface, RayMeshIntersector(surface)))

    def needed(self, place: MouthPlace, upper: np.ndarray, lower: np.ndarray) -> float:
        """Mm that the mouth has to go back so that no tooth stands before a lip in any of the expressions.

        Args:
            place: of the mouth.
            upper, lower: [N, 3] vertices of the rows in the usual mouth.
        """
        left, _up, front = place.left_up_front
        above, below = place.to_head(upper), place.to_head(lower)
        most = 0.0
        for jaw, surface, rays in self._poses:
            points = np.concatenate([above, move_rigidly(below, jaw)])
            for aside, ahead in _VIEWS:
                way = aside * left + ahead * front
                far = _before(points, way, surface, rays) * ahead
                far = far[far < _REACH_MM * place.scale]
                most = max(most, float(far.max(initial=0.0)))
        return most


def _before(
    points: np.ndarray, way: np.ndarray, surface: trimesh.Trimesh, rays: RayMeshIntersector
) -> np.ndarray:
    """[N] how far behind each point outer skin lies along ``way``; zero where none does, or skin hides the point."""
    found = np.zeros(len(points))
    places, ray, face = rays.intersects_location(
        points, np.tile(-way, (len(points), 1)), multiple_hits=False
    )
    seen = surface.face_normals[face] @ way > _FACES
    places, ray = places[seen], ray[seen]
    free = ~rays.intersects_any(points[ray] + 0.01 * way, np.tile(way, (len(ray), 1)))
    found[ray[free]] = np.linalg.norm(places[free] - points[ray[free]], axis=1)
    return found


def behind_posed_lips(
    place: MouthPlace, upper: np.ndarray, lower: np.ndarray, lips: PosedLips
) -> tuple[MouthPlace, float]:
    """The mouth as narrow and as far back as the lips need in expressions, and by how many mm it went back.

    Args:
        place: of the mouth, at rest behind the lips.
        upper, lower: [N, 3] vertices of the rows in the usual mouth.
        lips: in expressions.
    """
    upper, lower = upper[::_EACH], lower[::_EACH]
    best = None
    for width in _WIDTHS:
        cost = 100 * (1 - width) * _MM_PER_PERCENT * place.scale
        if best is not None and cost >= best[0]:
            break
        found, moved = _pushed(replace(place, width=place.width * width), upper, lower, lips)
        if best is None or cost + moved < best[0]:
            best = (cost + moved, found, moved)
    return best[1], best[2]


def _pushed(
    place: MouthPlace, upper: np.ndarray, lower: np.ndarray, lips: PosedLips
) -> tuple[MouthPlace, float]:
    moved = 0.0
    for _ in range(_ROUNDS):
        needed = lips.needed(place.pushed(moved), upper, lower)
        if needed < _LEAST_MM * place.scale:
            break
        moved = min(moved + needed + _CLEAR_MM * place.scale, _MOST_MM * place.scale)
    return place.pushed(moved), moved
