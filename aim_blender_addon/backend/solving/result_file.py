# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solved frames on disk: written as they come, kept when a solve stops, made one file at the end (numpy only).

While a solve runs, its frames are plain ``.npy`` files in the folder ``RESULT.npz.part``. Any process can map
them. At the end they become ``RESULT.npz``.
"""

import hashlib
import io
import json
import shutil
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import SolveError
from ..io.damage import DAMAGE, refusing
from ..io.json_text import parse_json
from ..io.npz import TEXTS, NpzRows, read_arrays
from ..io.regular_file import read_regular
from ..io.whole_file import whole_file, write_whole_text
from ..model.aim import AimModel
from . import tally

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
#: With what is kept only until the result is whole.
_KEPT = ROWS | tally.ROWS
#: What names the job, and is removed first; a folder without it is none that a solve can go on with.
_JOB = "job.json"
_LARGEST_JOB, _LARGEST_DONE = 1 << 20, 1 << 30

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


def fingerprint(model: AimModel) -> str:
    """What tells a model from others."""
    return hashlib.sha256(model.heads.tobytes() + model.neutral.vertices.tobytes()).hexdigest()[:16]


class ResultWriter:
    """Takes solved frames one by one.

    ``done.npy`` [T] uint32 has a checksum of each frame that is done, and zero for the others. So a frame that did
    not reach the disk whole, when the power went, is solved again.

    Args:
        path: the ``.npz`` file to make.
        job: what is solved.
        resume: go on after the frames kept; they must be of the same job.

    Raises:
        SolveError: the folder cannot be written, or its frames are of another job or damaged.
    """

    def __init__(self, path: Path, job: ResultHeader, resume: bool = False):
        self.path, self.job = Path(path), job
        self.folder = part_folder(path)
        self._rows: dict[str, np.memmap] = {}
        self._flags: np.memmap | None = None
        self._written = 0
        try:
            if resume and (self.folder / _JOB).exists():
                self._go_on()
                return
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self._open("w+")
            with whole_file(self.folder / "done.npy") as file:
                np.save(file, np.zeros(job.count, np.uint32))
            write_whole_text(self.folder / _JOB, json.dumps(job.as_json()))
        except OSError as error:
            raise SolveError(
                f"'{self.folder}' cannot be written ({error.strerror}): choose another output"
            ) from error

    @property
    def next_frame(self) -> int:
        """Number of the first frame that is not done, counted from the take's start."""
        missing = np.flatnonzero(self._done() == 0)
        return self.job.start + int(missing[0] if len(missing) else self.job.count)

    def write(self, number: int, **values: np.ndarray) -> None:
        """One frame's rows by name; a missing name stays zero."""
        row = number - self.job.start
        for name, value in values.items():
            self._rows[name][row] = value
        self._done()[row] = self._checksum(row)
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
                for name in ROWS:
                    self._rows[name].flush()
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
        (self.folder / _JOB).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _go_on(self) -> None:
        """Open the frames kept, and forget those that are not what was written.

        Raises:
            SolveError: they are of another job, or it cannot be told what they are.
        """

        def damaged(reason: str) -> str:
            return f"'{self.folder}' is damaged ({reason}): solve without resuming"

        with refusing(SolveError, damaged):
            if parse_json(read_regular(self.folder / _JOB, _LARGEST_JOB)) != self.job.as_json():
                raise SolveError(
                    f"'{self.folder}' holds frames of another model, performance or setting: "
                    "solve without resuming, or give another output"
                )
            self._open("r+")
            done = self._done()
            for row in np.flatnonzero(done):
                if done[row] != self._checksum(row):
                    done[row] = 0

    def _checksum(self, row: int) -> int:
        """Of all that a frame has, never zero."""
        check = 0
        for rows in self._rows.values():
            check = zlib.crc32(np.ascontiguousarray(rows[row]), check)
        return check or 1

    def _shape(self, name: str) -> tuple[int, ...]:
        row = _KEPT[name][0]
        return (self.job.count, *(self.job.sizes.get(size, size) for size in row))

    def _open(self, mode: str) -> None:
        for name, (_, kind) in _KEPT.items():
            shape = self._shape(name)
            self._rows[name] = np.lib.format.open_memmap(
                self.folder / f"{name}.npy", mode, *((kind, shape) if mode == "w+" else ())
            )
            if self._rows[name].shape != shape or self._rows[name].dtype != kind:
                raise ValueError(f"{name}.npy has another shape")

    def _done(self) -> np.ndarray:
        if self._flags is None:
            self._flags = np.lib.format.open_memmap(self.folder / "done.npy", "r+")
            if self._flags.shape != (self.job.count,) or self._flags.dtype != np.uint32:
                raise ValueError("done.npy has another shape")
        return self._flags


def frames_kept(path: str | Path) -> tuple[int, int]:
    """How many frames an unfinished result has done, and of how many; (0, 0) without one."""
    folder = part_folder(path)
    try:
        read_regular(folder / _JOB, _LARGEST_JOB)
        data = io.BytesIO(read_regular(folder / "done.npy", _LARGEST_DONE))
        done = np.lib.format.read_array(data, allow_pickle=False)
        return int(np.count_nonzero(done)), len(done)
    except DAMAGE:
        return 0, 0


def read_header(path: str | Path) -> ResultHeader:
    """What a result is of.

    Raises:
        SolveError: it is no whole result of a solve.
    """
    path = Path(path)
    with refusing(
        SolveError, lambda _: f"'{path}' is no solved performance: give results of 'solve'"
    ):
        job = read_arrays(path, {"job": TEXTS}, _LARGEST_JOB)["job"]
        header = ResultHeader(**parse_json(str(job)))
        numbers = [header.start, header.count, *(header.sizes[size] for size in "VEK")]
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise ValueError("its sizes are no numbers")
    for name, (row, kind) in ROWS.items():
        shape = (header.count, *(header.sizes.get(size, size) for size in row))
        rows = NpzRows(path, name)
        if rows.shape != shape or rows.dtype != kind:
            raise SolveError(f"'{path}' is damaged ('{name}' has another shape): solve it again")
    return header


def finished_figures(path: str | Path, job: ResultHeader) -> dict | None:
    """Figures of a result that was whole when its solve was killed, while it removed the part folder; else None."""
    folder = part_folder(path)
    if (folder / _JOB).exists() or not folder.is_dir():
        return None
    ours = {f"{name}.npy" for name in (*_KEPT, "done")}
    if not {file.name for file in folder.iterdir()} <= ours:
        return None
    try:
        if read_header(path).as_json() != job.as_json():
            return None
        solved, error = (NpzRows(path, name).whole() for name in ("solved", "error_mm"))
    except SolveError:
        return None
    shutil.rmtree(folder, ignore_errors=True)
    known = error[np.isfinite(error)]
    return {
        "frames": job.count,
        "start": job.start,
        "unsolved_frames": int((~solved).sum()),
        "error_mm": {"mean": round(float(known.mean()), 4)} if len(known) else {},
    }


def part_folder(path: str | Path) -> Path:
    """Where the frames of an unfinished result are."""
    return Path(f"{path}.part")
