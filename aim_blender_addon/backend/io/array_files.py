# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays that two processes share: ``.npy`` files written whole and mapped into memory (numpy only)."""

import io
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from ..errors import WorkerError
from .disk import why
from .whole_file import write_whole_bytes


def write_arrays(
    folder: str | os.PathLike, arrays: Mapping[str, np.ndarray], prefix: str
) -> dict[str, str]:
    """Files of ``arrays`` in ``folder``, by array name.

    Args:
        folder: made when it is missing.
        arrays: any plain dtype and shape; object arrays are refused.
        prefix: start of the file names, so that inputs and outputs can share a folder.

    Raises:
        WorkerError: the disk is full or the folder cannot be written.
    """
    paths: dict[str, str] = {}
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for number, (name, array) in enumerate(arrays.items()):
            path = Path(folder, f"{prefix}{number}.npy")
            paths[name] = str(path)
            _write_array(path, np.asarray(array))
        return paths
    except OSError as error:
        for path in paths.values():
            with suppress(OSError):
                Path(path).unlink(missing_ok=True)
        raise WorkerError(
            f"The temporary files of the job could not be written to {folder} ({why(error)}): "
            "free some space there or set another Temporary Files folder in Blender's preferences."
        ) from error


def map_arrays(paths: Mapping[str, str]) -> dict[str, np.ndarray]:
    """The arrays in ``paths``, loaded page by page when they are touched; writing to one stays private."""
    return {
        name: np.load(path, mmap_mode="c", allow_pickle=False).view(np.ndarray)
        for name, path in paths.items()
    }


def _write_array(path: Path, array: np.ndarray) -> None:
    """One ``.npy`` file. Not ``numpy.save``: its ``tofile`` hides the reason when the disk is full."""
    if array.dtype.hasobject:
        raise TypeError(f"{path.name}: only arrays of plain numbers can be shared")
    array = np.ascontiguousarray(array).reshape(
        array.shape
    )  # ascontiguousarray makes 0-d arrays 1-d
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
        if array.size:
            file.write(array.reshape(-1).view(np.uint8).data)


def write_npy(path: str | os.PathLike, array: np.ndarray) -> None:
    """``array`` as the ``.npy`` file ``path``, whole or not at all.

    Raises:
        OSError: the disk is full or the folder cannot be written to; an older file stays.
    """
    data = io.BytesIO()
    np.save(data, array, allow_pickle=False)
    write_whole_bytes(path, data.getvalue())


def write_npz(
    path: str | os.PathLike, arrays: Mapping[str, np.ndarray], compressed: bool = False
) -> None:
    """``arrays`` as the ``.npz`` file ``path``, whole or not at all; for what fits into memory twice.

    Raises:
        OSError: the disk is full or the folder cannot be written to; an older file stays.
    """
    write_whole_bytes(path, npz_bytes(arrays, compressed))


def npz_bytes(arrays: Mapping[str, np.ndarray], compressed: bool = False) -> bytes:
    """``arrays`` as the bytes of an ``.npz`` file."""
    data = io.BytesIO()  # a zip on a full disk would be finished once more when Python forgets it
    (np.savez_compressed if compressed else np.savez)(data, **arrays)
    return data.getvalue()
