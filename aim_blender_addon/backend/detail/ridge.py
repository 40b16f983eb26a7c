# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ridge regression at each pixel of a map, with left-out scans in closed form (numpy only)."""

from dataclasses import dataclass

import numpy as np

#: Pixels of one pass.
_PASS = 20_000


@dataclass(frozen=True)
class RidgeFit:
    """What heights say about a design, at each of N pixels.

    Attributes:
        maps: [P, N] float32 the coefficients.
        left_out: [E, N] float32 each scan as the others foretell it.
        known: [P, N] float32 how far the scans settle each coefficient, 0 (not at all) to 1.
    """

    maps: np.ndarray
    left_out: np.ndarray
    known: np.ndarray


def fit_ridge(heights: np.ndarray, design: np.ndarray, prior: np.ndarray) -> RidgeFit:
    """Fit ``heights = sum_p design_p maps_p`` at each pixel.

    Args:
        heights: [E, N] mm.
        design: [E, N, P].
        prior: [P] variance of each coefficient over that of the noise.
    """
    count, pixels, terms = design.shape
    maps, known = (np.zeros((terms, pixels), np.float32) for _ in range(2))
    left_out = np.zeros((count, pixels), np.float32)
    diagonal = np.arange(terms)
    prior = np.asarray(prior, np.float64)
    for start in range(0, pixels, _PASS):
        part = slice(start, start + _PASS)
        x = np.ascontiguousarray(design[:, part].transpose(1, 0, 2), np.float64)  # [n, E, P]
        y = heights[:, part].T.astype(np.float64)  # [n, E]
        across = x.transpose(0, 2, 1)
        gram = across @ x
        gram[:, diagonal, diagonal] += 1 / prior
        inverse = np.linalg.inv(gram)
        found = (inverse @ (across @ y[:, :, None]))[:, :, 0]
        pull = ((x @ inverse) * x).sum(axis=2)  # how far a scan foretells itself
        residual = y - (x @ found[:, :, None])[:, :, 0]
        maps[:, part] = found.T
        left_out[:, part] = (y - residual / np.maximum(1 - pull, 1e-6)).T
        known[:, part] = 1 - (inverse[:, diagonal, diagonal] / prior).T
    return RidgeFit(maps, left_out, known)


def with_constant(design: np.ndarray) -> np.ndarray:
    """[E, N, P + 1] the design with a constant before it."""
    return np.concatenate([np.ones((*design.shape[:2], 1), design.dtype), design], axis=2)
