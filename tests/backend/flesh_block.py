# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A block of flesh with known answers, and two blocks that touch as lips do."""

import numpy as np

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.muscles.columns import Columns
from aim_blender_addon.backend.muscles.lattice import Lattice, make_lattice


def block(counts: tuple[int, int, int], edge: float, fine: bool = False) -> Lattice:
    """Cubes in a row, a plate or a block; with ``fine`` those of the lower half of x are cut in eight."""
    places = [np.arange(n * 4) / 4 * edge + edge / 8 for n in counts]
    grid = np.stack(np.meshgrid(*places, indexing="ij"), axis=-1)
    points = grid.reshape(-1, 3)
    number = np.arange(len(points)).reshape(grid.shape[:3])
    links = np.concatenate(
        [
            np.stack([number[1:].ravel(), number[:-1].ravel()], axis=1),
            np.stack([number[:, 1:].ravel(), number[:, :-1].ravel()], axis=1),
            np.stack([number[:, :, 1:].ravel(), number[:, :, :-1].ravel()], axis=1),
        ]
    )
    near = points[:, 0] < counts[0] * edge / 2 if fine else np.zeros(len(points), bool)
    far = Mesh.from_triangles(1e4 + np.eye(3), np.array([[0, 1, 2]]))
    still = np.zeros((1, len(points), 3), np.float32)
    return make_lattice(_columns(points, links), far, still, edge, near)


def lips(gap: float, edge: float, scanned: float = 10.0) -> tuple[Lattice, np.ndarray]:
    """Two slabs of flesh, one on the other, with skin on all their sides; and which samples are of the upper one.

    Args:
        gap: mm between them; less than a cube, so that cubes hold flesh of both.
        edge: of the cubes, mm.
        scanned: mm by which a scan parts them.
    """
    corners, triangles, points, links = [], [], [], []
    for sign in (1, -1):
        low = np.array([0.0, 0.0, gap / 2 if sign > 0 else -gap / 2 - 8.0])
        box = low + np.array([24.0, 16.0, 8.0]) * np.array(list(np.ndindex(2, 2, 2)))
        triangles.append(_BOX + 8 * len(corners))
        corners.append(box)
        inner = [np.arange(0.5, size, 1.0) for size in (24, 16, 8)]
        grid = low + np.stack(np.meshgrid(*inner, indexing="ij"), axis=-1)
        number = np.arange(grid[..., 0].size).reshape(grid.shape[:3]) + sum(map(len, points))
        links += [
            np.stack([number[1:].ravel(), number[:-1].ravel()], axis=1),
            np.stack([number[:, 1:].ravel(), number[:, :-1].ravel()], axis=1),
            np.stack([number[:, :, 1:].ravel(), number[:, :, :-1].ravel()], axis=1),
        ]
        points.append(grid.reshape(-1, 3))
    upper = np.arange(2 * len(points[0])) < len(points[0])
    points = np.concatenate(points)
    skin = Mesh.from_triangles(np.concatenate(corners), np.concatenate(triangles))
    parted = np.where(upper[:, None], [0, 0, scanned], 0.0)[None].astype(np.float32)
    none = np.zeros(len(points), bool)
    lattice = make_lattice(_columns(points, np.concatenate(links)), skin, parted, edge, none)
    return lattice, upper


_BOX = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 7, 5], [4, 6, 7], [0, 5, 1], [0, 4, 5]]
    + [[2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 7, 3], [1, 5, 7]]
)


def _columns(points: np.ndarray, links: np.ndarray) -> Columns:
    """Samples without a skin of their own: each is a column, and none lies on the skin."""
    count = len(points)
    numbers = np.arange(count)
    return Columns(
        np.zeros((0, 3), int),
        np.zeros((count, 3), int),
        np.tile([1.0, 0.0, 0.0], (count, 1)),
        points,
        points,
        np.zeros(count, bool),
        numbers,
        np.full(count, 0.5),
        points,
        links,
    )
