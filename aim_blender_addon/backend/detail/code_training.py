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

#: mm of skin in a pixel of a map of 1024 pixels, where nothing is known: a face of 30 cm across its chart.
USUAL_TEXEL = 0.29
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
    texel = maps.texel if texel is None else texel
    notes = []
    power: np.ndarray | None = None
    places, figures = 0, Figures()
    for k, height in enumerate(maps.heights()):
        progress("Reading maps", k / len(maps), {})
        if texel is None:
            texel = USUAL_TEXEL * 1024 / len(height)
            notes.append(
                f"Nothing says how large a pixel is: {texel:.2g} mm of skin are assumed; --texel-mm gives it"
            )
        block = block_of(len(height), texel)
        power = np.zeros((block, block)) if power is None else power
        on = shows(height)
        if not on.any():
            continue
        figures.add(height, on)
        whole = on.reshape(len(height) // block, block, -1, block).mean(axis=(1, 3)) >= _WHOLE
        waves = analyse(np.where(on, height, 0), block)[whole]
        power += np.sum(waves.astype(np.float64) ** 2, axis=0)
        places += len(waves)
    check_scale(figures.rms)
    assert power is not None
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
