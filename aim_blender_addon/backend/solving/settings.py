# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a solve (standard library alone)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SolveSettings:
    """Settings of a solve; the defaults suit every take.

    Attributes:
        functions: smooth functions by which the weights vary over the skin; 1 is global weights.
        detail_mm: length over which what the weights leave is smoothed (dense frames); 0 leaves it out,
            None chooses by held-out vertices.
        smoothness: times the smoothing over time that is chosen by held-out frames; 0 is none.
        prior: times the pull of the weights towards zero.
        start: first frame of the range.
        count: frames of the range; None: to the end.
    """

    functions: int = 50
    detail_mm: float | None = None
    smoothness: float = 1.0
    prior: float = 1.0
    start: int = 0
    count: int | None = None
