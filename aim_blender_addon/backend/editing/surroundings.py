# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin around a push goes along, so that no crease stays."""

import numpy as np
import scipy.sparse as sp

from .limits import TissueLimits

#: Rings of vertices over which a push fades out.
RINGS = 8
#: Factor by which a push fades from ring to ring.
FADING = 0.8


def with_surroundings(limits: TissueLimits, moved: np.ndarray, push: np.ndarray) -> np.ndarray:
    """Displacements [V, 3] mm that fade out around the vertices ``moved`` [N], which go by ``push`` [N, 3] mm."""
    mean = limits.neighbour_mean
    reached = np.zeros(mean.shape[0], bool)
    reached[moved] = True
    edge = moved
    for _ in range(RINGS):  # the rest of the face is not reached
        fresh = np.zeros(len(reached), bool)
        fresh[mean.indices[_entries(mean, edge)]] = True
        edge = np.flatnonzero(fresh & ~reached)
        reached[edge] = True
    rows = np.flatnonzero(reached)
    number = np.full(len(reached), -1, mean.indices.dtype)
    number[rows] = np.arange(len(rows))
    mean, pushed = _among(mean, rows, number), number[moved]
    carried = np.zeros((len(rows), 3))
    for _ in range(RINGS):
        carried[pushed] = push
        carried = FADING * (mean @ carried)
    carried[pushed] = push
    everywhere = np.zeros((len(reached), 3))
    everywhere[rows] = carried
    return everywhere


def _entries(matrix: sp.csr_matrix, rows: np.ndarray) -> np.ndarray:
    """Numbers of the entries in rows [N] of a matrix, much faster than indexing it."""
    counts = matrix.indptr[rows + 1] - matrix.indptr[rows]
    before = np.cumsum(counts) - counts
    return np.arange(counts.sum()) + np.repeat(matrix.indptr[rows] - before, counts)


def _among(matrix: sp.csr_matrix, rows: np.ndarray, number: np.ndarray) -> sp.csr_matrix:
    """The rows [N] of a matrix and the same columns; ``number`` of each vertex among them, or -1."""
    entries = _entries(matrix, rows)
    counts = matrix.indptr[rows + 1] - matrix.indptr[rows]
    columns = number[matrix.indices[entries]]
    kept = columns >= 0
    until = np.append(0, np.cumsum(kept))[np.append(0, np.cumsum(counts))]
    parts = matrix.data[entries[kept]], columns[kept], until
    return sp.csr_matrix(parts, shape=(len(rows), len(rows)))
