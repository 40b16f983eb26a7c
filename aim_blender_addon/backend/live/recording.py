# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of a stream kept as a take: face curves with their times, and the file of it (numpy only)."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..errors import LiveError
from ..io.curves import Curves
from ..io.time_stamps import usual_rate
from ..io.whole_file import write_whole_text
from ..shape_names import ARKIT
from .live_link_face import SHAPES, stamp_words
from .stream import Frame

#: A take has no more frames: an hour at 60 a second.
MOST_FRAMES = 216_000
#: Longer than so many steps, and than so many seconds, is a gap.
GAP_STEPS, GAP_SECONDS = 3.5, 0.1
_ANGLES = tuple(
    f"{what}{turn}" for what in ("Head", "LeftEye", "RightEye") for turn in ("Yaw", "Pitch", "Roll")
)
#: Where the values of a frame lie in its row; the eyes' angles are last.
_PLACE = {name: number for number, name in enumerate(ARKIT)}
_HEAD = slice(len(ARKIT), len(ARKIT) + 3)


@dataclass(frozen=True)
class Take:
    """What was recorded.

    Attributes:
        curves: of the shapes that came; head turns as Live Link Face has them.
        eyes: [T, 2, 3] left and right, radians; None where none came.
        has_head: whether head turns came.
        start: seconds on the sender's clock, or of the day, of the first frame.
        gaps: [G, 2] seconds from the first frame between which nothing came.
    """

    curves: Curves
    eyes: np.ndarray | None
    has_head: bool
    start: float
    gaps: np.ndarray

    @property
    def timecode(self) -> str:
        """Of the first frame: hours, minutes, seconds, frames and thousandths of one."""
        return stamp_words(self.start, self.curves.fps)


@dataclass
class Recording:
    """Frames as they come.

    Attributes:
        start: seconds of the day when it was begun, for senders without a clock.
    """

    start: float
    _rows: list[np.ndarray] = field(default_factory=list)
    _times: list[float] = field(default_factory=list)
    _stamps: list[float | None] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)
    _rate: float | None = None
    _has_head: bool = False
    _has_eyes: bool = False

    def __len__(self) -> int:
        return len(self._times)

    @property
    def is_full(self) -> bool:
        """Whether no more frames go in."""
        return len(self._times) >= MOST_FRAMES

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return self._times[-1] - self._times[0] if self._times else 0.0

    def add(self, frame: Frame) -> None:
        """Keep a frame; one too many is left out."""
        if self.is_full:
            return
        # What a sender leaves out stays as it was.
        row = self._rows[-1].copy() if self._rows else np.zeros(_HEAD.stop + 6, np.float32)
        for name, value in frame.values.items():
            row[_PLACE[name]] = value
        if frame.head is not None:
            row[_HEAD] = frame.head
        if frame.eyes is not None:
            row[_HEAD.stop :] = [*frame.eyes[0], *frame.eyes[1]]
        self._rows.append(row)
        self._times.append(frame.time)
        self._stamps.append(frame.stamp)
        self._names.update(frame.values)
        self._rate = self._rate or frame.rate
        self._has_head = self._has_head or frame.head is not None
        self._has_eyes = self._has_eyes or frame.eyes is not None

    def take(self) -> Take:
        """What was recorded.

        Raises:
            LiveError: nothing was.
        """
        if not self._times:
            raise LiveError(
                "No frame came while it was recorded: look whether the sender sends to this address and port"
            )
        times = np.array(self._times) - self._times[0]
        rows = np.array(self._rows)
        steps = np.diff(times)
        step = float(np.median(steps)) if len(steps) else 1.0 / (self._rate or 60.0)
        rate = self._rate or usual_rate(1.0 / max(step, 1e-3), 0.06)
        wide = np.flatnonzero(steps > max(GAP_STEPS * step, GAP_SECONDS))
        used = [n for n, name in enumerate(ARKIT) if name in self._names]
        curves = Curves(
            tuple(ARKIT[n] for n in used),
            rows[:, used].astype(np.float64),
            times,
            rows[:, _HEAD].astype(np.float64),
            float(rate),
            self._notes(times, wide),
        )
        eyes = rows[:, _HEAD.stop :].reshape(-1, 2, 3).astype(np.float64)
        start = self._stamps[0] if self._stamps[0] is not None else self.start
        gaps = np.stack([times[wide], times[wide + 1]], axis=1) if len(wide) else np.zeros((0, 2))
        return Take(curves, eyes if self._has_eyes else None, self._has_head, start, gaps)

    def _notes(self, times: np.ndarray, wide: np.ndarray) -> tuple[str, ...]:
        notes = []
        if len(wide):
            longest = float((times[wide + 1] - times[wide]).max())
            gaps = f"{len(wide):,} gaps, the longest of {longest:.1f} s, have"
            if len(wide) == 1:
                gaps = f"a gap of {longest:.1f} s has"
            notes.append(f"{gaps} no keys")
        if self.is_full:
            notes.append(f"it ended after {MOST_FRAMES:,} frames, the most a take may have")
        return tuple(notes)


def write_take(path: Path, take: Take) -> None:
    """Write a take as Live Link Face does: a CSV file with timecodes.

    Raises:
        OSError: it cannot be written.
    """
    names = [f"{name[0].upper()}{name[1:]}" for name in SHAPES]
    place = {name: n for n, name in enumerate(take.curves.names)}
    values = np.zeros((len(take.curves.times), len(SHAPES)))
    for n, name in enumerate(SHAPES):
        if name in place:
            values[:, n] = take.curves.values[:, place[name]]
    eyes = np.zeros((len(values), 6)) if take.eyes is None else take.eyes.reshape(-1, 6)
    table = np.concatenate([values, take.curves.head, eyes], axis=1)
    rate = take.curves.fps
    lines = [",".join(["Timecode", "BlendShapeCount", *names, *_ANGLES, "FrameRate"])]
    for time, row in zip(take.curves.times, table, strict=True):
        stamp = stamp_words(take.start + float(time), rate)
        cells = [stamp, str(len(row)), *(f"{value:.6f}" for value in row), f"{rate:.6f}"]
        lines.append(",".join(cells))
    write_whole_text(path, "\n".join(lines) + "\n")
