# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles from files, and edits to files."""

import os
import zipfile

import numpy as np

from ..errors import EditError
from ..io.whole_file import whole_file
from ..model.aim import AimModel
from .drag import Edit
from .handle_states import STATE_TEXTS, HandleState
from .handles import Handles


def read_handles(path: str | os.PathLike, model: AimModel) -> tuple[Handles, dict[str, np.ndarray]]:
    """Handles of a ``.npz`` file, and its optional initial state: ``weights`` and ``jaw_parameters``.

    Raises:
        EditError: the file cannot be read, or its arrays do not fit the model.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise EditError(f"'{path}' cannot be read as a .npz file: {error}") from error
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
    return handles, {k: arrays[k] for k in ("weights", "jaw_parameters") if k in arrays}


def write_edit(path: str | os.PathLike, edit: Edit, pose: np.ndarray) -> None:
    """Write an edit, with its jaw as ``pose`` [4, 4], to a ``.npz`` file.

    Raises:
        EditError: the place cannot be written.
    """
    try:
        with whole_file(path) as file:
            np.savez_compressed(
                file,
                vertices=edit.vertices.astype(np.float32),
                weights=edit.weights.astype(np.float32),
                remainder=edit.remainder.astype(np.float32),
                jaw=pose,
                jaw_parameters=edit.jaw,
                left_mm=edit.residual_mm,
                way_mm=edit.goal_distance_mm,
                reached=edit.states.astype(np.int32),
            )
    except OSError as error:
        raise EditError(f"'{path}' cannot be written: {error.strerror}") from error


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
