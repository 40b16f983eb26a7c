# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teeth behind the lips in a head's own expressions: a smile draws the lips back over the row, rolled lips go in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ..geometry.mesh import Mesh
from ..geometry.rigid import move_rigidly, nearest_rotation
from .mouth import MouthPlace

#: Views from which teeth are looked at: how far to the left and up beside the front.
_VIEWS = tuple((aside, rise) for aside in (0.0, 0.58, -0.58) for rise in (0.0, 0.12))
#: Skin that faces the viewer by this cosine is outer skin; teeth this near before it stand out, mm of a usual mouth.
_FACES, _REACH_MM = 0.2, 8.0
#: A jaw that turns by less, radians, is at rest; beside expressions it opens to this part.
_STILL, _OPEN = 0.03, 0.7
#: Teeth go back by so much at a time, as a lip may hide them after a part of the way,
_STEP_MM = 0.5
#: and by so much at most; mm of a usual mouth.
_MOST_MM = 6.0
#: A row that has to go back by less is let be, mm.
_LEAST_MM = 0.05
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


def with_open_jaw(skin: np.ndarray, poses: Sequence[Posed]) -> list[Posed]:
    """The expressions, and those with a jaw at rest beside the one whose jaw opens most.

    A smile on an open jaw draws the lips back further than either.

    Args:
        skin: [S, 3] mm, at rest.
        poses: expressions.
    """
    opens = [float(np.abs(pose.jaw[:3, :3] - np.eye(3)).max()) for pose in poses]
    if not poses or max(opens) < _STILL:
        return list(poses)
    widest = poses[int(np.argmax(opens))]
    both = [
        Posed(pose.skin + _OPEN * (widest.skin - skin), _part_of(widest.jaw, _OPEN))
        for pose, open_by in zip(poses, opens, strict=True)
        if open_by < _STILL
    ]
    return [*poses, *both]


def _part_of(jaw: np.ndarray, share: float) -> np.ndarray:
    """[4, 4] a rigid motion nearly ``share`` of ``jaw``."""
    part = np.eye(4)
    part[:3, :3] = nearest_rotation(np.eye(3) + share * (jaw[:3, :3] - np.eye(3)))
    part[:3, 3] = share * jaw[:3, 3]
    return part


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

    def needed(
        self, place: MouthPlace, upper: np.ndarray, lower: np.ndarray, among: Sequence[int]
    ) -> dict[int, float]:
        """Mm that the mouth has to go back so that no tooth stands before a lip, by the number of the expression.

        Args:
            place: of the mouth.
            upper, lower: [N, 3] points of the rows in the usual mouth.
            among: numbers of expressions that are looked at.
        """
        left, up, front = place.left_up_front
        above, below = place.to_head(upper), place.to_head(lower)
        found = {}
        for number in among:
            jaw, surface, rays = self._poses[number]
            points = np.concatenate([above, move_rigidly(below, jaw)])
            most = 0.0
            for aside, rise in _VIEWS:
                way = aside * left + rise * up + front
                way /= np.linalg.norm(way)
                far = _before(points, way, surface, rays)
                far = far[far < _REACH_MM * place.scale] * (way @ front)
                most = max(most, float(far.max(initial=0.0)))
            if most >= _LEAST_MM * place.scale:
                found[number] = most
        return found

    def __len__(self) -> int:
        return len(self._poses)


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
    """The mouth as far back as the lips need in expressions, and by how many mm it went back.

    Args:
        place: of the mouth, at rest behind the lips.
        upper, lower: [N, 3] points of the rows in the usual mouth.
        lips: in expressions.
    """
    moved, most = 0.0, _MOST_MM * place.scale
    among: Sequence[int] = range(len(lips))
    while moved < most:
        needed = lips.needed(place.pushed(moved), upper, lower, among)
        if not needed:
            break
        among = [*needed]
        moved = min(moved + min(max(needed.values()), _STEP_MM * place.scale), most)
    return place.pushed(moved), moved
