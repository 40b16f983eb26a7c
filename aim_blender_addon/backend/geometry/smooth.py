# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares that go from nothing to all without kinks (numpy only)."""

import numpy as np


def smooth_step(value: np.ndarray) -> np.ndarray:
    """Zero below 0, one above 1, smooth between."""
    x = np.clip(value, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def falling(value: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """One below the first of the limits, zero above the second, smooth between."""
    low, high = limits
    return smooth_step((high - value) / (high - low))
