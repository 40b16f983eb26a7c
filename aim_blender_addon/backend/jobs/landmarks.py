# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that finds the landmarks of a skin."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..geometry.mesh import Mesh
from ..progress import Progress
from .wire import Request


@dataclass(frozen=True)
class LandmarksRequest(Request):
    """Find the landmarks of ``neutral``: the skin in rest, head space, mm."""

    neutral: Mesh


@dataclass(frozen=True)
class LandmarksResult:
    """Landmarks by name, [3] mm in head space each."""

    landmarks: Mapping[str, np.ndarray]


def run(request: LandmarksRequest, progress: Progress) -> LandmarksResult:
    """Find the landmarks.

    Raises:
        ScanError: the mesh shows no face.
    """
    progress("Finding landmarks", 0.0, {})
    from ..anatomy.head.landmarks import find_landmarks

    return LandmarksResult(find_landmarks(request.neutral))
