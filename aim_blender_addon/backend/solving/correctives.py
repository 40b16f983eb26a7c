# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A solved performance as ordinary shape keys: global curves and few corrective shapes.

The skin of each frame, with head, jaw and skinning undone, is first explained by the expressions with one
weight each. Their residual is compressed into corrective shapes with a curve each, as few as bring the error
under a tolerance. These are principal components, found in one pass over the take in a memory that does not
grow. Error is distance in the unposed space; posing changes it by the jaw's skinning only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..geometry.bounded import bounded
from ..geometry.rigid import undo_rigid
from ..geometry.skinning import undo_jaw
from ..io.takes import NpzRows
from ..model.aim import AimModel
from ..progress import Progress, silent
from .solving_face import SolvingFace, prepare_face

#: Frames taken together, which bounds the memory.
CHUNK_FRAMES = 64
#: Usual upper bound of the number of corrective shapes, which bounds the memory and the size of a scene.
MAX_CORRECTIVES = 200
#: Ridge of the curves, times the mean energy of an expression.
RIDGE = 1e-4
#: Directions with less of the largest energy than this are noise of the arithmetic.
MIN_ENERGY = 1e-10

#: Chunks [N, V, 3] of unposed displacements, in the order of time; called anew for each pass.
Chunks = Callable[[], Iterator[np.ndarray]]


@dataclass(frozen=True)
class CompressedPerformance:
    """Shape keys and their curves.

    Attributes:
        weights: [T, E] curves of the expressions, within ``limits``.
        shapes: [C, V, 3] float32 mm, corrective displacements, largest effect first.
        curves: [T, C] their curves; each shape is scaled so that its curve's largest value is one.
        error_mm: mean, p99 and largest error over all frames, and the same without correctives.
        reached: whether the tolerance was reached.
    """

    weights: np.ndarray
    shapes: np.ndarray
    curves: np.ndarray
    error_mm: dict
    reached: bool


def compress_result(
    model: AimModel,
    result: Path,
    tolerance_mm: float,
    measure: str = "p99",
    progress: Progress = silent,
    largest: np.ndarray | float = 1.0,
) -> CompressedPerformance:
    """Curves and correctives of a result of ``solve``; arguments as of :func:`compress_performance`.

    No curve goes beyond ``largest`` [E]: what a rig's shape key cannot show is left to correctives.
    """
    face = prepare_face(model, 1)
    rows = [NpzRows(result, name) for name in ("vertices", "head", "jaw")]
    chunks = unposed_chunks(face, *rows)
    limits = (0.0, np.clip(largest, 0.0, 1.0))
    return compress_performance(face, chunks, tolerance_mm, measure, limits, progress=progress)


def unposed_chunks(
    face: SolvingFace,
    vertices: Sequence[np.ndarray],
    heads: Sequence[np.ndarray],
    jaws: Sequence[np.ndarray],
) -> Chunks:
    """The frames of a result, unposed: vertices [T, V, 3], heads and jaws [T, 4, 4], row by row."""

    def chunks() -> Iterator[np.ndarray]:
        for start in range(0, len(vertices), CHUNK_FRAMES):
            stop = min(start + CHUNK_FRAMES, len(vertices))
            fields = []
            for row in range(start, stop):
                head, jaw = heads[row], jaws[row]
                local = undo_rigid(np.asarray(vertices[row], np.float64), head)
                fields.append(undo_jaw(local, jaw, face.skin.jaw_weight) - face.skin.rest)
            yield np.stack(fields)

    return chunks


def compress_performance(
    face: SolvingFace,
    chunks: Chunks,
    tolerance_mm: float,
    measure: str = "p99",
    limits: tuple[float, np.ndarray | float] = (0.0, 1.0),
    max_shapes: int = MAX_CORRECTIVES,
    progress: Progress = silent,
    given: np.ndarray | None = None,
) -> CompressedPerformance:
    """Global curves, and as few correctives as bring the error under ``tolerance_mm``.

    Args:
        face: the prepared model.
        chunks: unposed displacements; :func:`unposed_chunks` gives those of a result.
        tolerance_mm: positive.
        measure: the error that has to be under it: "mean", "p99" or "max".
        limits: the expressions' curves stay between these; the upper one may be [E].
        max_shapes: upper bound of the number of correctives.
        progress: called after every chunk.
        given: [T, E] curves of the expressions, which stay as they are; None: the best ones.
    """
    if tolerance_mm <= 0 or measure not in ("mean", "p99", "max"):
        raise ValueError(f"tolerance {tolerance_mm} has to be positive, measure {measure!r} known")
    columns = face.skin.displacements.reshape(-1, face.expressions)
    weights, directions = _curves_and_directions(
        columns, chunks, limits, max_shapes, given, progress
    )
    coefficients = np.zeros((len(weights), len(directions)))

    def measured(counts: list[int], stage: float) -> dict[int, dict]:
        errors, first = _Errors(counts), 0
        for number, chunk in enumerate(chunks()):
            progress("Measuring corrective shapes", min(stage + 0.25, stage + 0.01 * number), {})
            rows = slice(first, first + len(chunk))
            first += len(chunk)
            residual = chunk.reshape(len(chunk), -1) - weights[rows] @ columns.T
            coefficients[rows] = residual @ directions.T
            errors.add(residual, coefficients[rows], directions)
        return errors.figures()

    count, figures, reached = _smallest_count(measured, len(directions), tolerance_mm, measure)
    shapes, curves = _with_largest_one(directions[:count], coefficients[:, :count])
    return CompressedPerformance(
        weights,
        shapes.reshape(count, len(face.skin), 3).astype(np.float32),
        curves,
        {**figures[count], "without_correctives": figures[0]},
        reached,
    )


def _curves_and_directions(
    columns: np.ndarray,
    chunks: Chunks,
    limits: tuple[float, np.ndarray | float],
    max_shapes: int,
    given: np.ndarray | None,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    """Curves [T, E] of the expressions [3V, E], and the leading directions [C, 3V] of their residual."""
    gram = columns.T @ columns
    gram[np.diag_indices_from(gram)] += RIDGE * np.trace(gram) / len(gram) + 1e-12
    weights, basis, first = [], _RunningBasis(max_shapes), 0
    for number, chunk in enumerate(chunks()):
        progress("Finding corrective shapes", min(0.5, 0.02 * number), {})
        flat = chunk.reshape(len(chunk), -1)
        rows = slice(first, first + len(chunk))
        first += len(chunk)
        curve = bounded(gram, flat @ columns, limits) if given is None else given[rows]
        weights.append(curve)
        basis.add(flat - curve @ columns.T)
    return np.concatenate(weights), basis.directions


def _smallest_count(
    measured: Callable[[list[int], float], dict[int, dict]],
    available: int,
    tolerance_mm: float,
    measure: str,
) -> tuple[int, dict[int, dict], bool]:
    """The smallest number of shapes within the tolerance, the error figures, and whether any number is.

    A first pass measures numbers that grow by a half, a second one those between the last two.
    """
    figures = measured(_strides(available), 0.5)
    enough = [count for count in sorted(figures) if figures[count][measure] <= tolerance_mm]
    count = enough[0] if enough else available
    below = max((k for k in figures if k < count), default=0)
    if enough and count - below > 1:
        figures |= measured(list(range(below + 1, count)), 0.75)
        count = min(k for k in figures if figures[k][measure] <= tolerance_mm)
    return count, figures, bool(enough)


def _with_largest_one(shapes: np.ndarray, curves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shapes [C, 3V] and curves [T, C] of the same product, each curve's largest value one."""
    count = len(shapes)
    size = curves[np.abs(curves).argmax(axis=0), np.arange(count)] if count else np.ones(0)
    size = np.where(size == 0, 1.0, size)
    return shapes * size[:, None], curves / size


class _RunningBasis:
    """Leading directions [C, 3V] of rows that come chunk by chunk (incremental singular values)."""

    def __init__(self, max_shapes: int):
        self._max_shapes = max_shapes
        self._scaled: np.ndarray | None = None  # directions times singular values

    def add(self, rows: np.ndarray) -> None:
        stacked = rows if self._scaled is None else np.concatenate([self._scaled, rows])
        energy, turn = np.linalg.eigh(stacked @ stacked.T)
        order = np.argsort(energy)[::-1][: self._max_shapes]
        order = order[energy[order] > MIN_ENERGY * max(energy.max(), 1e-30)]
        self._scaled = turn[:, order].T @ stacked

    @property
    def directions(self) -> np.ndarray:
        length = np.linalg.norm(self._scaled, axis=1, keepdims=True)
        order = np.argsort(length[:, 0])[::-1]
        return (self._scaled / np.maximum(length, 1e-30))[order]


def _strides(max_shapes: int) -> list[int]:
    """Numbers of shapes to try first, growing by about a half."""
    counts = [0]
    while counts[-1] < max_shapes:
        counts.append(min(max(counts[-1] + 1, int(1.5 * counts[-1])), max_shapes))
    return counts


class _Errors:
    """Error figures for some numbers of directions."""

    _STEPS = 4000
    _FARTHEST_MM = 20.0

    def __init__(self, counts: list[int]):
        self._counts = counts
        self._histogram = np.zeros((len(counts), self._STEPS + 1), np.int64)
        self._sums, self._largest = np.zeros(len(counts)), np.zeros(len(counts))

    def add(self, residual: np.ndarray, part: np.ndarray, directions: np.ndarray) -> None:
        rest, done = residual, 0
        for row, count in enumerate(self._counts):
            rest = rest - part[:, done:count] @ directions[done:count]
            done = count
            distance = np.linalg.norm(rest.reshape(len(rest), -1, 3), axis=2).ravel()
            steps = np.minimum(self._STEPS * np.sqrt(distance / self._FARTHEST_MM), self._STEPS)
            self._histogram[row] += np.bincount(steps.astype(int), minlength=self._STEPS + 1)
            self._sums[row] += distance.sum()
            self._largest[row] = max(self._largest[row], distance.max())

    def figures(self) -> dict[int, dict]:
        result = {}
        for row, count in enumerate(self._counts):
            number = self._histogram[row].sum()
            step = np.searchsorted(np.cumsum(self._histogram[row]), 0.99 * number) + 1
            p99 = min(self._FARTHEST_MM * (step / self._STEPS) ** 2, self._largest[row])
            result[count] = {
                "mean": round(float(self._sums[row] / number), 4),
                "p99": round(float(p99), 4),
                "max": round(float(self._largest[row]), 4),
            }
        return result
