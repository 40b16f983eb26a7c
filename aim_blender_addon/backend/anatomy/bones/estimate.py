# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skull and jaw of a head of which only the skin is known."""

from dataclasses import dataclass

import numpy as np

from ...errors import ScanError
from ...geometry.mesh import Mesh
from ...progress import Progress, silent
from ..head.limbs import pieces
from ..head.on_body import is_body
from ..head.openings import shown_openings
from ..survey import FaceSurvey
from .cranium import cranium
from .expected import expected_spread
from .face_skin import face_skin
from .jaw_room import with_room
from .mandible import Anchors, mandible

#: Mean error of bone estimated from mean tissue depths of a population, mm ([Hona2023]):
#: no estimate from skin alone can promise less.
EXPECTED_ERROR_MM = 3.5


@dataclass(frozen=True)
class EstimatedBones:
    """Bones that are likely under a skin, in the skin's coordinates.

    Attributes:
        skull: cranium with the upper jaw; closed.
        jaw: mandible; closed, apart from the skull.
        landmarks: [3] mm each: those of the skin that were used, and of the bones ``condyle_left``,
            ``condyle_right``, ``lower_incisor``.
        skull_spread, jaw_spread: [V] mm, standard deviation to be expected of each vertex.
        expected_error_mm: mean distance to the true bones that has to be expected.
    """

    skull: Mesh
    jaw: Mesh
    landmarks: dict[str, np.ndarray]
    skull_spread: np.ndarray
    jaw_spread: np.ndarray
    expected_error_mm: float = EXPECTED_ERROR_MM


def estimate_bones(
    neutral: Mesh, landmarks: dict[str, np.ndarray] | None = None, progress: Progress = silent
) -> EstimatedBones:
    """Cranium and mandible at the usual depth of soft tissue below the skin.

    Args:
        neutral: skin in rest: a head in any orientation, with or without neck, or a face alone.
        landmarks: [3] mm each, as of :func:`~.landmarks.find_landmarks`; set by hand; missing
            ones are found, or taken where they usually lie.
        progress: told what is being done.

    Raises:
        ScanError: no face was found in the mesh.
        BonesError: the skin is too incomplete for bones.
    """
    return estimate_surveyed(FaceSurvey(neutral, landmarks or {}), progress)


def estimate_surveyed(survey: FaceSurvey, progress: Progress = silent) -> EstimatedBones:
    """As :func:`estimate_bones`, of a face that is surveyed already."""
    _require_head(survey)
    face = face_skin(survey, progress)
    frame, skin, depths, anchors, places = (
        face.frame,
        face.skin,
        face.depths,
        face.anchors,
        face.places,
    )
    progress("Shaping the jaw", 0.6, {})
    jaw = mandible(anchors, skin, depths)
    progress("Shaping the skull", 0.75, {})
    skull = cranium(skin, depths, anchors, places, jaw)
    bones = {"condyle_left": anchors.condyle[0], "condyle_right": anchors.condyle[1]}
    bones["lower_incisor"] = _incisor_edge(jaw[0], anchors)
    progress("Making room for the jaw to move", 0.9, {})
    cranium_mesh = Mesh.from_triangles(frame.to_mesh(skull[0]), skull[1], "estimated skull")
    mandible_mesh = Mesh.from_triangles(frame.to_mesh(jaw[0]), jaw[1], "estimated jaw")
    mandible_mesh = with_room(survey.neutral, cranium_mesh, mandible_mesh, frame)
    progress("Bones estimated", 1.0, {})
    return EstimatedBones(
        cranium_mesh,
        mandible_mesh,
        {name: np.asarray(point, np.float64) for name, point in face.known.items()}
        | {name: frame.to_mesh(point) for name, point in bones.items()},
        expected_spread(face, skull[0]),
        expected_spread(face, jaw[0]),
    )


def _require_head(survey: FaceSurvey) -> None:
    """Refuse a whole body, on whose trunk a relief like that of a face is found.

    Raises:
        ScanError: it is one, and neither eyes nor a mouth show at that relief.
    """
    if survey.given or survey.known_frame is not None or shown_openings(survey.view).any:
        return
    if is_body(pieces(survey.neutral)):
        raise ScanError(
            f"'{survey.neutral.name}' is a whole body: delete all but its head, or set landmarks of its face by hand"
        )


def _incisor_edge(jaw: np.ndarray, anchors: Anchors) -> np.ndarray:
    """Edge [3] of the lower incisors on the finished mandible [V, 3]."""
    strip = jaw[np.abs(jaw[:, 0] - anchors.incisor[0]) < 4.0]
    strip = strip[strip[:, 2] > strip[:, 2].max() - 22.0]
    edge = strip[strip[:, 1] > strip[:, 1].max() - 1.0].mean(axis=0)
    return edge * [0.0, 1.0, 1.0]
