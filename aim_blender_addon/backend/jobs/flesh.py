# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that builds an actor's flesh."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..io.model_file import StoredModel
from ..progress import Progress, section
from .wire import Request

if TYPE_CHECKING:
    from ..muscles.curves import MuscleCurve
    from ..muscles.flesh import Flesh

#: Larger cubes are wider than a face has lips; smaller ones fill the memory.
LEAST_EDGE_MM, LARGEST_EDGE_MM = 4.0, 15.0
#: No muscle of a face is wider.
LARGEST_RADIUS_MM = 50.0
#: Firmer springs hide the flesh from the solver.
LARGEST_STRENGTH = 100.0


@dataclass(frozen=True)
class GivenMuscle:
    """A muscle as a user has drawn or changed it, or as the flesh has it.

    Attributes:
        name: of one that landmarks place, or another.
        points: [K, 3] mm, head space; origin first.
        radius: half width, mm.
        strength: how firmly it holds its track, 1 is usual.
        on: it takes part.
        outside: share of its length that lies outside the flesh; found, never given.
        placed: [N, 3] mm, where landmarks place a muscle that a given curve stands for; found, never given.
    """

    name: str
    points: np.ndarray
    radius: float
    strength: float = 1.0
    on: bool = True
    outside: float = 0.0
    placed: np.ndarray | None = None


@dataclass(frozen=True)
class FleshRequest(Request):
    """Build the flesh of an actor.

    Attributes:
        model: the actor's model file.
        edge_mm: of the flesh mesh's larger cubes.
        muscles: stand for those of their names, or are added.
        landmarks: set by hand, [3] mm each; the others are found around them.
    """

    model: StoredModel
    edge_mm: float = 7.5
    muscles: tuple[GivenMuscle, ...] = ()
    landmarks: dict[str, np.ndarray] | None = None


@dataclass(frozen=True)
class FleshResult:
    """The bytes of a flesh file, its figures, and the muscles in it."""

    flesh: bytes
    report: dict[str, Any]
    muscles: tuple[GivenMuscle, ...] = ()


def run(request: FleshRequest, progress: Progress) -> FleshResult:
    """Build it.

    Raises:
        ModelFileError: the model cannot be read.
        AimError: no scan moves the skin, or the cubes are too large or too small.
    """
    from ..anatomy.survey import FaceSurvey
    from ..errors import AimError
    from ..muscles.columns import moved_skin
    from ..muscles.flesh import make_flesh
    from ..muscles.flesh_checks import bone_notes, landmark_notes, lip_notes, mouth_notes
    from ..muscles.flesh_file import flesh_to_bytes
    from ..muscles.settings import FleshSettings
    from ..muscles.sliding import slide_jaw
    from ..muscles.tracks import make_tracks

    if not LEAST_EDGE_MM <= request.edge_mm <= LARGEST_EDGE_MM:
        raise AimError(
            f"Cubes of {request.edge_mm:g} mm make no flesh: "
            f"choose from {LEAST_EDGE_MM:g} to {LARGEST_EDGE_MM:g} mm"
        )
    model = request.model.read()
    started = time.perf_counter()
    settings = FleshSettings(edge_mm=request.edge_mm)
    given = [_curve(muscle) for muscle in request.muscles]
    survey = FaceSurvey(model.neutral, request.landmarks or {})
    part = section(progress, 0.0, 0.3)
    flesh = make_flesh(model, settings, progress=part, given=given, survey=survey)
    built = time.perf_counter() - started
    flesh = make_tracks(flesh, model, section(progress, 0.3, 0.9))
    flesh = slide_jaw(flesh, model, section(progress, 0.9, 1.0))
    return FleshResult(
        flesh_to_bytes(flesh, model),
        flesh.figures()
        | {"mesh_seconds": built, "seconds": time.perf_counter() - started}
        | {
            "notes": [
                *mouth_notes(model, survey),
                *bone_notes(model, moved_skin(model), survey.landmarks),
                *lip_notes(model, survey.rims.get("mouth"), request.edge_mm),
                *landmark_notes(model, request.landmarks or {}),
            ]
        },
        tuple(_described(flesh, muscle) for muscle in flesh.muscles),
    )


def _curve(muscle: GivenMuscle) -> "MuscleCurve":
    """A given muscle, checked; raises AimError."""
    from ..errors import AimError
    from ..muscles.curves import MuscleCurve

    points = np.asarray(muscle.points, float)
    if len(points) < 2 or not np.isfinite(points).all() or not np.ptp(points, axis=0).any():  # noqa: PLR2004
        raise AimError(
            f"The muscle {muscle.name} has no length: draw a curve of two points or more"
        )
    if not 0 < muscle.radius <= LARGEST_RADIUS_MM:
        raise AimError(
            f"The muscle {muscle.name} is {muscle.radius:g} mm wide on either side: "
            f"choose up to {LARGEST_RADIUS_MM:g} mm"
        )
    if not 0 <= muscle.strength <= LARGEST_STRENGTH:
        raise AimError(
            f"The muscle {muscle.name} has the strength {muscle.strength:g}: "
            f"choose from 0 to {LARGEST_STRENGTH:g}"
        )
    return MuscleCurve(muscle.name, points, muscle.radius, muscle.strength, muscle.on)


def _described(flesh: "Flesh", muscle: "MuscleCurve") -> GivenMuscle:
    from ..muscles.curves import outside

    share = outside(muscle, flesh.lattice.nodes, float(flesh.lattice.edge.max()))
    return GivenMuscle(muscle.name, muscle.points, muscle.radius, muscle.strength, muscle.on, share)
