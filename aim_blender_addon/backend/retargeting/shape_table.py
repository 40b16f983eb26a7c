# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of which shape of a character shows what, and its CSV file (numpy only)."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import RetargetError
from ..io.text_files import (
    delimiter_of_rows,
    filled_lines,
    find_delimiter,
    number,
    read_text,
    split_line,
)
from ..io.whole_file import write_whole_text
from .choices import MatchedBy

#: A table has at most so many rows.
MOST_ROWS = 100_000
#: No shape is shown a hundred times as far.
MOST_WEIGHT = 100.0


@dataclass(frozen=True)
class Match:
    """One row of the table.

    Attributes:
        source: control of the source: an expression or a motion of the jaw.
        target: shape of the target.
        weight: of the shape when the control is one.
        how: what says so.
        likeness: cosine of the motions, nan without a motion to compare.
    """

    source: str
    target: str
    weight: float
    how: MatchedBy | str
    likeness: float


def table_matrix(
    rows: Sequence[Match], sources: Sequence[str], targets: Sequence[str]
) -> np.ndarray:
    """The table as a matrix [sources, targets].

    Raises:
        RetargetError: a row names an unknown control or shape.
    """
    matrix = np.zeros((len(sources), len(targets)))
    for row in rows:
        if row.source not in sources or row.target not in targets:
            missing = row.source if row.source not in sources else row.target
            raise RetargetError(f"The table of shapes names '{missing}', which is not there")
        matrix[list(sources).index(row.source), list(targets).index(row.target)] += row.weight
    return matrix


def write_table(path: str | Path, rows: Sequence[Match]) -> None:
    """The table as CSV, to be looked at and edited."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(("source", "target", "weight", "how", "likeness"))
    for row in rows:
        writer.writerow((row.source, row.target, row.weight, row.how, f"{row.likeness:.3f}"))
    try:
        write_whole_text(path, stream.getvalue())
    except OSError as error:
        raise RetargetError(f"'{path}' cannot be written: {error.strerror}") from error


def read_table(path: str | Path) -> list[Match]:
    """A table that :func:`write_table` wrote, as it is or as a spreadsheet saved it.

    Further columns than the first three may be missing.

    Raises:
        RetargetError: the file is no such table; a weight in it is no number.
    """
    try:
        lines = filled_lines(read_text(Path(path)))
    except OSError as error:
        raise RetargetError(f"'{path}' cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise RetargetError(f"'{path}' is no table of shapes: {error}") from error
    delimiter = None
    if lines and lines[0].casefold().startswith("sep="):
        delimiter, lines = lines[0][4:5] or None, lines[1:]
    delimiter = delimiter or find_delimiter(lines[0] if lines else "")
    headings = (
        [cell.strip().casefold() for cell in split_line(lines[0], delimiter) or []] if lines else []
    )
    if not {"source", "target", "weight"} <= set(headings):
        raise RetargetError(
            f"'{path}' is no table of shapes: it needs the columns source, target and weight"
        )
    if len(lines) > MOST_ROWS:
        raise RetargetError(f"'{path}' has {len(lines):,} rows: no character has so many shapes")
    rows: list[Match] = []
    places: dict[tuple[str, str], int] = {}
    delimiter = delimiter_of_rows(lines[1:], delimiter)
    for place, line in enumerate(lines[1:], 2):
        cells = split_line(line, delimiter) or []
        row = {heading: cell.strip() for heading, cell in zip(headings, cells, strict=False)}
        rows.append(_row(path, place, row))
        before = places.setdefault((rows[-1].source, rows[-1].target), place)
        if before != place:
            raise RetargetError(
                f"Row {place} of '{path}' has the same source and target as row {before}: remove one of them"
            )
    if not rows:
        raise RetargetError(f"'{path}' has no rows, so that no shape would play: write one")
    return rows


def _row(path: str | Path, place: int, row: dict[str, str]) -> Match:
    """One row of a table.

    Raises:
        RetargetError: it names no shapes, or its weight is no number.
    """
    if not row.get("source") or not row.get("target"):
        raise RetargetError(
            f"Row {place} of '{path}' names no source or no target: fill it, or remove it"
        )
    try:
        weight = number(row.get("weight", ""))
    except ValueError as error:
        raise RetargetError(
            f"Row {place} of '{path}' has the weight '{row.get('weight', '')[:20]}': write a number"
        ) from error
    if abs(weight) > MOST_WEIGHT:
        raise RetargetError(
            f"Row {place} of '{path}' has the weight {weight:g}: write a number of at most {MOST_WEIGHT:g}"
        )
    try:
        likeness = number(row.get("likeness", ""))
    except ValueError:
        likeness = float("nan")
    return Match(row["source"], row["target"], weight, row.get("how") or MatchedBy.HAND, likeness)
