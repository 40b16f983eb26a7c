# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are written beside their place and moved there, so that nobody sees half of one (standard library)."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """A binary stream whose content is at ``path`` when the block ends, and nowhere when it raises.

    A reader sees the old file or the new one. A process that is killed leaves the old file, and perhaps a file
    ``.NAME.*.part`` beside it, which :func:`remove_leftovers` finds. What is no file, such as a pipe, is written to
    as it is.

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


def leftovers(path: str | os.PathLike) -> list[Path]:
    """What killed processes have left of ``path`` beside it, and what others are writing now."""
    path = Path(os.path.realpath(path))
    left = re.compile(rf"\.{re.escape(path.name)}\.\d+\.[0-9a-f]{{8}}\.part")
    try:
        return [path.with_name(name) for name in os.listdir(path.parent) if left.fullmatch(name)]
    except OSError:
        return []


def remove_leftovers(path: str | os.PathLike) -> None:
    """Remove what killed processes have left of ``path``; nobody else may be writing it meanwhile."""
    for left in leftovers(path):
        with suppress(OSError):
            left.unlink()


def write_whole_bytes(path: str | os.PathLike, data: bytes) -> None:
    """``data`` as the file ``path``; see :func:`whole_file`."""
    with whole_file(path) as stream:
        stream.write(data)


def write_whole_text(path: str | os.PathLike, text: str) -> None:
    """``text`` in UTF-8 as the file ``path``, its line ends as they are; see :func:`whole_file`."""
    write_whole_bytes(path, text.encode())
