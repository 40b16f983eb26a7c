# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded 3D markers from C3D and CSV files (numpy only).

C3D: the format of c3d.org, points with integer or float coordinates, written on Intel or MIPS machines.
CSV: a first line with the columns ``NAME_x, NAME_y, NAME_z`` of every marker, in any order and among
others, then a line for each frame; an empty cell is a missing marker.
"""

import csv
import io
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import SolveError

_BLOCK = 512
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
    """The markers in a ``.c3d`` or ``.csv`` file.

    Args:
        path: the file.
        mm_per_unit: millimetres in its unit; None takes a C3D file's own unit and millimetres for CSV.

    Raises:
        SolveError: the file is damaged, of another kind, or its unit is unknown.
    """
    path = Path(path)
    readers = {".c3d": _read_c3d, ".csv": _read_csv}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise SolveError(
            f"'{path.name}' is neither a C3D nor a CSV file: export the markers as one"
        )
    try:
        names, positions, rate, unit = reader(path.read_bytes())
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
    names = tuple(name or f"marker {number}" for number, name in enumerate(names))
    return Markers(names, positions * mm_per_unit, rate)


def _read_csv(data: bytes) -> tuple[list[str], np.ndarray, float, str]:
    rows = [row for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) if any(row)]
    if not rows:
        return [], np.empty((0, 0, 3)), 0.0, "mm"
    columns = {cell.strip(): number for number, cell in enumerate(rows[0])}
    ends = ("_x", "_y", "_z")
    folded = {cell.casefold(): number for cell, number in columns.items()}
    names = [
        cell[:-2]
        for cell in columns
        if cell.casefold().endswith("_x")
        and all(cell.casefold()[:-2] + end in folded for end in ends)
    ]
    if not names:
        raise ValueError("its first line names no columns NAME_x, NAME_y, NAME_z")
    picked = [folded[name.casefold() + end] for name in names for end in ends]
    values = [
        [float(row[k]) if k < len(row) and row[k].strip() else np.nan for k in picked]
        for row in rows[1:]
    ]
    return names, _whole(np.array(values, float).reshape(len(values), len(names), 3)), 0.0, "mm"


def _read_c3d(data: bytes) -> tuple[list[str], np.ndarray, float, str]:
    if len(data) < _BLOCK or data[1] != 0x50:
        raise ValueError("it is no C3D file")
    start = _BLOCK * (data[0] - 1)
    processor = data[start + 3] - 83
    if processor not in (1, 3):
        raise ValueError("its numbers are of an old DEC machine")
    order = "<" if processor == 1 else ">"
    points, analog = struct.unpack_from(order + "HH", data, 2)
    (scale,) = struct.unpack_from(order + "f", data, 12)
    (block,) = struct.unpack_from(order + "H", data, 16)
    (rate,) = struct.unpack_from(order + "f", data, 20)
    parameters = _c3d_parameters(data, start, order)
    kind = np.dtype(order + ("f4" if scale < 0 else "i2"))
    width = 4 * points + analog
    first, last = struct.unpack_from(order + "HH", data, 6)
    body = np.frombuffer(data[_BLOCK * (block - 1) :], np.uint8)
    whole = len(body) // (width * kind.itemsize) if width else 0
    # Long takes overflow the header's 16 bits; then the file's length tells.
    count = last - first + 1 if 0 < last - first + 1 <= whole and last < 65535 else whole
    if not count or not points:
        return [], np.empty((0, 0, 3)), rate, "mm"
    rows = body[: count * width * kind.itemsize].view(kind).reshape(count, width)
    values = rows[:, : 4 * points].reshape(count, points, 4).astype(np.float64)
    positions = values[:, :, :3] * (1.0 if scale < 0 else scale)
    positions[values[:, :, 3] < 0] = np.nan
    labels = parameters.get("POINT:LABELS", [])
    names = [labels[k] if k < len(labels) else "" for k in range(points)]
    unit = (parameters.get("POINT:UNITS") or ["mm"])[0].casefold() or "mm"
    return names, _whole(positions), float(rate), unit


def _c3d_parameters(data: bytes, start: int, order: str) -> dict[str, list[str]]:
    """The text parameters of a C3D file by ``GROUP:NAME``."""
    groups: dict[int, str] = {}
    found: list[tuple[int, str, list[str]]] = []
    place = start + 4
    while place + 2 <= len(data):
        length, group = struct.unpack_from("bb", data, place)
        if not length:
            break
        after = place + 2 + abs(length)
        name = data[place + 2 : after].decode("ascii", "replace").upper()
        (jump,) = struct.unpack_from(order + "h", data, after)
        if group < 0:
            groups[-group] = name
        elif struct.unpack_from("b", data, after + 2)[0] == -1:
            sizes = list(data[after + 4 : after + 4 + data[after + 3]])
            text = after + 4 + len(sizes)
            size = sizes[0] if sizes else 1
            number = int(np.prod(sizes[1:])) if len(sizes) > 1 else 1
            words = [data[text + k * size : text + (k + 1) * size] for k in range(number)]
            found.append((group, name, [w.decode("utf-8", "replace").strip(" \0") for w in words]))
        if jump <= 0:
            break
        place = after + jump
    return {f"{groups.get(group, '')}:{name}": words for group, name, words in found}


def _whole(positions: np.ndarray) -> np.ndarray:
    """Markers with a coordinate missing are missing."""
    positions[~np.isfinite(positions).all(axis=-1)] = np.nan
    return positions
