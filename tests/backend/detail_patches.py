# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patches of skin with UV, small enough to know everything about them."""

import functools

import numpy as np

from aim_blender_addon.backend.detail.skin_pixels import SkinPixels
from aim_blender_addon.backend.detail.uv import Chart, UvMap
from aim_blender_addon.backend.geometry.mesh import Mesh

#: Side of a patch, mm.
SIDE = 24.0


def grid(count: int, side: float = SIDE) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """[count^2, 2] places from 0 to 1, quads [F, 4], and the places in mm [count^2, 2]."""
    line = np.linspace(0, 1, count)
    place = np.stack(np.meshgrid(line, line), axis=2).reshape(-1, 2)
    row, column = np.divmod(np.arange((count - 1) ** 2), count - 1)
    first = row * count + column
    return (
        place,
        np.stack([first, first + 1, first + count + 1, first + count], axis=1),
        place * side,
    )


def bowl(places: np.ndarray) -> np.ndarray:
    """[N, 3] mm: a curved sheet over places [N, 2] mm."""
    x, y = places.T - SIDE / 2
    return np.column_stack([places, 3.0 - 0.012 * x**2 - 0.008 * y**2])


def patch(count: int = 9) -> tuple[Mesh, np.ndarray]:
    """A curved sheet of quads with normals to +z, and its UV [L, 2]: the whole unit square but a margin."""
    place, quads, millimetres = grid(count)
    mesh = Mesh(
        bowl(millimetres).astype(np.float32),
        quads.ravel().astype(np.int32),
        np.full(len(quads), 4, np.int32),
        "patch",
    )
    return mesh, (0.05 + 0.9 * place)[quads.ravel()]


@functools.cache
def patch_pixels(size: int, count: int = 9) -> SkinPixels:
    """The pixels of the patch."""
    mesh, corner_uv = patch(count)
    uv = UvMap.of(mesh, corner_uv)
    return SkinPixels.of(mesh, Chart.of(mesh, uv), size)


def furrows(points: np.ndarray) -> np.ndarray:
    """[N] mm: heights of lines 3 mm apart, over places [N, 2 or 3] mm."""
    return 0.1 * np.sin(2 * np.pi * points[:, 0] / 3) * np.sin(np.pi * points[:, 1] / SIDE)
