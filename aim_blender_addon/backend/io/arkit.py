# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face curves of Live Link Face and ARKit: CSV files with 61 columns or some of them, JSON of weights (numpy only).

Columns are found by their names, whatever their order. Damaged rows are passed over and counted; what cannot be
read at all is refused in a sentence.
"""

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import RetargetError

#: Columns that turn head and eyes, radians; the rest are shapes.
HEAD = ("headyaw", "headpitch", "headroll")
EYES = ("lefteyeyaw", "lefteyepitch", "lefteyeroll", "righteyeyaw", "righteyepitch", "righteyeroll")
NOT_SHAPES = ("timecode", "blendshapecount", "time", "timestamp", "frame", *HEAD, *EYES)
#: Frames at most; longer files are cut in parts by hand (an hour has 216,000 at 60 a second).
MOST_FRAMES = 1_000_000
#: Rows that may be damaged before the whole file counts as such.
MOST_DAMAGED = 0.5
_TIMECODE = re.compile(r"(\d+):(\d+):(\d+)[:;.](\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Curves:
    """Face curves over time.

    Attributes:
        names: C channels, as ARKit writes them (``jawOpen``).
        values: [T, C] weights.
        times: [T] seconds from the first frame.
        head: [T, 3] yaw, pitch and roll, radians; zero where the file has none.
        fps: frames a second.
        notes: what was passed over or mended, a sentence each.
    """

    names: tuple[str, ...]
    values: np.ndarray
    times: np.ndarray
    head: np.ndarray
    fps: float
    notes: tuple[str, ...] = ()

    def processed(
        self,
        smoothing_seconds: float = 0.0,
        offset: np.ndarray | float = 0.0,
        gain: np.ndarray | float = 1.0,
        limits: tuple[float, float] = (0.0, 1.0),
    ) -> "Curves":
        """Curves smoothed without lag, then gain times value plus offset, kept within the limits.

        Args:
            smoothing_seconds: width (standard deviation) of the Gaussian; 0 leaves them as they are.
            offset, gain: one for all, or [C].
            limits: range of the result.
        """
        if smoothing_seconds < 0 or not np.isfinite(smoothing_seconds):
            raise RetargetError("Smoothing is a time in seconds: give 0 or more")
        if not limits[0] < limits[1]:
            raise RetargetError("The range of the curves is empty: give the lower end first")
        values = self.values
        if smoothing_seconds > 0 and len(values) > 1:
            values = _gaussian(values, smoothing_seconds * self.fps)
        return replace(self, values=np.clip(values * gain + offset, *limits))

    def between(self, first: int, last: int) -> "Curves":
        """Frames ``first`` to ``last`` of the file, counted from 1; 0 as the last is the end.

        Raises:
            RetargetError: there are none.
        """
        kept = slice(max(first, 1) - 1, last or None)
        if not len(self.times[kept]):
            raise RetargetError(
                f"The take has {len(self.times):,} frames: its range {first:,} to {last:,} holds none of them"
            )
        times = self.times[kept]
        return replace(self, values=self.values[kept], head=self.head[kept], times=times - times[0])

    def at_rate(self, fps: float) -> "Curves":
        """The curves at another frame rate, linear between frames."""
        if not (np.isfinite(fps) and fps > 0):
            raise RetargetError("A frame rate has to be a positive number")
        count = int(np.floor(self.times[-1] * fps + 1e-6)) + 1
        times = np.arange(count) / fps

        def resampled(values: np.ndarray) -> np.ndarray:
            return np.stack([np.interp(times, self.times, c) for c in values.T], axis=1)

        return replace(
            self, values=resampled(self.values), head=resampled(self.head), times=times, fps=fps
        )


def read_curves(path: str | Path, fps: float | None = None) -> Curves:
    """The curves in a CSV or JSON file.

    Args:
        path: ``.csv`` of Live Link Face or like it, or ``.json``: {"jawOpen": 0.3, ...}, or a list of those
            (in a list by itself or under "frames"), or {"names": [...], "frames": [[...], ...]}.
        fps: frames a second, where the file does not tell or is wrong.

    Raises:
        RetargetError: there is no usable frame in it.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RetargetError(
            f"'{path}' cannot be opened ({error.strerror}): choose the file again"
        ) from error
    except UnicodeDecodeError as error:
        raise RetargetError(f"'{path}' cannot be read as text: export the curves again") from error
    if path.suffix.lower() == ".json":
        return _read_json(path, text, fps or 30.0)
    return _read_csv(path, text, fps)


def _read_csv(path: Path, text: str, fps: float | None) -> Curves:
    lines = [line for line in text.splitlines() if line.strip(" \t,;")]
    if len(lines) < 2:
        raise RetargetError(f"'{path.name}' holds no frames: export the take again")
    delimiter = max(",;\t|", key=lines[0].count)
    header = [name.strip().strip('"') for name in next(csv.reader([lines[0]], delimiter=delimiter))]
    keys = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in header]
    columns = [i for i, key in enumerate(keys) if key and key not in NOT_SHAPES]
    if len(columns) < 1 or len(header) < 2 or not any(k.startswith(_STARTS) for k in keys):
        raise RetargetError(
            f"'{path.name}' has no columns named like ARKit's (JawOpen, EyeBlinkLeft, ...): export it from Live Link "
            "Face, or name the columns in its first row"
        )
    turns = [keys.index(name) if name in keys else -1 for name in HEAD]
    wanted = columns + [i for i in turns if i >= 0]
    clock = keys.index("timecode") if "timecode" in keys else -1
    rows, stamps, damaged = [], [], 0
    comma = delimiter != ","
    for row in csv.reader(lines[1:], delimiter=delimiter):
        values = _numbers(row, wanted, comma) if len(row) == len(header) else None
        if values is None:
            damaged += 1
            continue
        rows.append(values)
        stamps.append(row[clock] if clock >= 0 else "")
    if not rows or damaged > MOST_DAMAGED * (damaged + len(rows)):
        raise RetargetError(
            f"'{path.name}' has {damaged:,} damaged rows of {damaged + len(rows):,}: export the take again"
        )
    if len(rows) > MOST_FRAMES:
        raise RetargetError(f"'{path.name}' has {len(rows):,} frames: cut it into shorter takes")
    notes = [f"{damaged:,} damaged rows were passed over"] if damaged else []
    table = np.array(rows)
    times, rate = _times(stamps, fps, notes)
    order = np.argsort(times, kind="stable")
    if (np.diff(order) < 0).any():
        notes.append("time runs backwards in places: the rows were put in order")
    kept = order[np.diff(times[order], prepend=-1.0) > 1e-6]
    if len(kept) < len(order):
        notes.append(f"{len(order) - len(kept):,} rows of the same time were left out")
    head = np.zeros((len(table), 3))
    place = len(columns)
    for axis, column in enumerate(turns):
        if column >= 0:
            head[:, axis] = table[:, place]
            place += 1
    names = tuple(header[i][0].lower() + header[i][1:] for i in columns)
    return Curves(
        names,
        table[kept, : len(columns)],
        times[kept] - times[kept[0]],
        head[kept],
        rate,
        tuple(notes),
    )


_STARTS = ("eye", "jaw", "mouth", "brow", "cheek", "nose", "tongue")


def _numbers(row: Sequence[str], columns: list[int], comma: bool) -> list[float] | None:
    """Numbers of some columns, or None if one is not a finite number."""
    try:
        values = [float(row[i].replace(",", ".") if comma else row[i]) for i in columns]
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def _times(stamps: list[str], fps: float | None, notes: list[str]) -> tuple[np.ndarray, float]:
    """Seconds [T] and frames a second. The last field of a timecode is a frame, with parts of it after the point."""
    found = [_TIMECODE.fullmatch(stamp.strip()) for stamp in stamps]
    if not all(found):
        if any(stamps):
            notes.append("the timecode cannot be read: frames were counted")
        rate = fps or 30.0
        return np.arange(len(stamps)) / rate, rate
    fields = np.array([[float(part) for part in match.groups()] for match in found])
    seconds = fields[:, :3] @ [3600.0, 60.0, 1.0]
    # Frames are numbered from 0 within a second; the highest number tells how many a second has, which may be
    # more than were recorded (every second of 60).
    highest = np.floor(fields[:, 3]).max()
    base = next((rate for rate in (24.0, 25.0, 30.0) if highest < rate and highest > 20), 60.0)
    base = 30.0 if highest <= 20 else base
    times = seconds + fields[:, 3] / base
    for cut in np.flatnonzero(np.diff(times) < -43200):  # midnight
        times[cut + 1 :] += 86400.0
    if fps:
        return times, fps
    steps = np.diff(times)
    steps = steps[steps > 1e-6]
    return times, float(np.round(1 / np.median(steps))) if len(steps) else base


def _read_json(path: Path, text: str, fps: float) -> Curves:
    wrong = RetargetError(
        f"'{path.name}' holds no weights: write {{\"jawOpen\": 0.3, ...}}, or a list of those under \"frames\""
    )
    try:
        data = json.loads(text)
    except ValueError as error:
        raise wrong from error
    names = None
    if isinstance(data, dict) and "frames" in data:
        names, fps, data = data.get("names"), float(data.get("fps", fps)), data["frames"]
    frames = data if isinstance(data, list) else [data]
    try:
        if names is None:
            names = list(dict.fromkeys(name for frame in frames for name in frame))
            frames = [[frame.get(name, 0.0) for name in names] for frame in frames]
        values = np.array(frames, float).reshape(len(frames), len(names))
    except (AttributeError, TypeError, ValueError) as error:
        raise wrong from error
    if not values.size or not np.isfinite(values).all() or not (np.isfinite(fps) and fps > 0):
        raise wrong
    times = np.arange(len(values)) / fps
    return Curves(tuple(map(str, names)), values, times, np.zeros((len(values), 3)), fps)


def _gaussian(values: np.ndarray, width: float) -> np.ndarray:
    """Values [T, C] smoothed over ``width`` frames, each end held."""
    reach = max(1, int(np.ceil(3 * width)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(width, 1e-6)) ** 2)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    kernel /= kernel.sum()
    return np.stack([np.convolve(column, kernel, mode="valid") for column in padded.T], axis=1)
