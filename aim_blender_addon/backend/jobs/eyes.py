# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that guesses the balls of eyes from the lids."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..anatomy.eyes.ball import Ball
from ..errors import ScanError
from ..geometry.mesh import Mesh
from ..progress import Progress
from .wire import Request


@dataclass(frozen=True)
class EyesRequest(Request):
    """Guess the balls of the eyes.

    Attributes:
        neutral: the skin in rest, head space, mm.
        landmarks: moved by hand, [3] mm each.
    """

    neutral: Mesh
    landmarks: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class EyesResult:
    """Balls of eyes by side.

    Attributes:
        centres: [3] mm each, head space.
        radii: mm.
        errors_mm: how far a centre may be off, one sigma.
    """

    centres: Mapping[str, np.ndarray]
    radii: Mapping[str, float]
    errors_mm: Mapping[str, float]

    def balls(self) -> dict[str, Ball]:
        """The balls by side."""
        return {
            side: Ball(np.asarray(centre, np.float64), self.radii[side], self.errors_mm[side])
            for side, centre in self.centres.items()
        }


def run(request: EyesRequest, progress: Progress) -> EyesResult:
    """Guess the balls.

    Raises:
        ScanError: the mesh shows no face, or none with open eyes.
    """
    progress("Finding the lids", 0.0, {})
    from ..anatomy.eyes.estimate import ball_behind
    from ..anatomy.eyes.find import SIDES
    from ..anatomy.survey import FaceSurvey

    survey = FaceSurvey(request.neutral, request.landmarks)
    rims = survey.rims
    front = survey.frame.front
    balls = {s: ball_behind(rims[f"eye_{s}"], front) for s in SIDES if f"eye_{s}" in rims}
    if not balls:
        raise ScanError(
            f"No lids show in '{request.neutral.name}': put eyeballs into the head, or move the landmarks at the "
            "corners of the eyes to their places"
        )
    return EyesResult(
        {side: ball.centre for side, ball in balls.items()},
        {side: ball.radius for side, ball in balls.items()},
        {side: ball.error_mm for side, ball in balls.items()},
    )
