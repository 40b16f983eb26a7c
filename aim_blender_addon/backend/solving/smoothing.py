# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing over time in a window of fixed length, without lag (numpy only).

Whittaker's penalised least squares (1923; Eilers 2003) smooths every frame over those up to ``reach`` before
and after it. It minimises the sum of (x - y)^2 + strength * (second differences of x)^2.
A frame's result depends on its window alone, so ranges that are solved apart fit together exactly.
A straight motion stays unchanged, also at the ends of the take.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

import numpy as np

#: Strengths tried, weakest first.
STRENGTHS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
#: Half the window, in units of the length (strength^(1/4), frames) over which the smoother's weights fall.
REACH = 2.5
#: Pieces with fewer frames seen say nothing of the strength.
MIN_SEEN = 5
#: Median absolute value of a normal distribution, in standard deviations.
NORMAL_MEDIAN = 0.6745

Item = TypeVar("Item")


def reach(strength: float) -> int:
    """Frames before and after that a strength needs."""
    return 0 if strength <= 0 else int(np.ceil(REACH * strength**0.25)) + 1


@lru_cache(maxsize=4096)
def smoother(present: tuple[bool, ...], strength: float) -> np.ndarray:
    """Matrix [N, N] that smooths N frames, some of which are missing."""
    count = len(present)
    keep = np.diag(np.array(present, float))
    bend = np.diff(np.eye(count), 2, axis=0) if count > 2 else np.zeros((0, count))
    return np.linalg.solve(keep + max(strength, 1e-6) * bend.T @ bend + 1e-9 * np.eye(count), keep)


def smooth(
    items: Iterable[Item | None],
    strength: float,
    mix: Callable[[list[Item], np.ndarray, Item], Item],
) -> Iterator[Item | None]:
    """Items smoothed over their window, one after the other; a missing one (None) stays missing.

    Args:
        items: in the order of time.
        strength: of :func:`smoother`; none when not positive.
        mix: makes an item of a window's items, their weights and the item in the middle.
    """
    half = reach(strength)
    if not half:
        yield from items
        return
    window: deque[Item | None] = deque(maxlen=2 * half + 1)
    middle, ended = -1, False
    source = iter(items)
    seen = 0
    while True:
        while not ended and seen <= middle + 1 + half:
            try:
                window.append(next(source))
                seen += 1
            except StopIteration:
                ended = True
        middle += 1
        if middle >= seen:
            return
        first = seen - len(window)
        window_items = list(window)[max(0, middle - half - first) : middle + half + 1 - first]
        row = middle - max(first, middle - half)
        if window_items[row] is None:
            yield None
            continue
        present = tuple(item is not None for item in window_items)
        weights = smoother(present, strength)[row][np.array(present)]
        yield mix([item for item in window_items if item is not None], weights, window_items[row])


def choose_strength(pieces: list[np.ndarray], noise: float) -> float:
    """The strength of smallest expected error, by Stein's unbiased estimate of it (1981).

    Args:
        pieces: [N, C] solved values of consecutive frames, NaN rows where a frame is missing.
        noise: standard deviation of what observation noise does to a value.
    """
    risks = np.zeros(len(STRENGTHS))
    for piece in pieces:
        present = np.isfinite(piece).all(axis=1)
        if present.sum() < MIN_SEEN:
            continue
        values = np.where(present[:, None], piece, 0.0)
        for index, strength in enumerate(STRENGTHS):
            if strength > 0:
                matrix = smoother(tuple(present), strength)
                residual = (values - matrix @ values)[present]
                own = np.diag(matrix)[present]
                risks[index] += ((residual**2).mean(axis=1) + 2 * noise**2 * (own - 1)).sum()
    return STRENGTHS[int(risks.argmin())]


def temporal_noise(pieces: list[np.ndarray]) -> float:
    """Standard deviation of what jumps from frame to frame in pieces [N, C], motion aside.

    Third differences take out smooth motion. Their median leaves out the little skin that moves fast.
    """
    jumps = [np.abs(np.diff(piece, 3, axis=0)).ravel() for piece in pieces if len(piece) > 3]
    jumps = [jump[np.isfinite(jump)] for jump in jumps]
    jumps = np.concatenate(jumps) if jumps else np.empty(0)
    return float(np.median(jumps) / (NORMAL_MEDIAN * np.sqrt(20))) if len(jumps) else 0.0
