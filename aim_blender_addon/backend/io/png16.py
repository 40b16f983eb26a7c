# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of 16 bits a channel as PNG files (numpy and zlib; no package needed).

Pillow cannot read 16-bit colour without loss, and Blender's Python has no Pillow. The part of PNG that height maps
need is small: no palette, no interlacing.
"""

import struct
import zlib
from pathlib import Path

import numpy as np

from .whole_file import write_whole_bytes

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Samples a pixel by PNG's colour type: grey, RGB, grey and alpha, RGBA.
_SAMPLES = {0: 1, 2: 3, 4: 2, 6: 4}
_COLOUR_TYPES = {samples: kind for kind, samples in _SAMPLES.items()}
#: Largest side that is read, pixels.
LARGEST_SIDE = 16384
_SUB, _UP, _AVERAGE, _PAETH = 1, 2, 3, 4


def parse_png16(data: bytes) -> np.ndarray:
    """[H, W, C] uint16 of a PNG file's bytes, row 0 at the top.

    Raises:
        ValueError: says what is wrong, as the end of a sentence.
    """
    if not data.startswith(_SIGNATURE):
        raise ValueError("is not a PNG file")
    header, packed = b"", []
    for kind, body in _chunks(data):
        if kind == b"IHDR":
            header = body
        elif kind == b"IDAT":
            packed.append(body)
    if len(header) != 13:  # noqa: PLR2004
        raise ValueError("has no header")
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if depth != 16:  # noqa: PLR2004
        raise ValueError(f"has {depth} bits a channel, and heights need 16: save it with 16 bits")
    if interlaced:
        raise ValueError("is interlaced: save it without")
    if colour not in _SAMPLES or not 0 < width <= LARGEST_SIDE or not 0 < height <= LARGEST_SIDE:
        raise ValueError("is of a kind or size that is not read")
    step = 2 * _SAMPLES[colour]
    length = height * (1 + width * step)
    raw = zlib.decompressobj().decompress(b"".join(packed), length)
    if len(raw) < length:
        raise ValueError("ends in the middle of its data")
    rows = np.frombuffer(raw, np.uint8).reshape(height, 1 + width * step)
    if rows[:, 0].max() > _PAETH:
        raise ValueError("is damaged")
    pixels = _unfiltered(rows[:, 0], rows[:, 1:].reshape(height, width, step))
    return pixels.reshape(height, width, -1, 2).copy().view(">u2")[..., 0].astype(np.uint16)


def write_png16(path: str | Path, pixels: np.ndarray) -> None:
    """Write [H, W] or [H, W, C] uint16, C from 1 to 4, row 0 at the top.

    Raises:
        OSError: it cannot be written.
    """
    pixels = np.atleast_3d(np.asarray(pixels, np.uint16))
    height, width, samples = pixels.shape
    step = 2 * samples
    raw = pixels.astype(">u2").view(np.uint8).reshape(height, width * step)
    before = np.zeros_like(raw)
    before[:, step:] = raw[:, :-step]
    rows = np.empty((height, 1 + width * step), np.uint8)
    rows[:, 0], rows[:, 1:] = _SUB, raw - before
    header = struct.pack(">IIBBBBB", width, height, 16, _COLOUR_TYPES[samples], 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b"")]
    write_whole_bytes(path, _SIGNATURE + b"".join(_packed(*part) for part in parts))


def _packed(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _chunks(data: bytes):
    """Each chunk's kind and body; damaged ones are refused."""
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        end = at + 12 + length
        if end > len(data) or struct.unpack_from(">I", data, end - 4)[0] != zlib.crc32(kind + body):
            raise ValueError("is cut off or damaged")
        yield kind, body
        at = end


def _unfiltered(kinds: np.ndarray, raw: np.ndarray) -> np.ndarray:
    """[H, W, step] uint8 bytes of the pixels; ``kinds`` [H] are the rows' filters.

    A pixel needs those left of it, above it, and left above. So pixels of one diagonal do not need each other, and
    are worked out at once. Diagonals are kept as rows.
    """
    height, width, step = raw.shape
    skewed = np.zeros((height + width + 1, height + 1, step), np.uint8)  # row, column + 1
    line = (height + 1) * step
    inner = np.lib.stride_tricks.as_strided(
        skewed[2:, 1:], (height, width, step), (line + step, line, 1)
    )
    inner[:] = raw
    if kinds.any():
        kind = kinds[:, None]
        for d in range(height + width - 1):
            first, end = max(0, d - width + 1), min(height, d + 1)
            rows = slice(first + 1, end + 1)
            left = skewed[d + 1, rows].astype(np.int16)
            up = skewed[d + 1, first:end].astype(np.int16)
            corner = skewed[d, first:end].astype(np.int16)
            if end == d + 1:  # the first column has nothing left of it
                left[-1] = corner[-1] = 0
            if first == 0:  # the first row has nothing above it
                up[0] = corner[0] = 0
            k = kind[first:end]
            to_left, to_up, to_both = (
                abs(up - corner),
                abs(left - corner),
                abs(left + up - 2 * corner),
            )
            paeth = np.where(
                (to_left <= to_up) & (to_left <= to_both),
                left,
                np.where(to_up <= to_both, up, corner),
            )
            guess = np.select(
                [k == _SUB, k == _UP, k == _AVERAGE, k == _PAETH],
                [left, up, (left + up) >> 1, paeth],
                0,
            )
            skewed[d + 2, rows] += guess.astype(np.uint8)
    return np.ascontiguousarray(inner)
