# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that fits a mouth and eyes to a head."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..anatomy.jaw.joint import JawJoint
from ..geometry.mesh import Mesh
from ..progress import Progress
from .wire import Request


@dataclass(frozen=True)
class InsideRequest(Request):
    """Fit teeth, gums, tongue, lining, eyes and lashes.

    Attributes:
        neutral: the skin in rest, head space, mm.
        landmarks: moved by hand, [3] mm each.
        joint: of the jaw.
        incisor_known: whether the joint's incisor was measured on a bone.
        wanted: kinds of pieces.
        sides: of the eyes that are missing.
        posed: [E, S, 3] float32 mm, the skin in the actor's expressions.
        jaws: [E, 4, 4] what the jaw does in them.
    """

    neutral: Mesh
    landmarks: Mapping[str, np.ndarray]
    joint: JawJoint
    incisor_known: bool
    wanted: Sequence[str]
    sides: Sequence[str]
    posed: np.ndarray
    jaws: np.ndarray


@dataclass(frozen=True)
class InsideResult:
    """Pieces that fit.

    Attributes:
        kinds: of each piece, one of ``inside.kinds.KINDS``.
        meshes: head space, mm; names say what they are.
        shows: [F] int32 each, number of every face's colour among those of its kind.
        notes: sentences on what was left out.
    """

    kinds: Sequence[str]
    meshes: Sequence[Mesh]
    shows: Sequence[np.ndarray]
    notes: Sequence[str]


def run(request: InsideRequest, progress: Progress) -> InsideResult:
    """Fit the pieces.

    Raises:
        ScanError: the skin shows no face.
    """
    from ..anatomy.survey import FaceSurvey
    from ..inside.make import make_inside
    from ..inside.poses import Posed

    survey = FaceSurvey(request.neutral, request.landmarks)
    made = make_inside(
        survey,
        request.joint,
        request.incisor_known,
        request.wanted,
        request.sides,
        progress,
        [Posed(skin, jaw) for skin, jaw in zip(request.posed, request.jaws, strict=True)],
    )
    return InsideResult(
        [piece.kind for piece in made.pieces],
        [piece.mesh for piece in made.pieces],
        [piece.shows for piece in made.pieces],
        list(made.notes),
    )
