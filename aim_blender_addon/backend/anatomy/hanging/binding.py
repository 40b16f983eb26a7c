# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hangs on the skin follows it: lashes, brows, beards, the tear line, the lining of the mouth (numpy only).

A piece is bound once, at rest. Its *roots* are the places of the skin that hold it:

* Outside the mouth a root lies where a connected piece touches the skin. Every vertex belongs to the root that is
  nearest along the piece, so a lash or a card of a beard moves with its root and is not sheared.
* The lining of the mouth hangs on the lips by its rim. Behind the rim a vertex follows the skin across the tissue of
  its own lip or cheek, less and less as the tissue gets thicker.

A root takes its skin's shift, and outside the mouth its turn, too: a lash turns with its lid. Vertices between roots
blend their motions.
"""

from dataclasses import dataclass

import numpy as np

from ...geometry.rigid import nearest_rotation

#: So many skin vertices about a root tell how it turns.
AROUND = 16


@dataclass(frozen=True)
class CarrySettings:
    """How pieces hang on the skin; lengths are fractions of the jaw's (about 95 mm in an adult).

    Attributes:
        near: a piece that comes nearer to the skin than the first hangs on it; beyond the second it does not.
        touches: what is so much farther from the skin than the piece's nearest vertex is its root, too.
        shell: a piece of at least this size that keeps its distance to the skin has roots all over,
        rise: where the distance differs by less than this share of its size.
        reach: along the piece, motion is whole up to the first from the root, and none from the second on.
        below: a piece outside the mouth that lies deeper under the skin than this hangs on it by its rim or not at all.
        rim: an open edge of a lining nearer to the skin than this hangs on it.
        beside: a lining follows its rim wholly up to so far along its surface, and no more from the second on.
        tissue: the mouth's lining follows skin across tissue up to the first wholly, and beyond the second not at all,
        pocket: and so does the lining of lids.
        facing: least cosine between the way through the tissue and the skin's normal where it ends.
        steps: of smoothing over which roots blend.
    """

    near: tuple[float, float] = (0.03, 0.10)
    touches: float = 0.007
    shell: float = 0.30
    rise: float = 0.05
    reach: tuple[float, float] = (0.35, 1.0)
    below: float = 0.03
    rim: float = 0.03
    beside: tuple[float, float] = (0.01, 0.07)
    tissue: tuple[float, float] = (0.25, 0.70)
    pocket: tuple[float, float] = (0.04, 0.15)
    facing: float = 0.2
    steps: int = 8


CARRY = CarrySettings()


@dataclass(frozen=True)
class Places:
    """The nearest places of a skin to N points.

    Attributes:
        corners: [N, 3] int, the skin's vertices about each.
        weights: [N, 3] of these; they sum to one.
        distance: [N] mm.
    """

    corners: np.ndarray
    weights: np.ndarray
    distance: np.ndarray


@dataclass(frozen=True)
class Binding:
    """How V vertices hang on R places of a skin.

    Attributes:
        corners: [R, 3] int32, the skin's vertices about each root.
        weights: [R, 3] float32 of these.
        around: [R, N] int32, skin vertices about the root that tell how it turns; one alone for a root that does not.
        roots: [V, K] int32, of each vertex.
        shares: [V, K] float32 of these roots; they sum to one.
        follow: [V] float32 in [0, 1], how much a vertex follows its roots; 0 for what does not hang on the skin.
    """

    corners: np.ndarray
    weights: np.ndarray
    around: np.ndarray
    roots: np.ndarray
    shares: np.ndarray
    follow: np.ndarray

    def of_skin(self, values: np.ndarray) -> np.ndarray:
        """[V] values at the roots of each vertex, of values [S] at the skin's vertices."""
        if not len(self.corners):
            return np.zeros(len(self.follow))
        at_roots = (self.weights * values[self.corners]).sum(axis=1)
        return (self.shares * at_roots[self.roots]).sum(axis=1)

    def is_valid(self, vertices: int, skin_vertices: int) -> bool:
        """Whether it is one of a piece of so many vertices and a skin of so many."""
        count, most = self.roots.shape if self.roots.ndim == 2 else (-1, 0)
        shapes = (
            self.corners.shape == self.weights.shape == (len(self.corners), 3)
            and self.around.ndim == 2
            and len(self.around) == len(self.corners)
            and self.shares.shape == (count, most)
            and self.follow.shape == (vertices,) == (count,)
        )
        if not shapes:
            return False
        numbers = ((self.corners, skin_vertices), (self.around, skin_vertices))
        numbers = (*numbers, (self.roots, max(len(self.corners), 1)))
        whole = all(rows.dtype.kind in "iu" for rows, _count in numbers)
        return whole and all(
            not rows.size or (rows.min() >= 0 and rows.max() < end) for rows, end in numbers
        )


def carry(binding: Binding, points: np.ndarray, skin: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """[V, 3] mm displacements of a bound piece.

    Args:
        binding: of the piece.
        points: [V, 3] mm, the piece at rest.
        skin: [S, 3] mm, the skin at rest.
        moves: [S, 3] mm displacements of the skin.
    """
    result = np.zeros((len(points), 3))
    moves = np.asarray(moves, np.float64)
    stirs = (moves != 0).any(axis=1)  # most shapes move a part of the skin alone
    root_stirs = stirs[binding.corners].any(axis=1) | stirs[binding.around].any(axis=1)
    if not root_stirs.any():
        return result
    is_led = (root_stirs[binding.roots] & (binding.shares > 0)).any(axis=1)
    used = np.flatnonzero((binding.follow > 0) & is_led)
    if not len(used):
        return result
    skin = np.asarray(skin, np.float64)
    at = np.einsum("rk,rkc->rc", binding.weights, skin[binding.corners])
    shift = np.einsum("rk,rkc->rc", binding.weights, moves[binding.corners])
    turn = np.tile(np.eye(3), (len(root_stirs), 1, 1))
    turn[root_stirs] = _turns(binding.around[root_stirs], skin, moves)
    arm = points[used, None] - at[binding.roots[used]]  # [U, K, 3]
    turned = np.einsum("ukab,ukb->uka", turn[binding.roots[used]], arm) - arm
    moved = turned + shift[binding.roots[used]]
    total = np.einsum("uk,ukc->uc", binding.shares[used], moved)
    result[used] = binding.follow[used, None] * total
    return result


def _turns(around: np.ndarray, skin: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """[R, 3, 3] how skin turns that is told by vertices [R, N] about each root."""
    rest, moved = skin[around], moves[around]
    rest = rest - rest.mean(axis=1, keepdims=True)
    moved = rest + moved - moved.mean(axis=1, keepdims=True)
    turns = np.tile(np.eye(3), (len(rest), 1, 1))
    some = np.abs(moved - rest).max(axis=(1, 2)) > 1e-6
    turns[some] = nearest_rotation(np.einsum("rna,rnb->rab", moved[some], rest[some]))
    return turns
