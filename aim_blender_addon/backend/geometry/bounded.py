# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Least squares within limits (numpy only)."""

import numpy as np

#: Upper bound of the sweeps over the unknowns,
MAX_SWEEPS = 200
#: which end when no unknown changes by more than this.
SWEEP_TOLERANCE = 1e-5


def bounded(
    gram: np.ndarray, right: np.ndarray, limits: tuple[np.ndarray | float, np.ndarray | float]
) -> np.ndarray:
    """Least-squares values [N, E] within the limits, by projected coordinate descent.

    Args:
        gram: [E, E] positive definite: each column times each other one.
        right: [N, E] each goal times each column.
        limits: smallest and largest value, of all or [E].
    """
    low, high = (np.broadcast_to(limit, len(gram)) for limit in limits)
    values = np.clip(np.linalg.solve(gram, right.T).T, low, high)
    slope = right - values @ gram
    for _ in range(MAX_SWEEPS):
        before = values.copy()
        for one in range(len(gram)):
            new = np.clip(values[:, one] + slope[:, one] / gram[one, one], low[one], high[one])
            slope -= np.outer(new - values[:, one], gram[one])
            values[:, one] = new
        if np.abs(values - before).max() < SWEEP_TOLERANCE:
            break
    return values
