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
    power: np.ndarray | None = None
    places, figures = 0, Figures()
    for k, height in enumerate(maps.heights()):
        progress("Reading maps", k / len(maps), {})
        if power is None:
            texel, notes = maps.pixel_mm(texel, len(height))
            power = np.zeros((block_of(len(height), texel),) * 2)
        block = len(power)
        on = shows(height)
        if not on.any():
            continue
        figures.add(height, on)
        whole = on.reshape(len(height) // block, block, -1, block).mean(axis=(1, 3)) >= _WHOLE
        waves = analyse(np.where(on, height, 0), block)[whole]
        power += np.sum(waves.astype(np.float64) ** 2, axis=0)
        places += len(waves)
    check_scale(figures.rms)
    assert power is not None and texel is not None
    if not places:
        raise ScanError("No place of the maps shows skin all over: give larger maps")
    power = power / places
    model = WaveModel(
        power,
        float(texel),
        band_rms(power, float(texel)),
        figures.lean / figures.maps,
        len(maps),
        maps.people,
    )
    report = {
        "maps": len(maps),
        "people": maps.people,
        "texel_mm": float(texel),
        "rms_mm": figures.rms,
        "bands_mm": dict(zip(BANDS, model.band_mm.tolist(), strict=True)),
        "notes": notes,
    }
    return model, report


def band_rms(power: np.ndarray, texel: float) -> np.ndarray:
    """[4] root mean squares in mm of the bands of waves' mean squares."""
    band = bands_of(len(power), texel).ravel()
    total = np.bincount(band, power.ravel(), minlength=len(BANDS))
    return np.sqrt(total / power.size)
