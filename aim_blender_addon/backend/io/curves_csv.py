# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face curves in CSV files: Live Link Face, trackers of action units, and whatever has ARKit's names (numpy only).

Columns are found by their names, whatever their order. Damaged rows are passed over and counted; rows without a face
are a gap. What cannot be read at all is refused in a sentence.
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import RetargetError
from .curve_channels import (
    HEAD,
    LOOK,
    SEEN,
    Channel,
    clock_rank,
    find_channels,
    is_rate,
    key_of,
    passed_over,
    scaled_look,
    scaled_turns,
    scaled_weights,
)
from .curves import Curves
from .curves_facecap import is_facecap, parse_facecap
from .text_files import filled_lines, find_delimiter, numbers, split_line
from .time_reader import MOST_FRAMES, Clock, ClockError, count_clock, rate_of, read_clock

#: Fraction of rows that may be damaged before the whole file counts as damaged.
MOST_DAMAGED = 0.5
#: A table of curves has at most so many columns; trackers of landmarks write some 700.
MOST_COLUMNS = 10_000
#: The header is one of the first lines, of at most so many letters.
_HEADER_LINES, _LONGEST_LINE = 30, 1_000_000
#: Rows that tell whether a column holds numbers.
_SAMPLE = 200
_NO = ("0", "0.0", "false", "no")
_NOTHING = ("", "nan", "null", "none", "n/a", "na", "-")


def parse_curves_csv(path: Path, text: str, fps: float | None) -> Curves:
    """The curves in a CSV file, or in a text recording of Face Cap.

    Args:
        path: the file, to be named in errors.
        text: what it holds.
        fps: frames a second; None for what the file says, or 30 where it says nothing.

    Raises:
        RetargetError: it has no such columns, too many damaged rows, too many frames, or a time that cannot be.
    """
    lines = filled_lines(text)
    try:
        if is_facecap(lines):
            return parse_facecap(path, lines, fps)
        return _parse(path, lines, fps)
    except ClockError as error:
        raise RetargetError(f"'{path.name}' {error}") from error


@dataclass(frozen=True)
class _Header:
    """The line that names the columns: where it is, its cells, and what separates them."""

    line: int
    cells: list[str]
    delimiter: str
    channels: list[Channel]
    rest: list[int]

    def where(self, keys: Sequence[str]) -> list[int]:
        """Columns with one of some headings, in the headings' order."""
        found = [key_of(cell) for cell in self.cells]
        return [found.index(key) for key in keys if key in found]


def _parse(path: Path, lines: list[str], fps: float | None) -> Curves:
    if len(lines) < 2:
        raise RetargetError(f"'{path.name}' holds no frames: export the take again")
    if len(lines) > MOST_FRAMES + _HEADER_LINES:
        raise RetargetError(f"'{path.name}' has {len(lines):,} frames: cut it into shorter takes")
    header = _find_header(path, lines)
    notes: list[str] = []
    table = _rows(path, header, lines[header.line + 1 :], notes)
    clock = _clock(header, table, fps)
    values = table.values[clock.rows]
    columns = table.columns
    place = {column: n for n, column in enumerate(columns)}
    weights = np.stack(
        [values[:, [place[c] for c in channel.columns]].mean(axis=1) for channel in table.channels],
        axis=1,
    )
    head = np.zeros((len(values), 3))
    for axis, key in enumerate(HEAD):
        for column in header.where((key,)):
            if column in place:
                head[:, axis] = values[:, place[column]]
    notes += clock.notes
    weights = scaled_weights(table.channels, weights, notes)
    head = scaled_turns(head, notes, [header.cells[n] for n in header.where(HEAD)])
    notes += passed_over(header.cells, header.rest)
    names = tuple(channel.name for channel in table.channels)
    looks = dict(zip(_look_keys(header), table.looks[clock.rows].T, strict=True))
    eyes = scaled_look(looks, len(values), notes)
    return Curves(names, weights, clock.times, head, clock.rate, tuple(notes), eyes)


def _find_header(path: Path, lines: list[str]) -> _Header:
    """The first line with the name of a shape in it, after titles and Excel's ``sep=;``."""
    delimiter = None
    for place, line in enumerate(lines[:_HEADER_LINES]):
        if line.casefold().startswith("sep=") and len(line) < 8:
            delimiter = line[4:5] or None
            continue
        if len(line) > _LONGEST_LINE:
            raise RetargetError(
                f"'{path.name}' has a line of {len(line):,} letters: it is no table"
            )
        sign = delimiter or find_delimiter(line)
        if line.count(sign) >= MOST_COLUMNS:
            raise RetargetError(
                f"'{path.name}' has {line.count(sign) + 1:,} columns: export those of ARKit's shapes"
            )
        cells = split_line(line, sign)
        if cells is None:
            continue
        channels, rest = find_channels(cells)
        if channels and (len(cells) > 1 or sign not in line):
            return _Header(place, [cell.strip().strip('"') for cell in cells], sign, channels, rest)
    raise RetargetError(
        f"'{path.name}' has no columns named like ARKit's (JawOpen, EyeBlinkLeft, ...): export it from Live Link "
        "Face, or name the columns in its first row"
    )


@dataclass(frozen=True)
class _Table:
    """Rows that hold a face, and the times of those that say that there is none.

    Attributes:
        channels: the shapes.
        columns: those that were read.
        values: [T, columns] their numbers in the rows with a face.
        clocks: cells by column that tells time, of the rows with a face and of those without.
        seen: [T] numbers of the rows with a face among these.
        rate: cell that tells the frame rate, or "".
        looks: [T, L] turns of the eyes, of the columns that :func:`_look_keys` tells; NaN where there is no number.
    """

    channels: list[Channel]
    columns: list[int]
    values: np.ndarray
    clocks: dict[int, list[str]]
    seen: list[int]
    rate: str
    looks: np.ndarray


def _rows(path: Path, header: _Header, lines: list[str], notes: list[str]) -> _Table:
    channels, wanted = _wanted(header, lines, notes)
    seen_columns = header.where(SEEN)
    rate_column = [n for n, heading in enumerate(header.cells) if is_rate(heading)]
    ranks = {n: rank for n, h in enumerate(header.cells) if (rank := clock_rank(h)) is not None}
    clocks: dict[int, list[str]] = {n: [] for n in sorted(ranks, key=lambda n: (ranks[n], n))}
    face = _one_face(header, lines, notes)
    values, numbered, looks = array("d"), [], []
    look_columns = header.where(_look_keys(header))
    damaged, lost, crowded, count, rate = 0, 0, 0, 0, ""
    for line in lines:
        row = split_line(line, header.delimiter)
        if row is not None and face and len(row) > face[0] and row[face[0]].strip() != face[1]:
            continue
        is_lost = row is not None and _is_lost(row, wanted, seen_columns)
        found = None if row is None or is_lost or not _fits(row, header) else numbers(row, wanted)
        if row is None or not (is_lost or found):
            damaged += 1
            crowded += row is not None and not _fits(row, header)
            continue
        lost += is_lost
        for column, cells in clocks.items():
            cells.append(row[column] if column < len(row) else "")
        if found:
            numbered.append(count)
            values.extend(found)
            looks.append([(numbers(row, [n]) or [np.nan])[0] for n in look_columns])
            rate = rate or next((row[n].strip() for n in rate_column if n < len(row)), "")
        count += 1
    total = damaged + count
    if not numbered and lost:
        raise RetargetError(
            f"'{path.name}' shows no face in any of its {lost:,} frames: record the take again"
        )
    if crowded > MOST_DAMAGED * total:
        raise RetargetError(
            f"'{path.name}' has rows with more cells than its header: write decimals with points, or put semicolons "
            "between the columns"
        )
    if not numbered or damaged > MOST_DAMAGED * (damaged + len(numbered)):
        raise RetargetError(
            f"'{path.name}' has {damaged:,} damaged rows of {total:,}: export the take again"
        )
    if damaged:
        notes.append(f"{damaged:,} damaged rows were passed over")
    if lost:
        notes.append(f"{lost:,} rows without a face were left out")
    table = np.array(values).reshape(len(numbered), len(wanted))
    turns = np.array(looks, np.float64).reshape(len(numbered), len(look_columns))
    return _Table(channels, wanted, table, clocks, numbered, rate, turns)


def _look_keys(header: _Header) -> list[str]:
    """Headings of the eyes' turns that the file has."""
    return [key for key in LOOK if header.where((key,))]


def _wanted(header: _Header, lines: list[str], notes: list[str]) -> tuple[list[Channel], list[int]]:
    """The shapes and the columns to read; those that hold texts are left out."""
    wanted = sorted({c for channel in header.channels for c in channel.columns})
    wanted += header.where(HEAD)
    sample = [split_line(line, header.delimiter) for line in lines[:_SAMPLE]]
    texts = set(_text_columns(sample, wanted))
    channels = [c for c in header.channels if not texts.intersection(c.columns)]
    if not channels:  # every row is damaged, and is counted as such
        return header.channels, wanted
    if texts:
        shown = ", ".join(f"'{header.cells[n]}'" for n in sorted(texts)[:3])
        notes.append(f"columns without numbers were passed over: {shown}")
    return channels, [column for column in wanted if column not in texts]


def _fits(row: list[str], header: _Header) -> bool:
    """Whether a row has no more cells than the header, empty ones at its end aside."""
    return len(row) <= len(header.cells) or not any(
        cell.strip() for cell in row[len(header.cells) :]
    )


def _is_lost(row: list[str], wanted: Sequence[int], seen: Sequence[int]) -> bool:
    """Whether a row says that there is no face, or holds nothing of one."""
    if any(place < len(row) and row[place].strip().casefold() in _NO for place in seen):
        return True
    return not any(
        place < len(row) and row[place].strip().casefold() not in _NOTHING for place in wanted
    )


def _text_columns(rows: Sequence[list[str] | None], columns: Sequence[int]) -> list[int]:
    """Columns that hold texts and no number."""
    found = []
    for column in columns:
        cells = [row[column] for row in rows if row and column < len(row) and row[column].strip()]
        if cells and not any(numbers([cell], [0]) for cell in cells):
            found.append(column)
    return found


def _one_face(header: _Header, lines: list[str], notes: list[str]) -> tuple[int, str] | None:
    """Column and number of the face that is seen most, where a tracker found several; else None."""
    columns = header.where(("faceid",))
    if not columns:
        return None
    faces: Counter[str] = Counter()
    for line in lines:
        row = split_line(line, header.delimiter)
        if row and columns[0] < len(row):
            faces[row[columns[0]].strip()] += 1
    if len(faces) < 2:
        return None
    most = faces.most_common(1)[0][0]
    notes.append(f"it holds {len(faces):,} faces: number {most[:20]} was read, which is seen most")
    return columns[0], most


def _clock(header: _Header, table: _Table, fps: float | None) -> Clock:
    """The clock of the rows with a face; those without one tell of time as well."""
    columns = [(header.cells[n], cells) for n, cells in table.clocks.items()]
    count = len(columns[0][1]) if columns else table.seen[-1] + 1
    said = rate_of(table.rate)
    clock = read_clock(columns, count, said, fps)
    places = np.full(count, -1)
    places[table.seen] = np.arange(len(table.seen))
    kept = places[clock.rows] >= 0
    if not kept.any():  # one time for all
        return count_clock(len(table.seen), said, fps)
    times = clock.times[kept]
    return replace(clock, rows=places[clock.rows][kept], times=times - times[0])
