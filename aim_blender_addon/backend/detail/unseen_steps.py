# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new person's height maps from a folder of people's maps, such as FaceScape's."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AimError, ScanError
from ..io.disk import why
from .map_files import read_one_map, write_about, write_map
from .training_maps import TrainingMaps, shows, training_maps
from .unseen import foretell


def foretell_folder(
    folder: Path,
    out: Path,
    neutral: Path | None = None,
    png_mm: float | None = None,
    texel_mm: float | None = None,
) -> dict[str, Any]:
    """Write an EXR of each expression, and what was measured.

    Raises:
        ScanError: maps cannot be used, or do not fit each other.
        AimError: a file cannot be written.
    """
    maps = training_maps(folder, png_mm)
    given = None if neutral is None else read_one_map(neutral, png_mm)
    mask = _skin(maps)
    if given is not None and given.shape != mask.shape:
        raise ScanError(
            f"'{neutral.name}' has {len(given)} pixels a side and the people's maps {len(mask)}: save it with theirs"
        )
    texel, notes = maps.pixel_mm(texel_mm, len(mask))
    made = foretell(lambda: _people(maps), mask, texel, given)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AimError(
            f"'{out}' cannot be made ({why(error)}): choose another place for the maps"
        ) from error
    for name, height in made.maps.items():
        write_map(out / f"{name}.exr", height)
    if given is not None:
        write_map(out / "neutral.exr", given)
    report = {
        "maps": len(made.maps),
        "people": maps.people,
        "size": len(mask),
        "texel_mm": texel,
        "left_out_mm": made.left_out_mm,
        "zero_mm": made.zero_mm,
        "shares": made.shares.tolist(),
        "notes": [
            *notes,
            "These maps are a guess from other people: no line of them is the person's own",
        ],
    }
    write_about(out, report)
    return report


def _people(maps: TrainingMaps) -> Iterator[dict[str, np.ndarray]]:
    """The maps of one person after the other."""
    pairs = zip(maps.files, maps.heights(), strict=True)
    for _, own in groupby(pairs, key=lambda pair: pair[0][0].parent):
        yield {path.stem: height for (path, _, _), height in own}


def _skin(maps: TrainingMaps) -> np.ndarray:
    """[S, S] bool where any map shows skin."""
    mask = None
    for height in maps.heights():
        mask = shows(height) if mask is None else mask | shows(height)
    return mask
