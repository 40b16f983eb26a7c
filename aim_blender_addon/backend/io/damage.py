# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a damaged file makes Python raise becomes one sentence for people (standard library alone)."""

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import AimError, one_line

#: What Python, numpy and zipfile raise while they read a file that is none of its kind. Memory and depth are among
#: them: a file that asks for more than there is, is damaged.
DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def refusing(kind: type[AimError], say: Callable[[str], str]) -> Iterator[None]:
    """Whatever a damaged file raises inside becomes an error of ``kind``; an ``AimError`` stays what it is.

    Args:
        kind: of the error.
        say: makes the sentence of a short reason.
    """
    try:
        yield
    except DAMAGE as error:
        raise kind(say(reason_of(error))) from error


def reason_of(error: BaseException) -> str:
    """Why reading failed, in a few words on one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, MemoryError):
        return "it asks for more memory than there is"
    if isinstance(error, KeyError):
        return f"{one_line(error)} is missing"
    return one_line(error) or type(error).__name__
