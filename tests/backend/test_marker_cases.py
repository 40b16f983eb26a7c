# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markers as optical systems, modelling programs and spreadsheets write them."""

import struct
import time
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.errors import SolveError
from aim_blender_addon.backend.io.marker_files import Markers, read_markers
from tests.backend.test_marker_files import c3d, positions
from tests.shared_data import SHARED, requires_shared

#: From the cases: shape, rate, how many are unseen.
CASES = {
    "markers_c3d_300": ((5, 300, 3), 60, 0),
    "markers_c3d_metres": ((40, 12, 3), 60, 0),
    "markers_c3d_nan": ((40, 12, 3), 60, 10),
    "markers_c3d_same_labels": ((40, 12, 3), 60, 0),
    "markers_c3d_unit_typed": ((40, 12, 3), 60, 0),
    "markers_c3d_zero_missing": ((40, 12, 3), 60, 30),
    "markers_dotted_names": ((40, 12, 3), 0, 0),
    "markers_motive_csv": ((40, 12, 3), 120, 0),
    "markers_vicon_csv": ((40, 12, 3), 120, 0),
}


@requires_shared
@pytest.mark.parametrize("name", CASES)
def test_cases_of_markers(name: str) -> None:
    folder = SHARED / "cases" / name
    if not folder.is_dir():
        pytest.skip(f"the folder shared/ has no case {name}")
    markers = read_markers(next(folder.glob("take*")))
    shape, rate, unseen = CASES[name]
    assert markers.positions.shape == shape and markers.rate == rate
    assert np.isnan(markers.positions[..., 0]).sum() == unseen
    if name == "markers_c3d_300":
        assert markers.names[299] == "m299"
    else:
        assert np.nanmax(markers.positions) == pytest.approx(1557.05, abs=0.1)
        assert markers.names[-1].endswith("lip11")


def _csv(tmp_path: Path, text: str, encoding: str = "utf-8") -> Markers:
    (tmp_path / "take.csv").write_bytes(text.encode(encoding))
    return read_markers(tmp_path / "take.csv")


def _table(header: str, first: list[str], sign: str = ",", rows: np.ndarray | None = None) -> str:
    values = POSITIONS.reshape(len(POSITIONS), -1) if rows is None else rows
    lines = [sign.join([cell, *map(str, row)]) for cell, row in zip(first, values, strict=True)]
    return "\n".join([header, *lines])


POSITIONS = np.random.default_rng(3).uniform(10, 100, (60, 2, 3)).round(3)


@pytest.mark.parametrize("form", [
    "{}_x", "{}_X", "{}.X", "{}.x", "{} X", "{}:x", "{}-x", "{}(x)", "{} [x]", "{}X", "{}.tx", "{}_tx",
    "{}.translateX", "{}_translateX", "{}.pos_x", "{}_position_x", "{}:tx", "{}_x (mm)", "{} x [mm]",
])  # fmt: skip
def test_markers_dotted_names_and_other_spellings(tmp_path: Path, form: str) -> None:
    place = max(form.rindex(letter) for letter in "xX" if letter in form)
    axes = [
        form[:place] + (axis if form[place] == "x" else axis.upper()) + form[place + 1 :]
        for axis in "xyz"
    ]
    header = ",".join(
        ["Frame", *(axis.format(name) for name in ("lip.a", "brow1") for axis in axes)]
    )
    markers = _csv(tmp_path, _table(header, [str(n) for n in range(60)]))
    assert markers.names == ("lip.a", "brow1")
    np.testing.assert_allclose(markers.positions, POSITIONS)


@pytest.mark.parametrize("rate", [12, 23.976, 25, 48, 59.94, 90, 119.88, 120, 240])
def test_a_column_of_time_tells_the_rate(tmp_path: Path, rate: float) -> None:
    header = "Time,a_x,a_y,a_z,b_x,b_y,b_z"
    markers = _csv(tmp_path, _table(header, [f"{n / rate:.6f}" for n in range(60)]))
    assert markers.rate == pytest.approx(rate, rel=1e-4)
    np.testing.assert_allclose(markers.positions, POSITIONS)


def test_a_column_of_the_rate(tmp_path: Path) -> None:
    header = "frame,a_x,a_y,a_z,b_x,b_y,b_z,fps"
    rows = np.concatenate([POSITIONS.reshape(60, 6), np.full((60, 1), 100.0)], axis=1)
    assert _csv(tmp_path, _table(header, [str(n) for n in range(60)], rows=rows)).rate == 100


def test_gaps_in_the_frames_stay_gaps(tmp_path: Path) -> None:
    header = "Frame,a_x,a_y,a_z,b_x,b_y,b_z"
    frames = [*range(30), *range(50, 80)]
    markers = _csv(tmp_path, _table(header, [str(n) for n in frames]))
    assert len(markers.positions) == 80 and np.isnan(markers.positions[30:50]).all()
    np.testing.assert_allclose(markers.positions[frames], POSITIONS)
    assert "20 frames are missing" in markers.notes[0]
    with pytest.raises(SolveError, match="jumps by"):
        _csv(tmp_path, _table(header, [str(n if n < 30 else n + 9_000_000) for n in frames]))


@pytest.mark.parametrize(
    ("sign", "comma"), [(";", False), (";", True), ("\t", True), ("\t", False)]
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_markers_of_spreadsheets(tmp_path: Path, sign: str, comma: bool, encoding: str) -> None:
    text = _table(sign.join(["Bild", *(f"Br\u00e4ue{n}_{a}" for n in "12" for a in "xyz")]),
                  [str(n) for n in range(60)], sign)  # fmt: skip
    text = text.replace(".", ",") if comma else text
    markers = _csv(tmp_path, text.replace("\n", "\r"), encoding)
    assert markers.names[0] == "Br\u00e4ue1"
    np.testing.assert_allclose(markers.positions, POSITIONS)


def _motive(unit: str, more: str = "") -> str:
    scale = {"Meters": 1e-3, "Centimeters": 0.1, "Millimeters": 1.0}[unit]
    rows = [
        ",".join(
            [
                str(n),
                f"{n / 120:.6f}",
                *(f"{v:.7f}" for v in scale * row),
                *(["1", "2", "3"] if more else []),
            ]
        )
        for n, row in enumerate(POSITIONS.reshape(60, 6))
    ]
    extra = ",".join(["", *[more] * 3]) if more else ""
    return "\n".join([
        f"Format Version,1.23,Take Name,t,Capture Frame Rate,120.0,Export Frame Rate,120.0,Length Units,{unit}",
        "",
        "Type,,Marker,Marker,Marker,Marker,Marker,Marker" + extra,
        "Name,,f:a,f:a,f:a,f:b,f:b,f:b" + (",f:a,f:a,f:a" if more else ""),
        "ID,,1,1,1,2,2,2" + (",3,3,3" if more else ""),
        ",,Position,Position,Position,Position,Position,Position" + (",Position,Position,Position" if more else ""),
        "Frame,Time (Seconds),X,Y,Z,X,Y,Z" + (",X,Y,Z" if more else ""),
        *rows,
    ])  # fmt: skip


@pytest.mark.parametrize("unit", ["Meters", "Centimeters", "Millimeters"])
@pytest.mark.parametrize("more", ["", "Rigid Body Marker", "Rigid Body", "Bone"])
def test_markers_motive_csv_in_any_unit_and_with_bodies(
    tmp_path: Path, unit: str, more: str
) -> None:
    markers = _csv(tmp_path, _motive(unit, more))
    assert markers.names == ("f:a", "f:b") and markers.rate == 120
    np.testing.assert_allclose(markers.positions, POSITIONS, atol=1e-3)


def test_markers_vicon_csv_with_other_sections(tmp_path: Path) -> None:
    rows = [
        ",".join([str(n + 1), "0", *map(str, row)])
        for n, row in enumerate(POSITIONS.reshape(60, 6))
    ]
    lines = [
        "Segments", "100", ",,f:head,,,", "Frame,Sub Frame,TX,TY,TZ", ",,mm,mm,mm", "1,0,1,2,3", "",
        "Trajectories", "100", ",,f:a,,,f:b,,", "Frame,Sub Frame,X,Y,Z,X,Y,Z", ",,mm,mm,mm,mm,mm,mm", *rows, "",
        "Devices", "1000", "Frame,Sub Frame,V", "1,0,0.5",
    ]  # fmt: skip
    markers = _csv(tmp_path, "\n".join(lines))
    assert markers.names == ("f:a", "f:b") and markers.rate == 100
    np.testing.assert_allclose(markers.positions, POSITIONS)


def test_markers_zero_missing_in_tables(tmp_path: Path) -> None:
    values = POSITIONS.reshape(60, 6).copy()
    values[10:20, :3] = 0.0
    text = _table("a_x,a_y,a_z,b_x,b_y,b_z", [str(row[0]) for row in values], rows=values[:, 1:])
    markers = _csv(tmp_path, text)
    assert np.isnan(markers.positions[10:20, 0]).all() and np.isnan(markers.positions).sum() == 30
    assert "10 positions of exactly zero" in markers.notes[0]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("scale", [-1.0, 0.1])
def test_markers_c3d_zero_missing(tmp_path: Path, order: str, scale: float) -> None:
    values = positions()
    values[1, 0] = 0.0
    (tmp_path / "take.c3d").write_bytes(c3d(values, scale, order))
    markers = read_markers(tmp_path / "take.c3d")
    unseen = np.isnan(markers.positions).all(axis=2)
    assert np.argwhere(unseen).tolist() == [[1, 0], [2, 1]]
    assert "1 positions of exactly zero" in markers.notes[0]


@pytest.mark.parametrize(("unit", "mm"), [
    ("millimeters", 1), ("Millimetres", 1), ("MM", 1), ("mm.", 1), ("cm", 10), ("centimeter", 10), ("dm", 100),
    ("metres", 1000), ("Meters", 1000), ("M", 1000), ("inches", 25.4), ("in", 25.4), ("feet", 304.8), ("[mm]", 1),
])  # fmt: skip
def test_markers_c3d_unit_typed(tmp_path: Path, unit: str, mm: float) -> None:
    (tmp_path / "take.c3d").write_bytes(c3d(positions(), unit=unit))
    found = read_markers(tmp_path / "take.c3d").positions
    np.testing.assert_allclose(found, mm * positions(), rtol=1e-5)


@pytest.mark.parametrize("sizes", [
    [255] * 3, [255] * 4, [255] * 6, [255] * 7, [0, 255, 255], [1, 255, 255, 255],
])  # fmt: skip
def test_labels_larger_than_the_file_are_refused_at_once(tmp_path: Path, sizes: list[int]) -> None:
    data = c3d(positions())
    at = data.index(b"LABELS") + 9
    data = data[:at] + bytes([len(sizes), *sizes]) + data[at + 3 :]
    (tmp_path / "take.c3d").write_bytes(data)
    begun = time.perf_counter()
    try:
        read_markers(tmp_path / "take.c3d")
    except SolveError as error:
        assert "take.c3d" in str(error)
    assert time.perf_counter() - begun < 2


def test_an_old_machines_file_is_not_called_damaged(tmp_path: Path) -> None:
    data = bytearray(c3d(positions()))
    data[512 + 3] = 85
    (tmp_path / "take.c3d").write_bytes(data)
    with pytest.raises(SolveError, match="has numbers of an old DEC machine"):
        read_markers(tmp_path / "take.c3d")


@pytest.mark.parametrize("text", [
    "frame,marker,x,y,z\n0,lip,1,2,3\n", "time,value\n1,2\n", "a;b;c\n1;2;3\n", "Frame,Time,X,Y,Z\n0,0,1,2,3\n",
])  # fmt: skip
def test_layouts_that_are_not_read_are_called_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(SolveError, match="has a layout that is not read") as error:
        _csv(tmp_path, text)
    assert "damaged" not in str(error.value)


def test_old_line_ends_and_cells_of_any_length(tmp_path: Path) -> None:
    text = _table("a_x,a_y,a_z,b_x,b_y,b_z,c", [str(row[0, 0]) for row in POSITIONS],
                  rows=POSITIONS.reshape(60, 6)[:, 1:])  # fmt: skip
    markers = _csv(tmp_path, text.replace("\n", "\r"))
    np.testing.assert_allclose(markers.positions, POSITIONS)
    markers = _csv(tmp_path, text + ',"' + "x" * 200_000 + '"')
    np.testing.assert_allclose(markers.positions, POSITIONS[:-1])
    assert markers.notes == ("1 damaged rows were passed over",)
    with pytest.raises(SolveError, match="too many columns"):
        _csv(tmp_path, "a_x," * 200_000)


def test_a_marker_a_kilometre_away_is_none(tmp_path: Path) -> None:
    values = POSITIONS.reshape(60, 6).copy()
    values[3, 4] = 1e12
    text = _table("a_x,a_y,a_z,b_x,b_y,b_z", [str(row[0]) for row in values], rows=values[:, 1:])
    markers = _csv(tmp_path, text)
    assert np.isnan(markers.positions[3, 1]).all() and "kilometre" in markers.notes[0]
    with pytest.raises(SolveError, match="choose the unit"):
        (tmp_path / "take.csv").write_text(text)
        read_markers(tmp_path / "take.csv", 1e6)


def test_a_header_that_is_all_zeros(tmp_path: Path) -> None:
    for size in (512, 2048):
        (tmp_path / "take.c3d").write_bytes(struct.pack("BB", 0, 0x50).ljust(size, b"\0"))
        with pytest.raises(SolveError, match="damaged"):
            read_markers(tmp_path / "take.c3d")
