# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated frames that correctives are learned from, and their slopes, as rows of one least squares problem.

A pose that was simulated tells with little more work how its skin answers small changes of every control. So each
such pose counts as one more frame for each control, a share of that control's way off. Numpy only.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

#: Slopes count as a frame so far off, of a weight's or a jaw parameter's way.
FAR = 0.7
#: Steps by which the slopes of products are taken, of the same.
STEP = 1e-3
#: Columns that are added up at once.
CHUNK = 3000


@dataclass(frozen=True)
class Frames:
    """T simulated poses.

    Attributes:
        poses: [T, E + 4] weights and jaw parameters.
        added: [T, S, 3] float32 mm, what the muscles add in each, before the jaw moves it.
        slopes: [N, E + 4, S, 3] float32, of ``added`` by weights and jaw parameters, in the first N poses; None for
            none.
    """

    poses: np.ndarray
    added: np.ndarray
    slopes: np.ndarray | None = None

    def part(self, numbers: np.ndarray) -> "Frames":
        """Frames of these numbers, in order."""
        slopes = self.slopes
        if slopes is not None:
            slopes = slopes[numbers[numbers < len(slopes)]]
        return Frames(self.poses[numbers], self.added[numbers], slopes)

    def rows(
        self, values: Callable[[np.ndarray], np.ndarray], ends: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Values [R, N] of products, and what they are to add [R, S, 3] mm.

        Args:
            values: of products [T, N] in poses [T, E + 4].
            ends: [E + 4, 2] least and largest value of each weight and jaw parameter; the same twice for one that
                nothing follows.
        """
        at = values(self.poses)
        if self.slopes is None:
            return at, self.added
        poses = self.poses[: len(self.slopes)]
        tops, sides = [at], [self.added]
        for channel, (low, high) in enumerate(ends):
            if high <= low:
                continue
            step = STEP * (high - low) * _inward(poses[:, channel], low, high)
            moved = poses.copy()
            moved[:, channel] += step
            far = FAR * max(high, -low)
            tops.append(far * (values(moved) - at[: len(poses)]) / step[:, None])
            sides.append(np.float32(far) * self.slopes[:, channel])
        return np.concatenate(tops), np.concatenate(sides)


def _inward(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Signs [T] of steps that stay between two ends, as shares end there; at rest between both, by turns."""
    signs = np.where(values > (low + high) / 2, -1.0, 1.0)
    turns = (values == 0) & (low < 0) & (np.arange(len(values)) % 2 == 1)
    return np.where(turns, -signs, signs)


def fewer_rows(values: np.ndarray, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As few rows of values [R, N] and targets [R, C] as have the same least squares, and the same left over."""
    if len(values) <= values.shape[1] + 1:
        return values, flat
    across, top = np.linalg.qr(values)
    kept = across.astype(np.float32).T @ flat
    left = float((flat.astype(float) ** 2).sum() - (kept.astype(float) ** 2).sum())
    rest = np.zeros((1, flat.shape[1]), np.float32)
    rest[0, 0] = np.sqrt(max(left, 0.0))
    return np.concatenate([top, np.zeros((1, values.shape[1]))]), np.concatenate([kept, rest])


def compressed(flat: np.ndarray) -> np.ndarray:
    """Rows [T, T] whose products with each other are those of the frames [T, 3 S]."""
    square = np.zeros((len(flat), len(flat)))
    for start in range(0, flat.shape[1], CHUNK):
        part = flat[:, start : start + CHUNK].astype(float)
        square += part @ part.T
    size, ways = np.linalg.eigh(square)
    return ways * np.sqrt(np.maximum(size, 0.0))
