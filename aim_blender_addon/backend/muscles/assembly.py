# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From blocks of the cubes to one sparse matrix over the free nodes; the pattern is found once."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from .lattice import Lattice


@dataclass(frozen=True)
class Assembly:
    """How blocks [C, 24, 24] of a lattice's cubes add up.

    Attributes:
        lattice: the cubes.
        couples: [P, 2] free nodes that something beyond the cubes ties to each other.
    """

    lattice: Lattice
    couples: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), int))

    @cached_property
    def _corners(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Plain cubes and their free nodes [R, 8]; others, their free nodes [Q, M] and shares [Q, 8, M]."""
        carry = self.lattice.carry
        counts = np.diff(carry.indptr)
        single = counts == 1
        cubes = self.lattice.cubes
        plain = single[cubes].all(axis=1)
        node = np.zeros(len(counts), int)
        node[single] = carry.indices[carry.indptr[:-1][single]]
        rows = [carry[cube] for cube in cubes[~plain]]
        columns = [np.unique(row.indices) for row in rows]
        width = max((len(c) for c in columns), default=0)
        names = np.zeros((len(rows), width), int)
        shares = np.zeros((len(rows), 8, width))
        for number, (row, column) in enumerate(zip(rows, columns, strict=True)):
            names[number, : len(column)] = column
            names[number, len(column) :] = column[0]
            shares[number, :, : len(column)] = row[:, column].toarray()
        return np.flatnonzero(plain), node[cubes[plain]], np.flatnonzero(~plain), names, shares

    @cached_property
    def _pattern(self) -> tuple[np.ndarray, np.ndarray, sp.csr_matrix]:
        """CSC of the lower triangle, and the matrix [entries, values of blocks] that fills it."""
        _, first, _, second, _ = self._corners
        rows, columns = [], []
        for nodes in (first, second):
            axis = (3 * nodes[:, :, None] + np.arange(3)).reshape(len(nodes), 3 * nodes.shape[1])
            rows.append(np.repeat(axis, axis.shape[1], axis=1).ravel())
            columns.append(np.tile(axis, axis.shape[1]).ravel())
        filled = sum(map(len, rows))
        both = np.concatenate([self.couples, self.couples[:, ::-1]])
        for i, j in np.ndindex(3, 3):
            rows.append(3 * both[:, 0] + i)
            columns.append(3 * both[:, 1] + j)
        row, column = np.concatenate(rows), np.concatenate(columns)
        lower = np.flatnonzero(row >= column)
        size = 3 * len(self.lattice.free)
        key = column[lower].astype(np.int64) * size + row[lower]
        unique, entry = np.unique(key, return_inverse=True)
        held = lower < filled
        fill = sp.csr_matrix(
            (np.ones(held.sum()), (entry.ravel()[held], lower[held])), (len(unique), filled)
        )
        indptr = np.searchsorted(unique, np.arange(size + 1, dtype=np.int64) * size)
        return indptr, (unique % size).astype(np.int64), fill

    @property
    def indptr(self) -> np.ndarray:
        """Starts of the columns, as in scipy's CSC; the lower triangle alone."""
        return self._pattern[0]

    @property
    def indices(self) -> np.ndarray:
        """Rows of the entries, as in scipy's CSC."""
        return self._pattern[1]

    def values(self, blocks: np.ndarray) -> np.ndarray:
        """Entries of the matrix for blocks [C, 24, 24] of the cubes."""
        plain, _, other, _, shares = self._corners
        parts = [blocks[plain].ravel()]
        if len(other):
            width = shares.shape[2]
            block = blocks[other].reshape(-1, 8, 3, 8, 3)
            block = np.einsum("qam,qaibk->qmibk", shares, block, optimize=True)
            block = np.einsum("qbn,qmibk->qmink", shares, block, optimize=True)
            parts.append(block.reshape(len(other), 3 * width, 3 * width).ravel())
        return self._pattern[2] @ np.concatenate(parts)

    def add(self, values: np.ndarray, matrix: sp.csr_matrix) -> None:
        """Add a symmetric matrix [3 F, 3 F] to the entries, in place; what lies outside the pattern is left out."""
        part = sp.tril(matrix).tocoo()
        size = 3 * len(self.lattice.free)
        key = part.col.astype(np.int64) * size + part.row
        at = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        known = self._keys[at] == key
        np.add.at(values, at[known], part.data[known])

    @cached_property
    def _keys(self) -> np.ndarray:
        """[entries] one rising number for each entry."""
        size = 3 * len(self.lattice.free)
        columns = np.repeat(np.arange(size, dtype=np.int64), np.diff(self.indptr))
        return columns * size + self.indices

    def matrix(self, values: np.ndarray) -> sp.csc_matrix:
        """The whole symmetric matrix."""
        size = 3 * len(self.lattice.free)
        lower = sp.csc_matrix((values, self.indices, self.indptr), (size, size))
        return (lower + lower.T - sp.diags(lower.diagonal())).tocsc()
