# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""C3D files, the format of c3d.org: points with integer or float coordinates, Intel or MIPS byte order (numpy only)."""

import math
import struct

import numpy as np

from .marker_take import MarkerTake, NotReadError

#: Bytes in a block of the file.
_BLOCK = 512
#: The header's last frame number that may be a larger one's.
_MOST_FRAME = 65535
#: Parameters are looked for in so many records at most.
_MOST_RECORDS = 10_000


def parse_c3d(data: bytes) -> MarkerTake:
    """The markers in a C3D file.

    A marker is unseen where its residual is negative, and where all its coordinates are exactly zero: so some
    programs write what they have not seen.

    Raises:
        NotReadError: the file is of an old DEC machine.
        ValueError, IndexError, struct.error: the file is damaged.
    """
    if len(data) < _BLOCK or data[1] != 0x50:
        raise ValueError("it is no C3D file")
    start = _BLOCK * (data[0] - 1)
    if not 0 < start < len(data) - 4:
        raise ValueError("its parameters are not in it")
    processor = data[start + 3] - 83
    if processor == 2:
        raise NotReadError("has numbers of an old DEC machine: write it again as Intel or MIPS")
    if processor not in (1, 3):
        raise ValueError("its numbers are of an unknown machine")
    order = "<" if processor == 1 else ">"
    points, analog = struct.unpack_from(order + "HH", data, 2)
    (scale,) = struct.unpack_from(order + "f", data, 12)
    (block,) = struct.unpack_from(order + "H", data, 16)
    (rate,) = struct.unpack_from(order + "f", data, 20)
    parameters = _parameters(data, start, order)
    if not math.isfinite(scale) or scale == 0 or block == 0:
        raise ValueError("its header says no scale or no place of its frames")
    kind = np.dtype(order + ("f4" if scale < 0 else "i2"))
    width = 4 * points + analog
    first, last = struct.unpack_from(order + "HH", data, 6)
    body = np.frombuffer(data[_BLOCK * (block - 1) :], np.uint8)
    whole = len(body) // (width * kind.itemsize) if width else 0
    # Long takes overflow the header's 16 bits; then the file's length tells.
    said = last - first + 1
    if 0 < said <= whole and last < _MOST_FRAME:
        count = said + (whole - said) // (_MOST_FRAME + 1) * (_MOST_FRAME + 1)
    else:
        count = whole
    rate = float(rate) if math.isfinite(rate) and rate > 0 else _number(parameters, "POINT:RATE")
    if not count or not points:
        return MarkerTake([], np.empty((0, 0, 3)), rate)
    rows = body[: count * width * kind.itemsize].view(kind).reshape(count, width)
    positions, notes = _positions(rows[:, : 4 * points].reshape(count, points, 4), scale)
    if last < _MOST_FRAME and said > whole:
        notes = (*notes, f"it ends after {whole:,} of the {said:,} frames that it says it has")
    labels = _texts(parameters, "POINT:LABELS")
    names = [labels[k] if k < len(labels) else "" for k in range(points)]
    unit = (_texts(parameters, "POINT:UNITS") or ["mm"])[0] or "mm"
    return MarkerTake(names, positions, rate, unit, notes)


def _positions(values: np.ndarray, scale: float) -> tuple[np.ndarray, tuple[str, ...]]:
    """Positions [T, M, 3] of coordinates and residuals [T, M, 4], NaN where unseen, and what was taken for unseen."""
    with np.errstate(over="ignore", invalid="ignore"):  # floats of damaged files may be anything
        values = values.astype(np.float64)
        positions = values[:, :, :3] * (1.0 if scale < 0 else scale)
    unseen = ~(values[:, :, 3] >= 0)
    zeros = ~unseen & (values[:, :, 3] == 0) & (values[:, :, :3] == 0).all(axis=2)
    positions[unseen | zeros] = np.nan
    notes = ()
    if zeros.any():
        notes = (f"{int(zeros.sum()):,} positions of exactly zero count as unseen",)
    return positions, notes


def _texts(parameters: dict[str, list[str] | float], name: str) -> list[str]:
    """A list of texts with those that go on in ``NAME2``, ``NAME3`` and so on, as more than 255 do."""
    found: list[str] = []
    number = 1
    while isinstance(part := parameters.get(name if number == 1 else f"{name}{number}"), list):
        found += part
        number += 1
    return found


def _number(parameters: dict[str, list[str] | float], name: str) -> float:
    value = parameters.get(name)
    return value if isinstance(value, float) and math.isfinite(value) and value > 0 else 0.0


def _parameters(data: bytes, start: int, order: str) -> dict[str, list[str] | float]:
    """The parameters of a C3D file by ``GROUP:NAME``: lists of texts, and single floats.

    Raises:
        ValueError: a parameter is longer than the file.
    """
    groups: dict[int, str] = {}
    found: list[tuple[int, str, list[str] | float]] = []
    place = start + 4
    for _ in range(_MOST_RECORDS):
        if place + 2 > len(data):
            break
        length, group = struct.unpack_from("bb", data, place)
        if not length:
            break
        after = place + 2 + abs(length)
        name = data[place + 2 : after].decode("ascii", "replace").upper()
        (jump,) = struct.unpack_from(order + "h", data, after)
        if group < 0:
            groups[-group] = name
        else:
            value = _value(data, after + 2, order)
            if value is not None:
                found.append((group, name, value))
        if jump <= 0:
            break
        place = after + jump
    return {f"{groups.get(group, '')}:{name}": value for group, name, value in found}


def _value(data: bytes, place: int, order: str) -> list[str] | float | None:
    """A parameter's value, from the byte that says its type: texts, a single float, or None for any other."""
    (kind,) = struct.unpack_from("b", data, place)
    sizes = list(data[place + 2 : place + 2 + data[place + 1]])
    content = place + 2 + len(sizes)
    if kind == 4 and math.prod(sizes) == 1:
        return float(struct.unpack_from(order + "f", data, content)[0])
    if kind != -1:
        return None
    size = sizes[0] if sizes else 1
    number = math.prod(sizes[1:])
    if size * number > len(data) - content:
        raise ValueError("a list of texts in it is longer than the file")
    if not size:
        return []
    words = [data[content + k * size : content + (k + 1) * size] for k in range(number)]
    return [_text(word) for word in words]


def _text(word: bytes) -> str:
    """A text in UTF-8 or, as older programs write it, in Western letters."""
    try:
        return word.decode("utf-8").strip(" \0")
    except UnicodeDecodeError:
        return word.decode("cp1252", "replace").strip(" \0")
