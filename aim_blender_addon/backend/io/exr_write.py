# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenEXR pictures written without a package, which Blender's Python does not have (numpy and zlib).

One part of scan lines in blocks of 16, compressed as *ZIP*: see "OpenEXR File Layout" of the OpenEXR project.
"""

import struct
import zlib
from pathlib import Path

import numpy as np

from .whole_file import write_whole_bytes

#: How channels are called, by their count.
NAMES = {1: ("Y",), 2: ("R", "G"), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}
_START = struct.pack("<II", 20000630, 2)
_LINES, _ZIP = 16, 3
_HALF, _FLOAT = 1, 2


def write_exr(path: str | Path, pixels: np.ndarray, half: bool = True) -> None:
    """Write [H, W] or [H, W, C], C from 1 to 4, row 0 at the top, in half or single precision, ZIP.

    Raises:
        OSError: it cannot be written.
    """
    pixels = np.atleast_3d(pixels)
    height, width, count = pixels.shape
    names = NAMES[count]
    order = sorted(range(count), key=lambda k: names[k])
    if half:
        most = float(np.finfo(np.float16).max)
        pixels = np.clip(pixels, -most, most)
    # a line holds each channel's values in turn
    lines = np.ascontiguousarray(pixels[:, :, order].swapaxes(1, 2), "<f2" if half else "<f4")
    blocks = [
        _block(y, lines[y : y + _LINES].reshape(-1).view(np.uint8))
        for y in range(0, height, _LINES)
    ]
    head = _START + _header([names[k] for k in order], width, height, half)
    first = len(head) + 8 * len(blocks)
    places = first + np.cumsum([0, *map(len, blocks)], dtype=np.uint64)[:-1]
    write_whole_bytes(path, head + places.astype("<u8").tobytes() + b"".join(blocks))


def _header(names: list[str], width: int, height: int, half: bool) -> bytes:
    kind = _HALF if half else _FLOAT
    channels = b"".join(
        name.encode() + b"\0" + struct.pack("<iB3xii", kind, 0, 1, 1) for name in names
    )
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    attributes = (
        ("channels", "chlist", channels + b"\0"),
        ("compression", "compression", bytes([_ZIP])),
        ("dataWindow", "box2i", window),
        ("displayWindow", "box2i", window),
        ("lineOrder", "lineOrder", b"\0"),
        ("pixelAspectRatio", "float", struct.pack("<f", 1)),
        ("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0)),
        ("screenWindowWidth", "float", struct.pack("<f", 1)),
    )
    return (
        b"".join(
            name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value
            for name, kind, value in attributes
        )
        + b"\0"
    )


def _block(y: int, raw: np.ndarray) -> bytes:
    """A block of lines from ``y`` on, of its bytes [N] uint8; as it is where packing gains nothing."""
    apart = np.concatenate([raw[::2], raw[1::2]])  # low and high bytes, then what each adds
    apart[1:] = apart[1:] - apart[:-1] + np.uint8(128)
    packed = zlib.compress(apart.tobytes(), 4)
    data = packed if len(packed) < len(raw) else raw.tobytes()
    return struct.pack("<ii", y, len(data)) + data
