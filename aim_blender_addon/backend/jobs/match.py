# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that finds weights, jaw and head with which an actor's simulated skin meets a scan or points."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..geometry.mesh import Mesh
from ..muscles.seen_points import SeenPoints
from ..progress import Progress
from .fleshed_actor import FleshedActor
from .wire import Request


@dataclass(frozen=True)
class MatchRequest(Request):
    """Match a registered scan, or points in space.

    Attributes:
        actor: the actor with its flesh.
        seen_name: of what was seen, for messages.
        scan: the actor's mesh in another pose, mm; None where there are points. NaN is unseen.
        points: with ``seen`` [P, 3] mm; None where there is a scan.
        head: [4, 4] head space to where the head was seen; None to find it.
        weights, jaw_parameters: [E] and [4] of a pose close by; None for none.
        contact: bones, teeth, eyes, lips and lids keep the skin out.
    """

    actor: FleshedActor
    seen_name: str
    scan: Mesh | None = None
    points: SeenPoints | None = None
    head: np.ndarray | None = None
    weights: np.ndarray | None = None
    jaw_parameters: np.ndarray | None = None
    contact: bool = False


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

    from ..muscles.match_checks import check_points, check_scale, points_of_scan
    from ..muscles.match_run import match_actor, pose_close_by
    from ..muscles.sights import InSpace
    from ..muscles.touch_make import make_touching

    began = time.perf_counter()
    model = request.actor.model.read()
    points = request.points
    if request.scan is not None:
        points = points_of_scan(request.scan, model.neutral)
    if points is None:
        raise ValueError("there is neither a scan nor points")
    check_points(points, model.neutral, request.seen_name, request.head is not None)
    check_scale(points, model.neutral, request.seen_name)
    flesh = request.actor.read_flesh(model)
    survey = request.actor.survey(model)
    touching = make_touching(flesh, model, survey) if request.contact else None
    found = match_actor(
        model,
        flesh,
        points,
        InSpace(np.asarray(points.seen, float)),
        request.seen_name,
        head=request.head,
        start=pose_close_by(model, request.weights, request.jaw_parameters),
        survey=survey,
        touching=touching,
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
