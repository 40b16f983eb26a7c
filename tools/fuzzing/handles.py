# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged files of handles."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.editing.handle_files import read_handles

from .archives import damaged_archive
from .small_face import NAMES, small_mesh, small_model


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged file of handles; read and mirrored."""
    skin = small_mesh().vertices
    chosen = np.array([3, 9, 20])
    arrays = {
        "vertex_indices": chosen,
        "positions": skin[chosen] + 1,
        "kinds": np.array([0, 1, 2]),
        "normals": np.tile([0.0, 0, 1], (3, 1)),
        "weights": np.zeros(len(NAMES)),
        "jaw_parameters": np.zeros(4),
    }
    said, data = damaged_archive(random, arrays)
    path = folder / "handles.npz"
    path.write_bytes(data)
    return said, lambda: _used(path)


def _used(path: Path) -> None:
    model = small_model()
    handles, given = read_handles(path, model)
    both = handles.mirrored(model.neutral, model.joint)
    assert np.isfinite(both.positions).all(), "a goal is not finite"
    assert np.isfinite(both.normals).all(), "a normal is not finite"
    assert all(np.isfinite(array).all() for array in given.values()), "the start is not finite"
