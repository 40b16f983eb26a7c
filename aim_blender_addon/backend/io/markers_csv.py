# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markers in CSV files (numpy only).

The first line holds the columns ``NAME_x, NAME_y, NAME_z`` of every marker, in any order and among others. Each line
after it is a frame. An empty cell is a missing marker.
"""

import csv
import io

import numpy as np


def parse_markers_csv(data: bytes) -> tuple[list[str], np.ndarray, float, str]:
    """Names, positions [T, M, 3] (NaN where unseen), 0 for the unknown rate, and unit of the markers in a CSV file.

    Raises:
        ValueError: the file is damaged, or names no marker.
    """
    rows = [row for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) if any(row)]
    if not rows:
        return [], np.empty((0, 0, 3)), 0.0, "mm"
    columns = {cell.strip(): number for number, cell in enumerate(rows[0])}
    ends = ("_x", "_y", "_z")
    folded = {cell.casefold(): number for cell, number in columns.items()}
    names = [
        cell[:-2]
        for cell in columns
        if cell.casefold().endswith("_x")
        and all(cell.casefold()[:-2] + end in folded for end in ends)
    ]
    if not names:
        raise ValueError("its first line names no columns NAME_x, NAME_y, NAME_z")
    picked = [folded[name.casefold() + end] for name in names for end in ends]
    values = [
        [float(row[k]) if k < len(row) and row[k].strip() else np.nan for k in picked]
        for row in rows[1:]
    ]
    return names, np.array(values, float).reshape(len(values), len(names), 3), 0.0, "mm"
