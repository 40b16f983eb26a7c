# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that finds weights, jaw and head with which an actor's simulated skin meets a scan or points."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..geometry.mesh import Mesh
from ..io.model_file import StoredModel
from ..muscles.seen_points import SeenPoints
from ..progress import Progress
from .wire import Request


@dataclass(frozen=True)
class MatchRequest(Request):
    """Match a registered scan, or points in space.

    Attributes:
        model: the actor's model file.
        flesh: the bytes of its flesh file.
        flesh_name, seen_name: of what both are from, for messages.
        scan: the actor's mesh in another pose, mm; None where there are points. NaN is unseen.
        points: with ``seen`` [P, 3] mm; None where there is a scan.
        head: [4, 4] head space to where the head was seen; None to find it.
        weights, jaw_parameters: [E] and [4] of a pose close by; None for none.
        strengths: of muscles by name, 0 for one that is off; those not named are as the flesh has them.
        landmarks: set by hand, [3] mm each.
    """

    model: StoredModel
    flesh: bytes
    flesh_name: str
    seen_name: str
    scan: Mesh | None = None
    points: SeenPoints | None = None
    head: np.ndarray | None = None
    weights: np.ndarray | None = None
    jaw_parameters: np.ndarray | None = None
    strengths: dict[str, float] | None = None
    landmarks: dict[str, np.ndarray] | None = None


@dataclass(frozen=True)
class MatchResult:
    """The pose that meets it.

    Attributes:
        weights: [E] of the expressions.
        jaw_parameters: [4] of the joint: radians, mm, mm, mm.
        head: [4, 4] head space to where the head was seen.
        vertices: [V, 3] float32 mm, head space, the simulated skin.
        misses: [P] mm that each vertex or point is missed by; NaN for unseen.
        report: figures; ``notes`` are sentences for the user.
    """

    weights: np.ndarray
    jaw_parameters: np.ndarray
    head: np.ndarray
    vertices: np.ndarray
    misses: np.ndarray
    report: dict[str, Any]


def run(request: MatchRequest, progress: Progress) -> MatchResult:
    """Match; raises ModelFileError, ScanError and AimError where model, flesh, scan or points cannot be used."""
    progress("reading", 0.0, {})
    import time

    from ..anatomy.survey import FaceSurvey
    from ..muscles.flesh_file import flesh_from_bytes
    from ..muscles.match_checks import check_points, check_scale, points_of_scan
    from ..muscles.match_run import match_actor, pose_close_by
    from ..muscles.sights import InSpace

    began = time.perf_counter()
    model = request.model.read()
    points = request.points
    if request.scan is not None:
        points = points_of_scan(request.scan, model.neutral)
    if points is None:
        raise ValueError("there is neither a scan nor points")
    check_points(points, model.neutral, request.seen_name, request.head is not None)
    check_scale(points, model.neutral, request.seen_name)
    flesh = flesh_from_bytes(request.flesh, request.flesh_name, model, request.strengths)
    found = match_actor(
        model,
        flesh,
        points,
        InSpace(np.asarray(points.seen, float)),
        request.seen_name,
        head=request.head,
        start=pose_close_by(model, request.weights, request.jaw_parameters),
        survey=FaceSurvey(model.neutral, request.landmarks or {}),
        progress=progress,
    )
    matched = found.found
    return MatchResult(
        matched.look.weights,
        matched.look.jaw,
        matched.head,
        found.vertices,
        matched.residual,
        found.report | {"seconds": time.perf_counter() - began},
    )
