# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face curves in CSV files: the 61 columns of Live Link Face, or some of them (numpy only).

Columns are found by their names, whatever their order. Damaged rows are passed over and counted. What cannot be read
at all is refused in a sentence.
"""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import RetargetError
from .curves import USUAL_FPS, Curves

#: Columns that turn head and eyes, radians.
HEAD = ("headyaw", "headpitch", "headroll")
EYES = ("lefteyeyaw", "lefteyepitch", "lefteyeroll", "righteyeyaw", "righteyepitch", "righteyeroll")
#: All columns that are no shape.
NOT_SHAPES = ("timecode", "blendshapecount", "time", "timestamp", "frame", *HEAD, *EYES)
#: A file has at most so many frames; longer ones are cut by hand (an hour has 216,000 at 60 a second).
MOST_FRAMES = 1_000_000
#: Fraction of rows that may be damaged before the whole file counts as damaged.
MOST_DAMAGED = 0.5
#: One of a file's columns begins so, or it holds no face.
_STARTS = ("eye", "jaw", "mouth", "brow", "cheek", "nose", "tongue")
#: Hours, minutes, seconds and frames, with parts of a frame.
_TIMECODE = re.compile(r"(\d+):(\d+):(\d+)[:;.](\d+(?:\.\d+)?)")


def parse_curves_csv(path: Path, text: str, fps: float | None) -> Curves:
    """The curves in a CSV file.

    Args:
        path: the file, to be named in errors.
        text: what it holds.
        fps: frames a second; None for what the file says, or 30 where it says nothing.

    Raises:
        RetargetError: it has no such columns, too many damaged rows, or too many frames.
    """
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
        rate = fps or USUAL_FPS
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
