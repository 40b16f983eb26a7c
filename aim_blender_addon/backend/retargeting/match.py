# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shape of a character does what: by name (ARKit, FACS), or by the motion it makes (numpy and scipy)."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import lsq_linear

from ..errors import RetargetError
from ..shape_names import pairs as name_pairs
from ..shape_names import plain_name
from .choices import MatchedBy

#: Weights below this are left out of the table.
SMALLEST_WEIGHT = 0.05
#: Shapes that one motion is mixed of at most, and the share of the motion that each has to add.
MOST_SHAPES, SMALLEST_GAIN = 10, 0.01
#: A mixture above the first cosine is the motion itself; each other's best below the second are strangers.
WHOLLY_ALIKE, ALIKE = 0.95, 0.5
#: Motions of one name below this cosine are not one motion. It is asked where both move skin farther than this, mm.
LEAST_ALIKE, MOVES_MM = 0.1, 0.5
#: Ridge of a match by motion, times a shape's energy.
RIDGE = 1e-3


@dataclass(frozen=True)
class Match:
    """One row of the table.

    Attributes:
        source: control of the source: an expression or a motion of the jaw.
        target: shape of the target.
        weight: of the shape when the control is one.
        how: what says so.
        likeness: cosine of the motions, nan where there was nothing to compare.
    """

    source: str
    target: str
    weight: float
    how: MatchedBy | str
    likeness: float


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

    A mixture that shows a motion all but wholly is taken as it is. Else a motion and a shape of which none is more
    alike to the other are one expression made by two artists: mixing in other shapes would only chase the difference.
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
        if name in same and not likeness > WHOLLY_ALIKE:
            best = same[name]
            chosen, weights = [best], [min(size / np.linalg.norm(flat[best]), max_weights[best])]
            likeness = _cosine(flat[best], motion)
        rows += [
            Match(name, targets[k], round(float(weight), 4), MatchedBy.MOTION, likeness)
            for k, weight in zip(chosen, weights, strict=True)
            if weight > SMALLEST_WEIGHT
        ]
    return rows


def _each_others_best(sources: Mapping[str, np.ndarray], flat: np.ndarray) -> dict[str, int]:
    """Numbers of the shapes [N, D] that are more alike to a motion than all others, and it to them."""
    if not sources or not len(flat):
        return {}
    motions = np.stack([motion.ravel() for motion in sources.values()]).astype(np.float64)
    size = np.linalg.norm(motions, axis=1)[:, None] * np.linalg.norm(flat, axis=1)
    alike = motions @ flat.T / np.maximum(size, 1e-12)
    return {
        name: int(row.argmax())
        for number, (name, row) in enumerate(zip(sources, alike, strict=True))
        if row.max() > ALIKE and alike[:, row.argmax()].argmax() == number
    }


def _cosine(first: np.ndarray, second: np.ndarray) -> float:
    """Of two motions [D]; nan where one is none."""
    size = np.linalg.norm(first) * np.linalg.norm(second)
    return float(first @ second / size) if size > 0 else float("nan")


def _few_shapes(
    gram: np.ndarray, inner_products: np.ndarray, total: float, max_weights: np.ndarray
) -> tuple[list[int], np.ndarray]:
    """Numbers and weights of the shapes that show a motion, each worth its place in the table.

    Args:
        gram: [N, N] inner products of the shapes.
        inner_products: [N] their inner products with the motion.
        total: the motion's with itself.
        max_weights: [N] largest weight of each; a shape that would need more plays no more.
    """
    chosen: list[int] = []
    weights, residual_energy = np.zeros(0), total
    size = np.maximum(np.diag(gram), 1e-12)
    while len(chosen) < MOST_SHAPES and total > 0:
        slope = inner_products - gram[:, chosen] @ weights
        alone = np.clip(slope / size, 0.0, max_weights)
        worth = alone * (
            2 * slope - alone * size
        )  # what each would take of the squared motion left
        worth[chosen] = -np.inf
        best = int(worth.argmax())
        if worth[best] <= 0:
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
        if residual_energy - now < SMALLEST_GAIN * total:
            break
        chosen, weights, residual_energy = tried, found, now
    return chosen, weights


def table_matrix(
    rows: Sequence[Match], sources: Sequence[str], targets: Sequence[str]
) -> np.ndarray:
    """The table as a matrix [sources, targets].

    Raises:
        RetargetError: a row names what is not there.
    """
    matrix = np.zeros((len(sources), len(targets)))
    for row in rows:
        if row.source not in sources or row.target not in targets:
            missing = row.source if row.source not in sources else row.target
            raise RetargetError(f"The table of shapes names '{missing}', which is not there")
        matrix[list(sources).index(row.source), list(targets).index(row.target)] += row.weight
    return matrix


def write_table(path: str | Path, rows: Sequence[Match]) -> None:
    """The table as CSV, to be looked at and edited."""
    try:
        with Path(path).open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(("source", "target", "weight", "how", "likeness"))
            for row in rows:
                writer.writerow(
                    (row.source, row.target, row.weight, row.how, f"{row.likeness:.3f}")
                )
    except OSError as error:
        raise RetargetError(f"'{path}' cannot be written: {error.strerror}") from error


def read_table(path: str | Path) -> list[Match]:
    """A table that :func:`write_table` wrote; further columns than the first three may be missing.

    Raises:
        RetargetError: the file is no such table.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as stream:
            return [
                Match(
                    row["source"],
                    row["target"],
                    float(row["weight"]),
                    row.get("how") or MatchedBy.HAND,
                    float(row.get("likeness") or "nan"),
                )
                for row in csv.DictReader(stream)
            ]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise RetargetError(
            f"'{path}' is no table of shapes: it needs the columns source, target and weight"
        ) from error
