# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged performances in ``.npz`` files: meshes, marked points, points in images."""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.io.takes import Take, read_take

from .archives import damaged_archive
from .small_face import small_mesh


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged performance; every frame of it is read."""
    kinds = tuple(_takes())
    kind = kinds[int(random.integers(len(kinds)))]
    said, data = damaged_archive(random, _takes()[kind])
    path = folder / "take.npz"
    path.write_bytes(data)
    unit = float(random.choice([1.0, 1000.0]))
    return f"{kind}: {said}", lambda: _used(read_take(path, small_mesh(), unit))


def _used(take: Take) -> None:
    for number in range(min(len(take), 50)):
        seen = take.seen(number)
        places = seen.places[np.isfinite(seen.places)]
        assert (np.abs(places) <= 1e8).all(), "an absurd place is seen"
        if seen.confidence is not None:
            assert np.isfinite(seen.confidence).all(), "a confidence is not finite"
            assert (seen.confidence <= 1).all(), "a confidence is more than one"
        if take.cameras is not None:
            assert np.isfinite(take.cameras_at(number)).all(), "a camera is not finite"


@functools.cache
def _takes() -> dict[str, dict[str, np.ndarray]]:
    random, mesh = np.random.default_rng(0), small_mesh()
    frames, marked = 4, 9
    vertices = mesh.vertices + random.normal(size=(frames, 1, 3)).astype(np.float32)
    chosen = np.arange(marked) * 3
    shares = np.tile([0.5, 0.25, 0.25], (marked, 1))
    cameras = np.tile(np.array([[900, 0, 320, 1], [0, 900, 240, 2], [0, 0, 1, 600.0]]), (2, 1, 1))
    images = random.uniform(0, 500, size=(frames, 2, marked, 2))
    points = vertices[:, chosen]
    return {
        "meshes": {"vertices": vertices, "weights": np.ones(vertices.shape[:2])},
        "points": {
            "positions": points,
            "vertex_indices": chosen,
            "weights": np.ones((frames, marked)),
        },
        "bound points": {
            "positions": points,
            "corners": np.stack([chosen, chosen + 1, chosen + 2], 1),
            "barycentric": shares,
            "offsets": np.zeros((marked, 3)),
        },
        "images": {
            "image_points": images,
            "vertex_indices": chosen,
            "cameras": cameras,
            "weights": np.ones((frames, 2, marked)),
        },
        "images with moving cameras": {
            "image_points": images,
            "vertex_indices": chosen,
            "cameras": np.tile(cameras, (frames, 1, 1, 1)),
        },
    }
