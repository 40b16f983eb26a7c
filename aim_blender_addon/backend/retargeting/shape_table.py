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
from ..io.whole_file import write_whole_text
from .choices import MatchedBy


@dataclass(frozen=True)
class Match:
    """One row of the table.

    Attributes:
        source: control of the source: an expression or a motion of the jaw.
        target: shape of the target.
        weight: of the shape when the control is one.
        how: what says so.
        likeness: cosine of the motions, nan where there was nothing to compare.
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
        RetargetError: a row names what is not there.
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
    """A table that :func:`write_table` wrote; further columns than the first three may be missing.

    Raises:
        RetargetError: the file is no such table.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as stream:
            return [
                Match(
                    row["source"],
                    row["target"],
                    float(row["weight"]),
                    row.get("how") or MatchedBy.HAND,
                    float(row.get("likeness") or "nan"),
                )
                for row in csv.DictReader(stream)
            ]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise RetargetError(
            f"'{path}' is no table of shapes: it needs the columns source, target and weight"
        ) from error
