# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points of a lip or lid that lie in the flesh of the other, and not behind its surface across their own tissue.

Upper and lower lip are one skin at the corner of the mouth. Where the mouth opens wide, the corner is a thin web. What
lies on its back is then behind what lies on its front, though nothing has passed anything. The winding number of both
sheets tells: it grows by one where a point passes through the other sheet, and hardly changes as a corner unfolds.
"""

from dataclasses import dataclass

import numpy as np

from ..geometry.solid_angle import winding_numbers
from .touching import TwoSheets

#: Points are looked at from so far outside their own skin, mm.
LIFT_MM = 0.02
#: Winding numbers that have grown by less tell of no passing (measured on made actors: 0.84 and more where lips or lids
#: pass, 0.37 and less where a corner unfolds).
PASSED = 0.6


@dataclass(frozen=True)
class Enclosed:
    """What tells it for the points of two sheets.

    Attributes:
        both: the sheets.
        base: [N] winding number of each point while it lies in nothing.
    """

    both: TwoSheets
    base: np.ndarray

    @classmethod
    def of(cls, both: TwoSheets, rest: np.ndarray, gap: np.ndarray) -> "Enclosed":
        """From a skin in rest [S, 3] mm and the gaps [N] mm of the points there, negative inside."""
        base = _numbers(both, rest, np.arange(len(both.points)))
        return cls(both, base - (gap < 0))

    def inside(self, skin: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """[n] bool for points ``rows`` [n] of a skin [S, 3] mm."""
        return _numbers(self.both, skin, rows) - self.base[rows] > PASSED


def _numbers(both: TwoSheets, skin: np.ndarray, rows: np.ndarray) -> np.ndarray:
    if not len(rows):
        return np.zeros(0)
    at = skin[both.vertices]
    own = both.rows[rows]
    return winding_numbers(at[own] + LIFT_MM * both.normals(at)[own], at[both.faces])
