# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines and pores as noise: band-limited, across a direction and of a spacing that differ from pixel to pixel."""

import numpy as np
from scipy import fft, ndimage

from .compression import CHANNELS
from .skin_pixels import SkinPixels

#: Directions of the bank that pixels read between.
DIRECTIONS = 12
#: Ratio of neighbouring spacings in the bank.
STEP = 1.35
#: Width of a line's band over its frequency: the larger, the less even the spacing.
BANDWIDTH = 0.42
#: Lines are so many times longer than wide.
LENGTH = 4.0
#: Spacings below so many pixels are drawn as wide as this.
LEAST_PIXELS = 3.0


class PixelFrame:
    """Steps on the skin from pixel to pixel, and its tangents.

    Attributes:
        right, down: [N, 3] mm from a pixel to the next.
        across, up: [N, 3] unit tangents, 0 and 90 degrees.
    """

    def __init__(self, pixels: SkinPixels, axis: np.ndarray) -> None:
        points, normals = pixels.base(pixels.neutral.vertices)
        picture = pixels.image(points)
        self.right = _steps(picture, pixels, 1)
        self.down = _steps(picture, pixels, 0)
        across = axis - normals * (normals @ axis)[:, None]
        self.across = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
        self.up = np.cross(normals, self.across)

    def waves(self, degrees: float | np.ndarray, spacing_mm: np.ndarray) -> np.ndarray:
        """[N, 2] cycles a pixel, right and down, of waves along ``degrees``, ``spacing_mm`` [N] long."""
        angle = np.radians(np.broadcast_to(degrees, spacing_mm.shape))[:, None]
        along = (np.cos(angle) * self.across + np.sin(angle) * self.up) / spacing_mm[:, None]
        return np.stack(
            [np.einsum("ni,ni->n", along, self.right), np.einsum("ni,ni->n", along, self.down)],
            axis=1,
        )


def _steps(picture: np.ndarray, pixels: SkinPixels, axis: int) -> np.ndarray:
    """[N, 3] mm to the next pixel along an axis; of the nearest sound one at borders and seams."""
    mask = pixels.mask
    step = np.roll(picture, -1, axis) - picture
    sound = mask & np.roll(mask, -1, axis)
    length = np.linalg.norm(step, axis=2)
    usual = float(np.median(length[sound])) if sound.any() else 0.0
    sound &= (length < 8 * usual) & (length > usual / 8)
    if not sound.any():
        return np.zeros((len(pixels.rows), 3))
    _, nearest = ndimage.distance_transform_edt(~sound, return_indices=True)
    return step[tuple(nearest)].reshape(-1, 3)[pixels.rows]


def lines(
    waves: np.ndarray, pixels: SkinPixels, seed: list[int], length: float = LENGTH
) -> np.ndarray:
    """[N] noise of unit variance whose crests lie across ``waves`` [N, 2] cycles a pixel."""
    size = pixels.size
    frequency = np.clip(np.hypot(*waves.T), 2.0 / size, 1 / LEAST_PIXELS)
    turn = np.mod(np.arctan2(waves[:, 1], waves[:, 0]), np.pi) * (DIRECTIONS / np.pi)
    low = float(frequency.min())
    level = np.log(frequency / low) / np.log(STEP)
    noise = fft.rfft2(
        np.random.default_rng(seed).standard_normal((size, size)).astype(np.float32), workers=1
    )
    across, down = fft.rfftfreq(size)[None], fft.fftfreq(size)[:, None]
    out = np.zeros(len(waves), np.float32)
    power = np.zeros(len(waves), np.float32)
    for row in range(int(np.ceil(level.max())) + 1):
        of_level = np.clip(1 - np.abs(level - row), 0, 1)
        for column in range(DIRECTIONS):
            apart = np.abs(turn - column)
            share = of_level * np.clip(1 - np.minimum(apart, DIRECTIONS - apart), 0, 1)
            some = np.flatnonzero(share)
            if not len(some):
                continue
            gain = _gain(across, down, low * STEP**row, np.pi * column / DIRECTIONS, length)
            image = fft.irfft2(noise * gain, (size, size), workers=1)
            image /= max(float(image.std()), 1e-12)
            out[some] += share[some] * image.ravel()[pixels.rows[some]]
            power[some] += share[some] ** 2
    return out / np.sqrt(np.maximum(power, 0.25))


def _gain(
    across: np.ndarray, down: np.ndarray, frequency: float, angle: float, length: float
) -> np.ndarray:
    along = across * np.cos(angle) + down * np.sin(angle)
    beside = -across * np.sin(angle) + down * np.cos(angle)
    width = BANDWIDTH * frequency
    band = np.exp(-(((np.abs(along) - frequency) / width) ** 2) / 2)
    return (band * np.exp(-((beside * length / (1.5 * width)) ** 2) / 2)).astype(np.float32)


def smooth_noise(pixels: SkinPixels, sigma_mm: float, seed: list[int]) -> np.ndarray:
    """[N] noise of unit variance, smooth over ``sigma_mm`` of an average pixel."""
    texel = float(np.median(pixels.texel[pixels.mask]))
    small = 64
    sigma = max(sigma_mm / texel * small / pixels.size, 0.5)
    noise = ndimage.gaussian_filter(
        np.random.default_rng(seed).standard_normal((small, small)), sigma
    )
    noise /= noise.std()
    place = (np.stack(np.divmod(pixels.rows, pixels.size)) + 0.5) * small / pixels.size - 0.5
    return ndimage.map_coordinates(noise, place, order=1, mode="nearest").astype(np.float32)


def groove(wave: np.ndarray) -> np.ndarray:
    """Waves as sharp furrows with soft ridges between, of about unit depth; extremes are held."""
    wave = wave / (1 + (wave / 3) ** 4) ** 0.25
    return (0.3 * np.maximum(-wave, 0) - np.maximum(wave - 0.2, 0) ** 1.2).astype(np.float32)


def directions() -> np.ndarray:
    """[4] degrees of the channels of directed compression."""
    return np.arange(CHANNELS) * 45.0
