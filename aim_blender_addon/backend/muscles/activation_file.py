# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activations as a table that any spreadsheet opens: a row a frame, a column a muscle, and the jaw beside them."""

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import AimError
from ..io.damage import refusing
from ..io.text_files import read_text
from ..io.whole_file import whole_file

#: Columns before the muscles: the jaw's parameters, in the units of their names.
JAW_COLUMNS = ("jaw_open_degrees", "jaw_forward_mm", "jaw_side_mm", "jaw_shift_mm")
FRAME = "frame"


@dataclass(frozen=True)
class Activations:
    """Activations of M muscles over T frames.

    Attributes:
        names: of the muscles.
        values: [T, M] from 0 to 1; NaN where a cell is empty.
        jaw: [T, 4] jaw parameters: radians, mm, mm, mm.
    """

    names: tuple[str, ...]
    values: np.ndarray
    jaw: np.ndarray


def write_activations(
    path: str | os.PathLike, names: Sequence[str], values: np.ndarray, jaw: np.ndarray
) -> None:
    """Write activations [T, M] and jaw parameters [T, 4] as CSV.

    Raises:
        OSError: the file cannot be written; an old one stays.
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow([FRAME, *JAW_COLUMNS, *names])
    jaw = np.asarray(jaw, float) * [180 / np.pi, 1, 1, 1]
    for number, row in enumerate(np.hstack([jaw, values])):
        writer.writerow([number, *(f"{value:.5f}" for value in row)])
    with whole_file(path) as stream:
        stream.write(table.getvalue().encode("utf-8"))


def read_activations(path: str | os.PathLike) -> Activations:
    """Activations and jaw of a CSV file as :func:`write_activations` makes it; the columns may stand in any order.

    Raises:
        AimError: it is none.
    """
    with refusing(
        AimError,
        lambda reason: (
            f"'{path}' holds no activations ({reason}); give a table with a column for each muscle, "
            "as the command activations writes it"
        ),
    ):
        rows = [row for row in csv.reader(io.StringIO(read_text(Path(path)))) if any(row)]
        if len(rows) < 2:  # noqa: PLR2004 -- a header and a frame
            raise ValueError("it has no frames")
        header = [cell.strip() for cell in rows[0]]
        if len(set(header)) != len(header):
            raise ValueError("two columns have one name")
        if any(len(row) != len(header) for row in rows[1:]):
            raise ValueError("its rows are not of one length")
        table = {
            name: np.array([_number(row[k]) for row in rows[1:]]) for k, name in enumerate(header)
        }
        missing = [name for name in JAW_COLUMNS if name not in table]
        if missing:
            raise ValueError(f"it lacks {', '.join(missing)}")
        names = tuple(name for name in header if name not in (FRAME, *JAW_COLUMNS))
        if not names:
            raise ValueError("it names no muscles")
        jaw = np.stack([table[name] for name in JAW_COLUMNS], axis=1) * [np.pi / 180, 1, 1, 1]
        return Activations(names, np.stack([table[name] for name in names], axis=1), jaw)


def _number(cell: str) -> float:
    """The number in a cell; NaN in an empty one."""
    return float(cell) if cell.strip() else float("nan")
