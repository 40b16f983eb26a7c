# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The coordinates of a skin point and the sine network on them (numpy; training passes torch in).

Position alone does not separate the lips where they touch. So a point's coordinates are its position, the smoothest
Laplace-Beltrami eigenfunctions of the neutral skin, and its smoothed normal. Upper and lower lip differ in
eigenfunctions and normal. Measurements: docs/decisions/tried-model.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class SineNetwork:
    """Two hidden layers with periodic activation [SIREN].

    Attributes:
        weights: first [C, H1] and second [H1, H2] matrix, float32; frequencies are part of them.
        biases: [H1] and [H2].
    """

    weights: tuple[np.ndarray, np.ndarray]
    biases: tuple[np.ndarray, np.ndarray]

    @property
    def feature_count(self) -> int:
        """Columns of :meth:`features`."""
        return self.weights[1].shape[1] + self.weights[0].shape[0] + 1

    def features(self, coordinates: np.ndarray) -> np.ndarray:
        """Features [N, H2 + C + 1] float32 of coordinates [N, C]; every implicit function is linear in them."""
        return sine_features(coordinates, self.weights, self.biases, np)


def sine_features(
    coordinates: Any, weights: Sequence[Any], biases: Sequence[Any], library: ModuleType
) -> Any:
    """Hidden activations, the coordinates themselves, and one, side by side.

    The same formula serves evaluation (``library`` is numpy) and training (torch).

    Args:
        coordinates: [N, C].
        weights, biases: of the two hidden layers.
        library: module with ``sin``, ``concatenate``, ``ones_like``.
    """
    hidden = coordinates
    for weight, bias in zip(weights, biases, strict=True):
        hidden = library.sin(hidden @ weight + bias)
    return library.concatenate([hidden, coordinates, library.ones_like(coordinates[:, :1])], 1)
