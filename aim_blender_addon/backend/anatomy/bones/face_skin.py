# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the skin alone shows of the bones below: landmarks, tissue depths, and where the mandible hangs."""

from dataclasses import dataclass

import numpy as np

from ...errors import BonesError
from ...progress import Progress, silent
from ..head.frame import FaceFrame
from ..head.usual import UsualFace, usual_face
from ..head.usual_thickness import OuterSkin, landmark_places, usual_depths
from ..survey import FaceSurvey
from .mandible import Anchors

#: Centre of the condyle from the tragion: outwards, up, to the front; mm of an average face. It lies 13 mm before
#: the ear canal, of which the tragus takes up 8 to 9, and its top 5 mm below the canal.
CONDYLE_FROM_TRAGION = np.array([-20.0, -9.0, 4.5])


@dataclass(frozen=True)
class FaceSkin:
    """A skin with what is known of the bones below it.

    Attributes:
        frame: of the face.
        known: landmarks of the skin [3] mm, the mesh's coordinates.
        skin: as seen from outside, face coordinates.
        depths: [N] usual tissue depth at its samples, mm.
        places: landmarks of the tissue depths and the eyes' middles [3], face coordinates.
        anchors: of the mandible, face coordinates.
    """

    frame: FaceFrame
    known: dict[str, np.ndarray]
    skin: OuterSkin
    depths: np.ndarray
    places: dict[str, np.ndarray]
    anchors: Anchors


def face_skin(survey: FaceSurvey, progress: Progress = silent) -> FaceSkin:
    """Landmarks and tissue depths of a skin.

    Args:
        survey: of the face.
        progress: told what is being done.

    Raises:
        ScanError: no face was found in the mesh.
        BonesError: the skin is too incomplete for bones.
    """
    progress("Finding the landmarks", 0.0, {})
    neutral, frame, view = survey.neutral, survey.frame, survey.view
    known, skin = survey.landmarks, survey.outer_skin
    local = {name: frame.to_local(point) for name, point in known.items()}
    progress("Measuring the tissue depths", 0.4, {})
    if len(skin.points) < 200:
        raise BonesError(
            f"'{neutral.name}' shows too little skin from outside: check that its normals point outwards"
        )
    usual = usual_face(view, local)
    places = landmark_places(skin, usual.warp, local)
    missing = [name for name in _NEEDED if name not in places]
    if missing:
        raise BonesError(
            f"'{neutral.name}' shows no {missing[0]}: choose the mesh of a face, or set that landmark by hand"
        )
    depths = usual_depths(skin, places)
    anchors = _anchors(usual, places, frame.scale)
    places |= {f"eye_{side}": usual.eye(side) for side in ("left", "right")}
    return FaceSkin(frame, known, skin, depths, places, anchors)


#: Places without which there is no mandible.
_NEEDED = ("lower_lip", "menton", "pogonion")


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
