# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From packed triangles of the cubes to one sparse matrix over the free nodes; the pattern is found once."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from .lattice import Lattice
from .stiffness import unpacked


@dataclass(frozen=True)
class Assembly:
    """How packed triangles [300, C] of a lattice's cubes add up.

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
    def _pattern(self) -> tuple[np.ndarray, np.ndarray, sp.csr_matrix, sp.csr_matrix]:
        """CSC of the lower triangle, and matrices [entries, values] that fill it.

        The first takes packed triangles [300, C], the second those [K, Q] of cubes with hanging corners.
        """
        plain, first, other, second, _ = self._corners
        size, total = 3 * len(self.lattice.free), len(self.lattice.cubes)
        keys, places = [], []
        for homes, nodes, count in ((plain, first, total), (np.arange(len(other)), second, None)):
            axis = (3 * nodes[:, :, None] + np.arange(3)).reshape(len(nodes), 3 * nodes.shape[1])
            row, column = (axis[:, pick].T for pick in np.tril_indices(axis.shape[1]))
            low, high = np.minimum(row, column), np.maximum(row, column)
            keys.append((low.astype(np.int64) * size + high).ravel())
            count = len(other) if count is None else count
            places.append((np.arange(len(row))[:, None] * count + homes).ravel())
        cut, filled = len(keys[0]), len(keys[0]) + len(keys[1])
        for i, j in np.ndindex(3, 3):
            row, column = 3 * self.couples[:, 0] + i, 3 * self.couples[:, 1] + j
            keys.append(np.minimum(row, column).astype(np.int64) * size + np.maximum(row, column))
        unique, entry = np.unique(np.concatenate(keys), return_inverse=True)
        entry = entry.ravel()[:filled]
        fills = []
        for own, place, width in (
            (entry[:cut], places[0], 300 * total),
            (entry[cut:], places[1], len(keys[1])),
        ):
            fills.append(sp.csr_matrix((np.ones(len(own)), (own, place)), (len(unique), width)))
        indptr = np.searchsorted(unique, np.arange(size + 1, dtype=np.int64) * size)
        return indptr, (unique % size).astype(np.int64), *fills

    @property
    def indptr(self) -> np.ndarray:
        """Starts of the columns, as in scipy's CSC; the lower triangle alone."""
        return self._pattern[0]

    @property
    def indices(self) -> np.ndarray:
        """Rows of the entries, as in scipy's CSC."""
        return self._pattern[1]

    @cached_property
    def _spread(self) -> np.ndarray:
        """[Q, 24, 3 M] what the corners of cubes that hang have of their free nodes' motion."""
        shares = self._corners[4]
        count, _, width = shares.shape
        spread = np.zeros((count, 8, 3, width, 3))
        for axis in range(3):
            spread[:, :, axis, :, axis] = shares
        return spread.reshape(count, 24, 3 * width)

    def values(self, packed: np.ndarray) -> np.ndarray:
        """Entries of the matrix for packed triangles [300, C] of the cubes."""
        other = self._corners[2]
        _, _, plain_fill, other_fill = self._pattern
        found = plain_fill @ packed.ravel()
        if len(other):
            spread = self._spread
            blocks = spread.transpose(0, 2, 1) @ unpacked(packed[:, other]) @ spread
            row, column = np.tril_indices(blocks.shape[1])
            found += other_fill @ blocks[:, row, column].T.ravel()
        return found

    def add(self, values: np.ndarray, matrix: sp.csr_matrix) -> sp.csr_matrix | None:
        """Add a symmetric matrix [3 F, 3 F] to the entries, in place, and give what was left out of it.

        What lies outside the pattern goes to the diagonal, so that what was definite stays so.
        """
        part = sp.tril(matrix).tocoo()
        size = 3 * len(self.lattice.free)
        key = part.col.astype(np.int64) * size + part.row
        at = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        known = self._keys[at] == key
        np.add.at(values, at[known], part.data[known])
        if known.all():
            return None
        rows, columns, beyond = part.row[~known], part.col[~known], part.data[~known]
        diagonal = np.bincount(rows, np.abs(beyond), size)
        diagonal += np.bincount(columns, np.abs(beyond), size)
        values[self.indptr[:-1]] += diagonal
        left = sp.csr_matrix((beyond, (rows, columns)), (size, size))
        return (left + left.T - sp.diags(diagonal)).tocsr()

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
