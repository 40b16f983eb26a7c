# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an actor's folder and one of scans to a folder of height maps."""

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AimError, ScanError
from ..io.disk import why
from ..progress import Progress, silent
from .bands import continued
from .detail_actor import DetailActor, mesh_files, read_scaled
from .extract import ExtractSettings, extract, working_size
from .map_files import check_size, write_about, write_map

#: Pixels of 512 by which a map goes on beyond the skin.
_PADDING = 8


def extract_folder(
    actor: DetailActor,
    scans: Path,
    out: Path,
    size: int = 1024,
    mm_per_unit: float = 1.0,
    suffix: str = ".exr",
    settings: ExtractSettings | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write a height map of each scan in a folder, and what was measured.

    Raises:
        ScanError: a scan has no registered base, or cannot be used.
        AimError: a file cannot be written.
    """
    settings = settings or ExtractSettings()
    check_size(size)
    found = mesh_files(scans)
    if not found:
        raise ScanError(f"'{scans}' holds no scans: put an OBJ or PLY of each expression there")
    lower = {name.casefold(): name for name in actor.shapes}
    for name, path in found.items():
        if name not in lower:
            raise ScanError(
                f"'{path.name}' has no registered mesh: name one of the actor's expressions the same"
            )
    progress("Preparing the skin", 0.0, {})
    pixels = actor.pixels(working_size(size, settings.finest))
    figures: dict[str, Any] = {}
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AimError(
            f"'{out}' cannot be made ({why(error)}): choose another place for the maps"
        ) from error
    padding = max(1, _PADDING * size // 512)
    for k, (name, path) in enumerate(found.items()):
        progress(f"Reading heights of {path.stem}", 0.05 + 0.95 * k / len(found), {})
        heights = extract(
            pixels, size, actor.shapes[lower[name]], read_scaled(path, mm_per_unit), settings
        )
        write_map(out / f"{lower[name]}{suffix}", continued(heights.band, heights.mask, padding))
        band = heights.band[heights.mask]
        figures[lower[name]] = {
            "misses": heights.misses,
            "median_mm": heights.median_mm,
            "rms_mm": float(np.sqrt(np.mean(np.square(band)))),
            "largest_mm": float(np.abs(band).max()),
        }
    report = {
        "size": size,
        "texel_mm": pixels.typical_texel * pixels.size / size,
        "band_mm": settings.widest_mm,
        "maps": figures,
        "notes": actor.notes(),
    }
    write_about(out, report)
    return report
