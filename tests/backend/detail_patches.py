# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patches of skin with UV, small enough to know everything about them."""

import functools

import numpy as np
from scipy import ndimage

from aim_blender_addon.backend.detail.compression import Response, SkinStrain, channels
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


@functools.cache
def performed_patch() -> dict[str, np.ndarray]:
    """Scans and unseen frames of a patch whose lines are known; maps have noise."""
    rng = np.random.default_rng(3)
    pixels = patch_pixels(64)
    mesh = pixels.neutral
    strain = SkinStrain.of(mesh)
    truth = [
        np.where(pixels.mask, 0.3 * ndimage.gaussian_filter(rng.standard_normal((64, 64)), 1.2), 0)
        for _ in range(5)
    ]

    def shape(amount: float, degrees: float) -> np.ndarray:
        along = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), 0])
        place = mesh.vertices @ along
        return mesh.vertices - (amount * (place + 2 * np.sin(place / 4)))[:, None] * along

    def height(values: np.ndarray) -> np.ndarray:
        weights = pixels.image(pixels.at(channels(values, Response(0.045, 0.12))))
        return 0.3 * truth[0] + np.einsum("yxk,kyx->yx", weights, np.stack(truth[1:]))

    scans = [
        mesh.vertices,
        *(
            shape(*pair)
            for pair in zip(rng.uniform(0.05, 0.3, 14), rng.uniform(0, 180, 14), strict=True)
        ),
    ]
    frames = [
        shape(*pair) for pair in zip(rng.uniform(0.05, 0.3, 8), rng.uniform(0, 180, 8), strict=True)
    ]
    strains, unseen = (np.stack([strain.strain(s) for s in shapes]) for shapes in (scans, frames))
    clean = np.stack([height(s) for s in strains])
    noisy = clean + 0.01 * rng.standard_normal(clean.shape)
    return {
        "strains": strains,
        "heights": noisy.astype(np.float32),
        "unseen": unseen,
        "truth": np.stack([height(s) for s in unseen]),
    }
