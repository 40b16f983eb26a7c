# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights of robust least squares: what lies far from the model counts less (numpy only).

Each function takes squared residuals over their squared scale. A residual as large as the scale has a quarter of the
weight by [GemanMcClure], half of it by Cauchy. Weights multiply squared residuals.
"""

import numpy as np

#: Scale of a residual over the median of all: 1.5 is about one standard deviation of normal ones.
MEDIAN_TO_SCALE = 1.5


def geman_mcclure(squared: np.ndarray, weight: np.ndarray | float = 1.0) -> np.ndarray:
    """``weight`` / (1 + squared)^2 for scaled squared residuals [...]."""
    return weight / (1 + squared) ** 2


def cauchy(squared: np.ndarray, weight: np.ndarray | float = 1.0) -> np.ndarray:
    """``weight`` / (1 + squared) for scaled squared residuals [...]."""
    return weight / (1 + squared)


def cauchy_by_median(residual: np.ndarray) -> np.ndarray:
    """Cauchy weights [N] of residuals [N] of unknown scale: it is taken from the median of their sizes."""
    return cauchy((residual / (MEDIAN_TO_SCALE * np.median(np.abs(residual)) + 1e-9)) ** 2)
