# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face curves: weights of named shapes over time, with the head's turns (numpy only)."""

from dataclasses import dataclass, replace

import numpy as np

from ..errors import RetargetError
from .time_reader import MOST_FRAMES


@dataclass(frozen=True)
class Curves:
    """Face curves over time.

    Attributes:
        names: C channels, as ARKit writes them (``jawOpen``).
        values: [T, C] weights.
        times: [T] seconds from the first frame.
        head: [T, 3] yaw to the right, pitch down, roll to the left, radians; zero where the file has none.
        fps: frames a second.
        notes: what was passed over or mended, a sentence each.
        eyes: [T, 2, 2] yaw (to the person's left) and pitch (up) of the left and the right eye, radians, of the file's
            own columns; None where it has none.
    """

    names: tuple[str, ...]
    values: np.ndarray
    times: np.ndarray
    head: np.ndarray
    fps: float
    notes: tuple[str, ...] = ()
    eyes: np.ndarray | None = None

    def processed(
        self,
        smoothing_seconds: float = 0.0,
        offset: np.ndarray | float = 0.0,
        gain: np.ndarray | float = 1.0,
        limits: tuple[float, float] = (0.0, 1.0),
    ) -> "Curves":
        """Curves smoothed without lag, then gain times value plus offset, kept within the limits.

        Args:
            smoothing_seconds: width (standard deviation) of the Gaussian; 0 leaves them as they are.
            offset, gain: one for all, or [C].
            limits: range of the result.
        """
        if smoothing_seconds < 0 or not np.isfinite(smoothing_seconds):
            raise RetargetError("Smoothing is a time in seconds: give 0 or more")
        if not limits[0] < limits[1]:
            raise RetargetError("The range of the curves is empty: give the lower end first")
        values, eyes = self.values, self.eyes
        if smoothing_seconds > 0 and len(values) > 1:
            values = _gaussian(values, smoothing_seconds * self.fps)
            if eyes is not None:
                flat = _gaussian(eyes.reshape(len(eyes), -1), smoothing_seconds * self.fps)
                eyes = flat.reshape(eyes.shape)
        return replace(self, values=np.clip(values * gain + offset, *limits), eyes=eyes)

    def between(self, first: int, last: int) -> "Curves":
        """Frames ``first`` to ``last`` of the file, counted from 1; 0 as the last is the end.

        Raises:
            RetargetError: there are none.
        """
        kept = slice(max(first, 1) - 1, last or None)
        if not len(self.times[kept]):
            raise RetargetError(
                f"The take has {len(self.times):,} frames: its range {first:,} to {last:,} holds none of them"
            )
        times = self.times[kept]
        eyes = None if self.eyes is None else self.eyes[kept]
        return replace(
            self,
            values=self.values[kept],
            head=self.head[kept],
            times=times - times[0],
            eyes=eyes,
        )

    def at_rate(self, fps: float) -> "Curves":
        """The curves at another frame rate, linear between frames.

        Raises:
            RetargetError: the rate is none, or makes too many frames.
        """
        if not (np.isfinite(fps) and fps > 0):
            raise RetargetError("A frame rate has to be a positive number")
        frames = np.floor(self.times[-1] * fps + 1e-6) + 1
        if frames > MOST_FRAMES:
            raise RetargetError(
                f"The take would have {frames:,.0f} frames at {fps:g} a second: cut it, or take fewer a second"
            )
        count = int(frames)
        times = np.arange(count) / fps

        def resampled(values: np.ndarray) -> np.ndarray:
            return np.stack([np.interp(times, self.times, c) for c in values.T], axis=1)

        eyes = self.eyes
        if eyes is not None:
            eyes = resampled(eyes.reshape(len(eyes), -1)).reshape(count, *eyes.shape[1:])
        return replace(
            self,
            values=resampled(self.values),
            head=resampled(self.head),
            times=times,
            fps=fps,
            eyes=eyes,
        )


def _gaussian(values: np.ndarray, width: float) -> np.ndarray:
    """Values [T, C] smoothed over ``width`` frames, each end held."""
    reach = max(1, int(np.ceil(3 * width)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(width, 1e-6)) ** 2)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    kernel /= kernel.sum()
    return np.stack([np.convolve(column, kernel, mode="valid") for column in padded.T], axis=1)
