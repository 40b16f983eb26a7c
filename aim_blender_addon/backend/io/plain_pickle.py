# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays of a pickle that somebody else wrote: nothing that the file names is ever run (numpy only).

Pickle can call any function by name. Here the only names that mean anything are those that numpy needs to rebuild an
array. Any other name becomes an empty shell that keeps the state it is given.
"""

import importlib
import io
import pickle
from typing import Any

import numpy as np

#: What numpy's arrays of numbers are rebuilt with; older and newer versions name it in two places.
_ARRAYS = {
    ("numpy.core.multiarray", "_reconstruct"): ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"): ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"): ("numpy._core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"): ("numpy._core.multiarray", "scalar"),
    ("numpy", "ndarray"): ("numpy", "ndarray"),
    ("numpy", "dtype"): ("numpy", "dtype"),
    ("_codecs", "encode"): ("_codecs", "encode"),
}


class Shell:
    """Something that a file names and that is not made: its state alone is kept."""

    def __init__(self, *_parts: Any, **_named: Any) -> None:
        self.state: Any = None

    def __new__(cls, *_parts: Any, **_named: Any) -> "Shell":
        """An empty one, whatever the file hands over."""
        return super().__new__(cls)

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def append(self, _item: Any) -> None:
        """Lists of other kinds are not kept."""

    def extend(self, _items: Any) -> None:
        """Lists of other kinds are not kept."""

    def __setitem__(self, _key: Any, _value: Any) -> None:
        pass


def _shell(kind: Any = Shell, *_rest: Any) -> Shell:
    """What stands for ``copyreg._reconstructor``."""
    return Shell()


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """A name of the file: numpy's own, or a shell."""
        found = _ARRAYS.get((module, name))
        if found is not None:
            try:
                return getattr(importlib.import_module(found[0]), found[1])
            except ImportError:  # numpy before 2
                return getattr(importlib.import_module(module), name)
        return _shell if name == "_reconstructor" else Shell


def read_plain_pickle(data: bytes) -> Any:
    """What a pickle holds, as plain Python, numpy arrays and shells.

    Raises:
        ValueError, EOFError, TypeError and others of ``damage.DAMAGE``: it is damaged or no pickle.
    """
    try:
        return _Reader(io.BytesIO(data), encoding="latin1").load()
    except pickle.UnpicklingError as error:
        raise ValueError(str(error)) from error


def array_of(value: Any) -> np.ndarray:
    """The array that a value is, or that a shell of one holds as its ``x`` or ``r``.

    Raises:
        TypeError: it is none.
    """
    if isinstance(value, Shell) and isinstance(value.state, dict):
        value = next((value.state[key] for key in ("x", "r") if key in value.state), None)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return value
    raise TypeError("it holds no array of numbers where one should be")
