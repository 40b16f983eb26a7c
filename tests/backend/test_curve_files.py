# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves of Live Link Face and ARKit, whole and damaged."""

import json
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.errors import RetargetError
from aim_blender_addon.backend.io.curve_files import read_curves
from aim_blender_addon.backend.io.curves import Curves
from tests.shared_data import SHARED, requires_shared

NAMES = ("Timecode", "BlendShapeCount", "EyeBlinkLeft", "JawOpen", "HeadYaw")


def _rows(count: int, base: int = 60, step: int = 1) -> list[list[str]]:
    frames = np.arange(count) * step
    return [
        [f"01:00:{f // base:02d}:{f % base:02d}.250", "61", "0.1", f"{k / count:.4f}", "0.2"]
        for k, f in enumerate(frames)
    ]


def _write(path: Path, rows: list[list[str]], names=NAMES, delimiter=",", start="") -> Path:
    lines = [delimiter.join(row) for row in [list(names), *rows]]
    path.write_text(start + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_names_values_times_and_head(tmp_path: Path) -> None:
    curves = read_curves(_write(tmp_path / "take.csv", _rows(120)))
    assert curves.names == ("eyeBlinkLeft", "jawOpen")
    np.testing.assert_allclose(curves.values[:, 1], np.round(np.arange(120) / 120, 4))
    assert curves.fps == 60
    np.testing.assert_allclose(curves.times, np.arange(120) / 60, atol=1e-9)
    np.testing.assert_allclose(curves.head[:, 0], 0.2)


def test_thirty_frames_counted_in_a_timecode_of_sixty(tmp_path: Path) -> None:
    curves = read_curves(_write(tmp_path / "take.csv", _rows(90, 60, 2)))
    assert curves.fps == 30
    assert curves.times[-1] == pytest.approx(89 / 30)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_byte_order_mark_and_empty_rows(tmp_path: Path, delimiter: str) -> None:
    rows = _rows(70)
    rows.insert(10, [""] * 5)
    curves = read_curves(_write(tmp_path / "t.csv", rows, delimiter=delimiter, start="\ufeff"))
    assert len(curves.values) == 70 and curves.notes == ()


def test_decimal_commas_where_semicolons_separate(tmp_path: Path) -> None:
    rows = [
        [cell.replace(".", ",") if n > 1 else cell for n, cell in enumerate(r)] for r in _rows(40)
    ]
    curves = read_curves(_write(tmp_path / "t.csv", rows, delimiter=";"))
    np.testing.assert_allclose(curves.values[:, 0], 0.1)


def test_columns_in_another_order_and_missing_ones(tmp_path: Path) -> None:
    rows = [[row[3], row[0]] for row in _rows(40)]
    curves = read_curves(_write(tmp_path / "t.csv", rows, ("JawOpen", "Timecode")))
    assert curves.names == ("jawOpen",)
    np.testing.assert_allclose(curves.values[:, 0], np.round(np.arange(40) / 40, 4))


def test_text_in_a_number_and_a_cut_row_are_passed_over_and_counted(tmp_path: Path) -> None:
    rows = _rows(40)
    rows[5][3] = "open"
    rows[6][2] = "nan"
    rows[-1] = rows[-1][:3]
    curves = read_curves(_write(tmp_path / "t.csv", rows))
    assert len(curves.values) == 37
    assert "3 damaged rows" in curves.notes[0]


def test_time_running_backwards_is_put_in_order(tmp_path: Path) -> None:
    rows = _rows(40)
    rows[10], rows[20] = rows[20], rows[10]
    curves = read_curves(_write(tmp_path / "t.csv", rows))
    assert (np.diff(curves.times) > 0).all()
    assert (np.diff(curves.values[:, 1]) > 0).all()
    assert any("backwards" in note for note in curves.notes)


def test_more_than_a_hundred_thousand_frames(tmp_path: Path) -> None:
    row = "0.5,0.25\n"
    (tmp_path / "long.csv").write_text("JawOpen,EyeBlinkLeft\n" + 120_000 * row, encoding="utf-8")
    curves = read_curves(tmp_path / "long.csv", fps=60)
    assert curves.values.shape == (120_000, 2)
    assert curves.times[-1] == pytest.approx(119_999 / 60)


@pytest.mark.parametrize("text", ["", "JawOpen,EyeBlinkLeft\n", "a,b,c\n1,2,3\n", "\0\0\n1\n"])
def test_what_holds_no_curves_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(RetargetError, match=r"t\.csv"):
        read_curves(tmp_path / "t.csv")


def test_mostly_damaged_files_are_refused(tmp_path: Path) -> None:
    rows = _rows(20)
    for row in rows[:15]:
        row[3] = "x"
    with pytest.raises(RetargetError, match="15 damaged rows of 20"):
        read_curves(_write(tmp_path / "t.csv", rows))


@pytest.mark.parametrize(
    "data",
    [
        [{"jawOpen": 0.5, "eyeBlinkLeft": 0}, {"jawOpen": 1}],
        {"frames": [{"jawOpen": 0.5}, {"jawOpen": 1, "eyeBlinkLeft": 0}], "fps": 24},
        {"names": ["jawOpen", "eyeBlinkLeft"], "frames": [[0.5, 0], [1, 0]]},
    ],
)
def test_json_of_weights(tmp_path: Path, data: object) -> None:
    (tmp_path / "t.json").write_text(json.dumps(data), encoding="utf-8")
    curves = read_curves(tmp_path / "t.json")
    assert curves.values[:, curves.names.index("jawOpen")].tolist() == [0.5, 1]
    assert curves.values[:, curves.names.index("eyeBlinkLeft")].tolist() == [0, 0]


@pytest.mark.parametrize("text", ["{", "3", "[[1], [2, 3]]", '{"jawOpen": "x"}', "[]"])
def test_json_without_weights_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.json").write_text(text, encoding="utf-8")
    with pytest.raises(RetargetError, match=r"t\.json"):
        read_curves(tmp_path / "t.json")


def test_smoothing_keeps_a_ramp_and_offset_gain_and_range_apply() -> None:
    ramp = np.linspace(0, 1, 61)[:, None]
    curves = Curves(("jawOpen",), ramp, np.arange(61) / 60, np.zeros((61, 3)), 60.0)
    smooth = curves.processed(smoothing_seconds=0.05).values
    np.testing.assert_allclose(smooth[15:46], ramp[15:46], atol=1e-9)
    noisy = Curves(
        ("a",), np.random.default_rng(0).normal(size=(600, 1)), curves.times, curves.head, 60.0
    )
    assert noisy.processed(0.05, limits=(-9, 9)).values.std() < 0.5
    np.testing.assert_allclose(
        curves.processed(offset=0.1, gain=2.0).values, np.clip(2 * ramp + 0.1, 0, 1)
    )


def test_another_frame_rate() -> None:
    ramp = np.arange(60.0)[:, None]
    curves = Curves(("a",), ramp, np.arange(60) / 60, np.zeros((60, 3)), 60.0).at_rate(30)
    np.testing.assert_allclose(curves.values[:, 0], np.arange(30) * 2)


@requires_shared
def test_a_real_recording() -> None:
    curves = read_curves(SHARED / "data" / "performance" / "alex_rom_3.csv")
    assert len(curves.names) == 52 and curves.fps == 30
    assert len(curves.values) == 4030
    assert [note.partition(" in")[0] for note in curves.notes] == ["3 frames are missing"]
    assert 4029 / 30 - 1 < curves.times[-1] < 4029 / 30 + 1


def test_a_file_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(RetargetError, match="cannot be opened"):
        read_curves(tmp_path / "gone.csv")
