# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are written beside their place and moved there, so that nobody sees half of one (standard library)."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """A binary stream whose content is at ``path`` when the block ends, and nowhere when it raises.

    A reader sees the old file or the new one. A process that is killed leaves the old file, and perhaps a file
    ``.NAME.*.part`` beside it. What is no file, such as a pipe, is written to as it is.

    Raises:
        OSError: the folder cannot be written to, or the disk is full; the old file stays.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    path = Path(os.path.realpath(path))
    part = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        with part.open("x+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, path)
    except BaseException:  # cancelled, too
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def write_whole_bytes(path: str | os.PathLike, data: bytes) -> None:
    """``data`` as the file ``path``; see :func:`whole_file`."""
    with whole_file(path) as stream:
        stream.write(data)


def write_whole_text(path: str | os.PathLike, text: str) -> None:
    """``text`` in UTF-8 as the file ``path``, its line ends as they are; see :func:`whole_file`."""
    write_whole_bytes(path, text.encode())
