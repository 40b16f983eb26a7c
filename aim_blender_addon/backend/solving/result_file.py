# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solved frames on disk: written as they come, kept when a solve stops, made one file at the end (numpy only).

While a solve runs, its frames are plain ``.npy`` files in the folder ``RESULT.npz.part``. Any process can map
them. At the end they become ``RESULT.npz``.
"""

import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import SolveError
from ..io.whole_file import whole_file, write_whole_text

#: Arrays by name with one row a frame, and the shape and type of a row; V, E and K are filled in.
ROWS = {
    "vertices": (("V", 3), np.float32),
    "head": ((4, 4), np.float64),
    "jaw": ((4, 4), np.float64),
    "jaw_parameters": ((4,), np.float64),
    "weights": (("E", "K"), np.float32),
    "error_mm": ((), np.float32),
    "solved": ((), np.bool_),
}


#: Frames after which the files are mapped anew.
REOPEN_AFTER = 64


@dataclass(frozen=True)
class ResultHeader:
    """What a result is of; two results go together when these agree.

    Attributes:
        model: fingerprint of the model.
        take: name and size of the take.
        settings: as given, and those chosen by held-out points.
        start, count: range of frames.
        sizes: V, E and K.
    """

    model: str
    take: str
    settings: dict
    start: int
    count: int
    sizes: dict

    def as_json(self) -> dict:
        """Plain values, as they are stored."""
        return json.loads(json.dumps(self.__dict__))


class ResultWriter:
    """Takes solved frames one by one.

    Args:
        path: the ``.npz`` file to make.
        job: what is solved.
        resume: go on after the frames kept; they must be of the same job.

    Raises:
        SolveError: the folder cannot be written, or its frames are of another job.
    """

    def __init__(self, path: Path, job: ResultHeader, resume: bool = False):
        self.path, self.job = Path(path), job
        self.folder = part_folder(path)
        self._rows: dict[str, np.memmap] = {}
        self._flags: np.memmap | None = None
        self._written = 0
        metadata = self.folder / "job.json"
        try:
            if resume and metadata.exists():
                if json.loads(metadata.read_text(encoding="utf-8")) != job.as_json():
                    raise SolveError(
                        f"'{self.folder}' holds frames of another model, performance or setting: "
                        "solve without resuming, or give another output"
                    )
                self._open("r+")
                return
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self._open("w+")
            with whole_file(self.folder / "done.npy") as file:
                np.save(file, np.zeros(job.count, np.uint8))
            write_whole_text(metadata, json.dumps(job.as_json()))
        except OSError as error:
            raise SolveError(
                f"'{self.folder}' cannot be written ({error.strerror}): choose another output"
            ) from error

    @property
    def next_frame(self) -> int:
        """Number of the first frame that is not done, counted from the take's start."""
        done = self._done()
        return self.job.start + int(done.argmin() if not done.all() else len(done))

    def write(self, number: int, **values: np.ndarray) -> None:
        """One frame's rows by name; a missing name stays zero."""
        row = number - self.job.start
        for name, value in values.items():
            self._rows[name][row] = value
        self._done()[row] = 1
        self._written += 1
        if self._written % REOPEN_AFTER == 0:  # or the pages of a long take would fill the memory
            self._open("r+")

    def row(self, name: str) -> np.ndarray:
        """All frames of one array, mapped."""
        return self._rows[name]

    def finish(self, **shared: np.ndarray) -> None:
        """Make the file of the frames and of the arrays common to all, and remove the part folder."""
        try:
            with (
                whole_file(self.path) as whole,
                zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED, allowZip64=True) as file,
            ):
                for name, rows in self._rows.items():
                    rows.flush()
                    file.write(self.folder / f"{name}.npy", f"{name}.npy")
                shared["frames"] = np.arange(self.job.start, self.job.start + self.job.count)
                shared["job"] = np.array(json.dumps(self.job.as_json()))
                for name, value in shared.items():
                    with file.open(f"{name}.npy", "w") as stream:
                        np.lib.format.write_array(stream, np.asarray(value), allow_pickle=False)
        except OSError as error:
            raise SolveError(
                f"'{self.path}' cannot be written ({error.strerror}): free some space or choose another output"
            ) from error
        self._rows.clear()
        self._flags = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def _open(self, mode: str) -> None:
        for name, (row, kind) in ROWS.items():
            shape = (self.job.count, *(self.job.sizes.get(size, size) for size in row))
            self._rows[name] = np.lib.format.open_memmap(
                self.folder / f"{name}.npy", mode, *((kind, shape) if mode == "w+" else ())
            )

    def _done(self) -> np.ndarray:
        if self._flags is None:
            self._flags = np.lib.format.open_memmap(self.folder / "done.npy", "r+")
        return self._flags


def frames_kept(path: str | Path) -> tuple[int, int]:
    """How many frames an unfinished result has done, and of how many; (0, 0) without one."""
    try:
        done = np.load(part_folder(path) / "done.npy")
    except (OSError, ValueError):
        return 0, 0
    return int(np.count_nonzero(done)), len(done)


def part_folder(path: str | Path) -> Path:
    """Where the frames of an unfinished result are."""
    return Path(f"{path}.part")
