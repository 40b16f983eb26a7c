# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that finds which place of a face is which of another's."""

from dataclasses import dataclass

from ..progress import Progress
from .face_pair import FacePair, FoundMap, prepare_pair
from .wire import Request


@dataclass(frozen=True)
class CorrespondenceRequest(Request):
    """Find the correspondence of two faces."""

    faces: FacePair


@dataclass(frozen=True)
class CorrespondenceResult:
    """The correspondence."""

    found: FoundMap


def run(request: CorrespondenceRequest, progress: Progress) -> CorrespondenceResult:
    """Find the correspondence; raises as :func:`.face_pair.prepare_pair`."""
    found = prepare_pair(request.faces, progress).found
    assert found is not None, "the request brought a map along"
    return CorrespondenceResult(found)
