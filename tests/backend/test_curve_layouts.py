# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Layouts of curves that nobody meant to write so: other signs, empty cells, doubled columns, times in words."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.errors import RetargetError
from aim_blender_addon.backend.io.curve_files import read_curves
from aim_blender_addon.backend.io.curves import Curves
from aim_blender_addon.backend.io.time_reader import read_clock
from aim_blender_addon.backend.shape_names import ARKIT

HEADER = "Time,JawOpen,EyeBlinkLeft"


def read(tmp_path: Path, text: str | bytes, ending: str = "csv") -> Curves:
    path = tmp_path / f"take.{ending}"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_curves(path)


def rows(cell: Callable[[int], str], count: int = 60, sign: str = ",") -> list[str]:
    """Rows of 30 a second whose last cell is given."""
    return [sign.join((f"{n / 30:.4f}", "0.5", cell(n))) for n in range(count)]


def is_whole(curves: Curves, count: int = 60) -> None:
    assert curves.names[0] == "jawOpen" and len(curves.times) == count and curves.fps == 30
    np.testing.assert_allclose(curves.values[:, 0], 0.5)


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_rows_with_other_signs_than_their_header(tmp_path: Path, sign: str) -> None:
    is_whole(read(tmp_path, "\n".join([HEADER, *rows(lambda _: "0.1", sign=sign)])))
    is_whole(read(tmp_path, "\n".join([HEADER.replace(",", sign), *rows(lambda _: "0.1")])))


def test_blanks_between_columns(tmp_path: Path) -> None:
    lines = [HEADER.replace(",", "   "), *rows(lambda _: "0.1", sign="  ")]
    is_whole(read(tmp_path, "\n".join(lines)))


def test_a_title_with_a_shape_in_it_is_no_header(tmp_path: Path) -> None:
    is_whole(read(tmp_path, "\n".join(["take of jawOpen", HEADER, *rows(lambda _: "0.1")])))


def test_comments_units_and_a_heading_over_two_lines(tmp_path: Path) -> None:
    lines = ["# by hand", 'Time,"Jaw\nOpen","Eye Blink Left"', "s,-,%", *rows(lambda _: "10")]
    lines.insert(20, "# a pause")
    curves = read(tmp_path, "\n".join(lines))
    is_whole(curves)
    np.testing.assert_allclose(curves.values[:, 1], 0.1)
    assert curves.notes == ()


@pytest.mark.parametrize(
    "line", ["# fps: 25", "FrameRate,25", "Capture Frame Rate = 25 fps", "fps 25"]
)
def test_a_rate_above_the_table(tmp_path: Path, line: str) -> None:
    lines = [line, "Frame,JawOpen", *(f"{n},0.5" for n in range(50))]
    curves = read(tmp_path, "\n".join(lines))
    assert curves.fps == 25 and curves.notes == ()


def test_rows_that_begin_like_a_comment_are_rows(tmp_path: Path) -> None:
    lines = ["Frame,JawOpen,EyeBlinkLeft", *(f"#{n},0.5,0.1" for n in range(60))]
    is_whole(read(tmp_path, "\n".join(lines)))


def test_the_time_from_row_to_row_is_added_up(tmp_path: Path) -> None:
    lines = ["DeltaTime,JawOpen", *(f"{1 / 60:.5f},0.5" for _ in range(60))]
    curves = read(tmp_path, "\n".join(lines))
    assert curves.fps == 60 and "added up from 'DeltaTime'" in curves.notes[0]


def test_empty_cells_are_filled_and_said(tmp_path: Path) -> None:
    lines = [HEADER, *rows(lambda n: "" if n % 3 else f"{n / 100:.2f}")]
    curves = read(tmp_path, "\n".join(lines))
    is_whole(curves)
    np.testing.assert_allclose(curves.values[:58, 1], np.arange(58) / 100, atol=1e-6)
    assert curves.notes == ("40 missing values were filled from the frames beside: 'EyeBlinkLeft'",)


@pytest.mark.parametrize("nothing", ["", "nan", "null"])
def test_a_column_that_is_empty_in_every_row_is_named(tmp_path: Path, nothing: str) -> None:
    curves = read(tmp_path, "\n".join([HEADER, *rows(lambda _: nothing)]))
    is_whole(curves)
    assert curves.names == ("jawOpen",)
    assert curves.notes == ("columns without numbers were passed over: 'EyeBlinkLeft'",)


def test_a_column_that_is_empty_at_the_beginning_is_read(tmp_path: Path) -> None:
    lines = [HEADER, *rows(lambda n: "0.7" if n > 250 else "", 300)]
    curves = read(tmp_path, "\n".join(lines))
    assert curves.values[-1].tolist() == [0.5, 0.7]


def test_two_columns_never_become_one(tmp_path: Path) -> None:
    header = "Time,jawOpen,jawOpen,jaw_open,jawOpen.001"
    curves = read(
        tmp_path, "\n".join([header, *(f"{n / 30:.4f},0.2,0.8,0.4,0.6" for n in range(30))])
    )
    assert curves.names == ("jawOpen",) and set(curves.values[:, 0]) == {0.2}
    assert "3 columns were passed over, as another has the same shape" in curves.notes[0]
    data = {"names": ["jawOpen", "jawOpen"], "frames": [[0.2, 0.8]] * 5, "fps": 30}
    curves = read(tmp_path, json.dumps(data), "json")
    assert set(curves.values[:, 0]) == {0.2} and "another has the same shape" in curves.notes[0]


def test_values_below_nothing_are_said(tmp_path: Path) -> None:
    curves = read(tmp_path, "\n".join([HEADER, *rows(lambda n: "-0.6" if n < 5 else "0")]))
    assert curves.notes == ("its values go down to -0.6 in 5 frames, where 0 is a shape not shown",)


def test_faces_that_take_turns_are_not_mixed(tmp_path: Path) -> None:
    header = "Time,Subject,JawOpen"
    both = [f"{n / 30:.4f},{who},{jaw}" for n in range(40) for who, jaw in (("A", 0.2), ("B", 0.8))]
    curves = read(tmp_path, "\n".join([header, *both]))
    assert len(curves.times) == 40 and set(curves.values[:, 0]) == {0.2}
    assert "it holds 2 faces: number A was read" in curves.notes[0]
    after = [f"{n / 30:.4f},{'A' if n < 20 else 'B'},0.2" for n in range(40)]
    assert len(read(tmp_path, "\n".join([header, *after])).times) == 40


def test_a_rate_that_changes_is_said(tmp_path: Path) -> None:
    lines = ["Frame,fps,JawOpen", *(f"{n},{30 if n < 20 else 60},0.5" for n in range(40))]
    curves = read(tmp_path, "\n".join(lines))
    assert curves.fps == 30 and "frame rate changes from 30 to 60" in curves.notes[0]


def test_the_unit_of_a_heading_is_believed_or_doubt_is_said() -> None:
    slow = read_clock([("Time (s)", [str(10 * n) for n in range(20)])], 20)
    assert slow.rate == pytest.approx(0.1) and slow.notes == ()
    wrong = read_clock([("Time (s)", [str(33 * n) for n in range(60)])], 60)
    assert wrong.rate == pytest.approx(30, rel=0.02) and "do not fit the unit" in wrong.notes[0]


def test_turns_of_the_eyes_alone_are_said(tmp_path: Path) -> None:
    lines = ["Time,JawOpen,LeftEyeYaw", *rows(lambda _: "0.1")]
    assert "turns of the eyes were left out" in read(tmp_path, "\n".join(lines)).notes[0]


@pytest.mark.parametrize("lines", [
    ["frame,name,value", *(f"{n},{name},0.5" for n in range(9) for name in ("jawOpen", "eyeWide"))],
    ["Time," + ",".join(map(str, range(9))), "JawOpen," + ",".join(["0.5"] * 9), "EyeWide" + ",0" * 9],
])  # fmt: skip
def test_names_beside_their_numbers_are_not_called_damaged(
    tmp_path: Path, lines: list[str]
) -> None:
    with pytest.raises(RetargetError, match="write a column for each shape"):
        read(tmp_path, "\n".join(lines))


@pytest.mark.parametrize("end", [b"\n\x1a", b"\0" * 512, b"\n\x0c"])
def test_what_stands_after_the_end_of_a_text(tmp_path: Path, end: bytes) -> None:
    curves = read(tmp_path, "\n".join([HEADER, *rows(lambda _: "0.1")]).encode() + end)
    is_whole(curves)
    assert curves.notes == ()


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"])
def test_line_ends_of_unicode(tmp_path: Path, sign: str) -> None:
    is_whole(read(tmp_path, sign.join([HEADER, *rows(lambda _: "0.1")])))


@pytest.mark.parametrize("form", ["blendShapes[{}]", "{}_01", "{}_Anna", "\u200b{}", "{}\ufeff"])
def test_every_shape_under_other_prefixes_and_endings(tmp_path: Path, form: str) -> None:
    header = ",".join(["Time", *map(form.format, ARKIT)])
    lines = [f"{n / 30:.4f}" + ",0.5" * len(ARKIT) for n in range(9)]
    curves = read(tmp_path, "\n".join([header, *lines]))
    assert curves.names == ARKIT and curves.notes == ()


def test_json_frames_without_a_face_are_gaps(tmp_path: Path) -> None:
    frames = [{"time": n / 30, "weights": {"jawOpen": 0.5}} for n in range(30)]
    for n, nothing in ((10, {}), (11, None), (12, [])):
        frames[n]["weights"] = nothing
    curves = read(tmp_path, json.dumps({"frames": frames}), "json")
    assert len(curves.times) == 27 and curves.times[10] == pytest.approx(13 / 30)
    assert "3 frames without a face were left out" in curves.notes


def test_json_weights_that_are_left_out_null_or_texts(tmp_path: Path) -> None:
    frames = [
        {"jawOpen": 0.2, "tongueOut": 0.1},
        {"jawOpen": None, "tongueOut": "0,1"},
        {"jawOpen": 0.4},
    ]
    curves = read(tmp_path, json.dumps(frames), "json")
    np.testing.assert_allclose(curves.values, [[0.2, 0.1], [0.3, 0.1], [0.4, 0.0]])
    assert any("1 weights that its frames leave out count as 0" in note for note in curves.notes)
    assert any("1 missing value was filled" in note for note in curves.notes)


def test_json_lists_of_another_length_are_named(tmp_path: Path) -> None:
    curves = read(tmp_path, json.dumps({"jawOpen": [0.1] * 9, "tongueOut": [0.2] * 5}), "json")
    assert curves.names == ("jawOpen",)
    assert curves.notes[0] == "lists of another length than 9 were passed over: 'tongueOut'"


@pytest.mark.parametrize(("text", "words"), [
    ('[{"jawOpen": 0.1, "jawOpen": 0.9}]', "'jawOpen' twice in one object"),
    ('[{"jawOpen": 0.1},]', "no JSON that can be read"), ('{"jawOpen": 0.1', "no JSON that can be read"),
    ('[{"jawOpen": NaN}]', "weight nan"), ('[{"jawOpen": 1e999}]', "weight inf"),
    ('[{"jawOpen": ' + "9" * 400 + "}]", "weight 9999"), ('[{"jawOpen": ' + "9" * 5000 + "}]", "no JSON"),
    ('[{"jawOpen": true}]', "weight True"),
])  # fmt: skip
def test_json_says_what_is_wrong_with_it(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(RetargetError, match=words):
        read(tmp_path, text, "json")


@pytest.mark.parametrize("form", [
    "20240501T1000{:06.3f}Z", "01.05.2024 10:00:{:06.3f}", "5/1/2024 10:00:{:06.3f} AM", "1/5/2024, 10:00:{:06.3f}",
    "0h0m{:.3f}s", "{:.3f}s", "{:.3f} sec",
])  # fmt: skip
def test_times_in_other_words(form: str) -> None:
    cells = [form.format(n / 30) for n in range(90)]
    clock = read_clock([("when", cells)], 90)
    assert clock.rate == 30 and len(clock.times) == 90 and clock.notes == ()


def test_dates_over_midnight_in_either_order() -> None:
    for form in ("{d:02d}.05.2024 {t}", "05/{d:02d}/2024 {t}", "2024-05-{d:02d} {t}"):
        cells = [form.format(d=1, t=f"23:59:{58 + n // 30}.{n % 30 * 33:03d}") for n in range(60)]
        cells += [form.format(d=2, t=f"00:00:{n // 30:02d}.{n % 30 * 33:03d}") for n in range(60)]
        clock = read_clock([("time", cells)], 120)
        assert clock.rate == pytest.approx(30, rel=0.02) and clock.times[-1] < 4


@pytest.mark.parametrize(("heading", "first"), [("Ticks", 0), ("Time", 638 * 10**15), ("time", 0)])
def test_ticks_of_a_hundred_nanoseconds(heading: str, first: int) -> None:
    clock = read_clock([(heading, [str(first + n * 333333) for n in range(90)])], 90)
    assert clock.rate == pytest.approx(30, rel=1e-3)


def test_time_written_from_its_end() -> None:
    clock = read_clock([("Time", [f"{3 - n / 60:.4f}" for n in range(120)])], 120)
    assert clock.rate == 60 and clock.rows[0] == 119
    assert "time runs backwards" in clock.notes[0]


def test_sixty_a_second_in_hundredths() -> None:
    clock = read_clock([("Time", [f"{n / 60:.2f}" for n in range(300)])], 300)
    np.testing.assert_allclose(clock.times, np.arange(300) / 60, atol=1e-9)


@pytest.mark.parametrize("base", [60, 120, 240])
def test_drop_frame_timecode_of_faster_cameras(base: int) -> None:
    left_out, cells = base // 15, []
    for n in range(57 * base, 63 * base):
        minute, frame = divmod(n + (left_out if n >= 60 * base else 0), 60 * base)
        cells.append(f"00:{minute:02d}:{frame // base:02d};{frame % base:02d}")
    clock = read_clock([("Timecode", cells)], len(cells))
    assert clock.rate == pytest.approx(base / 1.001, abs=1e-2) and clock.notes == ()
    np.testing.assert_allclose(np.diff(clock.times), 1.001 / base, rtol=1e-6)
