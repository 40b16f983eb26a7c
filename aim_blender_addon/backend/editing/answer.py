# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit as Blender takes it (numpy only)."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Answer:
    """An edit as Blender takes it; N handles with their mirror images.

    Attributes:
        shape: [V, 3] float32 mm, head space, the skin before the jaw moves it.
        jaw: [4, 4] the jaw's pose, mm.
        places: [N, 3] mm, where the handles' points are.
        before: [N, 3] mm, where they were.
        goals: [N, 3] mm, where they shall go.
        vertices: [N] the points.
        left_mm, way_mm, reached: [N], see ``solve.Edit``.
        more: whether a solve that is not quick may get a handle farther.
    """

    shape: np.ndarray
    jaw: np.ndarray
    places: np.ndarray
    before: np.ndarray
    goals: np.ndarray
    vertices: np.ndarray
    left_mm: np.ndarray
    way_mm: np.ndarray
    reached: np.ndarray
    more: bool
