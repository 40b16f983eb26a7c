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
#: Steps from pixel to pixel are smoothed over this share of the picture: they jump where faces of the mesh meet, and
#: lines would break there.
SMOOTH = 0.02
#: Waves below this many times their deviation open no line: the higher, the fewer and the less even lines are.
THRESHOLD = 0.55
#: No line is deeper than so many times the usual depth.
DEEPEST = 1.5


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
    sigma = SMOOTH * pixels.size
    weight = ndimage.gaussian_filter(sound.astype(np.float32), sigma)
    step = np.where(sound[:, :, None], step, 0).astype(np.float32)
    smooth = ndimage.gaussian_filter(step, (sigma, sigma, 0)) / np.maximum(weight, 1e-6)[..., None]
    _, nearest = ndimage.distance_transform_edt(weight < 1e-3, return_indices=True)  # noqa: PLR2004
    return smooth[tuple(nearest)].reshape(-1, 3)[pixels.rows]


def lines(
    waves: np.ndarray, pixels: SkinPixels, seed: list[int], length: float = LENGTH
) -> np.ndarray:
    """[K, N] noise of unit variance whose crests lie across ``waves`` [K, N, 2] cycles a pixel.

    All K are read from one bank of filtered noise, which is what takes the time.
    """
    size = pixels.size
    frequency = np.clip(np.hypot(waves[..., 0], waves[..., 1]), 2.0 / size, 1 / LEAST_PIXELS)
    turn = np.mod(np.arctan2(waves[..., 1], waves[..., 0]), np.pi) * (DIRECTIONS / np.pi)
    low = float(frequency.min())
    level = np.log(frequency / low) / np.log(STEP)
    noise = fft.rfft2(
        np.random.default_rng(seed).standard_normal((size, size)).astype(np.float32), workers=1
    )
    across, down = fft.rfftfreq(size)[None], fft.fftfreq(size)[:, None]
    cells = _Cells(level, turn, pixels.rows)
    for row, column in cells.used():
        gain = _gain(across, down, low * STEP**row, np.pi * column / DIRECTIONS, length)
        image = fft.irfft2(noise * gain, (size, size), workers=1)
        image /= max(float(image.std()), 1e-12)
        cells.add(row, column, image.ravel())
    return cells.total()


class _Cells:
    """Where K waves at N pixels lie between the pictures of the bank, sorted by cell so that each is one stretch."""

    def __init__(self, level: np.ndarray, turn: np.ndarray, rows: np.ndarray) -> None:
        self._shape = level.shape
        floor, left = np.floor(level).astype(np.int32), np.floor(turn).astype(np.int32) % DIRECTIONS
        cell = (floor * DIRECTIONS + left).astype(np.int16).ravel()
        self._order = np.argsort(cell, kind="stable")
        self._levels = int(floor.max()) + 1
        self._ends = np.searchsorted(cell[self._order], np.arange(self._levels * DIRECTIONS + 1))
        self._up = (level - floor).astype(np.float32).ravel()[self._order]
        self._right = (turn - np.floor(turn)).astype(np.float32).ravel()[self._order]
        self._pixel = rows[self._order % level.shape[1]]
        self._sum = np.zeros(len(cell), np.float32)
        self._power = np.zeros(len(cell), np.float32)

    def used(self) -> list[tuple[int, int]]:
        """Level and direction of each picture that a wave is read from."""
        return [
            (row, column)
            for row in range(self._levels + 1)
            for column in range(DIRECTIONS)
            if any(stretch.stop > stretch.start for stretch, _, _ in self._corners(row, column))
        ]

    def add(self, row: int, column: int, image: np.ndarray) -> None:
        """Add a picture [S * S] of the bank where it counts."""
        for part, above, beside in self._corners(row, column):
            up, right = self._up[part], self._right[part]
            share = (up if above else 1 - up) * (right if beside else 1 - right)
            self._sum[part] += share * image[self._pixel[part]]
            self._power[part] += share * share

    def total(self) -> np.ndarray:
        """[K, N] of about unit variance."""
        out = np.empty(len(self._sum), np.float32)
        out[self._order] = self._sum / np.sqrt(np.maximum(self._power, 0.25))
        return out.reshape(self._shape)

    def _corners(self, row: int, column: int) -> list[tuple[slice, bool, bool]]:
        """The stretches of waves that lie below or left of a picture of the bank, or not."""
        found = []
        for above in (False, True):
            for beside in (False, True):
                if 0 <= row - above < self._levels:
                    cell = (row - above) * DIRECTIONS + (column - beside) % DIRECTIONS
                    found.append((slice(*self._ends[cell : cell + 2].tolist()), above, beside))
        return found


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
    furrow = DEEPEST * np.tanh(1.4 * np.maximum(wave - THRESHOLD, 0) ** 1.2 / DEEPEST)
    return (0.2 * np.maximum(-wave, 0) - furrow).astype(np.float32)


def directions() -> np.ndarray:
    """[4] degrees of the channels of directed compression."""
    return np.arange(CHANNELS) * 45.0
