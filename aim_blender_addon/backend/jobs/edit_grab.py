# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that grabs handles."""

from dataclasses import dataclass

import numpy as np

from ..editing.response import EditResponse
from ..progress import Progress
from .edited_face import EditedFace, RigState, initial_state, prepared, session
from .wire import Request


@dataclass(frozen=True)
class EditGrabRequest(Request):
    """Grab M handles and solve for where they are; prepares the face if need be.

    Attributes:
        face: that the handles are on.
        initial: what its rig shows before.
        vertices: [M] int, the points of the skin.
        positions: [M, 3] mm, where they shall go.
        kinds: [M] of ``editing.handle_states.HandleKind``.
        normals: [M, 3] of planes.
        symmetric: do the same on the other side.
        falloff_mm: length over which a local bulge fades; 0 leaves everything to the expressions.
    """

    face: EditedFace
    initial: RigState
    vertices: np.ndarray
    positions: np.ndarray
    kinds: np.ndarray
    normals: np.ndarray
    symmetric: bool
    falloff_mm: float


def run(request: EditGrabRequest, progress: Progress) -> EditResponse:
    """Grab the handles.

    Raises:
        EditError: the handles or the skin do not fit the model.
    """
    from ..editing.handles import Handles

    ready = prepared(request.face, progress)
    handles = Handles.of(
        request.vertices,
        request.positions,
        request.kinds,
        request.normals,
        skin=ready.face.rest,
    )
    initial = initial_state(ready, request.initial)
    return session().grab(ready, handles, initial, request.symmetric, request.falloff_mm)
