# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markers in CSV files: columns named after markers, and the exports of Motive and Vicon Nexus (numpy only).

Three columns of a marker are found by their names (``lip_x``, ``lip.X``, ``lip.translateX``), in any order and among
others, or by the names above them. An empty cell is a missing marker, and so is a leap to exactly zero.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .curve_channels import clock_rank, is_rate, key_of, listed
from .marker_take import MarkerTake, NotReadError
from .text_files import (
    decode,
    delimiter_of_rows,
    find_delimiter,
    is_comment,
    lines_of,
    number,
    split_line,
)
from .time_reader import MOST_FRAMES, Clock, rate_in, rate_of, read_clock

#: A table of markers has at most so many columns, and a line so many letters.
MOST_COLUMNS, LONGEST_LINE = 20_000, 2_000_000
#: Lines by which the signs between cells are told.
_SAMPLE = 50
#: Where headers are looked for.
_HEADER_LINES = 60
#: A position of exactly zero is a missing one where the marker is never nearer to zero than this, in its unit.
_FAR_FROM_ZERO = 1e-3
#: Columns are of rows that are damaged beyond this fraction.
_MOST_DAMAGED = 0.5
_UNIT = r"\s*(?:[\[(](\w+)[\])])?"
#: ``lip_x``, ``lip.tx``, ``lip:pos_x``, ``lip(x)``, ``lip x [mm]``; and ``lipX``.
_AXES = (
    re.compile(
        r"(.+?)[_. :\-\[(]+(?:(?:t|pos|position|translate|translation|loc|location)[_. :\-]?)?([xyz])[\])]?"
        + _UNIT,
        re.IGNORECASE,
    ),
    re.compile(r"(.*[a-z0-9])([XYZ])" + _UNIT),
)
_LENGTHS = (
    r"(mm|cm|dm|m|km|in|inch|inches|ft|feet|millimet(?:er|re)s?|centimet(?:er|re)s?|met(?:er|re)s?)"
)


def parse_markers_csv(data: bytes) -> MarkerTake:
    """The markers in a CSV file.

    Raises:
        NotReadError: its layout is not known, or it is too large.
        ValueError: the file is damaged.
    """
    lines = lines_of(decode(data))
    if not any(line.strip(" ,;\t") for line in lines):
        return MarkerTake([], np.empty((0, 0, 3)), 0.0)
    if len(lines) > MOST_FRAMES + _HEADER_LINES:
        raise NotReadError(f"has {len(lines):,} lines: cut it into shorter takes")
    for line in lines[:_HEADER_LINES]:
        if (
            len(line) > LONGEST_LINE
            or line.count(",") + line.count(";") + line.count("\t") > MOST_COLUMNS
        ):
            raise NotReadError("has too many columns: export the markers of the face alone")
    layout = _named_columns(lines) or _names_above(lines)
    if layout is None:
        raise NotReadError(
            "has a layout that is not read: its first line names no columns NAME_x, NAME_y, NAME_z, and it is no "
            "export of Motive or Vicon Nexus; export the markers as C3D"
        )
    return _take(layout, lines)


@dataclass(frozen=True)
class _Layout:
    """Where the markers are.

    Attributes:
        first: number of the first line of frames.
        delimiter: between cells.
        headings: of the columns.
        names: M markers.
        columns: M times the columns of x, y and z.
        unit: in the file's words.
        rate: frames a second, or None.
        until_blank: whether an empty line ends the frames.
        left_out: markers without one of the three axes.
    """

    first: int
    delimiter: str
    headings: list[str]
    names: list[str]
    columns: list[tuple[int, int, int]]
    unit: str = "mm"
    rate: float | None = None
    until_blank: bool = False
    left_out: Sequence[str] = ()


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip().strip('"') for cell in split_line(line, delimiter) or []]


def _named_columns(lines: Sequence[str]) -> _Layout | None:
    """A header whose columns are named after marker and axis."""
    for place, line in enumerate(lines[:_HEADER_LINES]):
        delimiter = find_delimiter(line)
        cells = _cells(line, delimiter)
        found, units = _columns_named(cells)
        names = [name for name, axes in found.items() if len(axes) == 3]
        if not names:
            continue
        columns = [(found[n]["x"], found[n]["y"], found[n]["z"]) for n in names]
        below = [line for line in lines[place + 1 :][:_SAMPLE] if line.strip(" ,;\t")]
        delimiter, first = delimiter_of_rows(below, delimiter), place + 1
        row = _cells(below[0], delimiter) if below else []
        picked = {row[n] for axes in columns for n in axes if n < len(row)}
        if picked and all(
            re.fullmatch(_LENGTHS, cell.strip("[]()"), re.IGNORECASE) for cell in picked
        ):
            units |= {cell.strip("[]()") for cell in picked}
            first = lines.index(below[0], first) + 1
        if len({unit.casefold() for unit in units}) > 1:
            raise NotReadError(
                f"has lengths in {' and '.join(sorted(units))} side by side: export all in one unit"
            )
        unit = next(iter(units), "mm")
        left = [name for name, axes in found.items() if len(axes) == 2]
        rate = rate_in(lines[:place])
        return _Layout(first, delimiter, cells, names, columns, unit, rate, left_out=left)
    return None


def _columns_named(cells: Sequence[str]) -> tuple[dict[str, dict[str, int]], set[str]]:
    """Columns by marker and axis, and the units in their headings; a second marker of a name has a number."""
    found: dict[str, dict[str, int]] = {}
    units, times = set(), Counter(cells)
    seen: Counter[str] = Counter()
    for column, cell in enumerate(cells):
        match = next((m for axis in _AXES if (m := axis.fullmatch(cell))), None)
        if not match or not match[1].strip():
            continue
        seen[cell] += 1
        name = match[1].strip()
        if times[cell] > 1 and seen[cell] > 1:
            name = f"{name} {seen[cell]}"
        found.setdefault(name, {}).setdefault(match[2].lower(), column)
        if match[3]:
            units.add(match[3])
    return found, units


def _names_above(lines: Sequence[str]) -> _Layout | None:
    """An export with the names in a line above the axes: Motive's, Vicon's, and what is like them."""
    sections = [
        n for n, line in enumerate(lines) if line.strip(" ,;\t\"").casefold() == "trajectories"
    ]
    begin = sections[0] if sections else 0
    for place in range(begin, min(begin + _HEADER_LINES, len(lines))):
        delimiter = find_delimiter(lines[place])
        cells = _cells(lines[place], delimiter)
        axes = [cell.casefold() for cell in cells]
        if not cells or key_of(cells[0]) != "frame" or axes.count("x") == 0:
            continue
        above = [_cells(line, delimiter) for line in lines[begin:place]]
        named = _name_line(above)
        if named is None:
            return None
        kinds = [row for row in above if any(c.casefold() == "position" for c in row)]
        types = next((row for row in above if row and row[0].casefold() == "type"), None)
        names, columns = _columns_below(named, axes, kinds[-1] if kinds else None, types)
        if not names:
            return None
        first, unit = place + 1, _said_unit(above)
        if first < len(lines):  # a line of units below the axes
            below = [c for c in _cells(lines[first], delimiter) if c]
            if below and all(re.fullmatch(_LENGTHS, c, re.IGNORECASE) for c in below):
                first, unit = first + 1, below[0]
        return _Layout(first, delimiter, cells, names, columns, unit, _said_rate(above), True)
    return None


def _name_line(above: Sequence[list[str]]) -> list[str] | None:
    """The line of names among those above the axes: the one that says so, else the last with texts in it."""
    for row in above:
        if row and row[0].casefold() == "name":
            return row
    for row in reversed(above):
        texts = [c for c in row[2:] if c and not re.fullmatch(r"[\d.+\-e]+", c)]
        if texts and not all(c.casefold() in ("position", "rotation", "marker") for c in texts):
            return row
    return None


def _columns_below(
    named: list[str], axes: list[str], kinds: list[str] | None, types: list[str] | None
) -> tuple[list[str], list[tuple[int, int, int]]]:
    """Markers and their columns: three axes in a row under one name, that are positions of a marker."""
    found: dict[str, tuple[bool, tuple[int, int, int]]] = {}
    for column in range(len(axes) - 2):
        if axes[column : column + 3] != ["x", "y", "z"]:
            continue
        name = named[column] if column < len(named) else ""
        kind = kinds[column].casefold() if kinds and column < len(kinds) else "position"
        of = types[column].casefold() if types and column < len(types) else "marker"
        if not name or kind != "position" or not of.endswith("marker"):
            continue
        own = of == "marker"  # a rigid body's idea of a marker is no measurement
        number, plain = 1, name
        while own and name in found and found[name][0]:  # two markers of one name
            number += 1
            name = f"{plain} {number}"
        if name not in found or (own and not found[name][0]):
            found[name] = own, (column, column + 1, column + 2)
    return list(found), [columns for _own, columns in found.values()]


def _said_unit(above: Sequence[list[str]]) -> str:
    for row in above:
        for heading, cell in zip(row, row[1:], strict=False):
            if key_of(heading) in ("lengthunits", "lengthunit", "units", "unit") and cell:
                return cell
    return "mm"


def _said_rate(above: Sequence[list[str]]) -> float | None:
    """Frames a second that an export says: beside a word, or alone on a line."""
    said = [
        (key_of(heading) != "exportframerate", cell)
        for row in above
        for heading, cell in zip(row, row[1:], strict=False)
        if is_rate(heading)
    ]
    if said:
        return rate_of(min(said, key=lambda each: each[0])[1])
    for row in above:
        filled = [cell for cell in row if cell]
        if len(filled) == 1 and re.fullmatch(r"\d+(?:[.,]\d+)?", filled[0]):
            return rate_of(filled[0])
    return None


def _take(layout: _Layout, lines: Sequence[str]) -> MarkerTake:
    picked = [column for axes in layout.columns for column in axes]
    values, cells, damaged = [], [], 0
    for line in lines[layout.first :]:
        if not line.strip(" ,;\t"):
            if layout.until_blank and values:
                break
            continue
        if is_comment(line, layout.delimiter, len(layout.headings)):
            continue
        row = split_line(line, layout.delimiter)
        numbers = _positions_of(row, picked) if row is not None else None
        if numbers is None:
            damaged += 1
            continue
        values.append(numbers)
        cells.append(row)
    if damaged and damaged > _MOST_DAMAGED * (damaged + len(values)):
        raise ValueError(
            f"{damaged:,} of its {damaged + len(values):,} rows hold something else than numbers"
        )
    if not values:
        return MarkerTake([], np.empty((0, 0, 3)), 0.0)
    notes = [f"{damaged:,} damaged rows were passed over"] if damaged else []
    if layout.left_out:
        notes.append(f"markers without all of x, y and z were left out: {listed(layout.left_out)}")
    positions = np.array(values).reshape(len(values), len(layout.names), 3)
    if np.isnan(positions).all():
        raise ValueError("no marker is seen in any of its frames")
    _hide_zeros(positions, notes)
    clock = _clock(layout, cells)
    positions, rate = _on_frames(positions, clock, notes)
    return MarkerTake(layout.names, positions, rate, layout.unit, tuple(notes))


def _positions_of(row: list[str], columns: Sequence[int]) -> list[float] | None:
    """Numbers of some columns, NaN for empty cells; None where one is a text."""
    found = []
    try:
        for column in columns:
            cell = row[column].strip() if column < len(row) else ""
            if not cell or cell.casefold() in ("nan", "null", "none", "-", "n/a", "na"):
                found.append(np.nan)
            else:
                found.append(number(cell))
    except ValueError:
        return None
    return found


def _hide_zeros(positions: np.ndarray, notes: list[str]) -> None:
    """Make positions [T, M, 3] of exactly zero NaN, where the marker is elsewhere when it is seen."""
    zero = (positions == 0).all(axis=2)
    apart = np.abs(positions).max(axis=2, initial=0.0)
    nearest = np.where(zero | ~np.isfinite(apart), np.inf, apart).min(axis=0, initial=np.inf)
    missing = zero & np.isfinite(nearest) & (nearest > _FAR_FROM_ZERO)
    if missing.any():
        positions[missing] = np.nan
        notes.append(f"{int(missing.sum()):,} positions of exactly zero count as unseen")


def _clock(layout: _Layout, cells: Sequence[list[str]]) -> Clock | None:
    """The clock of the rows; None where the file tells neither time nor rate."""
    taken = {column for axes in layout.columns for column in axes}
    ranks = {
        n: rank
        for n, h in enumerate(layout.headings)
        if n not in taken and (rank := clock_rank(h)) is not None
    }
    said = layout.rate
    for n, heading in enumerate(layout.headings):
        if is_rate(heading) and n not in taken and n < len(cells[0]):
            said = rate_of(cells[0][n].strip())
    columns = [
        (layout.headings[n], [row[n].strip() if n < len(row) else "" for row in cells])
        for n in sorted(ranks, key=lambda n: (ranks[n], n))
    ]
    if not columns and said is None:
        return None
    return read_clock(columns, len(cells), said)


def _on_frames(
    positions: np.ndarray, clock: Clock | None, notes: list[str]
) -> tuple[np.ndarray, float]:
    """Positions [T, M, 3] on every frame of their clock, NaN in its gaps; and frames a second, 0 for unknown."""
    if clock is None:
        return positions, 0.0
    unknown = [note for note in clock.notes if "tells no frame rate" in note]
    notes += [note for note in clock.notes if note not in unknown]
    frames = np.round(clock.times * clock.rate).astype(np.int64)
    rate = 0.0 if unknown or not clock.told else clock.rate
    if len(frames) > 1 and (np.diff(frames) < 1).any():  # uneven beyond a frame: it was said
        return positions[clock.rows], rate
    filled = np.full((int(frames[-1]) + 1, *positions.shape[1:]), np.nan)
    filled[frames] = positions[clock.rows]
    return filled, rate
