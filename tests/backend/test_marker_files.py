# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markers from C3D and CSV files."""

import struct

import numpy as np
import pytest

from aim_blender_addon.backend.errors import SolveError
from aim_blender_addon.backend.io.marker_files import read_markers

NAMES = ("lip", "chin", "brow_left")


def positions() -> np.ndarray:
    """[4, 3, 3] mm, one marker missing once."""
    values = np.random.default_rng(0).uniform(-100, 100, (4, 3, 3)).round(1)
    values[2, 1] = np.nan
    return values


def c3d(values: np.ndarray, scale: float = -1.0, order: str = "<", unit: str = "mm") -> bytes:
    """A file after the description at c3d.org, with two analog channels that are passed over."""
    frames, points = values.shape[:2]
    records = b""
    for group, name in ((1, b"POINT"), (2, b"ANALOG")):
        records += struct.pack("bb", len(name), -group) + name + struct.pack(order + "hB", 3, 0)
    labels = b"".join(name.encode().ljust(10) for name in NAMES)
    for name, sizes, text in (
        (b"LABELS", (10, points), labels),
        (b"UNITS", (len(unit),), unit.encode()),
    ):
        body = struct.pack("bB", -1, len(sizes)) + bytes(sizes) + text + b"\0"
        records += (
            struct.pack("bb", len(name), 1) + name + struct.pack(order + "h", len(body) + 2) + body
        )
    records = (bytes([1, 0x50, 1, 84 if order == "<" else 86]) + records).ljust(512, b"\0")
    header = bytes([2, 0x50]) + struct.pack(
        order + "HHHHHfHHf", points, 2, 1, frames, 10, scale, 3, 1, 120.0
    )
    seen = np.isfinite(values).all(axis=2)
    rows = np.zeros((frames, 4 * points + 2))
    cells = np.where(seen[..., None], np.nan_to_num(values) / (1 if scale < 0 else scale), 0)
    rows[:, :-2] = np.concatenate([cells, np.where(seen, 0, -1)[..., None]], 2).reshape(frames, -1)
    kind = order + ("f4" if scale < 0 else "i2")
    return (
        header.ljust(512, b"\0") + records + rows.round(6).astype(kind).tobytes().ljust(512, b"\0")
    )


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("scale", [-1.0, 0.1])
def test_c3d_points_of_both_kinds_and_orders(tmp_path, order, scale):
    (tmp_path / "take.c3d").write_bytes(c3d(positions(), scale, order))
    markers = read_markers(tmp_path / "take.c3d")
    assert markers.names == NAMES and markers.rate == 120
    np.testing.assert_allclose(markers.positions, positions(), atol=0.051)


def test_c3d_units_become_millimetres(tmp_path):
    (tmp_path / "take.c3d").write_bytes(c3d(positions() / 1000, unit="m"))
    np.testing.assert_allclose(
        read_markers(tmp_path / "take.c3d").positions, positions(), atol=1e-2
    )
    (tmp_path / "take.c3d").write_bytes(c3d(positions(), unit="ells"))
    with pytest.raises(SolveError, match="lengths in 'ells'"):
        read_markers(tmp_path / "take.c3d")
    assert read_markers(tmp_path / "take.c3d", 2.0).positions[0, 0, 0] == pytest.approx(
        2 * positions()[0, 0, 0], abs=1e-3
    )


def test_csv_columns_in_any_order_with_gaps(tmp_path):
    text = "time,chin_X,chin_Z,chin_Y,lip_x,lip_y,lip_z\n0,1,3,2,4,5,6\n0.1,1,,2,7,8,9\n"
    (tmp_path / "take.csv").write_text(text)
    markers = read_markers(tmp_path / "take.csv")
    assert markers.names == ("chin", "lip")
    np.testing.assert_array_equal(markers.positions[0], [[1, 2, 3], [4, 5, 6]])
    assert np.isnan(markers.positions[1, 0]).all()
    np.testing.assert_array_equal(markers.positions[1, 1], [7, 8, 9])


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b"time,value\n1,2\n", "names no columns NAME_x"),
        ("a.csv", b"a_x,a_y,a_z\n1,two,3\n", "damaged"),
        ("a.csv", b"", "holds no markers"),
        ("a.c3d", b"nothing", "no C3D file"),
        ("a.txt", b"", "neither a C3D nor a CSV"),
    ],
)
def test_damaged_files_are_named(tmp_path, name, data, said):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SolveError, match=said):
        read_markers(tmp_path / name)
    with pytest.raises(SolveError):
        read_markers(tmp_path / "missing.csv")
