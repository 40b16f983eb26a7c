# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin that bone does not hold: eyelids and the inside of mouth and nose. Blender warns of a handle there.

Both are found without knowing the mesh: rays from inside meet skin, and lids lie around the corners of the eyes. The
limits of tissue hold there too, but say little: an eyelid lies on the eyeball, an inner lip on teeth.
"""

from collections.abc import Mapping

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ..anatomy.survey import FaceSurvey
from ..errors import AimError
from ..geometry.mesh import Mesh
from .handle_states import SkinPlace

#: A vertex is inside when a smaller fraction of the rays around its normal gets past the skin.
OPEN_FRACTION = 0.12
#: Rays around a normal.
RAYS = 24
#: They start this far from the skin, mm.
START_MM = 0.05
#: Radius of the ball on which they end; below one, so that no ray lies in the tangent plane.
BALL = 0.95
#: Lids reach this far from the middle of the line between an eye's corners, as a fraction of its length.
LID_REACH = 0.42
#: Beside a corner they reach as far as at this fraction of the line,
LID_CORNER = 0.15
#: which spans this part of half a sine.
LID_SPAN = 0.7


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
    places[openness(neutral) < OPEN_FRACTION] = SkinPlace.INSIDE
    return places


def openness(neutral: Mesh) -> np.ndarray:
    """[V] fraction of the rays around each vertex's normal that meet no other skin."""
    surface = trimesh.Trimesh(neutral.vertices, neutral.triangles, process=False)
    normals = np.asarray(surface.vertex_normals, np.float64)
    rays = RayMeshIntersector(surface)
    clear = np.zeros(len(normals))
    origins = neutral.vertices + START_MM * normals
    for direction in _directions():
        ray = normals + direction  # on the unit ball above the normal: weighted by the cosine
        ray /= np.maximum(np.linalg.norm(ray, axis=1, keepdims=True), 1e-9)
        clear += ~rays.intersects_any(origins, ray)
    return clear / RAYS


def _directions() -> np.ndarray:
    """Directions [RAYS, 3] spread evenly over a ball (Fibonacci's lattice), a little shrunken."""
    number = np.arange(RAYS) + 0.5
    up, turn = 1 - 2 * number / RAYS, np.pi * (1 + 5**0.5) * number
    across = np.sqrt(1 - up**2)
    return BALL * np.stack([across * np.cos(turn), across * np.sin(turn), up], axis=1)


def _near_eyes(neutral: Mesh, landmarks: Mapping[str, np.ndarray]) -> np.ndarray:
    """[V] bool, around the line between the corners of an eye."""
    near = np.zeros(len(neutral.vertices), bool)
    skin = neutral.vertices.astype(np.float64)
    for side in ("left", "right"):
        ends = [landmarks.get(f"eye_{corner}_{side}") for corner in ("inner", "outer")]
        if any(end is None for end in ends):
            continue
        inner, line = ends[0], ends[1] - ends[0]
        length = np.linalg.norm(line)
        along = np.clip((skin - inner) @ line / length**2, 0, 1)
        distance = np.linalg.norm(skin - inner - along[:, None] * line, axis=1)
        reach = LID_REACH * length * np.sin(np.pi * (LID_CORNER + LID_SPAN * along))
        near |= distance < reach
    return near
