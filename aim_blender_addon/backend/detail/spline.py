# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures whose cubic interpolation is exact at the middle of each pixel (numpy only).

Blender's cubic interpolation is a uniform cubic B-spline, which smooths: a picture drawn by it loses a third of a line
that is four pixels wide. Linear interpolation has kinks, which bump shows. So images hold the spline's coefficients
(Unser, Aldroubi and Eden 1991): the renderer then draws a smooth surface through the heights themselves.
"""

import numpy as np

#: Weights of a coefficient at its own pixel and at the two beside it.
_OWN, _BESIDE = 4 / 6, 1 / 6


def to_coefficients(picture: np.ndarray) -> np.ndarray:
    """[H, W, ...] float32 coefficients of pictures [H, W, ...]; beyond the border they go on as they end."""
    values = np.asarray(picture, np.float64)
    return _solved(_solved(values).swapaxes(0, 1)).swapaxes(0, 1).astype(np.float32)


def to_picture(coefficients: np.ndarray) -> np.ndarray:
    """[H, W, ...] float32 the values at the middle of each pixel of coefficients [H, W, ...]."""
    values = np.asarray(coefficients, np.float64)
    return _blurred(_blurred(values).swapaxes(0, 1)).swapaxes(0, 1).astype(np.float32)


def _blurred(values: np.ndarray) -> np.ndarray:
    """The spline at its knots, along the first axis."""
    before = np.concatenate([values[:1], values[:-1]])
    after = np.concatenate([values[1:], values[-1:]])
    return _OWN * values + _BESIDE * (before + after)


def _solved(values: np.ndarray) -> np.ndarray:
    """What :func:`_blurred` makes ``values`` of: a tridiagonal system, by elimination."""
    count = len(values)
    out = values.copy()
    if count == 1:
        return out
    diagonal = np.full(count, _OWN)
    diagonal[[0, -1]] += _BESIDE
    for row in range(1, count):
        factor = _BESIDE / diagonal[row - 1]
        diagonal[row] -= factor * _BESIDE
        out[row] -= factor * out[row - 1]
    out[-1] /= diagonal[-1]
    for row in range(count - 2, -1, -1):
        out[row] = (out[row] - _BESIDE * out[row + 1]) / diagonal[row]
    return out
