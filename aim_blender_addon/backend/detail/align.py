# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps slid over the skin onto what the other scans foretell: registration leaves a few tenths of a millimetre.

A slide is smooth over some 4 mm, and small: that is its prior. So texture that no other scan has moves nothing.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .bands import area_mean


@dataclass(frozen=True)
class AlignSettings:
    """How far and how smoothly a map may slide.

    Attributes:
        usual_mm: standard deviation of a slide.
        smooth_mm: sigma over which it is one.
        blur: of map and forecast before they are compared, pixels.
        rounds: linearisations.
        finest: maps of more pixels are compared at this size.
        alike: share of a window's pixels that count, as neighbours' noise is alike.
    """

    usual_mm: float = 0.3
    smooth_mm: float = 4.0
    blur: float = 0.6
    rounds: int = 2
    finest: int = 512
    alike: float = 0.25


def slides(
    heights: np.ndarray,
    forecasts: np.ndarray,
    mask: np.ndarray,
    texel: float,
    settings: AlignSettings,
) -> np.ndarray:
    """[E, 2, S, S] float32 pixels down and right: ``heights`` read there meet their forecasts.

    Args:
        heights, forecasts: [E, S, S] mm.
        mask: [S, S] bool, the skin.
        texel: mm of a pixel.
    """
    size = mask.shape[0]
    times = max(1, size // settings.finest)
    weight = mask.astype(np.float32)
    small = area_mean(weight, np.ones_like(weight), times)[0]
    window = _Window(small, texel * times, settings)
    out = []
    for height, forecast in zip(heights, forecasts, strict=True):
        own, other = (area_mean(image * weight, weight, times)[0] for image in (height, forecast))
        noise = float(np.mean(np.square(own - other)[small > 0.5])) + 1e-12  # noqa: PLR2004
        found = window.slide(own, other, noise) * times
        out.append(_enlarged(found, size))
    return np.stack(out).astype(np.float32)


def slid(heights: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """[E, S, S] the maps read where ``moves`` [E, 2, S, S] point, by cubic interpolation."""
    rows, columns = np.indices(heights.shape[1:], np.float32)
    return np.stack(
        [
            ndimage.map_coordinates(
                height, [rows + move[0], columns + move[1]], order=3, mode="nearest"
            )
            for height, move in zip(heights, moves, strict=True)
        ]
    ).astype(np.float32)


class _Window:
    """Sums over windows of the skin, at a few pixels a window."""

    def __init__(self, weight: np.ndarray, texel: float, settings: AlignSettings) -> None:
        self._weight, self._settings = weight, settings
        size = weight.shape[0]
        sigma = settings.smooth_mm / texel
        self._times = max(
            (k for k in (1, 2, 4, 8) if size % k == 0 and k <= max(sigma / 2, 1)), default=1
        )
        self._sigma = sigma / self._times
        self._total = np.maximum(self._blurred(np.ones_like(weight)), 1e-3)
        self._count = 4 * np.pi * sigma**2 * settings.alike
        self._least = (texel / settings.usual_mm) ** 2

    def slide(self, own: np.ndarray, other: np.ndarray, noise: float) -> np.ndarray:
        """[2, S, S] pixels."""
        blur = self._settings.blur
        down, right = np.gradient(ndimage.gaussian_filter(other, blur))
        scale = self._count / noise
        a, b, c = (self._mean(pair) * scale for pair in (down * down, down * right, right * right))
        a, c = a + self._least, c + self._least
        double = a * c - b * b
        rows, columns = np.indices(own.shape, np.float32)
        move = np.zeros((2, *own.shape), np.float32)
        spline = ndimage.spline_filter(own, order=3, mode="mirror")
        for _ in range(self._settings.rounds):
            moved = ndimage.map_coordinates(
                spline,
                [rows + move[0], columns + move[1]],
                order=3,
                mode="mirror",
                prefilter=False,
            )
            apart = ndimage.gaussian_filter(other - moved, blur) + down * move[0] + right * move[1]
            d, e = self._mean(down * apart) * scale, self._mean(right * apart) * scale
            move = np.stack([(c * d - b * e) / double, (a * e - b * d) / double])
        return move

    def _mean(self, image: np.ndarray) -> np.ndarray:
        return _enlarged(self._blurred(image) / self._total, self._weight.shape[0])

    def _blurred(self, image: np.ndarray) -> np.ndarray:
        small = area_mean(image * self._weight, np.ones_like(image), self._times)[0]
        return ndimage.gaussian_filter(small, self._sigma, mode="constant")


def _enlarged(image: np.ndarray, size: int) -> np.ndarray:
    """Pictures [..., s, s] at ``size`` pixels a side, linearly."""
    times = size // image.shape[-1]
    if times == 1:
        return image
    zoom = (*(1,) * (image.ndim - 2), times, times)
    return ndimage.zoom(image, zoom, order=1, mode="nearest", grid_mode=True)
