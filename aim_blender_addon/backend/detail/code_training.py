# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What codes learn from a folder of maps: how strong each wave is, and how skin leans (numpy only)."""

from typing import Any

import numpy as np

from ..errors import ScanError
from ..progress import Progress, silent
from .codes import BANDS, WaveModel, bands_of, block_of
from .lapped import analyse
from .training_maps import Figures, TrainingMaps, check_scale, shows

#: Of a place's pixels, those that must show skin for its waves to count.
_WHOLE = 0.98


def train_waves(
    maps: TrainingMaps, texel: float | None = None, progress: Progress = silent
) -> tuple[WaveModel, dict[str, Any]]:
    """Learn the model of a folder's maps, and a report.

    Args:
        maps: the folder's.
        texel: typical mm of skin in a pixel; what the folder says, or the usual size, where none is given.

    Raises:
        ScanError: maps cannot be used, have a wrong scale, or show no skin.
    """
    notes: list[str] = []
    waves: _Waves | None = None
    for k, height in enumerate(maps.heights()):
        progress("Reading maps", k / len(maps), {})
        if waves is None:
            texel, notes = maps.pixel_mm(texel, len(height))
            waves = _Waves(len(height), texel)
        waves.add(height, shows(height))
    assert waves is not None
    figures = waves.figures
    check_scale(figures.rms)
    model = waves.model(len(maps), maps.people)
    report = {
        "maps": len(maps),
        "people": maps.people,
        "texel_mm": model.texel,
        "rms_mm": figures.rms,
        "bands_mm": dict(zip(BANDS, model.band_mm.tolist(), strict=True)),
        "notes": notes,
    }
    return model, report


def waves_of(heights: np.ndarray, mask: np.ndarray, texel: float) -> WaveModel:
    """The model of one person's maps [K, S, S] mm, as those of a detail; ``mask`` [S, S] is the skin.

    Raises:
        ScanError: they show no skin, or have no size of a code.
    """
    waves = _Waves(heights.shape[1], texel)
    for height in heights:
        waves.add(height, mask)
    return waves.model(len(heights), 1)


class _Waves:
    """Sums of the waves of maps as they come."""

    def __init__(self, size: int, texel: float) -> None:
        """Of maps of ``size`` pixels, ``texel`` mm each."""
        self.figures = Figures()
        self._texel = float(texel)
        self._power = np.zeros((block_of(size, texel),) * 2)
        self._places = 0

    def add(self, height: np.ndarray, on: np.ndarray) -> None:
        """Count a map [S, S] mm where it shows skin."""
        if not on.any():
            return
        block = len(self._power)
        self.figures.add(height, on)
        whole = on.reshape(len(height) // block, block, -1, block).mean(axis=(1, 3)) >= _WHOLE
        waves = analyse(np.where(on, height, 0).astype(np.float32), block)[whole]
        self._power += np.sum(waves.astype(np.float64) ** 2, axis=0)
        self._places += len(waves)

    def model(self, maps: int, people: int) -> WaveModel:
        """What the maps were like.

        Raises:
            ScanError: no place of them shows skin all over.
        """
        if not self._places:
            raise ScanError("No place of the maps shows skin all over: give larger maps")
        power = self._power / self._places
        lean = self.figures.lean / self.figures.maps
        return WaveModel(power, self._texel, band_rms(power, self._texel), lean, maps, people)


def band_rms(power: np.ndarray, texel: float) -> np.ndarray:
    """[4] root mean squares in mm of the bands of waves' mean squares."""
    band = bands_of(len(power), texel).ravel()
    total = np.bincount(band, power.ravel(), minlength=len(BANDS))
    return np.sqrt(total / power.size)
