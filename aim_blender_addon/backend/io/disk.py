# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Room on a disk: asked for before a long job, and reserved before it is written to (standard library)."""

import errno
import os
import shutil
from pathlib import Path
from typing import BinaryIO

from ..errors import AimError

#: What a system says when a disk, or a user's share of it, is full.
_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
#: What a system says when it cannot reserve room on this kind of disk.
_NO_RESERVING = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.ENODEV}
#: Bytes that are written at once where room cannot be reserved.
_CHUNK = 1 << 20


def require_room(path: str | os.PathLike, needed: int, kind: type[AimError]) -> None:
    """Find out before a long job that its files do not fit on the disk.

    Args:
        path: what is about to be written; its folder need not be there yet.
        needed: bytes that are written until the job is done.
        kind: of the error.

    Raises:
        AimError: of ``kind``, when less is free; a disk that does not tell is believed to be large enough.
    """
    folder = Path(path).absolute().parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return
    if needed > free:
        raise kind(
            f"'{path}' needs {size_words(needed)} and {size_words(free)} are free on that disk: "
            "free some space, choose another place, or do less at once"
        )


def reserve(stream: BinaryIO, size: int) -> None:
    """Make an empty file ``size`` bytes long, of zeros, with all its room taken.

    Raises:
        OSError: the disk is too full.
    """
    if hasattr(os, "posix_fallocate") and size:
        try:
            os.posix_fallocate(stream.fileno(), 0, size)
            return
        except OSError as error:
            if error.errno not in _NO_RESERVING:
                raise
    zeros = bytes(min(size, _CHUNK))
    stream.seek(0)
    for start in range(0, size, _CHUNK):
        stream.write(zeros[: size - start])


def why(error: OSError) -> str:
    """Why a file could not be written, in a few words."""
    if error.errno in _FULL:
        return "the disk is full"
    return error.strerror or str(error)


def size_words(size: float) -> str:
    """Bytes for people, such as ``1.4 GB``."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"
