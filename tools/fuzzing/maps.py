# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged retarget maps, read for a pair of faces and for the checker."""

import functools
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.geometry.surface import SurfacePoints
from aim_blender_addon.backend.retargeting.checker import checker
from aim_blender_addon.backend.retargeting.correspondence import Correspondence
from aim_blender_addon.backend.retargeting.map_file import map_to_bytes, read_map
from aim_blender_addon.backend.retargeting.retarget_face import RetargetFace

from .archives import damaged_archive
from .small_face import JOINT, small_mesh


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged map; read for its faces, or painted."""
    said, data = damaged_archive(random, _arrays())
    path = folder / "map.npz"
    path.write_bytes(data)
    if random.random() < 0.5:
        return said, lambda: _used(read_map(path, _face(), _face()))
    return f"checker: {said}", lambda: _painted(path.read_bytes())


def _used(mapped: Correspondence) -> None:
    corners = mapped.points.corners
    assert ((corners >= 0) & (corners < len(_face().rows))).all(), "a corner is no vertex"
    for array in (mapped.points.weights, mapped.trust, mapped.warped, *mapped.pairs.values()):
        assert np.isfinite(array).all(), "a number is not finite"


def _painted(data: bytes) -> None:
    for painted in checker(data, "map"):
        assert np.isfinite(painted.colours).all(), "a colour is not finite"


@functools.cache
def _arrays() -> dict[str, np.ndarray]:
    count = len(_face().rows)
    mapped = Correspondence(
        SurfacePoints(
            np.repeat(np.arange(count, dtype=np.int32)[:, None], 3, 1),
            np.tile([0.5, 0.25, 0.25], (count, 1)),
        ),
        np.full(count, 0.9),
        small_mesh().vertices.astype(float),
        {"nose": np.zeros((2, 3)), "chin": np.ones((2, 3))},
    )
    with np.load(io.BytesIO(map_to_bytes(mapped, _face(), _face()))) as stored:
        return {name: stored[name] for name in stored.files}


@functools.cache
def _face() -> RetargetFace:
    """As much of a face as a map needs."""
    mesh, face = small_mesh(), object.__new__(RetargetFace)
    parts = {
        "mesh": mesh,
        "skin": mesh,
        "rows": np.arange(len(mesh.vertices)),
        "left_up_front": np.eye(3),
        "joint": JOINT,
    }
    for name, value in parts.items():
        object.__setattr__(face, name, value)
    return face
