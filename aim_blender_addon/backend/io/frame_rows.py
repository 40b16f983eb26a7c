# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An array with a row for each frame, in a ``.npy`` file that is read and written row by row (numpy only).

All its room is taken when it is made, and rows are written, not mapped. A disk that fills up is then an error where
the row is written; under a map it would end the process.
"""

import os
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from .disk import reserve

#: Bytes that are written at once.
_CHUNK = 1 << 20


class FrameRows:
    """Rows of an array [T, ...] on disk; ``numpy.asarray`` reads all of it.

    Attributes:
        shape, dtype: of the whole.
    """

    def __init__(
        self, path: str | os.PathLike, expected: tuple[tuple[int, ...], DTypeLike] | None = None
    ) -> None:
        """Open a file that is there.

        Args:
            path: the file.
            expected: its shape and type, where they are known. Rows that a power cut has taken become zero then.

        Raises:
            OSError, ValueError: it is missing, no array, another than was expected, or shorter than it says.
        """
        self.path = Path(path)
        self._file = self.path.open("r+b", buffering=0)
        try:
            version = np.lib.format.read_magic(self._file)
            if version != (1, 0):
                raise ValueError(f"{self.path.name} has another header")
            with warnings.catch_warnings():  # of numpy, for headers that Python 2 has written
                warnings.simplefilter("ignore", UserWarning)
                header = np.lib.format.read_array_header_1_0(self._file)
            self.shape, fortran, self.dtype = header
            self._start = self._file.tell()
            if fortran or self.dtype.hasobject or not self.shape:
                raise ValueError(f"{self.path.name} holds no rows of numbers")
            whole = self._start + self.shape[0] * self._size
            if expected is not None and (self.shape, self.dtype) != expected:
                raise ValueError(f"{self.path.name} has another shape")
            missing = whole - self._file.seek(0, os.SEEK_END)
            if missing > 0 and expected is None:
                raise ValueError(f"{self.path.name} is cut short")
            self._append_zeros(missing)
        except BaseException:
            self._file.close()
            raise

    @classmethod
    def make(
        cls, path: str | os.PathLike, shape: tuple[int, ...], kind: DTypeLike = np.float32
    ) -> "FrameRows":
        """A new array of zeros; a file of that name is replaced, and none is left when there is no room.

        Raises:
            OSError: the disk is too full, or the folder cannot be written to.
        """
        path, kind = Path(path), np.dtype(kind)
        about = {
            "descr": np.lib.format.dtype_to_descr(kind),
            "fortran_order": False,
            "shape": shape,
        }
        path.unlink(missing_ok=True)
        try:
            with path.open("xb") as stream:
                np.lib.format.write_array_header_1_0(stream, about)
                header = stream.tell()
                stream.flush()
                size = header + int(np.prod(shape, dtype=np.int64)) * kind.itemsize
                reserve(stream, size)
                stream.seek(0)  # where room was made by writing zeros, the header went
                np.lib.format.write_array_header_1_0(stream, about)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return cls(path)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: int | slice) -> np.ndarray:
        """A row, or rows that follow each other."""
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            if step != 1:
                raise IndexError("rows are read in their order")
            return self._read(start, max(stop - start, 0))
        return self._read(self._number(key), 1)[0]

    def __setitem__(self, key: int, value: np.ndarray) -> None:
        """Write a row.

        Raises:
            OSError: the disk is full after all, or has gone.
        """
        row = np.empty(self.shape[1:], self.dtype)
        row[...] = value
        data = memoryview(row.reshape(-1).view(np.uint8))
        self._file.seek(self._start + self._number(key) * self._size)
        while len(data):
            data = data[self._file.write(data) :]

    def __array__(self, dtype: DTypeLike = None, copy: bool | None = None) -> np.ndarray:
        return self._read(0, len(self)).astype(dtype or self.dtype, copy=False)

    def close(self) -> None:
        """Let go of the file; on Windows it cannot be moved or removed before."""
        self._file.close()

    def _append_zeros(self, count: int) -> None:
        while count > 0:
            count -= self._file.write(bytes(min(count, _CHUNK)))

    @property
    def _size(self) -> int:
        """Bytes of a row."""
        return int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize

    def _number(self, key: int) -> int:
        number = int(key) + (len(self) if key < 0 else 0)
        if not 0 <= number < len(self):
            raise IndexError(key)
        return number

    def _read(self, start: int, count: int) -> np.ndarray:
        rows = np.empty((count, *self.shape[1:]), self.dtype)
        rest = memoryview(rows.reshape(-1).view(np.uint8))
        self._file.seek(self._start + start * self._size)
        while len(rest):
            got = self._file.readinto(rest)
            if not got:
                raise OSError(f"{self.path.name} is cut short")
            rest = rest[got:]
        return rows
