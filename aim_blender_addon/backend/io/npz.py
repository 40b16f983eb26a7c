# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays of ``.npz`` files, whose headers are looked at before anything is allocated (numpy only).

A header may name any shape, and a packed member may grow a thousandfold. So what a member's header says is held
against what the archive says of the member, and that against the size of the file. Nothing is ever unpickled.
"""

import io
import math
import os
import struct
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..errors import AimError, SolveError
from .damage import refusing
from .regular_file import require_regular

#: Kinds of numpy's types: true numbers, whole ones, and texts.
NUMBERS, WHOLE, TEXTS = "biuf", "iu", "U"
#: Deflate packs no better than this.
_BEST_PACKING = 1040
#: Larger arrays are read row by row or not at all, bytes; those whose rows lie scattered must fit into the memory.
LARGEST_WHOLE, _LARGEST_SCATTERED = 1 << 30, 1 << 32
_LONGEST_HEADER, _MOST_ROWS, _CHUNK = 1 << 16, 1 << 31, 1 << 20
#: Members whose checksum was right: path, time and size of the file, and the member's name.
_sound: dict[tuple[str, int, int, str], bool] = {}
_SOUND_KEPT = 256


@dataclass(frozen=True)
class Header:
    """What an array of an archive is.

    Attributes:
        shape: its sizes.
        scattered: its rows do not lie one after the other.
        dtype: of its values.
        start: bytes of the header.
    """

    shape: tuple[int, ...]
    scattered: bool
    dtype: np.dtype
    start: int

    @property
    def bytes(self) -> int:
        """Of its values."""
        return math.prod(self.shape) * self.dtype.itemsize


def npz_names(path: str | os.PathLike) -> set[str]:
    """What the arrays of an archive are called.

    Raises:
        OSError, ValueError, zipfile.BadZipFile and others of ``damage.DAMAGE``: it is none.
    """
    require_regular(path)
    with zipfile.ZipFile(path) as file:
        return {name.removesuffix(".npy") for name in file.namelist()}


def read_arrays(
    source: str | os.PathLike | bytes, wanted: Mapping[str, str], largest: int = LARGEST_WHOLE
) -> dict[str, np.ndarray]:
    """Those of the wanted arrays that an archive holds, checked by its checksums.

    Args:
        source: path or bytes of the archive.
        wanted: kinds of types by array name: :data:`NUMBERS`, :data:`WHOLE`, :data:`TEXTS`.
        largest: bytes that all of them have together at most.

    Raises:
        OSError, ValueError, zipfile.BadZipFile and others of ``damage.DAMAGE``: it is none, damaged, or an array is
            of another kind.
    """
    if isinstance(source, bytes):
        size, opened = len(source), io.BytesIO(source)
    else:
        size, opened = require_regular(source), source
    with zipfile.ZipFile(opened) as file:
        held = set(file.namelist())
        names = [name for name in wanted if f"{name}.npy" in held]
        headers = {name: _header_of(file, f"{name}.npy", size, wanted[name]) for name in names}
        if sum(header.bytes for header in headers.values()) > largest:
            raise ValueError("its arrays are larger than those of such a file")
        return {name: _whole(file, f"{name}.npy", headers[name]) for name in names}


class NpzRows:
    """One array of an ``.npz`` file, row by row: read where it lies, or unpacked in passing where packed.

    Reading rows in rising order is fast; going back in a packed file unpacks again from the start.
    Nothing is mapped: a long take would fill the memory with its pages. The member's checksum is looked at before its
    first row is read.

    Args:
        path: the file.
        name: of the array.
        kinds: of numpy's types that it may have.
        error: what a damaged file raises.

    Raises:
        AimError: of the kind ``error``, the file is missing, damaged or holds no such array.
    """

    def __init__(
        self,
        path: str | Path,
        name: str,
        kinds: str = NUMBERS,
        error: type[AimError] = SolveError,
    ):
        self._path, self._member, self._error = Path(path), f"{name}.npy", error
        self._stream, self._next, self._all, self._offset = None, 0, None, None
        with self._refusing():
            size = require_regular(self._path)
            with zipfile.ZipFile(self._path) as file:
                self._header = _header_of(file, self._member, size, kinds)
                about = file.getinfo(self._member)
            self.shape, self.dtype = self._header.shape, self._header.dtype
            if about.compress_type == zipfile.ZIP_STORED and not self._header.scattered:
                self._offset = _data_offset(self._path, about.header_offset) + self._header.start

    def __len__(self) -> int:
        return self.shape[0] if self.shape else 0

    def __getitem__(self, number: int) -> np.ndarray:
        if not 0 <= number < len(self):
            raise IndexError(number)
        with self._refusing():
            return self._read_row(number)

    def whole(self) -> np.ndarray:
        """All of it; for what does not grow with the take."""
        with self._refusing(), zipfile.ZipFile(self._path) as file:
            if self._header.bytes > _LARGEST_SCATTERED:
                raise ValueError(f"'{self._member}' is too large")
            return _whole(file, self._member, self._header)

    def _read_row(self, number: int) -> np.ndarray:
        if self._header.scattered:
            if self._all is None:
                self._all = self.whole()
            return self._all[number]
        self._check_sum()
        size = math.prod(self.shape[1:]) * self.dtype.itemsize
        if self._offset is not None:
            with self._path.open("rb") as file:
                file.seek(self._offset + number * size)
                return self._row(file.read(size), number)
        if self._stream is None or number < self._next:
            if self._stream is not None:
                self._stream.close()
            self._stream, self._next = zipfile.ZipFile(self._path).open(self._member), 0
            self._stream.read(self._header.start)
        while self._next < number:
            self._stream.read(size)
            self._next += 1
        self._next += 1
        return self._row(self._stream.read(size), number)

    def _row(self, data: bytes, number: int) -> np.ndarray:
        row = self.shape[1:]
        if len(data) < math.prod(row) * self.dtype.itemsize:
            raise ValueError(f"'{self._member}' is cut short at row {number}")
        return np.frombuffer(data, self.dtype).reshape(row)

    def _check_sum(self) -> None:
        """Read the member to its end once, where its checksum is compared."""
        about = self._path.stat()
        key = (str(self._path.absolute()), about.st_mtime_ns, about.st_size, self._member)
        if key in _sound:
            return
        with zipfile.ZipFile(self._path) as file, file.open(self._member) as stream:
            while stream.read(_CHUNK):
                pass
        while len(_sound) >= _SOUND_KEPT:
            _sound.pop(next(iter(_sound)))
        _sound[key] = True

    def _refusing(self):  # noqa: ANN202 - a context manager
        return refusing(
            self._error,
            lambda reason: (
                f"'{self._path.name}' cannot be read ({reason}): "
                "use another copy, or save it again with numpy.savez"
            ),
        )


def _header_of(file: zipfile.ZipFile, member: str, size: int, kinds: str) -> Header:
    """Header of an array in an archive of ``size`` bytes; refused where archive and header do not agree."""
    if member not in file.namelist():
        raise ValueError(f"it holds no '{member.removesuffix('.npy')}'")
    about = file.getinfo(member)
    if about.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or about.flag_bits & 1:
        raise ValueError(f"'{member}' is packed or locked in a way that numpy.savez does not")
    stored = about.compress_type == zipfile.ZIP_STORED
    most = about.compress_size * (1 if stored else _BEST_PACKING)
    if about.compress_size > size or about.file_size > most:
        raise ValueError(f"'{member}' says that it is larger than the file holds")
    with file.open(member) as stream:
        beginning = io.BytesIO(stream.read(_LONGEST_HEADER))
    with warnings.catch_warnings():  # of numpy, for headers that Python 2 has written
        warnings.simplefilter("ignore", UserWarning)
        shape, fortran, dtype = _read_header(beginning)
    start = beginning.tell()
    if dtype.hasobject or dtype.kind not in kinds:
        wanted = "text" if kinds == TEXTS else "whole numbers" if kinds == WHOLE else "numbers"
        raise ValueError(f"'{member}' holds no {wanted}")
    header = Header(shape, fortran and len(shape) > 1, dtype, start)
    if not all(0 <= part < _MOST_ROWS for part in shape) or start + header.bytes != about.file_size:
        raise ValueError(f"'{member}' says that it is larger or smaller than it is")
    return header


def _read_header(stream: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(stream)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    return read(stream)


def _whole(file: zipfile.ZipFile, member: str, header: Header) -> np.ndarray:
    """An array in one; zipfile compares its checksum at its end."""
    data = np.empty(header.bytes, np.uint8)
    left = memoryview(data)
    with file.open(member) as stream:
        stream.read(header.start)
        while len(left):
            count = stream.readinto(left[:_CHUNK])
            if not count:
                raise ValueError(f"'{member}' is cut short")
            left = left[count:]
    order = "F" if header.scattered else "C"
    return data.view(header.dtype).reshape(header.shape, order=order)


def _data_offset(path: Path, header: int) -> int:
    """Where a member's bytes begin: after its local header, whose lengths may differ from the directory's."""
    with path.open("rb") as file:
        file.seek(header + 26)
        name, extra = struct.unpack("<HH", file.read(4))
    return header + 30 + name + extra
