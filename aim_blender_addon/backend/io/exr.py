# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenEXR pictures, by the OpenEXR project's own package, which reads every compression there is."""

import os
import tempfile
from pathlib import Path
from types import ModuleType

import numpy as np

from ..errors import AimError
from .png16 import LARGEST_SIDE
from .whole_file import write_whole_bytes

#: How channels are called, by their count.
NAMES = {1: ("Y",), 2: ("R", "G"), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}
#: Order in which channels of a file are given; others follow by name.
_ORDER = ("Y", "R", "G", "B", "A")
_MAGIC = b"\x76\x2f\x31\x01"


def parse_exr(path: str | Path) -> np.ndarray:
    """[H, W, C] float32 of a file's first part, row 0 at the top; numbers may be NaN or infinite.

    Raises:
        AimError: the package is missing.
        ValueError: says what is wrong, as the end of a sentence.
    """
    module = _package()
    with Path(path).open("rb") as stream:
        if stream.read(4) != _MAGIC:
            raise ValueError("is not an EXR file")
    try:
        with module.File(str(path), separate_channels=True, header_only=True) as file:
            low, high = file.header()["dataWindow"]
            size = np.asarray(high) - np.asarray(low) + 1
        if size.min() < 1 or size.max() > LARGEST_SIDE:
            raise ValueError("its size is not read")
        with module.File(str(path), separate_channels=True) as file:
            channels = {name: c.pixels for name, c in file.channels().items()}
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ValueError("is damaged: save it again") from error
    shape = (int(size[1]), int(size[0]))
    layers = [channels[name] for name in sorted(channels, key=_place)]
    if not layers or any(layer is None or layer.shape != shape for layer in layers):
        raise ValueError("has no channels of the whole picture")
    return np.stack(layers, axis=2).astype(np.float32)


def write_exr(path: str | Path, pixels: np.ndarray, half: bool = True) -> None:
    """Write [H, W] or [H, W, C], C from 1 to 4, row 0 at the top, in half or single precision, ZIP.

    Raises:
        AimError: the package is missing.
        OSError: it cannot be written.
    """
    module = _package()
    pixels = np.atleast_3d(pixels).astype(np.float16 if half else np.float32)
    channels = {
        name: np.ascontiguousarray(pixels[:, :, k]) for k, name in enumerate(NAMES[pixels.shape[2]])
    }
    header = {"compression": module.ZIP_COMPRESSION, "type": module.scanlineimage}
    with tempfile.TemporaryDirectory() as folder:  # the package writes to paths only
        part = os.path.join(folder, "part.exr")
        try:
            with module.File(header, channels) as file:
                file.write(part)
        except RuntimeError as error:
            raise OSError(str(error)) from error
        data = Path(part).read_bytes()
    write_whole_bytes(path, data)


def _place(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def _package() -> ModuleType:
    try:
        import OpenEXR
    except ModuleNotFoundError as error:
        raise AimError(
            "EXR files need the Python package OpenEXR: install it again in Setup, or use 16-bit PNG"
        ) from error
    return OpenEXR
