# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""C3D files, the format of c3d.org: points with integer or float coordinates, Intel or MIPS byte order (numpy only)."""

import struct

import numpy as np

#: Bytes in a block of the file.
_BLOCK = 512


def parse_c3d(data: bytes) -> tuple[list[str], np.ndarray, float, str]:
    """Names, positions [T, M, 3] (NaN where unseen), frames a second and unit of the points in a C3D file.

    Raises:
        ValueError, IndexError, struct.error: the file is damaged or of an old DEC machine.
    """
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
    parameters = _parameters(data, start, order)
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
    return names, positions, float(rate), unit


def _parameters(data: bytes, start: int, order: str) -> dict[str, list[str]]:
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
