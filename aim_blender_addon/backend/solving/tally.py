# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mean, percentiles and maximum of distances that are not kept: each frame keeps how many fall into which step.

A solve that was stopped and goes on has the same figures in the end as one that was not (numpy only).
"""

from collections.abc import Callable

import numpy as np

#: Steps in which distances are counted; they grow with the distance, and are 0.01 mm wide at 1 mm.
STEPS = 1000
#: Distances beyond this count as this, mm.
FARTHEST_MM = 20.0
#: Arrays with one row a frame, as in ``result_file.ROWS``. They are kept while a solve runs, and not in its result.
ROWS = {
    "distance_counts": ((STEPS + 1,), np.uint32),
    "distance_sum": ((), np.float64),
    "distance_max": ((), np.float64),
}
#: Frames that are read at once; bounds the memory.
_CHUNK = 256


def counted(distances: np.ndarray) -> dict[str, np.ndarray]:
    """The rows of a frame with these distances [N] mm; none where there is no distance."""
    if not len(distances):
        return {}
    steps = np.minimum(STEPS * np.sqrt(distances / FARTHEST_MM), STEPS).astype(np.int64)
    return {
        "distance_counts": np.bincount(steps, minlength=STEPS + 1),
        "distance_sum": distances.sum(),
        "distance_max": distances.max(),
    }


def figures(row: Callable[[str], np.ndarray]) -> dict[str, float]:
    """Figures of all frames; ``row`` gives all rows of one array by its name. Empty where nothing was measured."""
    counts = np.zeros(STEPS + 1, np.int64)
    every = row("distance_counts")
    for first in range(0, len(every), _CHUNK):
        counts += every[first : first + _CHUNK].sum(axis=0, dtype=np.int64)
    number = int(counts.sum())
    if not number:
        return {}
    fractions = np.cumsum(counts) / number
    largest = float(np.asarray(row("distance_max")).max())

    def percentile(fraction: float) -> float:
        return float(FARTHEST_MM * (np.searchsorted(fractions, fraction) + 1) ** 2 / 1e6)

    return {
        "mean": round(sum(np.asarray(row("distance_sum")).tolist()) / number, 4),
        "p95": round(min(percentile(0.95), largest), 4),
        "p99": round(min(percentile(0.99), largest), 4),
        "max": round(largest, 4),
    }
