# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face curves in JSON files (numpy only).

Read are weights of one frame ``{"jawOpen": 0.3, ...}``, a list of those (by itself or under a key), and names beside
rows of weights, as speech-to-face programs write them. Rate and times are looked for beside the frames.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RetargetError
from ..shape_names import ARKIT
from .curve_channels import (
    HEAD,
    PERIOD,
    Channel,
    clock_rank,
    filled_between,
    find_channels,
    is_rate,
    key_of,
    listed,
    passed_over_twice,
    scaled_turns,
    scaled_weights,
)
from .curves import Curves
from .json_text import parse_json
from .text_files import filled_lines, number
from .time_reader import (
    MOST_FRAMES,
    Clock,
    ClockError,
    count_clock,
    rate_of,
    read_clock,
    seen_rows,
)

#: Lists of names, of rows and of times beside them, by what programs call them.
_NAMES = (
    "names",
    "facsnames",
    "blendshapenames",
    "bsnames",
    "shapenames",
    "channels",
    "keys",
    "labels",
)
_ROWS = (
    *("frames", "weightmat", "weights", "blendshapes", "values", "data", "animation", "curves"),
    *("faceblendshapes", "poses", "samples", "coefficients"),
)
_IN_FRAME = (
    *(
        "weights",
        "blendshapes",
        "faceblendshapes",
        "values",
        "shapes",
        "coefficients",
        "categories",
        "data",
    ),
    "curves",
)
_NAME, _VALUE = ("name", "categoryname", "key", "shape", "blendshape"), ("value", "weight", "score")
#: What the speech service with 55 columns adds to ARKit's: turns of head and eyes.
_SPEECH_EXTRA = 3
_SPEECH_FPS = 60.0
#: Objects this deep are searched for names, rate and times.
_DEPTH = 3
_MOST_CHANNELS = 10_000


class _NoWeightsError(ValueError):
    """There are no weights where they were looked for."""


class _NotReadError(ValueError):
    """What is wrong with the JSON or a weight in it: a sentence that goes on from the file's name."""


@dataclass
class _Found:
    """What was found: rows of weights, their names, times and rate."""

    names: list[str]
    rows: list
    clocks: dict[str, list] = field(default_factory=dict)
    rate: float | None = None
    notes: list[str] = field(default_factory=list)


def parse_curves_json(path: Path, text: str, fps: float | None) -> Curves:
    """The curves in a JSON file.

    Args:
        path: the file, to be named in errors.
        text: what it holds.
        fps: frames a second; None for what the file says, or 30 where it says nothing.

    Raises:
        RetargetError: it holds no weights, or a rate or time that cannot be.
    """
    try:
        found = _search(_parsed(text))
        return _curves(found, fps)
    except ClockError as error:
        raise RetargetError(f"'{path.name}' {error}") from error
    except _NotReadError as error:
        raise RetargetError(f"'{path.name}' {error}") from error
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise RetargetError(
            f"'{path.name}' holds no weights: write {{\"jawOpen\": 0.3, ...}}, or a list of those under \"frames\""
        ) from error


def _parsed(text: str) -> Any:
    """JSON, or a list of the lines that are JSON each.

    Raises:
        _NotReadError: it is neither.
    """
    try:
        try:
            return parse_json(text)
        except ValueError:
            lines = filled_lines(text)
            if not 1 < len(lines) <= MOST_FRAMES:
                raise
            first = parse_json(lines[0])
            if not isinstance(first, dict | list):
                raise
            return [first, *(parse_json(line) for line in lines[1:])]
    except ValueError as error:
        reason = str(error).partition(": line")[0][:100]
        where = f" in line {error.lineno:,}" if isinstance(error, json.JSONDecodeError) else ""
        raise _NotReadError(
            f"holds no weights, as it is no JSON that can be read ({reason}{where}): export it again"
        ) from error


def _curves(found: _Found, fps: float | None) -> Curves:
    """Curves of what was found: ARKit's names in ARKit's spelling, others as they are."""
    count = len(found.rows)
    if not count or not found.names or len(found.names) > _MOST_CHANNELS:
        raise _NoWeightsError
    if count > MOST_FRAMES:
        raise ClockError(f"has {count:,} frames: cut it into shorter takes")
    seen = [n for n, row in enumerate(found.rows) if len(row) and any(v is not None for v in row)]
    if not seen:
        raise _NoWeightsError
    values = np.array([[_weight(v) for v in found.rows[n]] for n in seen], float)
    if (
        values.shape != (len(seen), len(found.names))
        or not np.isfinite(values[~np.isnan(values)]).all()
    ):
        raise _NoWeightsError
    clock = seen_rows(_clock(found, count, fps), seen, count)
    notes = [*found.notes, *clock.notes]
    if len(seen) < count:
        notes.append(f"{count - len(seen):,} frames without a face were left out")
    values = filled_between(values[clock.rows], clock.times, found.names, notes)
    turns = {key_of(name): n for n, name in enumerate(found.names)}
    head = np.stack(
        [values[:, turns[key]] if key in turns else np.zeros(len(values)) for key in HEAD], axis=1
    )
    channels, rest = find_channels(found.names)
    taken = {channel.name for channel in channels}
    others: dict[str, int] = {}
    for n in rest:
        if found.names[n] not in taken:
            others.setdefault(found.names[n], n)
    notes += passed_over_twice([found.names[n] for n in rest if n not in others.values()])
    channels += [Channel(name, (n,)) for name, n in others.items()]
    if not channels:
        raise _NoWeightsError
    weights = np.stack([values[:, list(c.columns)].mean(axis=1) for c in channels], axis=1)
    weights = scaled_weights(channels, weights, notes)
    names = tuple(channel.name for channel in channels)
    head = scaled_turns(head, notes)
    return Curves(names, weights, clock.times, head, clock.rate, tuple(notes))


def _weight(value: Any) -> float:
    """A weight, NaN for nothing; other texts than numbers are none."""
    if value is None:
        return math.nan
    try:
        weight = number(value) if isinstance(value, str) else float(value)
    except OverflowError:
        weight = math.inf
    if isinstance(value, bool) or not math.isfinite(weight):
        raise _NotReadError(f"has a weight {str(value)[:20]}, which is no number: correct it")
    return weight


def _clock(found: _Found, count: int, fps: float | None) -> Clock:
    ranked = sorted(found.clocks, key=lambda name: clock_rank(name) or 0)
    columns = [(n, found.clocks[n]) for n in ranked if len(found.clocks[n]) == count]
    if not columns:
        return count_clock(count, found.rate, fps)
    return read_clock(columns, count, found.rate, fps)


def _search(data: Any) -> _Found:
    """Names, rows, times and rate anywhere in a few levels of JSON."""
    if isinstance(data, list):
        found = _of_frames(data, None)
    elif isinstance(data, dict):
        found = _of_object(data)
    else:
        raise _NoWeightsError
    pairs = list(_pairs(data))
    # A program's "rate" may be that of speech, which is about one.
    rates = [v for k, v in pairs if is_rate(k) and not (key_of(k) == "rate" and v in (0, 1, 1.0))]
    rates += [_rate_of_period(value) for key, value in pairs if key_of(key) in PERIOD]
    found.rate = next((r for value in rates if (r := rate_of(value)) is not None), found.rate)
    return found


def _rate_of_period(value: Any) -> float | None:
    """Frames a second of the time from frame to frame, in seconds or milliseconds; None for what is no such time."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1e-4 < value < 1e4:
        return None
    return (1000.0 if value >= 1.0 else 1.0) / value


def _pairs(data: Any, depth: int = _DEPTH) -> Iterator[tuple[str, Any]]:
    """Keys and values of objects and of the objects in them, the outer ones first."""
    if not isinstance(data, dict) or depth == 0:
        return
    yield from data.items()
    for value in data.values():
        yield from _pairs(value, depth - 1)


def _of_object(data: dict) -> _Found:
    inside = list(_pairs(data))
    names = next(
        (v for want in _NAMES for key, v in inside if key_of(key) == want and _are_texts(v)), None
    )
    if names is None:
        names = next(
            (v for key, v in inside if key_of(key).endswith("names") and _are_texts(v)), None
        )
    for want in _ROWS:
        for key, value in inside:
            if key_of(key) == want and isinstance(value, list) and value and value is not names:
                found = _of_frames(value, names) if _are_rows(value) else None
                if found is not None:
                    for clock, times in _clocks(inside).items():
                        if times is not value:
                            found.clocks.setdefault(clock, times)
                    return found
            if key_of(key) == want and isinstance(value, dict) and _are_columns(value):
                return _of_columns(value, inside)
    if _are_columns(data):
        return _of_columns(data, inside)
    return _of_frames([data], None)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)


def _are_rows(value: list) -> bool:
    return isinstance(value[0], dict | list)


def _are_columns(data: dict) -> bool:
    """Whether an object holds a list of numbers for each shape."""
    lists = [v for v in data.values() if isinstance(v, list) and v]
    plain = [v for v in lists if isinstance(v[0], int | float)]
    shapes, _rest = find_channels([key for key, v in data.items() if isinstance(v, list)])
    return bool(plain) and bool(shapes)


def _clocks(inside: list[tuple[str, Any]]) -> dict[str, list]:
    """Lists that tell time, by their key."""
    return {k: v for k, v in inside if isinstance(v, list) and clock_rank(k) is not None}


def _of_columns(data: dict, inside: list[tuple[str, Any]]) -> _Found:
    columns = {k: v for k, v in data.items() if isinstance(v, list) and clock_rank(k) is None}
    clocks = _clocks(inside)
    count = max(map(len, columns.values()))
    short = [k for k, v in columns.items() if len(v) != count]
    columns = {k: v for k, v in columns.items() if len(v) == count}
    found = _Found(list(columns), list(zip(*columns.values(), strict=True)), clocks)
    if short:
        shown = listed(short)
        found.notes.append(f"lists of another length than {count:,} were passed over: {shown}")
    return found


def _of_frames(frames: list, names: list[str] | None) -> _Found:
    """Frames that are rows of numbers, objects of weights, or objects that hold either."""
    if not frames or not all(isinstance(frame, dict | list) for frame in frames):
        raise _NoWeightsError
    clocks: dict[str, list] = {}
    rows: list = []
    for frame in frames:
        weights, times = _unpacked(frame)
        rows.append(weights)
        for key, value in times.items():
            clocks.setdefault(key, []).append(value)
    clocks = {key: times for key, times in clocks.items() if len(times) == len(rows)}
    if all(isinstance(row, list) and row and isinstance(row[0], list) for row in rows):
        rows, clocks = [row for part in rows for row in part], {}  # parts of a stream
    if any(isinstance(row, dict) for row in rows):
        rows = [row or {} for row in rows]  # one without a face may be either
    if all(isinstance(row, list) for row in rows):
        return _of_lists(rows, names, clocks)
    names = list(dict.fromkeys(name for row in rows for name in row))
    found = _Found(
        names, [[row.get(name, 0.0) for name in names] if row else [] for row in rows], clocks
    )
    missing = sum(len(names) - len(row) for row in rows if row)
    if missing:
        found.notes.append(f"{missing:,} weights that its frames leave out count as 0")
    return found


def _of_lists(rows: list[list], names: list[str] | None, clocks: dict[str, list]) -> _Found:
    if names is not None:
        return _Found(list(names), rows, clocks)
    widths = {len(row) for row in rows if row}
    if widths <= {len(ARKIT), len(ARKIT) + _SPEECH_EXTRA}:
        cut = [row[: len(ARKIT)] for row in rows]
        note = "its rows have no names: they were read in ARKit's own order"
        rate = None
        if not clocks and len(ARKIT) not in widths:
            note += f", {_SPEECH_FPS:g} a second as a speech service writes them"
            rate = _SPEECH_FPS
        return _Found(list(ARKIT), cut, clocks, rate, [note])
    raise _NoWeightsError


def _unpacked(frame: Any) -> tuple[Any, dict[str, Any]]:
    """Weights of one frame, a list or an object of numbers, and what tells its time."""
    if isinstance(frame, list):
        return (_named(frame) if frame and isinstance(frame[0], dict) else frame), {}
    times = {k: v for k, v in frame.items() if clock_rank(k) is not None}
    for want in _IN_FRAME:
        for key, value in frame.items():
            if key_of(key) == want and value is None:  # no face
                return [], times
            if key_of(key) == want and isinstance(value, dict | list):
                inner, more = _unpacked(value)
                return inner, {**more, **times}
    plain = {
        key: value for key, value in frame.items() if clock_rank(key) is None and not is_rate(key)
    }
    return plain, times


def _named(entries: list) -> dict[str, Any]:
    """Weights of entries like ``{"categoryName": "jawOpen", "score": 0.3}``, or of such lists in them."""
    found: dict[str, Any] = {}
    for entry in entries:
        keys = {key_of(key): key for key in entry}
        name = next((entry[keys[k]] for k in _NAME if k in keys), None)
        value = next((entry[keys[k]] for k in _VALUE if k in keys), None)
        if name is None and "categories" in keys:
            return _named(entry[keys["categories"]])
        if not isinstance(name, str) or value is None:
            raise _NoWeightsError
        found[name] = value
    return found
