# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged height maps: PNG of 16 bits, and EXR as we write it and as the OpenEXR package does."""

import functools
import struct
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.detail.map_files import PNG_STEP, read_map
from aim_blender_addon.backend.io.exr_write import write_exr
from aim_blender_addon.backend.io.png16 import write_png16

from .mutations import mutated

_SIDE = 24
_PNG_START = 8


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged PNG or EXR of one to four channels.

    Half of the PNG have right checksums again, so that the damage lies deeper.
    """
    if random.random() < 0.5:
        said, data = mutated(random, _exr(int(random.integers(1, 5)), bool(random.random() < 0.5)))
        return _read(f"EXR: {said}", data, folder / "map.exr")
    said, data = mutated(random, _png(int(random.integers(1, 5))))
    if random.random() < 0.5:
        said, data = f"{said}, checksums mended", _with_checksums(data)
    return _read(f"PNG: {said}", data, folder / "map.png")


def _read(said: str, data: bytes, path: Path) -> tuple[str, Callable[[], object]]:
    path.write_bytes(data)

    def read() -> None:
        height = read_map(path, PNG_STEP)
        assert height.ndim == 2, "it is no picture"  # noqa: PLR2004
        assert np.isfinite(height).all(), "a height is not finite"

    return said, read


def _heights(channels: int) -> np.ndarray:
    values = np.random.default_rng(channels).normal(0, 0.1, (_SIDE, _SIDE, channels))
    return values.astype(np.float32)


@functools.cache
def _png(channels: int) -> bytes:
    return _written("map.png", write_png16, (_heights(channels) * 9000 + 32768).astype(np.uint16))


@functools.cache
def _exr(channels: int, half: bool) -> bytes:
    return _written("map.exr", write_exr, _heights(channels), half)


def _written(name: str, write: Callable[..., None], *content: object) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, name), *content)
        return Path(folder, name).read_bytes()


def _with_checksums(data: bytes) -> bytes:
    """The same PNG with the checksum of every chunk as its content says."""
    out, at = [data[:_PNG_START]], _PNG_START
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        body = data[at + 4 : at + 8 + length]
        if at + 12 + length > len(data):
            break
        out.append(data[at : at + 4] + body + struct.pack(">I", zlib.crc32(body)))
        at += 12 + length
    return b"".join([*out, data[at:]])
