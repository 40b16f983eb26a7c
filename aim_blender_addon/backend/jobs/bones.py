# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that estimates skull and jaw."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..geometry.mesh import Mesh
from ..progress import Progress
from .wire import Request


@dataclass(frozen=True)
class BonesRequest(Request):
    """Estimate skull and jaw from the skin.

    Attributes:
        neutral: the skin in rest, head space, mm.
        landmarks: [3] mm each, set by hand; None to find them.
        template: skull and jaw of somebody else to be brought under the skin, in any units and axes.
    """

    neutral: Mesh
    landmarks: Mapping[str, np.ndarray] | None = None
    template: tuple[Mesh, Mesh] | None = None


@dataclass(frozen=True)
class BonesResult:
    """Estimated bones, head space, mm.

    Attributes:
        skull, jaw: the bones.
        skull_spread, jaw_spread: [V] mm, standard deviation to be expected of each of their vertices.
        landmarks: [3] mm each.
        expected_error_mm: how far the bones are off, on average.
    """

    skull: Mesh
    jaw: Mesh
    skull_spread: np.ndarray
    jaw_spread: np.ndarray
    landmarks: Mapping[str, np.ndarray]
    expected_error_mm: float


def run(request: BonesRequest, progress: Progress) -> BonesResult:
    """Estimate skull and jaw, or fit the template.

    Raises:
        BonesError, ScanError: what is wrong, in one sentence.
    """
    if request.template is None:
        from ..anatomy.bones.estimate import estimate_bones

        bones = estimate_bones(request.neutral, request.landmarks, progress)
    else:
        from ..anatomy.bones.template import fit_template

        bones = fit_template(request.neutral, *request.template, request.landmarks, progress)
    return BonesResult(
        bones.skull,
        bones.jaw,
        bones.skull_spread,
        bones.jaw_spread,
        bones.landmarks,
        bones.expected_error_mm,
    )
