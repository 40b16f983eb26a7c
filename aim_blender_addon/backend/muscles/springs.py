# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Zero-length springs that hold places in the flesh to where they are wanted: bones, borders, muscle tracks.

Where all wanted places come from one pose of the nodes, springs are a quadratic form of the nodes. Its blocks add to
the stiffness of the cubes and never change from pose to pose.
"""

import numpy as np
import scipy.sparse as sp

from .lattice import Lattice

#: Springs whose blocks are summed at once; all of a fine mesh would fill hundreds of megabytes.
AT_ONCE = 20_000


def embedding(lattice: Lattice, cube: np.ndarray, shares: np.ndarray) -> sp.csr_matrix:
    """[P, F]: places given by shares [P, 8] of a cube's corners, from the free nodes."""
    count = len(cube)
    rows = np.repeat(np.arange(count), 8)
    corners = sp.csr_matrix(
        (shares.ravel(), (rows, lattice.cubes[cube].ravel())), (count, len(lattice.nodes))
    )
    whole = (corners @ lattice.carry).tocsr()
    whole.eliminate_zeros()
    return whole


def spring_blocks(
    count: int, cube: np.ndarray, shares: np.ndarray, stiffness: np.ndarray
) -> np.ndarray:
    """[count, 8, 8] N/mm, what springs at shares [P, 8] of cubes [P] and of stiffness [P] add to each axis."""
    some = np.flatnonzero(stiffness > 0)
    order = some[np.argsort(cube[some], kind="stable")]
    blocks = np.zeros((count, 8, 8))
    for start in range(0, len(order), AT_ONCE):
        part = order[start : start + AT_ONCE]
        dyads = stiffness[part, None, None] * shares[part, :, None] * shares[part, None, :]
        homes, first = np.unique(cube[part], return_index=True)
        blocks[homes] += np.add.reduceat(dyads, first, axis=0)
    return blocks


def spring_matrix(lattice: Lattice, blocks: np.ndarray) -> sp.csr_matrix:
    """[F, F] N/mm of blocks [C, 8, 8]: forces of the free nodes by their distance to where they are wanted."""
    rows = np.repeat(lattice.cubes, 8, axis=1).ravel()
    columns = np.tile(lattice.cubes, 8).ravel()
    size = len(lattice.nodes)
    whole = sp.csr_matrix((blocks.ravel(), (rows, columns)), (size, size))
    return (lattice.carry.T @ whole @ lattice.carry).tocsr()


def add_to_axes(blocks: np.ndarray, each: np.ndarray) -> np.ndarray:
    """Blocks [C, 24, 24] plus [C, 8, 8] on each axis, in place."""
    view = blocks.reshape(-1, 8, 3, 8, 3)
    for axis in range(3):
        view[:, :, axis, :, axis] += each
    return blocks
