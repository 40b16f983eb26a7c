# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solved frames on disk: written as they come, kept when a solve stops, made one file at the end (numpy only).

While a solve runs its frames are ``.npy`` files in the folder ``RESULT.npz.part``, whose room is taken when they are
made; at the end they become ``RESULT.npz``. A file in the folder says that it is ours: no other is ever removed.
"""

import hashlib
import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import AimError, SolveError
from ..io.damage import DAMAGE, refusing
from ..io.disk import require_room, why
from ..io.frame_rows import FrameRows
from ..io.json_text import parse_json
from ..io.npz import TEXTS, NpzRows, npz_names, read_arrays
from ..io.regular_file import read_regular
from ..io.whole_file import leftovers, remove_leftovers, whole_file, write_whole_text
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
#: What says that a part folder is ours; the last that is removed.
_MARK = "frames-of-aim-faces.txt"
_MARK_TEXT = (
    "Frames of an unfinished result of AIM Faces. The folder goes when the result is whole.\n"
)
_LARGEST_JOB, _LARGEST_DONE = 1 << 20, 1 << 30
#: Bytes of a result beside its arrays: headers, the job and the directory.
_OVERHEAD = 1 << 16
#: Bytes that are copied at once.
_CHUNK = 1 << 20


def take_title(name: str, frames: int, kind: str) -> str:
    """A take's name, size and kind, as results keep them."""
    return f"{name}, {frames} frames, {kind}"


@dataclass(frozen=True)
class ResultHeader:
    """What a result is of; two results go together when these agree.

    Attributes:
        model: fingerprint of the model.
        take: name, size and kind of the take, see ``take_title``.
        settings: as given, and those chosen by held-out points.
        start, count: range of frames.
        sizes: V, E and K.
        content: checksum of the take's frames; "" for one that is not known.
    """

    model: str
    take: str
    settings: dict
    start: int
    count: int
    sizes: dict
    content: str = ""

    @property
    def kind(self) -> str:
        """Of the take."""
        return self.take.rpartition(", ")[2]

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
        path: the ``.npz`` file to make; whoever makes it holds its lock.
        job: what is solved.
        resume: go on after the frames kept; they must be of the same job.
        shared_bytes: of the arrays that :meth:`finish` is given, for the room that is asked for.

    Raises:
        SolveError: the folder cannot be written or is not ours, the disk has too little room, or its frames are of
            another job or damaged.
    """

    def __init__(
        self, path: Path, job: ResultHeader, resume: bool = False, shared_bytes: int = 0
    ) -> None:
        self.path, self.job = Path(path), job
        self.folder = part_folder(path)
        self._rows: dict[str, FrameRows] = {}
        self._flags: FrameRows | None = None
        check_room(self.path, job.count, job.sizes, shared_bytes, resume)
        if resume and _is_ours(self.folder) and (self.folder / _JOB).exists():
            try:
                self._go_on()
            except SolveError:
                self._close()
                raise
            return
        try:
            _remove_part(self.folder)
            self._make()
        except OSError as error:
            self.discard()
            raise SolveError(
                f"'{self.folder}' cannot be written ({why(error)}): free some space or choose another output"
            ) from error
        except BaseException:
            self.discard()
            raise

    @property
    def next_frame(self) -> int:
        """Number of the first frame that is not done, counted from the take's start."""
        missing = np.flatnonzero(np.asarray(self._done()) == 0)
        return self.job.start + int(missing[0] if len(missing) else self.job.count)

    def write(self, number: int, **values: np.ndarray) -> None:
        """One frame's rows by name; a missing name stays as it is, zero at first.

        Raises:
            SolveError: the disk is full after all, or has gone; the frames before are kept.
        """
        row = number - self.job.start
        try:
            for name, value in values.items():
                self._rows[name][row] = value
            self._done()[row] = self._checksum(row)
        except OSError as error:
            raise SolveError(
                f"'{self.folder}' cannot be written ({why(error)}): free some space and resume after frame "
                f"{max(number - 1, self.job.start)}"
            ) from error

    def row(self, name: str) -> FrameRows:
        """All frames of one array."""
        return self._rows[name]

    def finish(self, **shared: np.ndarray) -> None:
        """Make the file of the frames and of the arrays common to all, and remove the part folder.

        Raises:
            SolveError: the file cannot be written; an older one stays, and so do the frames.
        """
        shared["frames"] = np.arange(self.job.start, self.job.start + self.job.count)
        shared["job"] = np.array(json.dumps(self.job.as_json()))
        try:
            self._write_whole(shared)
        except OSError as error:
            raise SolveError(
                f"'{self.path}' cannot be written ({why(error)}): free some space and resume, or choose another output"
            ) from error
        self.discard()

    def discard(self) -> None:
        """Remove the part folder, and the frames in it."""
        self._close()
        remove_part(self.path)

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole_text(self.folder / _MARK, _MARK_TEXT)
        for name, (_, kind) in _KEPT.items():
            self._rows[name] = FrameRows.make(self._file(name), self._shape(name), kind)
        self._flags = FrameRows.make(self._file("done"), (self.job.count,), np.uint32)
        write_whole_text(self.folder / _JOB, json.dumps(self.job.as_json()))

    def _write_whole(self, shared: Mapping[str, np.ndarray]) -> None:
        """The same frames give the same bytes, whenever they are written."""
        with (
            whole_file(self.path) as whole,
            zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED, allowZip64=True) as file,
        ):
            for name in ROWS:
                about = zipfile.ZipInfo(f"{name}.npy")
                about.file_size = self._file(name).stat().st_size
                with self._file(name).open("rb") as rows, file.open(about, "w") as stream:
                    while chunk := rows.read(_CHUNK):
                        stream.write(chunk)
            for name, value in shared.items():
                about = zipfile.ZipInfo(f"{name}.npy")
                about.file_size = np.asarray(value).nbytes
                with file.open(about, "w") as stream:
                    np.lib.format.write_array(stream, np.asarray(value), allow_pickle=False)

    def _close(self) -> None:
        for rows in (*self._rows.values(), *([self._flags] if self._flags else [])):
            rows.close()
        self._rows.clear()
        self._flags = None

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.npy"

    def _go_on(self) -> None:
        """Open the frames kept, and forget those that are not what was written.

        Raises:
            SolveError: they are of another job, or it cannot be told what they are.
        """

        def damaged(reason: str) -> str:
            return f"'{self.folder}' is damaged ({reason}): solve without resuming"

        with refusing(SolveError, damaged):
            kept, asked = (
                parse_json(read_regular(self.folder / _JOB, _LARGEST_JOB)),
                self.job.as_json(),
            )
            if kept != asked:
                same = isinstance(kept, dict) and kept | {"content": self.job.content} == asked
                other = "this performance as it was before it changed"
                raise SolveError(
                    f"'{self.folder}' holds frames of {other if same else 'another model, performance or setting'}: "
                    "solve without resuming, or give another output"
                )
            self._open()
            done = self._done()
            for row in np.flatnonzero(np.asarray(done)):
                if done[row] != self._checksum(row):
                    done[row] = 0

    def _checksum(self, row: int) -> int:
        """Of all that a frame has, never zero."""
        check = 0
        for rows in self._rows.values():
            check = zlib.crc32(rows[row].tobytes(), check)
        return check or 1

    def _shape(self, name: str) -> tuple[int, ...]:
        return _shape(name, self.job.count, self.job.sizes)

    def _open(self) -> None:
        for name, (_, kind) in _KEPT.items():
            expected = (self._shape(name), np.dtype(kind))
            self._rows[name] = FrameRows(self._file(name), expected)
        self._flags = FrameRows(self._file("done"))
        if self._flags.shape != (self.job.count,) or self._flags.dtype != np.uint32:
            raise ValueError("done.npy has another shape")

    def _done(self) -> FrameRows:
        return self._flags


def check_room(
    path: Path, count: int, sizes: Mapping[str, int], shared_bytes: int = 0, resume: bool = False
) -> None:
    """Find out before a long solve that its frames do not fit on the disk: as they come, and as a whole.

    Args:
        path: the result.
        count: frames.
        sizes: V, E and K.
        shared_bytes: of the arrays that go with them.
        resume: those that are there already are gone on with.

    Raises:
        SolveError: too little is free.
    """
    folder = part_folder(path)
    rows = {
        name: math.prod(_shape(name, count, sizes)) * np.dtype(kind).itemsize
        for name, (_, kind) in _KEPT.items()
    }
    whole = sum(size for name, size in rows.items() if name in ROWS) + shared_bytes + _OVERHEAD
    parts = sum(rows.values()) + _OVERHEAD
    kept = sum(_size(folder / f"{name}.npy") for name in rows) if _is_ours(folder) else 0
    if resume and (folder / _JOB).exists():
        parts = kept
    require_room(path, whole + parts - kept, SolveError)


def _shape(name: str, count: int, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return (count, *(sizes.get(size, size) for size in _KEPT[name][0]))


def _size(path: Path) -> int:
    """Bytes of a file, 0 without one."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _is_ours(folder: Path) -> bool:
    """Whether a solve of ours made a folder.

    One that was killed at once has left no more than a half-written mark. An empty folder holds nothing to be lost.
    """
    if not folder.is_dir():
        return False
    mark = folder / _MARK
    return mark.is_file() or len(leftovers(mark)) == sum(1 for _ in folder.iterdir())


def _remove_part(folder: Path) -> None:
    """Remove our files from a part folder, and the folder if it is empty then.

    Raises:
        SolveError: it is not ours.
        OSError: a file cannot be removed.
    """
    if not folder.exists() and not folder.is_symlink():
        return
    if not _is_ours(folder):
        raise SolveError(
            f"'{folder}' holds something else than frames of an unfinished solve: move it away, or choose another "
            "output"
        )
    (folder / _JOB).unlink(missing_ok=True)
    remove_leftovers(folder / _JOB)
    for name in (*_KEPT, "done"):
        (folder / f"{name}.npy").unlink(missing_ok=True)
    remove_leftovers(folder / _MARK)
    (folder / _MARK).unlink(missing_ok=True)
    with suppress(OSError):  # somebody has put something there
        folder.rmdir()


def remove_part(path: str | Path) -> None:
    """Remove the frames of an unfinished result that nobody will go on with, if they are ours."""
    with suppress(OSError, SolveError):
        _remove_part(part_folder(path))


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
    if (folder / _JOB).exists() or not _is_ours(folder):
        return None
    try:
        if read_header(path).as_json() != job.as_json():
            return None
        solved, error = (NpzRows(path, name).whole() for name in ("solved", "error_mm"))
    except SolveError:
        return None
    with suppress(OSError):
        _remove_part(folder)
    known = error[np.isfinite(error)]
    return {
        "frames": job.count,
        "start": job.start,
        "unsolved_frames": int((~solved).sum()),
        "look_frames": 0 if solved_look(path) is None else int(solved.sum()),
        "error_mm": {"mean": round(float(known.mean()), 4)} if len(known) else {},
    }


def solved_look(path: str | Path, error: type[AimError] = SolveError) -> np.ndarray | None:
    """Yaw and pitch of both eyes [T, 2, 2], radians, in a result; None where its take did not show the eyes.

    Raises:
        AimError: of the kind ``error``; it is damaged.
    """
    path = Path(path)
    with refusing(error, lambda reason: f"'{path}' is damaged ({reason}): solve it again"):
        if "look" not in npz_names(path):
            return None
        count = len(NpzRows(path, "vertices", error=error))
        look = NpzRows(path, "look", error=error).whole().astype(np.float64)
        if look.shape != (count, 2, 2) or not (np.abs(look) <= np.pi).all():
            raise ValueError("its look has another shape")
    return look


def result_stamp(path: str | Path) -> str:
    """What tells the content of a result from others, of the checksums in it; "" for what is none."""
    try:
        with zipfile.ZipFile(path) as file:
            about = [(member.filename, member.CRC, member.file_size) for member in file.infolist()]
    except DAMAGE:
        return ""
    return hashlib.sha256(repr(about).encode()).hexdigest()[:16]


def part_folder(path: str | Path) -> Path:
    """Where the frames of an unfinished result are."""
    return Path(f"{path}.part")
