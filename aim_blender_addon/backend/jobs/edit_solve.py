# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that follows the mouse with the grabbed handles."""

from dataclasses import dataclass

import numpy as np

from ..editing.response import EditResponse
from ..progress import Progress
from .edited_face import session
from .wire import Request

#: It comes as often as the mouse moves.
FOLLOWS = True


@dataclass(frozen=True)
class EditSolveRequest(Request):
    """Solve for other positions [M, 3] mm of the grabbed handles.

    With ``quick``, while the mouse moves on, handles may get less far than they can: ``unfinished`` says so.
    """

    positions: np.ndarray
    quick: bool = False


def run(request: EditSolveRequest, progress: Progress) -> EditResponse:
    """Solve for the positions.

    Raises:
        EditError: no handles are grabbed, or their number is another.
    """
    return session().solve(request.positions, request.quick)
