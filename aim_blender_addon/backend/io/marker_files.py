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
from .marker_take import NotReadError
from .markers_csv import parse_markers_csv
from .regular_file import read_regular
from .time_reader import ClockError

#: ``read`` takes a file's bytes and gives a :class:`.marker_take.MarkerTake`, or raises ValueError.
MARKER_FORMATS = Formats(
    (Format(".c3d", "a C3D", parse_c3d), Format(".csv", "a CSV", parse_markers_csv))
)
#: No camera takes more frames a second; a file that says more says none.
MOST_RATE = 10_000.0
#: A file of markers has at most so many bytes.
MOST_BYTES = 1 << 31
#: Millimetres in the units that files name.
_MM = {
    "mm": 1.0, "millimeter": 1.0, "millimetre": 1.0, "cm": 10.0, "centimeter": 10.0, "centimetre": 10.0,
    "dm": 100.0, "decimeter": 100.0, "decimetre": 100.0, "m": 1000.0, "meter": 1000.0, "metre": 1000.0,
    "in": 25.4, "inch": 25.4, "inche": 25.4, '"': 25.4, "ft": 304.8, "foot": 304.8, "feet": 304.8,
    "um": 1e-3, "µm": 1e-3, "micrometer": 1e-3, "micrometre": 1e-3, "micron": 1e-3,
    "millimètre": 1.0, "mètre": 1000.0, "milímetro": 1.0, "metro": 1000.0,
}  # fmt: skip
#: No face is this far from where it was recorded, mm. What is, was not measured.
FARTHEST_MM = 1e6
#: So many of the positions may be that far before the unit is wrong.
_MOST_FAR = 0.01


@dataclass(frozen=True)
class Markers:
    """Markers of a take.

    Attributes:
        names: M names, no two of them equal; empty ones are numbered, and so are others of one name.
        positions: [T, M, 3] float64 mm; NaN where a marker was not seen.
        rate: frames a second; 0 where the file does not say.
        notes: what was mended, assumed or left out, a sentence each.
    """

    names: tuple[str, ...]
    positions: np.ndarray
    rate: float
    notes: tuple[str, ...] = ()


def read_markers(path: str | Path, mm_per_unit: float | None = None) -> Markers:
    """The markers in a file of ``MARKER_FORMATS``.

    Args:
        path: the file.
        mm_per_unit: millimetres in its unit; None takes the file's own unit, and millimetres where it says none.

    Raises:
        SolveError: the file is damaged, of another kind or layout, or its unit is unknown.
    """
    path = Path(path)
    file_format = MARKER_FORMATS.of(path)
    if file_format is None:
        raise SolveError(
            f"'{path.name}' is {MARKER_FORMATS.neither} file: export the markers as one"
        )
    try:
        take = file_format.read(read_regular(path, MOST_BYTES))
    except OSError as error:
        raise SolveError(f"'{path}' cannot be read ({error.strerror}): check the path") from error
    except (NotReadError, ClockError) as error:
        raise SolveError(f"'{path.name}' {error}") from error
    except (ValueError, IndexError, struct.error) as error:
        raise SolveError(f"'{path.name}' is damaged ({error}): export it again") from error
    positions, notes = take.positions, list(take.notes)
    if not positions.size:
        raise SolveError(f"'{path.name}' holds no markers: export the markers with their positions")
    if mm_per_unit is None:
        mm_per_unit = _mm_of(path, take.unit)
    with np.errstate(over="ignore"):
        positions = positions * mm_per_unit
    # One coordinate missing, the marker missing.
    positions[~np.isfinite(positions).all(axis=-1)] = np.nan
    far = np.abs(positions).max(axis=-1) > FARTHEST_MM
    if far.any():
        seen = np.isfinite(positions).all(axis=-1)
        if far.sum() > _MOST_FAR * seen.sum():
            raise SolveError(
                f"'{path.name}' has markers more than {FARTHEST_MM / 1e6:g} km away: choose the unit of its lengths"
            )
        positions[far] = np.nan
        notes.append(f"{int(far.sum()):,} positions more than a kilometre away count as unseen")
    names = _different([name or f"marker {number}" for number, name in enumerate(take.names)])
    rate = take.rate if 0 < take.rate <= MOST_RATE else 0.0
    return Markers(names, positions, rate, tuple(notes))


def _different(names: list[str]) -> tuple[str, ...]:
    """The names, those that were there before with a number behind."""
    found: dict[str, None] = {}
    taken = set(names)
    for name in names:
        own, number = name, 1
        while own in found or (number > 1 and own in taken):
            number += 1
            own = f"{name} {number}"
        found[own] = None
    return tuple(found)


def _mm_of(path: Path, unit: str) -> float:
    """Millimetres in a unit as files write it: ``mm``, ``Millimeters``, ``metres`` ..."""
    plain = unit.strip(" \0.[]()").casefold()
    for word in (plain, plain.removesuffix("s")):
        if word in _MM:
            return _MM[word]
    raise SolveError(
        f"'{path.name}' has lengths in '{unit[:40]}': say how many millimetres that unit has"
    )
