# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenEXR pictures read by the OpenEXR project's own package, which reads every compression there is."""

from pathlib import Path
from types import ModuleType

import numpy as np

from ..errors import AimError
from .png16 import LARGEST_SIDE

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
