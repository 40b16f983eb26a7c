# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ordinary files and nothing else: a pipe never ends, and a device may give zeros for ever (standard library alone)."""

import errno
import os
import stat
from pathlib import Path

#: Larger files than this are not read whole, bytes.
LARGEST = 1 << 33


def require_regular(path: str | os.PathLike) -> int:
    """The size of an ordinary file in bytes, found out before it is opened.

    Raises:
        OSError: there is none, or it is a folder, a pipe, a device, or a link to itself.
    """
    about = os.stat(path)
    if stat.S_ISDIR(about.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(about.st_mode):
        raise OSError(errno.EINVAL, "it is no ordinary file", str(path))
    return about.st_size


def read_regular(path: str | os.PathLike, largest: int = LARGEST) -> bytes:
    """All bytes of an ordinary file.

    Args:
        path: the file, or a link to it.
        largest: bytes that such a file has at most.

    Raises:
        OSError: as :func:`require_regular`, or it is larger.
    """
    size = require_regular(path)
    if size > largest:
        raise OSError(errno.EFBIG, f"it is larger than {largest >> 20:,} MB", str(path))
    return Path(path).read_bytes()
