# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded 3D markers from files (numpy only)."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import SolveError
from .c3d import parse_c3d
from .formats import Format, Formats
from .markers_csv import parse_markers_csv

#: ``read`` takes a file's bytes; it gives names, positions [T, M, 3], frames a second (0: unknown) and the unit.
MARKER_FORMATS = Formats(
    (Format(".c3d", "a C3D", parse_c3d), Format(".csv", "a CSV", parse_markers_csv))
)
#: Millimetres in the units that files name.
_MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4, "inches": 25.4}


@dataclass(frozen=True)
class Markers:
    """Markers of a take.

    Attributes:
        names: M names; empty ones are numbered.
        positions: [T, M, 3] float64 mm; NaN where a marker was not seen.
        rate: frames a second; 0 where the file does not say.
    """

    names: tuple[str, ...]
    positions: np.ndarray
    rate: float


def read_markers(path: str | Path, mm_per_unit: float | None = None) -> Markers:
    """The markers in a file of ``MARKER_FORMATS``.

    Args:
        path: the file.
        mm_per_unit: millimetres in its unit; None takes a C3D file's own unit and millimetres for CSV.

    Raises:
        SolveError: the file is damaged, of another kind, or its unit is unknown.
    """
    path = Path(path)
    file_format = MARKER_FORMATS.of(path)
    if file_format is None:
        raise SolveError(
            f"'{path.name}' is {MARKER_FORMATS.neither} file: export the markers as one"
        )
    try:
        names, positions, rate, unit = file_format.read(path.read_bytes())
    except OSError as error:
        raise SolveError(f"'{path}' cannot be read ({error.strerror}): check the path") from error
    except (ValueError, IndexError, struct.error) as error:
        raise SolveError(f"'{path.name}' is damaged ({error}): export it again") from error
    if not positions.size:
        raise SolveError(f"'{path.name}' holds no markers: export the markers with their positions")
    if mm_per_unit is None:
        if unit not in _MM:
            raise SolveError(
                f"'{path.name}' has lengths in '{unit}': say how many millimetres that unit has"
            )
        mm_per_unit = _MM[unit]
    positions[~np.isfinite(positions).all(axis=-1)] = (
        np.nan
    )  # one coordinate missing, the marker missing
    names = tuple(name or f"marker {number}" for number, name in enumerate(names))
    return Markers(names, positions * mm_per_unit, rate)
