# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance on its way from the scene or a file to the worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import DTypeLike

from ...backend.errors import AimError, SolveError
from ...backend.io.disk import why
from ...backend.io.frame_rows import FrameRows

#: Part of a job that reading the scene counts as.
SCENE_SHARE = 0.2


@dataclass(frozen=True)
class Reading:
    """A performance about to be read.

    It is no ``Generic``: ``typing`` keeps what stands in brackets for ever, and Blender 4.5 then never ends.

    Attributes:
        taken: what the worker takes, a take or a performance; to be called after the last step.
        origin: the path of a file, or the name of what is read, as the result keeps it.
        steps: reads on; yields the share that was read, 0 to 1. None for a file, which the worker reads itself.
        files: what the steps write.
    """

    taken: Callable[[], object]
    origin: str
    steps: Iterator[float] = field(default_factory=lambda: iter(()))
    files: tuple[Path, ...] = ()

    @property
    def share(self) -> float:
        """The part of the job that reading counts as."""
        return SCENE_SHARE if self.files else 0.0

    def remove_files(self) -> None:
        """Take the files away; where one is still mapped it stays until the next time."""
        for path in self.files:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def frames_file(output: Path) -> Path:
    """Where the frames of the scene are kept while a job uses them: beside its result."""
    return output.with_suffix(".frames.npy")


def scene_frames(scene: bpy.types.Scene) -> range:
    """The frames of the scene's range."""
    return range(scene.frame_start, scene.frame_end + 1)


@contextmanager
def new_rows(
    path: Path,
    shape: tuple[int, ...],
    dtype: DTypeLike = np.float32,
    error_type: type[AimError] = SolveError,
) -> Iterator[FrameRows]:
    """A new ``.npy`` file that the block fills; nothing is left of it when the block raises or is given up.

    Raises:
        AimError: of that type; the disk has too little room, or the folder cannot be written to.
    """
    try:
        rows = FrameRows.make(path, shape, dtype)
        try:
            yield rows
        finally:
            rows.close()
    except BaseException as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise error_type(
            f"'{path}' cannot be written ({why(error)}): free some space, or save the .blend on another disk."
        ) from error


def read_rows(path: Path) -> np.ndarray:
    """The array of such a file, mapped."""
    return np.load(path, mmap_mode="r")


def bound_places(take: bpy.types.PropertyGroup) -> dict[str, np.ndarray]:
    """Where the bound points sit on the skin, as fields of ``backend.io.takes.Take``."""
    return {
        "corners": np.array([entry.corners for entry in take.bound], np.int32),
        "barycentric": np.array([entry.barycentric for entry in take.bound]),
        "offsets": np.array([entry.offset for entry in take.bound]),
    }
