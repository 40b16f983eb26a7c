# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles from files, and edits to files."""

import os

import numpy as np

from ..errors import EditError
from ..io.array_files import write_npz
from ..io.damage import refusing
from ..io.disk import why
from ..io.npz import NUMBERS, WHOLE, read_arrays
from ..model.aim import AimModel
from .drag import Edit
from .handle_states import STATE_TEXTS, HandleState
from .handles import Handles

#: What a file of handles may hold, and of which kind it is.
_ARRAYS = {
    "vertex_indices": WHOLE,
    "positions": NUMBERS,
    "kinds": WHOLE,
    "normals": NUMBERS,
    "weights": NUMBERS,
    "jaw_parameters": NUMBERS,
}
_LARGEST = 1 << 28
_LARGEST_WEIGHT = 1000.0


def read_handles(path: str | os.PathLike, model: AimModel) -> tuple[Handles, dict[str, np.ndarray]]:
    """Handles of a ``.npz`` file, and its optional initial state: ``weights`` and ``jaw_parameters``.

    Raises:
        EditError: the file cannot be read, or its arrays do not fit the model.
    """
    with refusing(
        EditError, lambda reason: f"'{path}' cannot be read as a .npz file of handles: {reason}"
    ):
        arrays = read_arrays(path, _ARRAYS, _LARGEST)
    for name in ("vertex_indices", "positions"):
        if name not in arrays:
            raise EditError(
                f"'{path}' holds no '{name}': give vertex_indices [M] and positions [M, 3]"
            )
    handles = Handles.of(
        arrays["vertex_indices"],
        arrays["positions"],
        arrays.get("kinds"),
        arrays.get("normals"),
        skin=model.neutral.vertices,
    )
    for name in ("weights", "jaw_parameters"):
        if name in arrays and not (np.abs(arrays[name]) <= _LARGEST_WEIGHT).all():
            raise EditError(
                f"'{path}': {name} holds numbers that are missing or beyond {_LARGEST_WEIGHT:g}: "
                "give the state that the edit starts from"
            )
    return handles, {k: arrays[k] for k in ("weights", "jaw_parameters") if k in arrays}


def write_edit(path: str | os.PathLike, edit: Edit, pose: np.ndarray) -> None:
    """Write an edit, with its jaw as ``pose`` [4, 4], to a ``.npz`` file.

    Raises:
        EditError: the place cannot be written.
    """
    arrays = {
        "vertices": edit.vertices.astype(np.float32),
        "weights": edit.weights.astype(np.float32),
        "remainder": edit.remainder.astype(np.float32),
        "jaw": pose,
        "jaw_parameters": edit.jaw,
        "left_mm": edit.residual_mm,
        "way_mm": edit.goal_distance_mm,
        "reached": edit.states.astype(np.int32),
    }
    try:
        write_npz(path, arrays, compressed=True)
    except OSError as error:
        raise EditError(
            f"'{path}' cannot be written ({why(error)}): free some space or choose another output"
        ) from error


def describe_edit(handles: Handles, edit: Edit) -> dict:
    """What an edit reached, for people and for JSON."""
    return {
        "handles": [
            {
                "vertex": int(vertex),
                "left_mm": round(float(residual), 4),
                "way_mm": round(float(goal_distance), 4),
                "why": STATE_TEXTS[HandleState(int(state))],
            }
            for vertex, residual, goal_distance, state in zip(
                handles.vertices,
                edit.residual_mm,
                edit.goal_distance_mm,
                edit.states,
                strict=True,
            )
        ],
        "reached": int((edit.states == HandleState.REACHED).sum()),
        "jaw_parameters": [round(float(value), 5) for value in edit.jaw],
    }
