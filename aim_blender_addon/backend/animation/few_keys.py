# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dense curve as a smooth one of few keys, within a tolerance (numpy only).

Between two keys the curve is the cubic of both values and slopes, which a Bezier curve with handles at a third of the
way is. Values and slopes are the least squares of all samples; a key is added where the curve is farthest off.
"""

from dataclasses import dataclass

import numpy as np

#: So many samples are fitted together; longer curves are joined with the same value and slope.
_PIECE = 120
#: Slopes are held this much to those of the samples, where these say little else.
_HOLD = 1e-6


@dataclass(frozen=True)
class Keys:
    """Keys of a curve.

    Attributes:
        times: [K] rising.
        values: [K].
        slopes: [K] in value a unit of time, the same on both sides.
    """

    times: np.ndarray
    values: np.ndarray
    slopes: np.ndarray

    def at(self, times: np.ndarray) -> np.ndarray:
        """Values [T] at times [T] within the keys; the first and last value hold outside."""
        if len(self.times) == 1:
            return np.full(len(times), self.values[0])
        left, basis = _basis(self.times, np.clip(times, self.times[0], self.times[-1]))
        return (
            basis[:, 0] * self.values[left]
            + basis[:, 1] * self.slopes[left]
            + basis[:, 2] * self.values[left + 1]
            + basis[:, 3] * self.slopes[left + 1]
        )


def few_keys(times: np.ndarray, values: np.ndarray, tolerance: float) -> Keys:
    """The fewest keys that were found for a curve.

    Args:
        times: [T] rising.
        values: [T] finite.
        tolerance: no sample is farther from the curve, above 0.
    """
    times, values = np.asarray(times, np.float64), np.asarray(values, np.float64)
    low, high = values.min(), values.max()
    if high - low <= 2 * tolerance or len(times) == 1:
        return Keys(times[:1], np.array([(low + high) / 2]), np.zeros(1))
    slopes = np.gradient(values, times)
    ends = np.unique(np.linspace(0, len(times) - 1, 2 + (len(times) - 2) // _PIECE).round())
    parts = [
        _piece(times[a : b + 1], values[a : b + 1], slopes[a : b + 1], tolerance)
        for a, b in zip(ends[:-1].astype(int), ends[1:].astype(int), strict=True)
    ]
    kept = [part[:, :-1] for part in parts[:-1]] + [parts[-1]]
    return Keys(*np.concatenate(kept, axis=1))


def _piece(
    times: np.ndarray, values: np.ndarray, slopes: np.ndarray, tolerance: float
) -> np.ndarray:
    """Times, values and slopes [3, K] of keys; the first and the last are the samples' own."""
    count = len(times)
    knots = np.array([0, count - 1])
    while True:
        keys = _fit(times, values, slopes, knots)
        off = np.abs(keys.at(times) - values)
        if off.max() <= tolerance or len(knots) == count:
            return np.stack([keys.times, keys.values, keys.slopes])
        off[knots] = -1.0
        new = [
            a + 1 + int(np.argmax(off[a + 1 : b]))
            for a, b in zip(knots[:-1], knots[1:], strict=True)
            if b > a + 1 and off[a + 1 : b].max() > tolerance
        ]
        if not new:  # only keys themselves are off: their neighbours give way
            new = [int(np.argmax(off))]
        knots = np.union1d(knots, new)


def _fit(times: np.ndarray, values: np.ndarray, slopes: np.ndarray, knots: np.ndarray) -> Keys:
    """The least squares of the samples, the ends held."""
    count = len(knots)
    if count == len(times):
        return Keys(times, values, slopes)
    left, basis = _basis(times[knots], times)
    columns = 2 * left[:, None] + np.arange(4)
    places = 2 * count * columns[:, :, None] + columns[:, None, :]
    products = basis[:, :, None] * basis[:, None, :]
    system = np.bincount(places.ravel(), products.ravel(), 4 * count**2)
    system = system.reshape(2 * count, 2 * count)
    right = np.bincount(columns.ravel(), (basis * values[:, None]).ravel(), 2 * count)
    span = (times[-1] - times[0]) / (count - 1)
    held = _HOLD * span**2 * len(times) / count
    place = np.arange(1, 2 * count, 2)
    system[place, place] += held
    right[place] += held * slopes[knots]
    found = np.empty(2 * count)
    ends = [0, 1, 2 * count - 2, 2 * count - 1]
    found[ends] = values[0], slopes[0], values[-1], slopes[-1]
    inner = np.setdiff1d(np.arange(2 * count), ends)
    if len(inner):
        right = right[inner] - system[np.ix_(inner, ends)] @ found[ends]
        found[inner] = np.linalg.solve(system[np.ix_(inner, inner)], right)
    return Keys(times[knots], found[0::2], found[1::2])


def _basis(knots: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The key before each of the times [T], and what value and slope of it and of the next count there [T, 4]."""
    left = np.clip(np.searchsorted(knots, times, side="right") - 1, 0, len(knots) - 2)
    length = knots[left + 1] - knots[left]
    s = (times - knots[left]) / length
    basis = np.stack(
        [
            (1 + 2 * s) * (1 - s) ** 2,
            s * (1 - s) ** 2 * length,
            s**2 * (3 - 2 * s),
            s**2 * (s - 1) * length,
        ],
        axis=1,
    )
    return left, basis
