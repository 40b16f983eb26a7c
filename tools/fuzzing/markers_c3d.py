# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged C3D files: header, parameters and points."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.io.marker_files import read_markers

from .markers import positions, used
from .mutations import ODD_NUMBERS, mutated


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged C3D file."""
    order = str(random.choice(["<", ">"]))
    scale = float(random.choice([-1.0, 0.01]))
    data = small_c3d(positions(), scale, order)
    said, data = _CHANGES[int(random.integers(len(_CHANGES)))](random, data, order)
    path = folder / "take.c3d"
    path.write_bytes(data)
    return said, lambda: used(read_markers(path))


def small_c3d(values: np.ndarray, scale: float = -1.0, order: str = "<") -> bytes:
    """A file of positions [T, M, 3] after the description at c3d.org."""
    frames, points = values.shape[:2]
    labels = b"".join(f"m{n}".encode().ljust(8) for n in range(points))
    records = struct.pack("bb", 5, -1) + b"POINT" + struct.pack(order + "hB", 3, 0)
    for name, sizes, text in ((b"LABELS", (8, points), labels), (b"UNITS", (2,), b"mm")):
        body = struct.pack("bB", -1, len(sizes)) + bytes(sizes) + text + b"\0"
        records += struct.pack("bb", len(name), 1) + name
        records += struct.pack(order + "h", len(body) + 2) + body
    parameters = bytes([1, 0x50, 1, 84 if order == "<" else 86]) + records
    header = bytes([2, 0x50]) + struct.pack(
        order + "HHHHHfHHf", points, 0, 1, frames, 10, scale, 3, 1, 120.0
    )
    rows = np.zeros((frames, points, 4))
    rows[:, :, :3] = values / (1.0 if scale < 0 else scale)
    body = rows.round(3).astype(order + ("f4" if scale < 0 else "i2")).tobytes()
    return header.ljust(512, b"\0") + parameters.ljust(512, b"\0") + body


def _bytes(random: np.random.Generator, data: bytes, order: str) -> tuple[str, bytes]:
    return mutated(random, data)


def _header(random: np.random.Generator, data: bytes, order: str) -> tuple[str, bytes]:
    """One of the header's numbers of 16 bits."""
    at = 2 * int(random.integers(12))
    value = int(random.choice([0, 1, 2, 255, 256, 32767, 65535]))
    return f"header {at}", data[:at] + struct.pack(order + "H", value) + data[at + 2 :]


def _float(random: np.random.Generator, data: bytes, order: str) -> tuple[str, bytes]:
    """Scale, rate or a coordinate."""
    at = int(random.choice([12, 20, 1024 + 4 * int(random.integers(400))]))
    value = float(ODD_NUMBERS[int(random.integers(len(ODD_NUMBERS)))])
    with np.errstate(all="ignore"):
        packed = np.array(value, order + "f4").tobytes()
    return f"float {at} {value}", data[:at] + packed + data[at + 4 :]


def _sizes(random: np.random.Generator, data: bytes, order: str) -> tuple[str, bytes]:
    """A list of texts that is said to be huge, in one to seven dimensions."""
    at = data.index(b"LABELS") + 8
    number = int(random.integers(1, 8))
    sizes = bytes(int(random.choice([0, 1, 255])) for _ in range(number))
    return f"sizes {list(sizes)}", data[: at + 1] + bytes([number]) + sizes + data[
        at + 2 + number :
    ]


_CHANGES = (_bytes, _bytes, _header, _float, _sizes)
