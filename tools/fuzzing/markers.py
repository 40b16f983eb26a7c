# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged tables of markers: columns of names, and the exports of two optical systems."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.io.marker_files import FARTHEST_MM, Markers, read_markers

from .text_tables import damaged_table

_NAMES = ("brow", "lip", "chin")


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged table of markers."""
    said, data = damaged_table(random, _TEXTS[int(random.integers(len(_TEXTS)))]())
    path = folder / "take.csv"
    path.write_bytes(data)
    return said, lambda: used(read_markers(path))


def used(markers: Markers) -> None:
    """What the program needs of markers; they must be whole."""
    assert markers.positions.ndim == 3 and markers.positions.shape[2] == 3, "no positions"
    assert len(markers.names) == markers.positions.shape[1], "another number of names"
    assert all(markers.names), "a marker has no name"
    assert len(markers.positions) <= 1_100_000, "too many frames"
    known = np.isfinite(markers.positions)
    assert (known.all(axis=2) == known.any(axis=2)).all(), "half a position"
    assert np.abs(markers.positions[known]).max(initial=0) <= FARTHEST_MM, "a marker is far away"
    assert np.isfinite(markers.rate) and 0 <= markers.rate < 1e6, "no rate"


def positions() -> np.ndarray:
    """[T, M, 3] mm."""
    values = np.random.default_rng(1).uniform(-100, 100, (40, len(_NAMES), 3)).round(3)
    values[5, 1] = 0.0
    return values


def _named() -> str:
    header = ",".join(["time", *(f"{name}_{axis}" for name in _NAMES for axis in "xyz")])
    rows = [
        ",".join([f"{n / 120:.6f}", *map(str, row)])
        for n, row in enumerate(positions().reshape(40, -1))
    ]
    return "\n".join([header, *rows])


def _above(rows: list[list[str]]) -> str:
    numbers = [[str(n), "0", *map(str, row)] for n, row in enumerate(positions().reshape(40, -1))]
    return "\n".join(",".join(row) for row in [*rows, *numbers])


def _motive() -> str:
    three = [cell for name in _NAMES for cell in [name] * 3]
    return _above(
        [
            ["Format Version", "1.23", "Export Frame Rate", "120", "Length Units", "Meters"],
            [],
            ["Type", "", *["Marker"] * 9],
            ["Name", "", *three],
            ["", "", *["Position"] * 9],
            ["Frame", "Time (Seconds)", *"XYZ" * 3],
        ]
    )


def _vicon() -> str:
    return _above(
        [
            ["Trajectories"],
            ["120"],
            ["", "", *(c for n in _NAMES for c in (f"actor:{n}", "", ""))],
            ["Frame", "Sub Frame", *"XYZ" * 3],
            ["", "", *["mm"] * 9],
        ]
    )


_TEXTS = (_named, _motive, _vicon)
