# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged ``.npz`` archives, whatever arrays they hold."""

import io
import struct
import zipfile
from collections.abc import Mapping

import numpy as np

from .mutations import ODD_NUMBERS, mutated

_HUGE = ((2**40,), (2**40, 3), (0, 2**40), (2**63,), (-1, 3), (3, -1), (2**31, 2**31), ())
_ODD_TYPES = (
    "<f8", "<f2", ">f4", "<i8", "|u1", "|b1", "<c16", "<U9", "|S5", "<M8[s]", "|O", "|V8",
    [["a", "<f4"]], "junk", 5, None,
)  # fmt: skip


def damaged_archive(
    random: np.random.Generator, arrays: Mapping[str, np.ndarray]
) -> tuple[str, bytes]:
    """An archive of the arrays with something wrong, and what in words."""
    packed = bool(random.random() < 0.5)
    names = list(arrays)
    name = names[int(random.integers(len(names)))]
    choice = random.random()
    if choice < 0.35:
        said, data = mutated(random, archive(arrays, packed))
        return f"archive: {said}", data
    if choice < 0.5:
        said, member = mutated(random, npy(arrays[name]))
        return f"{name}: {said}", archive({**arrays, name: member}, packed)
    if choice < 0.65:
        return _odd_header(random, arrays, name, packed)
    if choice < 0.9:
        said, array = odd_array(random, arrays[name])
        return f"{name}: {said}", archive({**arrays, name: array}, packed)
    if choice < 0.95:
        fewer = {key: array for key, array in arrays.items() if key != name}
        return f"no {name}", archive(fewer, packed)
    return f"{name} in Fortran order", archive(
        {**arrays, name: np.asfortranarray(arrays[name])}, packed
    )


def archive(arrays: Mapping[str, "np.ndarray | bytes"], packed: bool) -> bytes:
    """The bytes of an archive; an array may come as the bytes of its member."""
    stream = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(stream, "w", kind) as file:
        for name, array in arrays.items():
            member = array if isinstance(array, bytes) else npy(array)
            file.writestr(f"{name}.npy", member)
    return stream.getvalue()


def npy(array: np.ndarray) -> bytes:
    """The bytes of a ``.npy`` file."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asanyarray(array), allow_pickle=True)
    return stream.getvalue()


def odd_array(random: np.random.Generator, array: np.ndarray) -> tuple[str, np.ndarray]:
    """An array with other numbers, another type or another shape."""
    array = np.array(array)
    choice = int(random.integers(6))
    if choice == 0 and array.ndim:
        axis = int(random.integers(array.ndim))
        size = int(random.choice([0, 1, max(array.shape[axis] - 1, 0), array.shape[axis] + 1]))
        return f"size {size} on axis {axis}", np.resize(
            array, [*array.shape[:axis], size, *array.shape[axis + 1 :]]
        )
    if choice == 1:
        return "flat", array.ravel()
    if choice == 2:
        return "one axis more", array[None]
    if choice == 3:
        kind = str(random.choice(["f2", "f8", "i8", "u1", "c16", "U9", "S4", "O", "?"]))
        with np.errstate(all="ignore"):
            try:
                return f"of type {kind}", array.astype(kind)
            except (ValueError, TypeError):
                return "of type object", array.astype(object)
    if array.dtype.kind not in "fiu" or not array.size:
        return "empty", np.zeros(0)
    with np.errstate(all="ignore"):
        odd = np.float64(ODD_NUMBERS[int(random.integers(len(ODD_NUMBERS)))])
        count = int(random.choice([1, 1, 3, array.size]))
        array.reshape(-1)[random.integers(array.size, size=count)] = odd
    return f"{count} values {odd}", array


def _odd_header(
    random: np.random.Generator, arrays: Mapping[str, np.ndarray], name: str, packed: bool
) -> tuple[str, bytes]:
    """A member whose header says another shape, type or length."""
    array = np.asarray(arrays[name])
    about = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
    choice = int(random.integers(4))
    if choice == 0:
        about["shape"] = _HUGE[int(random.integers(len(_HUGE)))]
    elif choice == 1:
        about["descr"] = _ODD_TYPES[int(random.integers(len(_ODD_TYPES)))]
    elif choice == 2:
        about["fortran_order"] = (True, "yes", None)[int(random.integers(3))]
    text = repr(about)
    if choice == 3:
        text = str(random.choice(["(" * 5000, "__import__('os')", "{" * 200, "", "[]" * 9000]))
    text = text.encode() + b"\n"
    version = int(random.choice([1, 2, 3, 9]))
    length = len(text) if random.random() < 0.8 else int(random.choice([0, 2**16 - 1, 2**31]))
    size = struct.pack("<H", length % 2**16) if version == 1 else struct.pack("<I", length)
    member = b"\x93NUMPY" + bytes([version, 0]) + size + text + array.tobytes()
    return f"{name}: header {text[:40]!r}", archive({**arrays, name: member}, packed)
