# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked at before flesh is built: its size, the mouth, and landmarks that were set by hand."""

from collections.abc import Mapping

import numpy as np
from scipy.spatial import cKDTree

from ..anatomy.head.rims import Rims
from ..anatomy.survey import FaceSurvey
from ..errors import AimError
from ..model.aim import AimModel

#: A head of usual size has 5,000 cubes of 7.5 mm and 32,000 of 4 mm.
MOST_CUBES = 150_000
#: A jaw that no scan opens farther does not part the lips, degrees.
LEAST_OPENING = 2.0
#: No landmark of the skin, nor of the bone below it, lies farther off the skin, mm.
FARTHEST_MM = 40.0
#: Skin that has less below it lies on bone, mm; of a fitted face 1 % does, and more than so much is told.
ON_BONE_MM, ON_BONE_SHARE = 0.3, 0.05
#: A chin has bone below its landmarks, and around them by so much, mm.
CHIN, AROUND_CHIN_MM = ("pogonion", "menton"), 10.0
#: At lips and lids cubes are so many times narrower; see ``FleshSettings``.
_FINER = 2.0
_LEFT, _RIGHT = "_left", "_right"


def check_size(model: AimModel, moved: np.ndarray, edge_mm: float) -> None:
    """Refuse flesh that would fill the memory.

    Args:
        model: the actor.
        moved: [V] bool, skin that takes part.
        edge_mm: of the larger cubes.

    Raises:
        AimError: there would be too many cubes.
    """
    triangles = model.neutral.triangles
    triangles = triangles[moved[triangles].all(axis=1)]
    corner = model.neutral.vertices[triangles].astype(float)
    cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    area = np.linalg.norm(cross, axis=1) / 2
    deep = model.evaluate().thickness[triangles].mean(axis=1) + edge_mm
    cubes = float((area * deep).sum()) / edge_mm**3
    if cubes > MOST_CUBES:
        raise AimError(
            f"The flesh of {model.name} would have about {cubes:,.0f} cubes of {edge_mm:g} mm, more than "
            f"{MOST_CUBES:,}: choose larger cubes, or fit the actor in the right unit"
        )


def mouth_notes(model: AimModel, survey: FaceSurvey) -> tuple[str, ...]:
    """What keeps the lips from parting, a sentence each."""
    notes = []
    if "mouth" not in survey.rims:
        notes.append("no opening of the mouth was found in the skin, so that lips cannot part")
    widest = max((model.joint.parameters(pose)[0] for pose in model.jaw_poses), default=0.0)
    if np.degrees(widest) < LEAST_OPENING:
        notes.append(
            "no scan opens the jaw, so that wide openings are a guess; add one with an open mouth"
        )
    return tuple(notes)


def bone_notes(
    model: AimModel, moved: np.ndarray, landmarks: Mapping[str, np.ndarray]
) -> tuple[str, ...]:
    """What is wrong with the bones, a sentence each.

    Args:
        model: the actor.
        moved: [V] bool, skin that takes part.
        landmarks: of its skin, [3] mm by name.
    """
    notes = []
    bones = {"skull": model.skull, "jaw": model.jaw}
    if missing := [name for name, bone in bones.items() if not len(bone.face_sizes)]:
        notes.append(
            f"{model.name} has no {' and no '.join(missing)}; pick or estimate the bones and fit again"
        )
    bare = float((model.evaluate().thickness.ravel()[moved] < ON_BONE_MM).mean())
    if bare > ON_BONE_SHARE:
        notes.append(
            f"bones lie in or above {bare:.0%} of the skin that moves, and have no flesh there; "
            "look whether they are those of this face, or make the tissue thicker in Anatomy"
        )
    chin = [landmarks[name] for name in CHIN if name in landmarks]
    if chin and not missing:
        near = cKDTree(model.neutral.vertices).query_ball_point(chin, AROUND_CHIN_MM)
        at = np.unique(np.concatenate(near)).astype(int)
        if len(at) and not (model.bone_below[at] > 0).any():
            notes.append(
                "no bone lies below the chin, so that nothing holds the flesh there; "
                "give the whole jaw and fit again"
            )
    return tuple(notes)


def lip_notes(model: AimModel, mouth: Rims | None, edge_mm: float) -> tuple[str, ...]:
    """Whether cubes are wider than the lips are thick, in a sentence; ``mouth`` is None where none was found."""
    if mouth is None:
        return ()
    near = cKDTree(model.neutral.vertices).query(np.concatenate([mouth.upper, mouth.lower]))[1]
    lips, cubes = float(np.median(model.evaluate().thickness[near])), edge_mm / _FINER
    if cubes <= lips:
        return ()
    return (
        f"cubes at the lips are {cubes:.1f} mm wide, but the lips {lips:.1f} mm thick, so that they move as one piece; "
        "choose a finer size",
    )


def landmark_notes(model: AimModel, landmarks: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Landmarks [3] mm, set by hand, that lie where no face has them, a sentence each."""
    notes = []
    skin = cKDTree(model.neutral.vertices)
    for name, point in landmarks.items():
        away = float(skin.query(np.asarray(point, float))[0])
        if away > FARTHEST_MM:
            notes.append(
                f"the landmark {name} lies {away:.0f} mm off the skin, so that muscles there are wrong; "
                "put it on the face, or find landmarks again"
            )
    left = np.asarray(model.joint.left, float)
    for name in landmarks:
        other = name.removesuffix(_LEFT) + _RIGHT
        if name.endswith(_LEFT) and other in landmarks:
            if (np.asarray(landmarks[name]) - np.asarray(landmarks[other])) @ left < 0:
                notes.append(
                    f"the landmarks {name} and {other} have changed sides; left is the person's left"
                )
    return tuple(notes)
