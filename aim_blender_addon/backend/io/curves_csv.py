# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face curves in CSV files: Live Link Face, trackers of action units, and whatever has ARKit's names (numpy only).

Columns are found by their names, whatever their order. Damaged rows are passed over and counted; rows without a face
are a gap. What cannot be read at all is refused in a sentence.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import RetargetError
from .curve_channels import (
    EYES,
    HEAD,
    PERIOD,
    SEEN,
    Channel,
    clock_rank,
    filled_between,
    is_rate,
    key_of,
    listed,
    passed_over,
    scaled_turns,
    scaled_weights,
)
from .curve_header import HEADER_LINES, Header, find_header
from .curves import Curves
from .curves_facecap import is_facecap, parse_facecap
from .text_files import filled_lines, is_comment, is_nothing, numbers, numbers_with_gaps, split_line
from .time_reader import MOST_FRAMES, Clock, ClockError, count_clock, rate_of, read_clock, seen_rows
from .time_stamps import added_up

#: Fraction of rows that may be damaged before the whole file counts as damaged.
MOST_DAMAGED = 0.5
#: Rows that tell whether a column holds numbers.
_SAMPLE = 200
#: Share of rows with words like nan from which on these mean that a value is missing.
_MANY_WORDS = 0.1
#: Columns that say whose face it is, and the most faces that one recording has.
_WHOSE = (
    "faceid",
    "subject",
    "subjectname",
    "subjectid",
    "person",
    "personid",
    "actor",
    "faceindex",
)
_MOST_FACES = 100
_NO = ("0", "0.0", "false", "no")


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


def _parse(path: Path, lines: list[str], fps: float | None) -> Curves:
    if len(lines) < 2:
        raise RetargetError(f"'{path.name}' holds no frames: export the take again")
    if len(lines) > MOST_FRAMES + HEADER_LINES:
        raise RetargetError(f"'{path.name}' has {len(lines):,} frames: cut it into shorter takes")
    header = find_header(path, lines)
    notes: list[str] = []
    below, count = lines[header.first :], len(header.cells)
    rows = [line for line in below if not is_comment(line, header.delimiter, count)]
    table = _rows(path, header, rows, notes)
    clock = _clock(header, table, fps, notes)
    headings = [header.cells[column] for column in table.columns]
    values = filled_between(table.values[clock.rows], clock.times, headings, notes)
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
    if header.where(EYES) and not any(name.startswith("eyeLook") for name in names):
        notes.append("the turns of the eyes were left out: it has no columns of eyeLook shapes")
    return Curves(names, weights, clock.times, head, clock.rate, tuple(notes))


@dataclass(frozen=True)
class _Table:
    """Rows that hold a face, and the times of those that say that there is none.

    Attributes:
        channels: the shapes.
        columns: those that were read.
        values: [T, columns] their numbers in the rows with a face; NaN where a cell has no value.
        clocks: cells by column that tells time, of the rows with a face and of those without.
        seen: [T] numbers of the rows with a face among these.
        rate: cell that tells the frame rate, or "".
    """

    channels: list[Channel]
    columns: list[int]
    values: np.ndarray
    clocks: dict[int, list[str]]
    seen: list[int]
    rate: str


def _rows(path: Path, header: Header, lines: list[str], notes: list[str]) -> _Table:
    channels, wanted = _wanted(header, lines, notes)
    seen_columns = header.where(SEEN)
    rate_column = [n for n, heading in enumerate(header.cells) if is_rate(heading)]
    ranks = {n: rank for n, h in enumerate(header.cells) if (rank := clock_rank(h)) is not None}
    ranks = ranks or {n: 0 for n, h in enumerate(header.cells) if key_of(h) in PERIOD}
    clocks: dict[int, list[str]] = {n: [] for n in sorted(ranks, key=lambda n: (ranks[n], n))}
    words = _say_nan(header, lines, wanted)
    face = _one_face(header, lines, notes)
    values, numbered = array("d"), []
    damaged, lost, crowded, count, rate, changed = 0, 0, 0, 0, "", ""
    for line in lines:
        row = split_line(line, header.delimiter)
        if row is not None and face and len(row) > face[0] and row[face[0]].strip() != face[1]:
            continue
        whole = row is not None and (len(row) > 1 or len(header.cells) == 1)
        is_lost = whole and _is_lost(row, wanted, seen_columns)
        found = (
            None
            if row is None or is_lost or not _fits(row, header)
            else numbers_with_gaps(row, wanted, words)
        )
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
            said = next((row[n].strip() for n in rate_column if n < len(row)), "")
            rate, changed = rate or said, changed or (said if said != (rate or said) else "")
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
    if changed:
        notes.append(
            f"its frame rate changes from {rate[:20]} to {changed[:20]}: the first was taken"
        )
    if damaged:
        notes.append(f"{damaged:,} damaged rows were passed over")
    if lost:
        notes.append(f"{lost:,} rows without a face were left out")
    table = np.array(values).reshape(len(numbered), len(wanted))
    return _with_values(header, _Table(channels, wanted, table, clocks, numbered, rate), notes)


def _with_values(header: Header, table: _Table, notes: list[str]) -> _Table:
    """The table without columns that have no value in any row."""
    empty = np.flatnonzero(np.isnan(table.values).all(axis=0))
    if not len(empty):
        return table
    gone = {table.columns[n] for n in empty}
    notes.append(_without_numbers(header, gone))
    kept = [c for c in table.channels if not gone.intersection(c.columns)]
    columns = [column for column in table.columns if column not in gone]
    return replace(
        table, channels=kept, columns=columns, values=np.delete(table.values, empty, axis=1)
    )


def _without_numbers(header: Header, columns: Iterable[int]) -> str:
    shown = listed([header.cells[n] for n in sorted(columns)])
    return f"columns without numbers were passed over: {shown}"


def _wanted(header: Header, lines: list[str], notes: list[str]) -> tuple[list[Channel], list[int]]:
    """The shapes and the columns to read; those that hold texts are left out."""
    wanted = sorted({c for channel in header.channels for c in channel.columns})
    wanted += header.where(HEAD)
    sample = [split_line(line, header.delimiter) for line in lines[:_SAMPLE]]
    texts = set(_text_columns(sample, wanted))
    channels = [c for c in header.channels if not texts.intersection(c.columns)]
    if not channels:  # every row is damaged, and is counted as such
        return header.channels, wanted
    if texts:
        notes.append(_without_numbers(header, texts))
    return channels, [column for column in wanted if column not in texts]


def _fits(row: list[str], header: Header) -> bool:
    """Whether a row has no more cells than the header, empty ones at its end aside."""
    return len(row) <= len(header.cells) or not any(
        cell.strip() for cell in row[len(header.cells) :]
    )


def _is_lost(row: list[str], wanted: Sequence[int], seen: Sequence[int]) -> bool:
    """Whether a row says that there is no face, or holds nothing of one."""
    if any(place < len(row) and row[place].strip().casefold() in _NO for place in seen):
        return True
    return not any(place < len(row) and not is_nothing(row[place]) for place in wanted)


def _text_columns(rows: Sequence[list[str] | None], columns: Sequence[int]) -> list[int]:
    """Columns that hold texts and no number."""
    found = []
    for column in columns:
        cells = [row[column] for row in rows if row and column < len(row)]
        cells = [cell for cell in cells if not is_nothing(cell)]
        if cells and not any(numbers([cell], [0]) for cell in cells):
            found.append(column)
    return found


def _say_nan(header: Header, lines: list[str], wanted: Sequence[int]) -> bool:
    """Whether a file writes a word where a value is missing; a single one is damage."""
    rows = [split_line(line, header.delimiter) or [] for line in lines[:_SAMPLE]]
    some = [
        any(n < len(row) and row[n].strip() and is_nothing(row[n]) for n in wanted)
        and not _is_lost(row, wanted, ())
        for row in rows
    ]
    return sum(some) > _MANY_WORDS * len(some)


def _one_face(header: Header, lines: list[str], notes: list[str]) -> tuple[int, str] | None:
    """Column and name of the face that is seen most, where a tracker found several; else None.

    Other columns than ``face_id`` tell faces apart only where they take turns: takes may follow each other.
    """
    for column in header.where(_WHOSE):
        rows = (split_line(line, header.delimiter) for line in lines)
        names = [row[column].strip() for row in rows if row and column < len(row)]
        faces = Counter(names)
        turns = sum(before != after for before, after in zip(names, names[1:], strict=False))
        alone = key_of(header.cells[column]) == _WHOSE[0] or turns >= 2 * len(faces)
        if 1 < len(faces) <= _MOST_FACES and alone:
            most = faces.most_common(1)[0][0]
            notes.append(
                f"it holds {len(faces):,} faces: number {most[:20]} was read, which is seen most"
            )
            return column, most
    return None


def _clock(header: Header, table: _Table, fps: float | None, notes: list[str]) -> Clock:
    """The clock of the rows with a face; those without one tell of time as well."""
    columns = [(header.cells[n], cells) for n, cells in table.clocks.items()]
    count = len(columns[0][1]) if columns else table.seen[-1] + 1
    said = rate_of(table.rate) or header.rate
    if columns and all(key_of(heading) in PERIOD for heading, _ in columns):
        columns = [(heading, added_up(cells)) for heading, cells in columns]
        notes.append(f"its times were added up from '{columns[0][0]}'")
    clock = read_clock(columns, count, said, fps)
    kept = seen_rows(clock, table.seen, count)
    return kept if len(kept.rows) else count_clock(len(table.seen), said, fps)  # one time for all
