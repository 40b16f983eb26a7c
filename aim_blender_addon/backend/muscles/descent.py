# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One step of a search for rest: where L-BFGS goes ([Nocedal2006]), how far along, and what is left after it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .elastic import Strain

#: A step after which the slope along it is still this share of the first is made twice as long, at most so often.
STEEP, FARTHEST = 0.6, 8


@dataclass(frozen=True)
class Place:
    """Where a search stands: free nodes [F, 3], energy beside that at the start, its slope [F, 3], the strain there."""

    free: np.ndarray
    energy: float
    slope: np.ndarray
    strain: Strain


def left(lengths: list[float], usual: float) -> float:
    """What is left after steps of these lengths: they go on shortening as they did, at first as is ``usual``."""
    last, count = lengths[-1], len(lengths)
    ratio = usual if count < 2 else last / lengths[-2]  # noqa: PLR2004
    if count > 2:  # noqa: PLR2004 -- one short step among long ones says little
        ratio = max(ratio, (last / lengths[-3]) ** 0.5)
    ratio = min(max(ratio, usual / 2), 0.95)
    return last * ratio / (1 - ratio)


def search(
    look: Callable[[np.ndarray], Place], here: Place, way: np.ndarray, fall: float
) -> tuple[Place, int, float]:
    """The first of ever shorter steps that goes down as the slope says, looks taken and its share of the way.

    ``here`` itself and 0 if none does.
    """
    share = 1.0
    for tried in range(1, 16):
        there = look(here.free + share * way)
        if there.energy <= here.energy + 1e-4 * share * fall:
            return _farther(look, here, way, fall, (there, tried, share))
        # Where rounding hides the fall, the slope along the way tells.
        hidden = abs(share * fall) < 1e-9 * (1 + abs(here.energy))
        if hidden and abs((way * there.slope).sum()) <= abs(fall):
            return there, tried, share
        share /= 2
    return here, 15, 0.0


def _farther(
    look: Callable[[np.ndarray], Place],
    here: Place,
    way: np.ndarray,
    fall: float,
    found: tuple[Place, int, float],
) -> tuple[Place, int, float]:
    """What :func:`search` found, or twice as far as long as the slope foretells as much again: off a saddle."""
    there, tried, share = found
    while 1 <= share < FARTHEST and (way * there.slope).sum() < STEEP * fall:
        beyond = look(here.free + 2 * share * way)
        tried += 1
        if beyond.energy >= there.energy:
            break
        there, share = beyond, 2 * share
    return there, tried, share


def two_loops(slope: np.ndarray, past: deque, inverse: Callable) -> np.ndarray:
    """L-BFGS: what the inverse stiffness, bettered by the pairs of ``past``, makes of a slope [F, 3]."""
    q = slope.copy()
    kept = []
    for moved, turned in reversed(past):
        rho = 1.0 / (moved * turned).sum()
        alpha = rho * (moved * q).sum()
        q -= alpha * turned
        kept.append((rho, alpha))
    r = inverse(q)
    for (moved, turned), (rho, alpha) in zip(past, reversed(kept), strict=True):
        r += moved * (alpha - rho * (turned * r).sum())
    return r
