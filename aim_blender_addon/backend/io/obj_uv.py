# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The UV of an OBJ file, a pair for each corner of its faces (numpy only)."""

from pathlib import Path

import numpy as np

from ..errors import ScanError, one_line
from .damage import refusing
from .regular_file import read_regular


def read_obj_uv(path: str | Path) -> np.ndarray | None:
    """[L, 2] float64 UV of each face corner, in the order of ``read_mesh``; None where the file has none.

    Raises:
        ScanError: the file cannot be read, or some corners have UV and others none.
    """
    path = Path(path)
    with refusing(
        ScanError,
        lambda reason: (
            f"The UV of '{one_line(path.name)}' cannot be read ({reason}): export it again"
        ),
    ):
        return parse_obj_uv(read_regular(path))


def parse_obj_uv(data: bytes) -> np.ndarray | None:
    """[L, 2] UV of each face corner of an OBJ file's bytes, or None.

    Raises:
        ValueError: says what is wrong, in a few words.
    """
    lines = data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").splitlines()
    places: list[bytes] = []
    corners: list[bytes] = []
    before: list[int] = []
    for line in lines:
        words = line.partition(b"#")[0].split()
        if not words:
            continue
        if words[0] == b"vt":
            places.append(b" ".join(words[1:3]))
        elif words[0] == b"f":
            corners += words[1:]
            before += [len(places)] * (len(words) - 1)
    numbers = [part[1] if len(part := word.split(b"/")) > 1 else b"" for word in corners]
    given = sum(map(bool, numbers))
    if not given or not places:
        return None
    if given < len(numbers):
        raise ValueError(f"{len(numbers) - given:,} corners have no UV")
    uv = np.array(b" ".join(places).split(), np.float64).reshape(-1, 2)
    at = np.array(numbers, np.int64)
    at = np.where(at < 0, at + np.asarray(before), at - 1)
    if at.min() < 0 or at.max() >= len(uv):
        raise ValueError("faces name UV that is not there")
    return uv[at]
