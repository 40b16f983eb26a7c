# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the readers of marker files give (numpy only)."""

from dataclasses import dataclass

import numpy as np


class NotReadError(ValueError):
    """A sound file of a layout that is not read: the text goes on from the file's name."""


@dataclass(frozen=True)
class MarkerTake:
    """Markers as a file has them.

    Attributes:
        names: M names, "" where the file has none.
        positions: [T, M, 3] float64 in the file's unit; NaN where a marker was not seen.
        rate: frames a second; 0 where the file does not say.
        unit: of the positions, in the file's words.
        notes: what was mended, assumed or left out, a sentence each.
    """

    names: list[str]
    positions: np.ndarray
    rate: float
    unit: str = "mm"
    notes: tuple[str, ...] = ()
