# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scans whose seams are split: the fit is of their closed skin, and the model of all their vertices (numpy only)."""

from dataclasses import replace

import numpy as np

from ..geometry.mesh import Mesh
from ..geometry.weld import close_seams
from ..model.aim import AimModel
from .actor import Actor


def closed(actor: Actor) -> tuple[Actor, np.ndarray]:
    """The actor whose skin has one vertex for each place, and [V] which of them each vertex is."""
    point = close_seams(actor.neutral, actor.expressions)
    first = np.unique(point, return_index=True)[1]
    if len(first) == len(point):
        return actor, point

    def of(scan: Mesh) -> Mesh:
        corners = point[scan.face_vertices].astype(np.int32)
        return Mesh(scan.vertices[first], corners, scan.face_sizes, scan.name)

    neutral, expressions = of(actor.neutral), tuple(of(scan) for scan in actor.expressions)
    return replace(actor, neutral=neutral, expressions=expressions), point


def opened(model: AimModel, neutral: Mesh, point: np.ndarray) -> AimModel:
    """A model of a closed skin as that of all vertices: those of one place have the same values.

    Args:
        model: as it was fitted.
        neutral: with the seams as they were read.
        point: [V] as of :func:`closed`.
    """
    if len(point) == len(model.neutral.vertices):
        return model
    detail = None if model.anatomy_detail is None else model.anatomy_detail[point]
    return replace(
        model,
        neutral=neutral,
        coordinates=model.coordinates[point],
        bone_below=model.bone_below[point],
        anatomy_detail=detail,
    )
