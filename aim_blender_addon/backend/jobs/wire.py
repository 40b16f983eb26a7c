# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests and results of jobs as plain parameters and arrays, and back: derived from their fields alone.

A job is a module of this folder: a frozen dataclass of a :class:`Request`, one of a result, and
``run(request, progress) -> result``. Its name is the module's. Numpy is imported only where there are arrays, so
that a Python without it can be probed.
"""

import dataclasses
import functools
import sys
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from ..progress import Progress

if TYPE_CHECKING:
    import numpy as np

#: Arrays of at most this many numbers travel in the message, larger ones as files that the other side maps.
SMALL = 256
#: Words of the wire itself: a dataclass's name, an array's file, and type, shape and numbers of a small array.
_CLASS, _ARRAY, _DTYPE, _SHAPE, _VALUES = "$class", "$array", "$dtype", "$shape", "$values"

Params = dict[str, Any]
Arrays = Mapping[str, "np.ndarray"]


class Request:
    """Base of what is asked of a job; subclasses are frozen dataclasses in the job's module."""

    def message(self) -> tuple[str, Params, dict[str, "np.ndarray"]]:
        """Name of the job, parameters and arrays."""
        return (type(self).__module__.rpartition(".")[2], *to_wire(self))

    def clear_up(self) -> None:
        """Remove what the job has left half written, after its process was ended by force; nothing for most jobs."""

    def result(self, params: Params, arrays: Arrays) -> Any:
        """The job's result, from its wire form."""
        return from_wire(_hints(sys.modules[type(self).__module__].run)["return"], params, arrays)


class WireJob:
    """A job's module as the worker does it.

    Attributes:
        follows: the job follows the mouse and comes many times a second.
    """

    def __init__(self, module: types.ModuleType) -> None:
        self.follows: bool = getattr(module, "FOLLOWS", False)
        self.request: type = _hints(module.run)["request"]
        self._run = module.run

    def do(
        self, params: Params, arrays: Arrays, progress: Progress
    ) -> tuple[Params, dict[str, "np.ndarray"]]:
        """Do what is asked; the result in its wire form."""
        return to_wire(self._run(from_wire(self.request, params, arrays), progress))


def to_wire(value: Any) -> tuple[Params, dict[str, "np.ndarray"]]:
    """A dataclass as parameters fit for JSON, and arrays by name. An array that several fields share goes once.

    Raises:
        TypeError: a field holds what cannot be sent.
    """
    packer = _Packer()
    return packer.pack(value, ""), packer.arrays


def from_wire(kind: type, params: Params, arrays: Arrays) -> Any:
    """The value of dataclass ``kind`` that :func:`to_wire` took apart."""
    return _read(kind, params, arrays)


class _Packer:
    """Collects the large arrays of one message."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self._names: dict[int, str] = {}

    def pack(self, value: Any, place: str) -> Any:
        """``value`` as JSON has it; ``place`` is its path in the message, and the name of its array."""
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, Path):
            return str(value)
        if isinstance(value, bytes):
            import numpy as np

            return self._file(np.frombuffer(value, np.uint8), value, place)
        if dataclasses.is_dataclass(value):
            parts = {
                field.name: self.pack(getattr(value, field.name), _inside(place, field.name))
                for field in dataclasses.fields(value)
            }
            return {_CLASS: type(value).__name__, **parts}
        if isinstance(value, Mapping):
            return {str(key): self.pack(part, _inside(place, key)) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.pack(part, _inside(place, number)) for number, part in enumerate(value)]
        if hasattr(value, "__array_interface__"):
            return self._array(value, place)
        raise TypeError(f"{place}: {type(value).__name__} cannot be sent to another process")

    def _array(self, value: Any, place: str) -> Any:
        import numpy as np

        if isinstance(value, np.generic):
            return value.item()
        if value.dtype.hasobject:
            raise TypeError(f"{place}: only arrays of plain numbers can be sent")
        if value.size > SMALL:
            return self._file(value, value, place)
        return {
            _DTYPE: value.dtype.str,
            _SHAPE: list(value.shape),
            _VALUES: value.ravel().tolist(),
        }

    def _file(self, array: "np.ndarray", owner: object, place: str) -> dict[str, str]:
        name = self._names.setdefault(id(owner), place)
        self.arrays[name] = array
        return {_ARRAY: name}


def _inside(place: str, part: object) -> str:
    return f"{place}.{part}" if place else str(part)


def _read(kind: Any, plain: Any, arrays: Arrays) -> Any:
    """What :meth:`_Packer.pack` made ``plain`` of, known to be of type ``kind``."""
    if plain is None:
        return None
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _read(_member(inner, plain), plain, arrays)
    if isinstance(plain, dict) and _ARRAY in plain:
        array = arrays[plain[_ARRAY]]
        return array.tobytes() if kind is bytes else array
    if isinstance(plain, dict) and _DTYPE in plain:
        import numpy as np

        return np.array(plain[_VALUES], plain[_DTYPE]).reshape(plain[_SHAPE])
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _read(hints[name], plain[name], arrays) for name in _fields(kind)})
    if origin in (dict, Mapping):
        return {key: _read(inner[1], part, arrays) for key, part in plain.items()}
    if origin is tuple and Ellipsis not in inner:
        return tuple(_read(one, part, arrays) for one, part in zip(inner, plain, strict=True))
    if origin in (tuple, list, Sequence):
        parts = [_read(inner[0], part, arrays) for part in plain]
        return parts if origin is list else tuple(parts)
    return Path(plain) if kind is Path else plain


def _member(kinds: tuple[Any, ...], plain: Any) -> Any:
    """The type among those of a union that ``plain`` is of."""
    if isinstance(plain, dict) and _CLASS in plain:
        return next(kind for kind in kinds if getattr(kind, "__name__", "") == plain[_CLASS])
    return next(kind for kind in kinds if kind is not type(None))


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


@functools.cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if field.init)
