# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line of a table of curves that names its columns, and what stands around it (numpy only)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import RetargetError
from .curve_channels import Channel, find_channels, key_of
from .text_files import delimiter_of_rows, find_delimiter, is_nothing, numbers, split_line
from .time_reader import rate_in

#: A table of curves has at most so many columns; trackers of landmarks write some 700.
MOST_COLUMNS = 10_000
#: The header is one of the first lines, of at most so many letters.
HEADER_LINES, _LONGEST_LINE = 30, 1_000_000
#: Lines by which the signs between cells are told.
_SAMPLE = 50
#: What a line of units below the headings holds.
_UNIT = re.compile(
    r"[(\[]?\s*([nuµμm]?s|sec(?:onds?)?|min(?:utes?)?|days?|frames?|fps|hz|%|percent|deg(?:rees?)?|°|rad(?:ians?)?|"
    r"mm|cm|m|a\.?u\.?|unit(?:less)?|float|int|0\s*(?:-|\.\.)\s*1(?:00)?)\s*[)\]]?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Header:
    """The line that names the columns.

    Attributes:
        cells: headings.
        delimiter: between the cells of the rows below.
        channels: the shapes.
        rest: columns that are nothing known.
        first: number of the first line below.
        rate: frames a second that the lines above say, or None.
    """

    cells: list[str]
    delimiter: str
    channels: list[Channel]
    rest: list[int]
    first: int
    rate: float | None = None

    def where(self, keys: Sequence[str]) -> list[int]:
        """Columns with one of some headings, in the headings' order."""
        found = [key_of(cell) for cell in self.cells]
        return [found.index(key) for key in keys if key in found]


def find_header(path: Path, lines: Sequence[str]) -> Header:
    """The first line with the name of a shape in it, after titles and Excel's ``sep=;``.

    Raises:
        RetargetError: there is none, or a line that is no table's.
    """
    delimiter = None
    for place, line in enumerate(lines[:HEADER_LINES]):
        if line.casefold().startswith("sep=") and len(line) < 8:
            delimiter = line[4:5] or None
            continue
        if len(line) > _LONGEST_LINE:
            raise RetargetError(
                f"'{path.name}' has a line of {len(line):,} letters: it is no table"
            )
        sign = delimiter or find_delimiter(line)
        if sign == " " and len(lines[place + 1 :][:1] and lines[place + 1].split()) != len(
            line.split()
        ):
            sign = ","  # words, and no columns
        if line.count(sign) >= MOST_COLUMNS:
            raise RetargetError(
                f"'{path.name}' has {line.count(sign) + 1:,} columns: export those of ARKit's shapes"
            )
        cells = split_line(line, sign)
        if cells is None:
            continue
        cells = [cell.strip().strip('"') for cell in cells]
        channels, rest = find_channels(cells)
        if not channels or not (len(cells) > 1 or sign not in line):
            continue
        if _is_row(cells, channels):
            raise RetargetError(
                f"'{path.name}' has the names of shapes beside their numbers, which is not read: write a column for "
                "each shape, with its name in the first row"
            )
        sample = lines[place + 1 :][:_SAMPLE]
        header = Header(cells, delimiter_of_rows(sample, sign), channels, rest, place + 1)
        return replace(_with_units(header, sample), rate=rate_in(lines[:place]))
    raise RetargetError(
        f"'{path.name}' has no columns named like ARKit's (JawOpen, EyeBlinkLeft, ...): export it from Live Link "
        "Face, or name the columns in its first row"
    )


def _is_row(cells: Sequence[str], channels: Sequence[Channel]) -> bool:
    """Whether a line with the name of a shape is a row of numbers."""
    names = {column for channel in channels for column in channel.columns}
    others = [n for n, cell in enumerate(cells) if n not in names and not is_nothing(cell)]
    return bool(others) and all(numbers(cells, [n]) for n in others)


def _with_units(header: Header, sample: Sequence[str]) -> Header:
    """The header with the units of a line below it."""
    row = split_line(sample[0], header.delimiter) if sample else None
    units = [cell.strip() for cell in row or []]
    known = [_UNIT.fullmatch(unit) for unit in units]
    if not any(known) or not all(
        match or is_nothing(unit) for match, unit in zip(known, units, strict=True)
    ):
        return header
    cells = list(header.cells)
    for column, match in enumerate(known[: len(cells)]):
        if match and not cells[column].endswith(("]", ")")):
            cells[column] = f"{cells[column]} [{match[1]}]"
    channels, rest = find_channels(cells)
    return replace(header, cells=cells, channels=channels, rest=rest, first=header.first + 1)
