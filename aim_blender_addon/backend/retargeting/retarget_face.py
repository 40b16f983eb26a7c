# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face as retargeting sees it: skin, tissue over bone, joint and landmarks, of a model or a neutral alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..anatomy.bones.estimate import estimate_surveyed
from ..anatomy.head.rims import Rims
from ..anatomy.jaw.joint import JawJoint
from ..anatomy.survey import FaceSurvey
from ..anatomy.tissue.measured import measure_anatomy
from ..contact.lining import Lining, find_lining
from ..errors import RetargetError, ScanError
from ..geometry.laplacian import SurfaceOperator
from ..geometry.mesh import Mesh, area_vectors
from ..geometry.topology import component_labels
from ..model.aim import AimModel
from ..progress import Progress, section, silent
from ..scans.checks import check_neutral
from ..scans.units import face_width

#: A neutral alone may have any unit. Its face is scaled to this width, mm: an adult's.
USUAL_WIDTH_MM = 150.0
#: A face that is narrower than this, mm, is in another unit, not of another person.
MIN_WIDTH_MM = 100.0
#: The same for a wider one, mm.
MAX_WIDTH_MM = 250.0


@dataclass(frozen=True)
class RetargetFace:
    """One face. S vertices of skin among the V of the mesh; lengths in millimetres of an adult face.

    Attributes:
        mesh: everything that is animated, in its own units.
        rows: [S] numbers of the skin's vertices; the others are eyes, teeth, tongue.
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
) -> RetargetFace:
    """The face of a neutral mesh alone: any topology, scale and orientation, eyes and teeth may be in it.

    Args:
        mesh: in any unit.
        landmarks: [3] in the mesh's coordinates, set by hand; missing ones are found.
        progress: receives stages.

    Raises:
        ScanError: no face is found, or the mesh is damaged.
        RetargetError: the mesh holds no skin.
    """
    if not np.isfinite(mesh.vertices).all():
        raise ScanError(f"'{mesh.name}' has vertices without a place: repair the mesh")
    rows, skin = skin_part(mesh)
    if _inside_out(skin):
        flipped = skin.triangles[:, ::-1]
        skin = Mesh.from_triangles(skin.vertices, flipped, skin.name)
    check_neutral(skin)
    width = face_width(skin)
    scale = 1.0 if MIN_WIDTH_MM <= width <= MAX_WIDTH_MM else USUAL_WIDTH_MM / width
    skin = skin.with_vertices(skin.vertices * np.float32(scale))
    given = {name: np.asarray(point, float) * scale for name, point in (landmarks or {}).items()}
    survey = FaceSurvey(skin, given)
    bones = estimate_surveyed(survey, section(progress, 0.0, 0.7))
    progress("Measuring the tissue", 0.7, {})
    names = ("condyle_left", "condyle_right", "lower_incisor")
    joint = JawJoint(*(bones.landmarks[name] for name in names))
    operator = SurfaceOperator.of(skin.vertices, skin.triangles)
    anatomy = measure_anatomy(skin, bones.skull, bones.jaw, operator, joint)
    return RetargetFace(
        mesh=mesh,
        rows=rows,
        skin=skin,
        scale=scale,
        thickness=anatomy.thickness,
        jaw_weight=anatomy.jaw_weight,
        joint=joint,
        landmarks=survey.landmarks,
        left_up_front=survey.frame.left_up_front,
        rims=survey.rims,
        part_jaw=_part_jaw(mesh, rows, scale, joint),
    )


def skin_part(mesh: Mesh) -> tuple[np.ndarray, Mesh]:
    """The connected part of largest area: numbers [S] of its vertices, and the part as a mesh of triangles.

    Raises:
        RetargetError: the mesh has no faces.
    """
    triangles = mesh.triangles
    if not len(triangles):
        raise RetargetError(f"'{mesh.name}' has no faces: choose the character's face mesh")
    edges = triangles[:, [0, 1, 1, 2]].reshape(-1, 2)
    labels = component_labels(len(mesh.vertices), edges)
    area = np.linalg.norm(area_vectors(mesh.vertices, triangles), axis=1)
    largest = np.argmax(np.bincount(labels[triangles[:, 0]], area, len(labels)))
    kept = labels[triangles[:, 0]] == largest
    rows, renumbered = np.unique(triangles[kept], return_inverse=True)
    return rows, Mesh.from_triangles(mesh.vertices[rows], renumbered.reshape(-1, 3), mesh.name)


def _inside_out(skin: Mesh) -> bool:
    """A mirrored mesh whose faces kept their winding; a head encloses a positive volume."""
    corner = (skin.vertices - skin.vertices.mean(axis=0)).astype(float)[skin.triangles]
    return float(np.linalg.det(corner).sum()) < 0


def _part_jaw(mesh: Mesh, rows: np.ndarray, scale: float, joint: JawJoint) -> np.ndarray:
    """Jaw weight [V] of what is not skin: one for lower teeth and tongue, else zero."""
    weight = np.zeros(len(mesh.vertices))
    edges = mesh.triangles[:, [0, 1, 1, 2]].reshape(-1, 2)
    labels = component_labels(len(mesh.vertices), edges)
    # Between condyles and incisors, at the height of the bite; eyes lie far above it.
    position = (mesh.vertices * scale - joint.incisor) @ np.stack([joint.up, joint.front]).T
    for label in np.unique(labels[np.setdiff1d(np.arange(len(weight)), rows)]):
        part = labels == label
        height, depth = position[part].mean(axis=0)
        weight[part] = float(height < 0 and depth > -joint.length)
    weight[rows] = 0.0
    return weight


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
