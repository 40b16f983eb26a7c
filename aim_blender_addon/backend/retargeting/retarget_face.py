# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face as retargeting sees it: skin, tissue over bone, joint and landmarks, of a model or a neutral alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from ..anatomy.bones.estimate import estimate_surveyed
from ..anatomy.head.rims import Rims
from ..anatomy.jaw.joint import JawJoint
from ..anatomy.survey import FaceSurvey
from ..anatomy.tissue.measured import measure_anatomy
from ..contact.lining import Lining, find_lining
from ..errors import ScanError
from ..geometry.edge_graph import edge_graph
from ..geometry.laplacian import SurfaceOperator
from ..geometry.mesh import Mesh
from ..model.aim import AimModel
from ..progress import Progress, section, silent
from .character_skin import CharacterSkin, Followers, character_skin

#: Over this length, mm, a head's motion goes to nothing where its skin goes over to the rest of a body,
FADE_MM = 60.0
#: or over this share of the way from there to the chin, whichever is shorter.
CHIN_FREE = 0.6
#: A head whose pose differs less than this from rest is still.
STILL_HEAD = 1e-6
#: Parts farther from the incisors than this, jaw lengths, are no teeth and no tongue.
PART_REACH = 1.5


@dataclass(frozen=True)
class RetargetFace:
    """One face. S vertices of skin among the V of the mesh; lengths in millimetres of an adult face.

    Attributes:
        mesh: everything that is animated, in its own units.
        rows: [S] vertices of the mesh, one for each of the skin; the others are eyes, teeth, tongue, body.
        skin: the skin alone, its normals outwards, times ``scale``.
        scale: millimetres in a unit of the mesh.
        thickness: [S] mm of soft tissue.
        jaw_weight: [S] in [0, 1].
        joint: the jaw's joint, mm.
        landmarks: [3] mm each.
        left_up_front: [3, 3] rows left, up, front of the face.
        rims: of eyes and mouth.
        part_jaw: [V] jaw weight of what is not skin.
        expression_names: E names; none for a neutral alone.
        displacements: [E, S, 3] mm, before the jaw's skinning.
        jaw_poses: [E, 4, 4] jaw pose of each expression.
        followers: further vertices of the mesh that move as the skin does; None where there are none.
        free: [S] in [0, 1], how freely the skin moves: less towards the rest of a body; None for 1.
    """

    mesh: Mesh
    rows: np.ndarray
    skin: Mesh
    scale: float
    thickness: np.ndarray
    jaw_weight: np.ndarray
    joint: JawJoint
    landmarks: dict[str, np.ndarray]
    left_up_front: np.ndarray
    rims: dict[str, Rims]
    part_jaw: np.ndarray
    expression_names: tuple[str, ...] = ()
    displacements: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 3), np.float32))
    jaw_poses: np.ndarray = field(default_factory=lambda: np.zeros((0, 4, 4)))
    followers: Followers | None = None
    free: np.ndarray | None = None

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Values [S, ...] of the skin as those of the mesh's vertices [V, ...]; zero off the skin."""
        result = np.zeros((len(self.mesh.vertices), *values.shape[1:]), values.dtype)
        result[self.rows] = values
        if self.followers is not None:
            flat = values.reshape(len(values), -1)
            followed = self.followers.places.interpolate(flat)
            result[self.followers.rows] = followed.reshape(-1, *values.shape[1:])
        return result

    def place(self, everything: np.ndarray, skin: np.ndarray) -> None:
        """Put the skin [S, 3] into the vertices [V, 3] of the mesh; those that follow it go along."""
        if self.followers is not None:
            moved = self.followers.places.interpolate(skin - everything[self.rows])
            everything[self.followers.rows] += moved
        everything[self.rows] = skin

    @property
    def left(self) -> np.ndarray:
        """Unit vector [3] to the person's left."""
        return self.left_up_front[0]

    @property
    def up(self) -> np.ndarray:
        """Unit vector [3] along the face."""
        return self.left_up_front[1]

    @property
    def front(self) -> np.ndarray:
        """Unit vector [3] out of the face."""
        return self.left_up_front[2]

    @cached_property
    def operator(self) -> SurfaceOperator:
        """Surface operator of the skin."""
        return SurfaceOperator.of(self.skin.vertices, self.skin.triangles)

    @cached_property
    def linings(self) -> dict[str, Lining]:
        """Sides and lining of the openings that show, by name."""
        return {
            name: find_lining(self.skin, rims, self.left_up_front)
            for name, rims in self.rims.items()
        }


def face_of_model(
    model: AimModel, landmarks: Mapping[str, np.ndarray] | None = None
) -> RetargetFace:
    """The face of an actor's model; landmarks [3] mm set by hand replace those found."""
    at = model.evaluate()
    survey = FaceSurvey(model.neutral, landmarks or {})
    return RetargetFace(
        mesh=model.neutral,
        rows=np.arange(len(at.skin)),
        skin=model.neutral,
        scale=1.0,
        thickness=at.thickness.astype(float),
        jaw_weight=at.jaw_weight.astype(float),
        joint=model.joint,
        landmarks=survey.landmarks,
        left_up_front=survey.frame.left_up_front,
        rims=survey.rims,
        part_jaw=np.zeros(len(at.skin)),
        expression_names=model.expression_names,
        displacements=at.displacements,
        jaw_poses=model.jaw_poses,
    )


def face_of_neutral(
    mesh: Mesh,
    landmarks: Mapping[str, np.ndarray] | None = None,
    progress: Progress = silent,
    shapes: np.ndarray | None = None,
) -> RetargetFace:
    """The face of a neutral mesh alone: any topology, scale and orientation, eyes, teeth or a body may be in it.

    Args:
        mesh: in any unit.
        landmarks: [3] in the mesh's coordinates, set by hand; missing ones are found.
        progress: receives stages.
        shapes: [N, V, 3] displacements in the mesh's units: points that they part are no seam.

    Raises:
        ScanError: no face is found, or the mesh is damaged.
        RetargetError: the mesh holds no skin, or is a body without a face that shows.
    """
    return face_of_skin(mesh, character_skin(mesh, landmarks, shapes), progress)


def face_of_skin(mesh: Mesh, found: CharacterSkin, progress: Progress = silent) -> RetargetFace:
    """The same of a mesh whose skin was found."""
    survey, skin, scale = found.survey, found.survey.neutral, found.scale
    bones = estimate_surveyed(survey, section(progress, 0.0, 0.7))
    progress("Measuring the tissue", 0.7, {})
    names = ("condyle_left", "condyle_right", "lower_incisor")
    joint = JawJoint(*(bones.landmarks[name] for name in names))
    operator = SurfaceOperator.of(skin.vertices, skin.triangles)
    anatomy = measure_anatomy(skin, bones.skull, bones.jaw, operator, joint)
    return RetargetFace(
        mesh=mesh,
        rows=found.rows,
        skin=skin,
        scale=scale,
        thickness=anatomy.thickness,
        jaw_weight=anatomy.jaw_weight,
        joint=joint,
        landmarks=survey.landmarks,
        left_up_front=survey.frame.left_up_front,
        rims=survey.rims,
        part_jaw=_part_jaw(mesh, found.parts, scale, joint),
        followers=found.followers,
        free=_free(skin, found.beside, survey.landmarks),
    )


def _free(skin: Mesh, beside: np.ndarray, landmarks: Mapping[str, np.ndarray]) -> np.ndarray:
    """[S] in [0, 1]: one on the face, and going to zero where the skin goes over to the rest of a body."""
    if not beside.any():
        return np.ones(len(beside))
    way = dijkstra(edge_graph(skin), indices=np.flatnonzero(beside), min_only=True)
    chin = landmarks.get("menton", landmarks.get("gnathion"))
    fade = FADE_MM
    if chin is not None:
        fade = min(fade, CHIN_FREE * float(way[cKDTree(skin.vertices).query(chin)[1]]))
    share = np.clip(way / max(fade, 1e-6), 0.0, 1.0)
    return share**2 * (3 - 2 * share)


def _part_jaw(mesh: Mesh, parts: np.ndarray, scale: float, joint: JawJoint) -> np.ndarray:
    """Jaw weight [V] of what is not skin: one for lower teeth and tongue, else zero; by connected ``parts`` [V]."""
    weight = np.zeros(len(mesh.vertices))
    # Between condyles and incisors, at the height of the bite; eyes lie far above it, and clothes far below.
    away = mesh.vertices * scale - joint.incisor
    position = away @ np.stack([joint.up, joint.front]).T
    for label in np.unique(parts[parts >= 0]):
        part = parts == label
        height, depth = position[part].mean(axis=0)
        near = np.linalg.norm(away[part].mean(axis=0)) < PART_REACH * joint.length
        weight[part] = float(height < 0 and depth > -joint.length and near)
    return weight


def body_notes(face: RetargetFace, heads: Sequence[np.ndarray]) -> list[str]:
    """Notes for the user on a whole body as target, whose head moves by the poses ``heads``, T of [4, 4]."""
    if face.free is None or (face.free == 1).all():
        return []
    if not any(np.abs(np.asarray(head) - np.eye(4)).max() > STILL_HEAD for head in heads):
        return []
    return [
        f"'{face.mesh.name}' is a whole body: the frames turn all of it as the head turns, a rig only its head bone"
    ]


def face_height(face: RetargetFace) -> float:
    """Nasion to chin, mm.

    Raises:
        ScanError: a landmark is missing.
    """
    try:
        nasion, chin = face.landmarks["nasion"], face.landmarks["gnathion"]
    except KeyError as missing:
        raise ScanError(f"'{face.mesh.name}' shows no {missing}: set that landmark") from missing
    return float(np.linalg.norm(nasion - chin))
