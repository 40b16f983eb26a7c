# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays that two processes share: ``.npy`` files written whole and mapped into memory (numpy only)."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..errors import WorkerError

_DISK_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


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
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        paths = {}
        for number, (name, array) in enumerate(arrays.items()):
            path = Path(folder, f"{prefix}{number}.npy")
            _write_array(path, np.asarray(array))
            paths[name] = str(path)
        return paths
    except OSError as error:
        reason = "the disk is full" if error.errno in _DISK_FULL else (error.strerror or str(error))
        raise WorkerError(
            f"The temporary files of the job could not be written to {folder} ({reason}): "
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
