# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin that bone does not hold: eyelids and the inside of mouth and nose. A handle there is told of.

Both are found without knowing the mesh: what is inside sees nothing but skin, and lids lie around the corners of the
eyes. The limits of tissue hold there too, but say little: an eyelid lies on the eyeball, an inner lip on teeth.
"""

from collections.abc import Mapping

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ..anatomy.survey import FaceSurvey
from ..errors import AimError
from ..geometry.mesh import Mesh
from .handle_states import SkinPlace

#: A vertex is inside when less than this share of the rays around its normal gets past the skin.
OPEN_SHARE = 0.12
#: Directions around a normal, and how far from the skin they start, mm.
RAYS, START_MM = 24, 0.05
#: Lids reach this far from the line between an eye's corners, as a share of its length.
LID_SHARE = 0.42


def survey_if_found(neutral: Mesh) -> FaceSurvey | None:
    """Frame, landmarks and rims of a face; None where no face is found."""
    survey = FaceSurvey(neutral)
    try:
        survey.landmarks  # noqa: B018  found here, so that what is returned can be used without care
    except AimError:
        return None
    return survey


def skin_places(neutral: Mesh, landmarks: Mapping[str, np.ndarray]) -> np.ndarray:
    """[V] of :class:`SkinPlace`; a head whose eyes are not among its ``landmarks`` has no eyelids."""
    places = np.full(len(neutral.vertices), SkinPlace.SKIN, np.uint8)
    places[_near_eyes(neutral, landmarks)] = SkinPlace.EYELID
    places[openness(neutral) < OPEN_SHARE] = SkinPlace.INSIDE
    return places


def openness(neutral: Mesh) -> np.ndarray:
    """[V] share of the directions around each vertex's normal in which no other skin is met."""
    surface = trimesh.Trimesh(neutral.vertices, neutral.triangles, process=False)
    normals = np.asarray(surface.vertex_normals, np.float64)
    rays = RayMeshIntersector(surface)
    clear = np.zeros(len(normals))
    origins = neutral.vertices + START_MM * normals
    for direction in _directions():
        way = normals + direction  # on the unit ball above the normal: weighted by the cosine
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
        clear += ~rays.intersects_any(origins, way)
    return clear / RAYS


def _directions() -> np.ndarray:
    """Directions [RAYS, 3] spread evenly over a ball (Fibonacci's lattice), a little shrunken."""
    number = np.arange(RAYS) + 0.5
    up, turn = 1 - 2 * number / RAYS, np.pi * (1 + 5**0.5) * number
    across = np.sqrt(1 - up**2)
    return 0.95 * np.stack([across * np.cos(turn), across * np.sin(turn), up], axis=1)


def _near_eyes(neutral: Mesh, known: Mapping[str, np.ndarray]) -> np.ndarray:
    """[V] bool, around the line between the corners of an eye."""
    near = np.zeros(len(neutral.vertices), bool)
    skin = neutral.vertices.astype(np.float64)
    for side in ("left", "right"):
        ends = [known.get(f"eye_{corner}_{side}") for corner in ("inner", "outer")]
        if any(end is None for end in ends):
            continue
        inner, way = ends[0], ends[1] - ends[0]
        length = np.linalg.norm(way)
        along = np.clip((skin - inner) @ way / length**2, 0, 1)
        away = np.linalg.norm(skin - inner - along[:, None] * way, axis=1)
        near |= away < LID_SHARE * length * np.sin(np.pi * (0.15 + 0.7 * along))
    return near
