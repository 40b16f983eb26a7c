# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shape of a character shows which motion: by name (ARKit, FACS), or by its own motion (numpy and scipy)."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import lsq_linear

from ..shape_names import pairs as name_pairs
from ..shape_names import plain_name
from .choices import MatchedBy
from .shape_table import Match

#: Smaller weights are dropped from the table, which a person edits.
MIN_WEIGHT = 0.05
#: Upper bound of the number of shapes in a mixture.
MAX_SHAPES = 10
#: Each shape of a mixture has to explain at least this fraction of the squared motion.
MIN_EXPLAINED = 0.01
#: A mixture whose cosine with the motion is above this is the motion itself.
SAME_MOTION = 0.95
#: A motion and a shape whose cosine is below this are no pair, though each is the other's most similar.
MIN_LIKENESS = 0.5
#: Motions of one name below this cosine are not one motion.
LEAST_ALIKE = 0.1
#: It is asked only where both motions move skin farther than this, mm.
MOVES_MM = 0.5
#: Ridge of a match by motion, times a shape's energy.
RIDGE = 1e-3


def match_by_name(sources: Sequence[str], targets: Sequence[str]) -> list[Match]:
    """Rows for all sources that have a shape, or one on each side, of their name."""
    rows = []
    for source, found in zip(sources, name_pairs(sources, targets), strict=True):
        for target in (targets[n] for n in found):
            # Two sides of a source on one shape of the target add up to it.
            weight = 0.5 if plain_name(source)[1] and not plain_name(target)[1] else 1.0
            rows.append(Match(source, target, weight, MatchedBy.NAME, float("nan")))
    return rows


def is_another_motion(motion: np.ndarray, shape: np.ndarray, everywhere: np.ndarray) -> bool:
    """Whether a shape of a motion's name is none of it: it moves nothing, or the skin in another way.

    Args:
        motion, shape: [S, 3] mm, of the target's skin that the source has.
        everywhere: [V, 3] the shape on all of the mesh, its units.
    """
    if not np.any(everywhere):
        return True
    size = float(np.linalg.norm(motion) * np.linalg.norm(shape))
    both_move = min(np.abs(motion).max(initial=0), np.abs(shape).max(initial=0)) > MOVES_MM
    return bool(both_move and float((motion * shape).sum()) < LEAST_ALIKE * size)


def match_by_motion(
    sources: Mapping[str, np.ndarray],
    targets: Sequence[str],
    shapes: np.ndarray,
    max_weights: np.ndarray | float = 1.0,
) -> list[Match]:
    """Rows for the motions {name: [S, 3]} as mixtures of the target's shapes [N, S, 3], weights 0 to ``max_weights``.

    A mixture that shows nearly the whole motion is taken as it is. Otherwise a motion and a shape that are each the
    other's most similar are one expression made by two artists. Other shapes in the mixture would only chase the
    difference.
    """
    max_weights = np.broadcast_to(np.asarray(max_weights, float), len(shapes))
    flat = shapes.reshape(len(shapes), -1).astype(np.float64)
    gram = flat @ flat.T
    same = _each_others_best(sources, flat)
    rows = []
    for name, motion in sources.items():
        motion = motion.ravel().astype(np.float64)
        size = float(np.linalg.norm(motion))
        chosen, weights = _few_shapes(gram, flat @ motion, size**2, max_weights)
        likeness = _cosine(weights @ flat[chosen], motion)
        if name in same and not likeness > SAME_MOTION:
            best = same[name]
            chosen, weights = [best], [min(size / np.linalg.norm(flat[best]), max_weights[best])]
            likeness = _cosine(flat[best], motion)
        rows += [
            Match(name, targets[k], round(float(weight), 4), MatchedBy.MOTION, likeness)
            for k, weight in zip(chosen, weights, strict=True)
            if weight > MIN_WEIGHT
        ]
    return rows


def _each_others_best(sources: Mapping[str, np.ndarray], flat: np.ndarray) -> dict[str, int]:
    """Numbers of the shapes [N, D] that are most similar to a motion, which in turn is most similar to them."""
    if not sources or not len(flat):
        return {}
    motions = np.stack([motion.ravel() for motion in sources.values()]).astype(np.float64)
    size = np.linalg.norm(motions, axis=1)[:, None] * np.linalg.norm(flat, axis=1)
    alike = motions @ flat.T / np.maximum(size, 1e-12)
    return {
        name: int(row.argmax())
        for number, (name, row) in enumerate(zip(sources, alike, strict=True))
        if row.max() > MIN_LIKENESS and alike[:, row.argmax()].argmax() == number
    }


def _cosine(first: np.ndarray, second: np.ndarray) -> float:
    """Of two motions [D]; nan where one is none."""
    size = np.linalg.norm(first) * np.linalg.norm(second)
    return float(first @ second / size) if size > 0 else float("nan")


def _few_shapes(
    gram: np.ndarray, inner_products: np.ndarray, total: float, max_weights: np.ndarray
) -> tuple[list[int], np.ndarray]:
    """Numbers and weights of the few shapes that show a motion.

    Args:
        gram: [N, N] inner products of the shapes.
        inner_products: [N] their inner products with the motion.
        total: the motion's with itself.
        max_weights: [N] upper bound of the weight of each.
    """
    chosen: list[int] = []
    weights, residual_energy = np.zeros(0), total
    size = np.maximum(np.diag(gram), 1e-12)
    while len(chosen) < MAX_SHAPES and total > 0:
        slope = inner_products - gram[:, chosen] @ weights
        alone = np.clip(slope / size, 0.0, max_weights)
        explained = alone * (2 * slope - alone * size)  # of the squared residual, by each alone
        explained[chosen] = -np.inf
        best = int(explained.argmax())
        if explained[best] <= 0:
            break
        tried = [*chosen, best]
        part = gram[np.ix_(tried, tried)]
        # Least squares in the shapes' own space: a root of the gram matrix keeps all inner products.
        factor = np.linalg.cholesky(
            part + RIDGE * np.diag(np.diag(part)) + 1e-12 * np.eye(len(part))
        ).T
        target_vector = np.linalg.solve(factor.T, inner_products[tried])
        found = lsq_linear(factor, target_vector, (0.0, np.maximum(max_weights[tried], 1e-9))).x
        now = total - 2 * found @ inner_products[tried] + found @ part @ found
        if residual_energy - now < MIN_EXPLAINED * total:
            break
        chosen, weights, residual_energy = tried, found, now
    return chosen, weights
