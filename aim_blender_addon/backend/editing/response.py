# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit as Blender takes it (numpy only)."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class EditResponse:
    """An edit as Blender takes it; N handles with their mirror images.

    Attributes:
        shape: [V, 3] float32 mm, head space, the skin before the jaw moves it.
        jaw: [4, 4] the jaw's pose, mm.
        points: [N, 3] mm, where the handles' points are.
        initial_points: [N, 3] mm, where they were before the edit.
        goals: [N, 3] mm.
        vertices: [N] numbers of the points.
        residual_mm, goal_distance_mm, states: [N], see ``drag.Edit``.
        unfinished: whether a solve that is not quick may get a handle farther.
    """

    shape: np.ndarray
    jaw: np.ndarray
    points: np.ndarray
    initial_points: np.ndarray
    goals: np.ndarray
    vertices: np.ndarray
    residual_mm: np.ndarray
    goal_distance_mm: np.ndarray
    states: np.ndarray
    unfinished: bool
