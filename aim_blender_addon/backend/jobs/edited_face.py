# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The face that the jobs of editing have in common, and the session that stays between them.

To prepare a face takes seconds once, to grab handles a tenth of one, and to solve follows the mouse.
"""

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..progress import Progress

if TYPE_CHECKING:
    from ..editing.editable_face import EditState
    from ..editing.session import EditSession, PreparedFace


@dataclass(frozen=True)
class EditedFace:
    """A face in editing.

    Attributes:
        name: what the user calls it.
        key: tells its model apart.
        model: the bytes of a model file; None where the worker has the face prepared.
    """

    name: str
    key: str
    model: bytes | None = None


@dataclass(frozen=True)
class RigState:
    """What a rig shows before an edit.

    Attributes:
        shape: [V, 3] mm, its shape keys before the jaw moves them.
        weights: [E] values of the model's own shape keys.
        jaw: [4, 4] mm pose of the jaw.
    """

    shape: np.ndarray
    weights: np.ndarray
    jaw: np.ndarray


@functools.cache
def session() -> "EditSession":
    """The session of this process."""
    from ..editing.session import EditSession

    return EditSession()


def prepared(face: EditedFace, progress: Progress) -> "PreparedFace":
    """The face prepared for editing; raises as ``EditSession.prepare``."""
    return session().prepare(face.key, face.name, face.model, progress)


def initial_state(
    face: "PreparedFace", state: RigState, shape: np.ndarray | None = None
) -> "EditState":
    """The state that shows what a rig shows, or ``shape`` [V, 3] in place of its shape."""
    from ..editing.session import state_of_rig

    shape = state.shape if shape is None else shape
    return state_of_rig(face.face, shape, np.asarray(state.weights, float), state.jaw)
