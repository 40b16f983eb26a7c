# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Point cache files (PC2), which Blender's Mesh Cache modifier and other programs play (numpy only)."""

import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..errors import SolveError
from .disk import require_room, why
from .whole_file import whole_file

_HEADER = "<12siiffi"
_MAGIC = b"POINTCACHE2\0"


def write_pc2(path: Path, frames: Iterable[np.ndarray], vertices: int, count: int) -> None:
    """Write frames [V, 3] one by one, the first at sample 0 and one sample a frame.

    Args:
        path: file to write.
        frames: ``count`` frames; only one is in memory at a time.
        vertices: V.
        count: how many.

    Raises:
        SolveError: the file cannot be written, or the disk has too little room for it.
    """
    require_room(path, struct.calcsize(_HEADER) + 12 * vertices * count, SolveError)
    try:
        with whole_file(path) as file:
            file.write(struct.pack(_HEADER, _MAGIC, 1, vertices, 0.0, 1.0, count))
            for frame in frames:
                file.write(np.ascontiguousarray(frame, "<f4").tobytes())
    except OSError as error:
        raise SolveError(
            f"'{path}' cannot be written ({why(error)}): free some space or choose another place"
        ) from error
