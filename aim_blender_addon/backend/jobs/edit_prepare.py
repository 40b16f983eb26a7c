# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that prepares a face for editing."""

from dataclasses import dataclass

import numpy as np

from ..progress import Progress
from .edited_face import EditedFace, prepared
from .wire import Request


@dataclass(frozen=True)
class EditPrepareRequest(Request):
    """Prepare a face for editing, unless it is."""

    face: EditedFace


@dataclass(frozen=True)
class EditPrepareResult:
    """Where bone does not hold the skin: [V] uint8 of ``editing.handle_states.SkinPlace``."""

    places: np.ndarray


def run(request: EditPrepareRequest, progress: Progress) -> EditPrepareResult:
    """Prepare the face.

    Raises:
        EditError: the model has no bones, or is not here any more.
    """
    return EditPrepareResult(prepared(request.face, progress).places)
