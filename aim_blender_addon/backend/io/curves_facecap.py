# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face curves in text recordings of Face Cap (numpy only).

A line ``bs`` names the shapes. Each line ``k`` is a frame: milliseconds, six numbers of the head, four of the eyes,
then the shapes. The head's and the eyes' turns are in axes of the app's own and are left out.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import RetargetError
from .curve_channels import find_channels, passed_over, scaled_weights
from .curves import Curves
from .text_files import numbers
from .time_reader import MOST_FRAMES, read_clock

_FIRST_LINES = 20
#: Numbers between time and shapes: of the head and the eyes.
_HEAD, _HEAD_AND_EYES = 6, 10


def is_facecap(lines: Sequence[str]) -> bool:
    """Whether lines are of such a recording."""
    return any(line.startswith("bs,") for line in lines[:_FIRST_LINES])


def parse_facecap(path: Path, lines: Sequence[str], fps: float | None) -> Curves:
    """The curves in such a recording.

    Args:
        path: the file, to be named in errors.
        lines: of it.
        fps: frames a second in place of those that its times have, or None.

    Raises:
        RetargetError: it holds no frames, or more damaged ones than others.
        ClockError: its time cannot be.
    """
    names = next(line for line in lines if line.startswith("bs,")).split(",")[1:]
    channels, rest = find_channels(names)
    rows = [line.split(",") for line in lines if line.startswith("k,")]
    width = 2 + _HEAD_AND_EYES + len(names)
    picked = [1, *range(2, 2 + _HEAD), *range(2 + _HEAD_AND_EYES, width)]
    found = [numbers(row, picked) if len(row) == width else None for row in rows]
    table = np.array([row for row in found if row is not None])
    damaged = len(rows) - len(table)
    if not channels or not len(table) or damaged > len(table):
        raise RetargetError(
            f"'{path.name}' has {damaged:,} damaged rows of {len(rows):,}: export the take again"
        )
    if len(table) > MOST_FRAMES:
        raise RetargetError(f"'{path.name}' has {len(table):,} frames: cut it into shorter takes")
    clock = read_clock([("milliseconds", table[:, 0].tolist())], len(table), None, fps)
    table = table[clock.rows]
    values = table[:, 1 + _HEAD :]
    notes = [f"{damaged:,} damaged rows were passed over"] if damaged else []
    notes += clock.notes
    weights = np.stack([values[:, list(c.columns)].mean(axis=1) for c in channels], axis=1)
    weights = scaled_weights(channels, weights, notes)
    if np.ptp(table[:, 1 : 1 + _HEAD], axis=0).any():
        notes.append("the head's turns of Face Cap were left out")
    notes += passed_over(names, rest)
    shapes = tuple(channel.name for channel in channels)
    still = np.zeros((len(table), 3))
    return Curves(shapes, weights, clock.times, still, clock.rate, tuple(notes))
