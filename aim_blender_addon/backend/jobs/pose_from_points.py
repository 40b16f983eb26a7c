# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that poses an actor through its muscles by points of one picture."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..muscles.seen_points import SeenPoints
from ..progress import Progress
from .fleshed_actor import FleshedActor
from .wire import Request


@dataclass(frozen=True)
class PoseFromPointsRequest(Request):
    """Pose an actor by points of one picture.

    Attributes:
        actor: the actor with its flesh.
        points: with ``seen`` [P, 2] pixels, counted from the picture's lower left.
        seen_name: of what the points are from, for messages.
        camera: [3, 4] world to pixels; None to find the focal length, with the picture's middle as its centre.
        size: [2] width and height of the picture, pixels; needed where the camera is to be found.
        weights, jaw_parameters: [E] and [4] of a pose close by; None for none.
        contact: bones, teeth, eyes, lips and lids keep the skin out.
    """

    actor: FleshedActor
    points: SeenPoints
    seen_name: str
    camera: np.ndarray | None = None
    size: np.ndarray | None = None
    weights: np.ndarray | None = None
    jaw_parameters: np.ndarray | None = None
    contact: bool = False


@dataclass(frozen=True)
class PoseFromPointsResult:
    """The pose.

    Attributes:
        weights: [E] of the expressions.
        jaw_parameters: [4] of the joint: radians, mm, mm, mm.
        head: [4, 4] head space to world; to the camera, which looks along -z, where it was found.
        camera: [3, 4] that was given or found.
        focal: its focal length in pixels, where it was found; 0 else.
        vertices: [V, 3] float32 mm, head space, the simulated skin.
        misses: [P] pixels that each point is missed by; NaN for unseen.
        report: figures; ``notes`` are sentences for the user.
    """

    weights: np.ndarray
    jaw_parameters: np.ndarray
    head: np.ndarray
    camera: np.ndarray
    focal: float
    vertices: np.ndarray
    misses: np.ndarray
    report: dict[str, Any]


def run(request: PoseFromPointsRequest, progress: Progress) -> PoseFromPointsResult:
    """Pose the actor; raises ModelFileError and AimError where model, flesh, camera or points cannot be used."""
    progress("reading", 0.0, {})
    import time

    from ..muscles.match_checks import check_camera, check_points
    from ..muscles.match_run import depth_deviation, match_actor, pose_close_by
    from ..muscles.sights import InPicture
    from ..muscles.touch_make import make_touching

    began = time.perf_counter()
    model, points = request.actor.model.read(), request.points
    check_camera(request.camera, request.size, request.seen_name)
    check_points(points, model.neutral, request.seen_name, head_known=False)
    flesh = request.actor.read_flesh(model)
    sight = InPicture(np.asarray(points.seen, float), request.camera, request.size)
    survey = request.actor.survey(model)
    found = match_actor(
        model,
        flesh,
        points,
        sight,
        request.seen_name,
        start=pose_close_by(model, request.weights, request.jaw_parameters),
        survey=survey,
        touching=make_touching(flesh, model, survey) if request.contact else None,
        progress=progress,
    )
    matched = found.found
    focal = matched.focal if sight.focal else 0.0
    report = found.report | {
        "focal_px": focal,
        "distance_deviation_mm": depth_deviation(matched, sight),
        "seconds": time.perf_counter() - began,
    }
    return PoseFromPointsResult(
        matched.look.weights,
        matched.look.jaw,
        matched.head,
        sight.camera_of(matched.focal),
        focal,
        found.vertices,
        matched.residual,
        report,
    )
