# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second law of synthetic wrinkles, for ``make_detail.py --law-module``: unlike the generator's own in each step.

Creases have fixed places and a fixed direction each, as a face's own lines have. They open with the compression
across themselves, whatever the principal one is, and close where the skin is drawn out. Finer lines buckle across
the strongest compression, from a higher threshold on. The texture at rest flattens where the skin is stretched.
"""

import numpy as np

NOISE = 1024


def _noise(seed: int, stream: int) -> np.ndarray:
    return np.random.default_rng([7700, seed, stream]).standard_normal((NOISE, NOISE))


class Law:
    """Heights in mm from strains; see ``detail_law.Law`` of the generator for what it has to give."""

    name = "b"

    def __init__(self, seed: int, canvas) -> None:
        self.canvas = canvas
        self.way = (
            np.pi * self._smooth(_noise(seed, 0), 18.0) * 0.6
        )  # [N] of the creases, rest tangents
        spacing = np.exp(0.35 * self._smooth(_noise(seed, 1), 22.0))
        self.creases = [
            (self.way, self._lines(_noise(seed, 2), 4.5, self.way, 7.0) * spacing, 0.30),
            (self.way + 1.2, self._lines(_noise(seed, 3), 2.6, self.way + 1.2, 4.0), 0.20),
        ]
        self.buckles = [self._bands(_noise(seed, 4), 2.1, np.pi * k / 8) for k in range(8)]
        self.amount = np.clip(0.7 + 0.4 * self._smooth(_noise(seed, 5), 15.0), 0.1, 1.5)
        self.rest = 0.016 * canvas.field(_noise(seed, 6), self._ring(1.5, 0.5))
        self.rest += 0.010 * canvas.field(_noise(seed, 7), self._ring(3.4, 0.35))

    def height(self, strain: np.ndarray) -> np.ndarray:
        """[N] mm of strains [N, 3]: exx, eyy, exy in the rest tangents."""
        exx, eyy, exy = strain.astype(np.float32).T
        out = self.rest * np.clip(1 - 1.5 * (exx + eyy), 0.3, 1.3)
        for angle, lines, depth in self.creases:
            c, s = np.cos(angle), np.sin(angle)
            across = -(exx * c * c + eyy * s * s + 2 * exy * c * s)
            out = (
                out
                + depth * self.amount * np.tanh(np.clip(across - 0.015, -0.02, None) / 0.16) * lines
            )
        mean, half = (exx + eyy) / 2, (exx - eyy) / 2
        most = np.hypot(half, exy) - mean
        turn = 0.5 * np.arctan2(2 * exy, exx - eyy) + np.float32(np.pi / 2)
        where = np.flatnonzero(most > 0.06)
        angle = self.canvas.wave_angle(turn[where], where) * (8 / np.pi)
        first = np.floor(angle)
        part, first = angle - first, first.astype(int) % 8
        bank = np.stack(self.buckles)
        line = (1 - part) * bank[first, where] + part * bank[(first + 1) % 8, where]
        depth = 0.14 * np.minimum((most[where] - 0.06) / 0.25, 1.0) ** 0.7
        out[where] += depth * line
        return out.astype(np.float32)

    def _smooth(self, noise: np.ndarray, millimetres: float) -> np.ndarray:
        fu, fv = self.canvas.frequencies()
        return self.canvas.field(noise, np.exp(-2 * (np.pi * millimetres) ** 2 * (fu**2 + fv**2)))

    def _ring(self, wavelength: float, width: float) -> np.ndarray:
        fu, fv = self.canvas.frequencies()
        return np.exp(-((np.hypot(fu, fv) * wavelength - 1) ** 2) / (2 * width**2))

    def _bands(
        self, noise: np.ndarray, wavelength: float, angle: float, long: float = 3.0
    ) -> np.ndarray:
        fu, fv = self.canvas.frequencies()
        along = (fu * np.cos(angle) + fv * np.sin(angle)) * wavelength
        across = (-fu * np.sin(angle) + fv * np.cos(angle)) * wavelength
        gain = np.exp(-((np.abs(along) - 1) ** 2) / 0.12 - (across * long) ** 2 / 0.6)
        wave = self.canvas.field(noise, gain)
        return 0.5 - np.abs(np.clip(wave, -2.5, 2.5)) * 0.8  # creases at the crossings of zero

    def _lines(
        self, noise: np.ndarray, wavelength: float, angle: np.ndarray, long: float
    ) -> np.ndarray:
        """Lines whose direction in the rest tangents differs from place to place."""
        rows = np.arange(len(self.canvas.rows))
        turn = self.canvas.wave_angle(angle, rows) * (12 / np.pi)
        first = np.floor(turn)
        part, first = turn - first, first.astype(int) % 12
        bank = np.stack([self._bands(noise, wavelength, np.pi * k / 12, long) for k in range(12)])
        return (1 - part) * bank[first, rows] + part * bank[(first + 1) % 12, rows]
