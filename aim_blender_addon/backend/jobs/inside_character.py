# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that fits a mouth and eyes to a character, or to a neutral alone: any mesh with a face, in any unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..geometry.mesh import Mesh
from ..progress import Progress, section
from .face_pair import BoneGroups, jaw_group
from .wire import Request

if TYPE_CHECKING:
    from ..inside.poses import Posed
    from ..retargeting.character_skin import CharacterSkin


@dataclass(frozen=True)
class InsideCharacterRequest(Request):
    """Fit what a character is missing.

    Attributes:
        mesh: of the character at rest, in head space.
        landmarks: moved by hand, [3] each in the same units.
        shape_names: E shape keys.
        shapes: [E, V, 3] their displacements, or None.
        others: what else lies in the head, in the same units.
        asked: kinds of pieces.
        groups: bones among which the jaw's is looked for, or None.
    """

    mesh: Mesh
    landmarks: Mapping[str, np.ndarray]
    shape_names: Sequence[str]
    shapes: np.ndarray | None
    others: Sequence[Mesh]
    asked: Sequence[str]
    groups: BoneGroups | None


@dataclass(frozen=True)
class InsideCharacterResult:
    """Pieces that fit. Lengths are millimetres of an adult's face.

    Attributes:
        kinds: of each piece, one of ``inside.kinds.KINDS``.
        meshes: head space times ``scale``.
        shows: [F] int32 each, number of every face's colour among those of its kind.
        notes: sentences on what was left out.
        there: kinds that the character has of its own, among those asked for.
        scale: adult millimetres in a unit of the character's mesh.
        hinges: [3, 3] both condyles and the lower incisors.
        is_skin: [V] bool, vertices of the character's skin.
        jaw_weight: [V] how much each follows the jaw.
        jaw_poses: [E, 4, 4] the jaw's part of each shape.
        jaw_bone: which of the bones moves as the jaw does, or "".
    """

    kinds: Sequence[str]
    meshes: Sequence[Mesh]
    shows: Sequence[np.ndarray]
    notes: Sequence[str]
    there: Sequence[str]
    scale: float
    hinges: np.ndarray
    is_skin: np.ndarray
    jaw_weight: np.ndarray
    jaw_poses: np.ndarray
    jaw_bone: str


def run(request: InsideCharacterRequest, progress: Progress) -> InsideCharacterResult:
    """Fit the pieces.

    Raises:
        RetargetError, ScanError: the mesh shows no face.
    """
    from ..inside.kinds import in_order, missing, parts_beside
    from ..inside.make import make_inside
    from ..retargeting.character_skin import character_skin
    from ..retargeting.jaw_in_shapes import jaws_of_shapes
    from ..retargeting.retarget_face import face_of_skin

    progress("Finding the face", 0.0, {})
    mesh, shapes = request.mesh, request.shapes
    found = character_skin(mesh, request.landmarks, shapes)
    face = face_of_skin(mesh, found, section(progress, 0.1, 0.6))
    scale, joint = found.scale, face.joint
    is_skin = np.zeros(len(mesh.vertices), bool)
    is_skin[found.rows] = is_skin[found.followers.rows] = True
    others = [_scaled(other, scale) for other in (*request.others, *parts_beside(mesh, is_skin))]
    wanted, sides = missing(others, joint, request.asked, found.survey.neutral)
    poses = np.tile(np.eye(4), (len(request.shape_names), 1, 1))
    if shapes is not None and len(poses):
        poses = jaws_of_shapes(face, request.shape_names, shapes)
    pieces, notes = (), ()
    if wanted:
        ahead = section(progress, 0.6, 1.0)
        posed = _posed(request, found, poses) if "teeth" in wanted else []
        made = make_inside(found.survey, joint, False, wanted, sides, ahead, posed)
        pieces, notes = made.pieces, made.notes
    weight = face.part_jaw + face.spread(np.asarray(face.jaw_weight, float))
    return InsideCharacterResult(
        [piece.kind for piece in pieces],
        [piece.mesh for piece in pieces],
        [piece.shows for piece in pieces],
        list(notes),
        in_order(set(request.asked) - set(wanted)),
        scale,
        np.array([joint.hinge_left, joint.hinge_right, joint.incisor]),
        is_skin,
        weight,
        poses,
        jaw_group(request.groups, face),
    )


def _posed(
    request: InsideCharacterRequest, found: "CharacterSkin", jaws: np.ndarray
) -> list["Posed"]:
    """The skin in each shape that moves it."""
    from ..inside.poses import Posed

    rest = found.survey.neutral.vertices
    poses = []
    for shape, jaw in zip(request.shapes if len(jaws) else (), jaws, strict=True):
        moved = shape[found.rows] * np.float32(found.scale)
        if np.abs(moved).max(initial=0.0) > 0:
            poses.append(Posed(rest + moved, jaw))
    return poses


def _scaled(mesh: Mesh, scale: float) -> Mesh:
    return mesh.with_vertices(mesh.vertices * np.float32(scale))
