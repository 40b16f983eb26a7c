# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stiffness of elastic flesh: the lower triangle of each cube's 24 rows, packed into 300, cubes last.

A tetrahedron's second slopes by its deformation gradient are 45 numbers. One constant sparse table makes a cube's
triangle of those of its five tetrahedra.
"""

from functools import cache

import numpy as np
import scipy.sparse as sp

from .elastic import OWN_LAMBDA, SLOPES, Elastic, Strain, cubes_last

#: Rows and columns of a packed triangle; rows of a cube run corner by corner, x, y, z.
ROW, COLUMN = np.tril_indices(24)
#: The same for a tetrahedron's 9 rows: i, j of the deformation gradient.
_FIRST, _SECOND = np.tril_indices(9)


def packed_stiffness(elastic: Elastic, strain: Strain, held: float) -> np.ndarray:
    """Second slopes [300, C] of each cube's energy by its corners, N/mm.

    Args:
        elastic: the flesh.
        strain: of the pose.
        held: 0 is the true stiffness. At 1 pressures are held back so far that no tetrahedron pulls the wrong way.
    """
    edge = elastic.lattice.edge
    weight = (elastic.rest_volume / edge[:, None] ** 2).T  # [5, C]
    pressure = weight * elastic.pressure_held(strain, held).T
    steep = np.sqrt(weight * elastic.steepness(strain).T)
    f, grows = cubes_last(strain.f), cubes_last(strain.cofactor)
    own = weight * elastic.mu
    shares = elastic.rest_volume.T / edge
    spare = np.sqrt((elastic.bulk - OWN_LAMBDA * elastic.mu) / edge**3)
    packed = np.empty((len(ROW), len(edge)))
    for kind, rows in enumerate(elastic.kinds):
        each = _each(
            f[..., rows], grows[..., rows], pressure[:, rows], steep[:, rows], own[:, rows]
        )
        part = _table(kind) @ each
        # All tetrahedra of a cube push against its mean volume: [24, R] how that grows.
        mean = (shares[:, rows] * grows[..., rows]).reshape(3, 15, -1)
        table = SLOPES[kind].transpose(1, 2, 0).reshape(8, 15)
        mean = (table @ mean).transpose(1, 0, 2).reshape(24, -1) * spare[rows]
        for row in range(24):
            start = row * (row + 1) // 2
            part[start : start + row + 1] += mean[: row + 1] * mean[row]
        packed[:, rows] = part
    return packed


def unpacked(packed: np.ndarray) -> np.ndarray:
    """Blocks [C, 24, 24] of packed triangles [300, C]."""
    where = np.empty((24, 24), int)
    where[ROW, COLUMN] = where[COLUMN, ROW] = np.arange(len(ROW))
    return np.ascontiguousarray(packed.T[:, where])


def packed_blocks(blocks: np.ndarray) -> np.ndarray:
    """[300, C] of symmetric blocks [C, 24, 24]."""
    return np.ascontiguousarray(blocks[:, ROW, COLUMN].T)


def _each(
    f: np.ndarray, grows: np.ndarray, pressure: np.ndarray, steep: np.ndarray, own: np.ndarray
) -> np.ndarray:
    """[225, R]: the 45 second slopes of each of five tetrahedra, by f and cofactors [3, 3, 5, R], the rest [5, R]."""
    count = f.shape[-1]
    each = np.empty((len(_FIRST), 5, count))
    scaled = (steep * grows).reshape(9, 5, count)
    bent = pressure * f
    for number, (p, q) in enumerate(zip(_FIRST.tolist(), _SECOND.tolist(), strict=True)):
        np.multiply(scaled[p], scaled[q], out=each[number])
        if p == q:
            each[number] += own
            continue
        (i, j), (k, n) = divmod(p, 3), divmod(q, 3)
        if i != k and j != n:
            # The cofactor's own slope.
            if ((k - i) % 3 == 1) == ((n - j) % 3 == 1):
                each[number] += bent[3 - i - k, 3 - j - n]
            else:
                each[number] -= bent[3 - i - k, 3 - j - n]
    return each.reshape(-1, count)


@cache
def _table(kind: int) -> sp.csr_matrix:
    """[300, 225] sums of tetrahedra's second slopes in an even or an odd cube."""
    place = np.empty((9, 9), int)
    place[_FIRST, _SECOND] = place[_SECOND, _FIRST] = np.arange(len(_FIRST))
    table = np.zeros((len(ROW), len(_FIRST), 5))
    for number, (row, column) in enumerate(zip(ROW, COLUMN, strict=True)):
        (a, i), (b, k) = divmod(int(row), 3), divmod(int(column), 3)
        for j in range(3):
            for n in range(3):
                product = SLOPES[kind][:, a, j] * SLOPES[kind][:, b, n]
                table[number, place[3 * i + j, 3 * k + n]] += product
    return sp.csr_matrix(table.reshape(len(ROW), -1))
