# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skull and jaw of a head of which only the skin is known."""

from dataclasses import dataclass

import numpy as np

from ..errors import BonesError
from ..geometry.mesh import Mesh
from ..progress import Progress, silent
from .cranium import cranium
from .landmarks import complete_landmarks, frame_of
from .mandible import Anchors, mandible
from .skin_view import SkinView
from .tissue import landmark_places, outer_skin, usual_depths
from .usual import UsualFace, usual_face

#: Mean error of bone estimated from mean tissue depths of a population, mm (Hona & Stephan 2023, methods.md
#: E1): no estimate from skin alone can promise less.
EXPECTED_ERROR_MM = 3.5
#: Centre of the condyle from the tragion: outwards, up, to the front; mm of an average face. It lies 13 mm before
#: the ear canal, of which the tragus takes up 8 to 9, and its top 5 mm below the canal.
CONDYLE_FROM_TRAGION = np.array([-20.0, -9.0, 4.5])


@dataclass(frozen=True)
class EstimatedBones:
    """Bones that are likely under a skin, in the skin's coordinates.

    Attributes:
        skull: cranium with the upper jaw; closed.
        jaw: mandible; closed, apart from the skull.
        landmarks: [3] mm each: those of the skin that were used, and of the bones ``condyle_left``,
            ``condyle_right``, ``lower_incisor``.
        expected_error_mm: mean distance to the true bones that has to be expected.
    """

    skull: Mesh
    jaw: Mesh
    landmarks: dict[str, np.ndarray]
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
    progress("Finding the landmarks", 0.0, {})
    frame = frame_of(neutral, landmarks or {})
    known = complete_landmarks(neutral, landmarks or {}, frame)
    view = SkinView(neutral, frame)
    local = {name: frame.to_local(point) for name, point in known.items()}
    progress("Measuring the tissue depths", 0.4, {})
    skin = outer_skin(view)
    if len(skin.points) < 200:
        raise BonesError(
            f"'{neutral.name}' shows too little skin from outside: check that its normals point outwards"
        )
    usual = usual_face(view, local)
    places = landmark_places(skin, usual.warp, local)
    depths = usual_depths(skin, places)
    anchors = _anchors(usual, places, frame.scale)
    progress("Shaping the jaw", 0.6, {})
    jaw = mandible(anchors, skin, depths)
    progress("Shaping the skull", 0.75, {})
    places |= {f"eye_{side}": usual.eye(side) for side in ("left", "right")}
    skull = cranium(skin, depths, anchors, places, jaw)
    bones = {"condyle_left": anchors.condyle[0], "condyle_right": anchors.condyle[1]}
    bones["lower_incisor"] = _incisor_edge(jaw[0], anchors)
    progress("Bones estimated", 1.0, {})
    return EstimatedBones(
        Mesh.from_triangles(frame.to_mesh(skull[0]), skull[1], "estimated skull"),
        Mesh.from_triangles(frame.to_mesh(jaw[0]), jaw[1], "estimated jaw"),
        {name: np.asarray(point, np.float64) for name, point in known.items()}
        | {name: frame.to_mesh(point) for name, point in bones.items()},
    )


def _anchors(usual: UsualFace, places: dict[str, np.ndarray], scale: float) -> Anchors:
    """Bone landmarks of the mandible from those of the skin, face coordinates."""
    mirror = np.array([[1.0, 1, 1], [-1.0, 1, 1]])
    condyle = np.stack([usual.at("tragion_left"), usual.at("tragion_right")])
    condyle = condyle + CONDYLE_FROM_TRAGION * mirror * scale
    gonion = np.stack([places.get(n, usual.at(n)) for n in ("gonion_left", "gonion_right")])
    gonion = gonion + np.array([-11.0, 4.0, 5.0]) * mirror * scale
    lip, stomion = places["lower_lip"], usual.at("stomion")
    incisor = np.array([0.0, stomion[1] - 1.0 * scale, lip[2] - 12.0 * scale])
    molar = incisor + np.array([26.0, 2.0, -47.0]) * mirror * scale
    menton = np.array(
        [0.0, places["menton"][1] + 10.5 * scale, places["pogonion"][2] - 17.5 * scale]
    )
    return Anchors(condyle, gonion, molar, menton, incisor)


def _incisor_edge(jaw: np.ndarray, anchors: Anchors) -> np.ndarray:
    """Edge [3] of the lower incisors on the finished mandible [V, 3]."""
    strip = jaw[np.abs(jaw[:, 0] - anchors.incisor[0]) < 4.0]
    strip = strip[strip[:, 2] > strip[:, 2].max() - 22.0]
    edge = strip[strip[:, 1] > strip[:, 1].max() - 1.0].mean(axis=0)
    return edge * [0.0, 1.0, 1.0]
