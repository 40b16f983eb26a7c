# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder with a height map of each frame, written frame by frame: what is there stays, and it can be gone on with."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from ..errors import AimError
from ..io.damage import refusing
from ..io.disk import why
from ..io.json_text import parse_json
from ..io.regular_file import read_regular
from .map_files import ABOUT, ARRAY, SUFFIXES, write_about, write_map

#: Formats of a sequence.
WRITTEN = (*SUFFIXES, ARRAY)
_MADE_OF = "made_of"
_LARGEST_ABOUT = 1 << 20


class MapSequence:
    """Height maps of frames, beside a ``detail.json`` that says what they were made of.

    They are called ``STEM.0001.exr``, ``STEM.0001.png``, or ``0001.npy``: float32 [S, S] mm, row 0 at v = 1.

    Several machines may write ranges of one sequence at once. A frame is whole or not there.
    """

    def __init__(
        self, folder: Path, stem: str, suffix: str, made_of: str, resume: bool = False
    ) -> None:
        """Begin, or go on.

        Args:
            folder: made when it is missing.
            stem: of the files' names.
            suffix: ``.exr``, ``.png`` or ``.npy``.
            made_of: of :func:`made_of`, the same for frames that belong together.
            resume: frames that are there are left as they are.

        Raises:
            AimError: the folder cannot be written to, or holds the frames of another sequence.
        """
        if suffix not in WRITTEN:
            raise AimError(f"'{suffix}' is no format of height maps: choose {' or '.join(WRITTEN)}")
        self._folder, self._stem, self._suffix, self._resume = folder, stem, suffix, resume
        self.written = self.kept = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AimError(
                f"'{folder}' cannot be made ({why(error)}): choose another place for the maps"
            ) from error
        if self._before() not in ("", made_of):
            raise AimError(
                f"'{folder}' holds height maps of another detail, take or setting: choose an empty folder"
            )
        write_about(folder, {_MADE_OF: made_of})

    def path(self, frame: int) -> Path:
        """The file of a frame."""
        stem = "" if self._suffix == ARRAY else f"{self._stem}."
        return self._folder / f"{stem}{frame:04d}{self._suffix}"

    def needs(self, frame: int) -> bool:
        """Whether a frame is still to be written; counts those that are left as they are."""
        done = self._resume and self.path(frame).is_file()
        self.kept += done
        return not done

    def write(self, frame: int, height: np.ndarray) -> None:
        """Write heights [S, S] mm of a frame.

        Raises:
            AimError: the disk is full, or the folder has gone; frames that were written stay.
        """
        try:
            write_map(self.path(frame), height)
        except AimError as error:
            raise AimError(
                f"{error}. {self.written + self.kept} frames stand; go on with them later"
            ) from error
        self.written += 1

    def _before(self) -> str:
        """What the folder's maps were made of; empty where it holds none."""
        if not (self._folder / ABOUT).exists():
            return ""
        with refusing(AimError, lambda reason: f"'{self._folder / ABOUT}' is damaged ({reason})"):
            about = parse_json(read_regular(self._folder / ABOUT, _LARGEST_ABOUT))
            return str(about.get(_MADE_OF, "other"))


def made_of(*parts: object) -> str:
    """A short text that differs where arrays, numbers or texts do."""
    digest = sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(str((part.shape, part.dtype.str)).encode())
            digest.update(np.ascontiguousarray(part))
        else:
            digest.update(repr(part).encode())
    return digest.hexdigest()[:24]


def frames_of_range(count: int, start: int, wanted: int | None) -> Sequence[int]:
    """The frames of a farm's range of a take with ``count``, from 0 on.

    Raises:
        AimError: the range holds none.
    """
    end = count if wanted is None else min(count, start + wanted)
    if not 0 <= start < count or end <= start:
        raise AimError(
            f"The take has {count:,} frames: --start {start} and --count {wanted} hold none of them"
        )
    return range(start, end)
