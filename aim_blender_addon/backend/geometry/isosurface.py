# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The surface between the inside and the outside of a field on a grid: closed, manifold, evenly meshed."""

from itertools import product

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_matrix, diags

#: The eight corners of a cell.
_CORNERS = np.array(list(product((0, 1), repeat=3)))


def surface_nets(field: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The zero surface of a field, as surface nets [Gibson1998].

    Only the largest body is kept, its enclosed hollows are filled, and where two parts of it touch in an
    edge or a corner only, the gap is filled: so every edge has two faces and every vertex one fan.

    Args:
        field: [X, Y, Z], positive inside.

    Returns:
        Vertices [V, 3] in steps of the grid and quads [Q, 4], outward.
    """
    field = np.pad(field, 2, constant_values=min(float(field.min()), -1.0))
    inside = _well_composed(field > 0)
    field = np.where(inside, np.maximum(field, 1e-3), np.minimum(field, -1e-3))
    shape = np.array(inside.shape) - 1
    corner = np.stack(
        [inside[tuple(slice(o, o + n) for o, n in zip(c, shape, strict=True))] for c in _CORNERS]
    )
    mixed = corner.any(axis=0) & ~corner.all(axis=0)
    number = np.full(mixed.shape, -1)
    cells = np.argwhere(mixed)
    number[mixed] = np.arange(len(cells))
    total, count = np.zeros((len(cells), 3)), np.zeros(len(cells))
    faces = []
    for axis in range(3):
        step = np.eye(3, dtype=int)[axis]
        first = field[tuple(slice(0, n - s) for n, s in zip(field.shape, step, strict=True))]
        second = field[tuple(slice(s, None) for s in step)]
        start = np.argwhere((first > 0) != (second > 0))
        low, high = first[tuple(start.T)], second[tuple(start.T)]
        cross = start + (low / (low - high))[:, None] * step
        u, v = (np.eye(3, dtype=int)[(axis + k) % 3] for k in (1, 2))
        around = np.stack([number[tuple((start - o).T)] for o in (u + v, v, 0 * u, u)], axis=1)
        for k in range(4):
            np.add.at(total, around[:, k], cross)
            np.add.at(count, around[:, k], 1)
        # Seen along +axis the four cells run clockwise or not; outward is from inside to outside.
        faces.append(np.where((low > 0)[:, None], around, around[:, ::-1]))
    return total / count[:, None] - 2, np.concatenate(faces)


def smooth_quads(vertices: np.ndarray, quads: np.ndarray, rounds: int) -> np.ndarray:
    """Vertices [V, 3] after ``rounds`` of Taubin smoothing, which neither shrinks nor grows the body."""
    a, b = quads.ravel(), np.roll(quads, -1, axis=1).ravel()
    ones = np.ones(len(a))
    link = coo_matrix((ones, (a, b)), (len(vertices), len(vertices))).tocsr()
    link = diags(1 / np.asarray(link.sum(axis=1)).ravel()) @ link
    for _ in range(rounds):
        for factor in (0.5, -0.52):
            vertices = vertices + factor * (link @ vertices - vertices)
    return vertices


def _well_composed(inside: np.ndarray) -> np.ndarray:
    """The largest body with hollows filled, and filled further until no parts touch in an edge or a corner."""
    labels, count = ndimage.label(inside)
    if count:
        inside = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    inside = ndimage.binary_fill_holes(inside)
    for _ in range(50):
        fill = np.zeros(inside.shape, bool)
        for first, second in ((0, 1), (0, 2), (1, 2)):
            _fill_checkers(inside, fill, first, second)
        _fill_diagonals(inside, fill)
        if not fill.any():
            break
        inside = ndimage.binary_fill_holes(inside | fill)
    return inside


def _fill_checkers(inside: np.ndarray, fill: np.ndarray, first: int, second: int) -> None:
    """Marks in ``fill`` the empty places of 2 x 2 blocks of which only two opposite ones are full."""

    def part(array, i, j):
        index = [slice(None)] * 3
        index[first], index[second] = slice(i, i - 1 or None), slice(j, j - 1 or None)
        return array[tuple(index)]

    a, b, c, d = (part(inside, i, j) for i, j in ((0, 0), (1, 1), (0, 1), (1, 0)))
    bad = ((a & b) & ~(c | d)) | ((c & d) & ~(a | b))
    for i, j in product((0, 1), repeat=2):
        part(fill, i, j)[...] |= bad & ~part(inside, i, j)


def _fill_diagonals(inside: np.ndarray, fill: np.ndarray) -> None:
    """Marks the empty places of 2 x 2 x 2 blocks full, or empty, only in two opposite corners."""

    def part(array, corner):
        return array[tuple(slice(i, i - 1 or None) for i in corner)]

    parts = np.stack([part(inside, corner) for corner in _CORNERS])
    full = parts.sum(axis=0)
    for k in range(4):
        pair = parts[k] & parts[7 - k] & (full == 2)
        gap = ~parts[k] & ~parts[7 - k] & (full == 6)
        for number, corner in enumerate(_CORNERS):
            mark = pair | gap if number in (k, 7 - k) else pair
            # For two lone corners one path between them is enough, but which one is a matter of taste: fill all.
            part(fill, corner)[...] |= mark & ~parts[number]
