# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged files of face curves: tables, and text recordings of Face Cap."""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.io.curve_files import read_curves
from aim_blender_addon.backend.io.curves import Curves
from aim_blender_addon.backend.shape_names import ARKIT

from .text_tables import damaged_table

_ROWS = 70


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged table of curves, read and resampled."""
    text = _TEXTS[int(random.integers(len(_TEXTS)))]()
    said, data = damaged_table(random, text)
    path = folder / ("take.txt" if text.startswith("info") else "take.csv")
    path.write_bytes(data)
    return said, lambda: used(read_curves(path))


def used(curves: Curves) -> None:
    """What the program does with curves; they must be whole."""
    assert curves.values.shape == (len(curves.times), len(curves.names)), "shapes differ"
    assert curves.head.shape == (len(curves.times), 3), "the head's turns have another shape"
    assert np.isfinite(curves.values).all(), "a weight is not finite"
    assert np.isfinite(curves.head).all(), "a turn is not finite"
    assert curves.times[0] == 0 and (np.diff(curves.times) > 0).all(), "time does not run on"
    assert np.isfinite(curves.times).all() and np.isfinite(curves.fps) and curves.fps > 0
    assert curves.times[-1] * curves.fps <= 1_000_000, "too many frames"
    curves.processed(0.01).at_rate(curves.fps)


def _values() -> np.ndarray:
    return np.abs(np.sin(np.arange(_ROWS)[:, None] / 7 + np.arange(len(ARKIT))))


@functools.cache
def _live_link() -> str:
    lines = [",".join(["Timecode", "BlendShapeCount", *ARKIT, "HeadYaw", "HeadPitch", "HeadRoll"])]
    for n, row in enumerate(_values()):
        stamp = f"10:00:{n // 30:02d}:{n % 30:02d}.250"
        lines.append(",".join([stamp, "61", *(f"{v:.4f}" for v in row), "0.1", "0.2", "0.3"]))
    return "\n".join(lines) + "\n"


@functools.cache
def _seconds() -> str:
    lines = [",".join(["time", "fps", *ARKIT[:6]])]
    for n, row in enumerate(_values()):
        lines.append(",".join([f"{n / 60:.6f}", "60", *(f"{v:.3f}" for v in row[:6])]))
    return "\n".join(lines)


@functools.cache
def _tracker() -> str:
    lines = ["frame,face_id,timestamp,confidence,success,AU01_r,AU12_r,AU26_r,AU45_c"]
    for n, row in enumerate(_values()):
        lines.append(
            f"{n + 1},0,{n / 30:.3f},0.98,1,{row[0]:.2f},{row[1]:.2f},{row[2]:.2f},{n % 2}"
        )
    return "\n".join(lines)


@functools.cache
def _face_cap() -> str:
    lines = ["info,take", ",".join(["bs", *ARKIT])]
    for n, row in enumerate(_values()):
        lines.append(
            ",".join(["k", str(round(n * 1000 / 30)), *["0"] * 10, *(f"{v:.3f}" for v in row)])
        )
    return "\n".join(lines)


_TEXTS = (_live_link, _live_link, _seconds, _tracker, _face_cap)
