# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face curves as trackers, phones, spreadsheets and speech-to-face programs write them."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.errors import RetargetError
from aim_blender_addon.backend.io.curve_files import read_curves
from aim_blender_addon.backend.io.curves import Curves
from aim_blender_addon.backend.shape_names import ARKIT
from tests.shared_data import SHARED, requires_shared

HEADER = ["Timecode", "BlendShapeCount", *(name[0].upper() + name[1:] for name in ARKIT)]


def jaw(frame: int, rate: float) -> float:
    """A jaw that opens to 0.8 at half a second, and every two seconds after."""
    return 0.8 * max(0.0, 1.0 - abs((frame / rate) % 2.0 - 0.5) / 0.25)


def table(count: int = 90, rate: int = 30, cell: str = "{:.4f}") -> list[list[str]]:
    """Rows of Live Link Face, the header first."""
    rows = [list(HEADER)]
    for n in range(count):
        stamp = f"10:00:{n // rate:02d}:{n % rate:02d}.000"
        values = [jaw(n, rate) if name == "jawOpen" else 0.0 for name in ARKIT]
        rows.append([stamp, "52", *(cell.format(value) for value in values)])
    return rows


def read(tmp_path: Path, rows: list[list[str]], sign: str = ",", encoding: str = "utf-8") -> Curves:
    path = tmp_path / "take.csv"
    path.write_bytes("\r\n".join(sign.join(row) for row in rows).encode(encoding))
    return read_curves(path)


def is_the_jaw(curves: Curves, count: int = 90, rate: float = 30) -> None:
    assert set(curves.names) == set(ARKIT)
    assert len(curves.times) == count and curves.fps == rate
    np.testing.assert_allclose(np.diff(curves.times), 1 / rate, atol=1e-6)
    found = curves.values[:, curves.names.index("jawOpen")]
    np.testing.assert_allclose(found, [jaw(n, rate) for n in range(count)], atol=1e-3)
    assert not np.delete(curves.values, curves.names.index("jawOpen"), axis=1).any()


#: From the cases: frames, rate, seconds, the jaw's peak and when it is first within a thousandth of it.
CASES = {
    "curves_ms_timecode": (150, 30, 149 / 30, 0.8, 0.5),
    "curves_ms_frame_timecode": (150, 30, 149 / 30, 0.8, 0.5),
    "curves_50fps_timecode": (150, 50, 149 / 50, 0.8, 0.5),
    "curves_15fps_timecode": (45, 15, 44 / 15, 0.791, 7 / 15),
    "curves_time_seconds": (180, 60, 2.983, 0.8, 0.5),
    "curves_text_column": (60, 30, 59 / 30, 0.8, 0.5),
    "curves_percent": (60, 30, 59 / 30, 0.8, 0.5),
    "curves_openface": (60, 30, 59 / 30, 0.64, 0.5),
    "curves_lost_face": (30, 30, 29 / 30, 0.8, 0.5),
    "curves_a2f_json": (60, 30, 59 / 30, 0.8, 0.5),
    "curves_decimal_comma_quoted": (60, 30, 59 / 30, 0.8, 0.5),
    "curves_decimal_comma_semicolon": (60, 30, 59 / 30, 0.8, 0.5),
    "curves_underscore_names": (60, 30, 59 / 30, 0.8, 0.5),
    "curves_excel_timecode": (60, 30, 59 / 30, 0.8, 0.5),
    "curves_neutral_row": (1, 30, 0.0, 0.0, 0.0),
    "curves_utf16": (60, 30, 59 / 30, 0.8, 0.5),
    "curves_facecap_txt": (60, 30, 59 / 30, 0.8, 0.5),
}


@requires_shared
@pytest.mark.parametrize("name", CASES)
def test_cases_of_curves(name: str) -> None:
    folder = SHARED / "cases" / name
    if not folder.is_dir():
        pytest.skip(f"the folder shared/ has no case {name}")
    curves = read_curves(next(folder.glob("take*")))
    count, rate, seconds, peak, at = CASES[name]
    found = curves.values[:, curves.names.index("jawOpen")]
    assert (len(curves.times), curves.fps) == (count, rate)
    assert curves.times[-1] == pytest.approx(seconds, abs=2e-3)
    assert found.max() == pytest.approx(peak, abs=1e-3)
    assert curves.times[found.argmax()] == pytest.approx(at, abs=1e-3)
    if count > 1:
        assert np.diff(curves.times).max() == pytest.approx(1 / rate, abs=1e-3)
    assert len(curves.names) == (6 if name == "curves_openface" else 52)
    if name == "curves_openface":
        sides = [curves.values[:, curves.names.index(f"mouthSmile{s}")] for s in ("Left", "Right")]
        np.testing.assert_array_equal(*sides)
    if name == "curves_lost_face":
        assert "60 rows without a face" in curves.notes[0]


@pytest.mark.parametrize("encoding", [
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252",
])  # fmt: skip
def test_curves_utf16_and_every_other_encoding(tmp_path: Path, encoding: str) -> None:
    rows = table()
    rows[0].append("Pr\u00e9nom")
    for row in rows[1:]:
        row.append("Zo\u00eb")
    if encoding.endswith(("-le", "-be")):
        rows[0][0] = "Timecode"
    is_the_jaw(read(tmp_path, rows, encoding=encoding))


@pytest.mark.parametrize(("sign", "cell"), [
    (";", "{:.4f}"), ("\t", "{:.4f}"), ("|", "{:.4f}"), (";", '"{:.4f}"'), (",", '"{:.4f}"'),
])  # fmt: skip
@pytest.mark.parametrize("comma", [False, True])
def test_curves_decimal_comma_in_spreadsheets(
    tmp_path: Path, sign: str, cell: str, comma: bool
) -> None:
    rows = table(cell=cell)
    if comma and (sign != "," or '"' in cell):
        rows[1:] = [[*row[:2], *(c.replace(".", ",") for c in row[2:])] for row in rows[1:]]
    is_the_jaw(read(tmp_path, rows, sign))
    is_the_jaw(read(tmp_path, [[f"sep={sign}"], *rows], sign))
    is_the_jaw(read(tmp_path, [["Take 7", "Anna"], *rows], sign))


def test_curves_with_signs_of_other_languages(tmp_path: Path) -> None:
    """A minus that is a minus sign, spaces that do not break, and percent signs."""
    rows = table()
    for row in rows[1:]:
        percent = [f"{100 * float(cell):.2f}".replace(".", ",") for cell in row[2:]]
        row[2:] = ["\u22120,0000" if cell == "0,00" else f"\u00a0{cell}\u202f%" for cell in percent]
    is_the_jaw(read(tmp_path, rows, ";"))


def test_curves_text_column_anywhere(tmp_path: Path) -> None:
    for place in (0, 1, 20, len(HEADER)):
        rows = table()
        for n, row in enumerate(rows):
            row.insert(place, "actor_a" if n else "Eyewear")
        curves = read(tmp_path, rows)
        is_the_jaw(curves)
        assert any("'Eyewear'" in note for note in curves.notes)


def test_a_column_of_a_shapes_name_that_holds_texts(tmp_path: Path) -> None:
    rows = table()
    for row in rows[1:]:
        row[HEADER.index("CheekPuff")] = "none"
    curves = read(tmp_path, rows)
    assert len(curves.names) == 51 and any("'CheekPuff'" in note for note in curves.notes)


@pytest.mark.parametrize(("full", "word"), [(100, "percent"), (255, "255")])
def test_curves_percent_and_bytes(tmp_path: Path, full: float, word: str) -> None:
    rows = table()
    for n, row in enumerate(rows[1:]):
        row[2:] = [f"{full * float(c):.3f}" for c in row[2:]]
        row[2] = f"{full:g}" if n > 30 else "0"
    curves = read(tmp_path, rows)
    assert curves.values.max() == 1.0
    assert curves.values[:, curves.names.index("jawOpen")].max() == pytest.approx(0.8, abs=1e-3)
    assert any(word in note for note in curves.notes)


def test_a_single_absurd_value_is_said_and_scales_nothing(tmp_path: Path) -> None:
    rows = table()
    rows[40][2] = "80"
    curves = read(tmp_path, rows)
    assert curves.values[:, curves.names.index("jawOpen")].max() == pytest.approx(0.8)
    assert any("reach 80 in 1 frames" in note for note in curves.notes)


def test_weights_a_little_beyond_one_stay(tmp_path: Path) -> None:
    rows = table()
    for row in rows[1:]:
        row[2] = "1.3"
    assert read(tmp_path, rows).notes == ()


def test_angles_in_degrees(tmp_path: Path) -> None:
    for turn, expected in (("0.3", 0.3), ("20", math.radians(20)), ("-45.5", math.radians(-45.5))):
        rows = table()
        for n, row in enumerate(rows):
            row.append(turn if n else "HeadYaw")
        curves = read(tmp_path, rows)
        np.testing.assert_allclose(curves.head[:, 0], expected)
        assert bool(curves.notes) is (abs(expected) != 0.3)


@pytest.mark.parametrize("where", ["middle", "start", "end"])
@pytest.mark.parametrize("how", ["count", "short", "empty"])
def test_curves_lost_face_anywhere(tmp_path: Path, where: str, how: str) -> None:
    rows = table()
    lost = {"start": range(1, 21), "middle": range(31, 51), "end": range(71, 91)}[where]
    for n in lost:
        stamp = rows[n][0]
        rows[n] = (
            [stamp, "0"] if how == "short" else [stamp, "0" if how == "count" else "", *[""] * 52]
        )
    curves = read(tmp_path, rows)
    frames = np.array([n - 1 for n in range(1, 91) if n not in lost])
    np.testing.assert_allclose(curves.times, (frames - frames[0]) / 30, atol=1e-9)
    assert curves.fps == 30 and any("20 rows without a face" in note for note in curves.notes)


def test_a_take_without_any_face_is_refused(tmp_path: Path) -> None:
    rows = table()
    with pytest.raises(RetargetError, match="no face in any of its 90 frames"):
        read(tmp_path, [rows[0], *([row[0], "0"] for row in rows[1:])])


OPENFACE = "frame, face_id, timestamp, confidence, success, eye_lmk_x_0, AU01_r, AU12_r, AU25_r, AU45_r, AU12_c, AU28_c"


def _openface(tmp_path: Path, rows: list[str]) -> Curves:
    (tmp_path / "take.csv").write_text("\n".join([OPENFACE, *rows]))
    return read_curves(tmp_path / "take.csv")


def test_curves_openface_of_two_faces_and_with_lost_ones(tmp_path: Path) -> None:
    rows = []
    for n in range(60):
        seen = int(not 20 <= n < 30)
        rows.append(
            f"{n + 1}, 0, {n / 30:.3f}, 0.9, {seen}, 300.5, 1.0, {n / 12:.2f}, 2.0, 2.5, 1, 1"
        )
        if n % 3 == 0:
            rows.append(f"{n + 1}, 1, {n / 30:.3f}, 0.9, 1, 300.5, 4.0, 4.0, 4.0, 4.0, 0, 0")
    curves = _openface(tmp_path, rows)
    assert set(curves.names) == {
        "browInnerUp", "mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft", "eyeBlinkRight",
        "mouthRollLower", "mouthRollUpper",
    }  # fmt: skip
    assert len(curves.times) == 50 and curves.fps == 30
    values = dict(zip(curves.names, curves.values.T, strict=True))
    np.testing.assert_allclose(values["mouthSmileLeft"], values["mouthSmileRight"])
    assert values["mouthSmileLeft"].max() == pytest.approx(59 / 12 / 5, abs=1e-2)
    np.testing.assert_allclose(values["browInnerUp"], 0.2)
    np.testing.assert_allclose(values["eyeBlinkLeft"], 0.5)
    np.testing.assert_allclose(values["mouthRollUpper"], 1.0)
    said = " ".join(curves.notes)
    assert "2 faces" in said and "10 rows without a face" in said and "AU25_r" in said


def test_action_units_from_0_to_1_and_of_one_side(tmp_path: Path) -> None:
    lines = ["frame,fps,AU12,AU45_L,AU45_R", *(f"{n},25,0.5,{n / 100},0" for n in range(60))]
    (tmp_path / "take.csv").write_text("\n".join(lines))
    curves = read_curves(tmp_path / "take.csv")
    assert curves.fps == 25
    values = dict(zip(curves.names, curves.values.T, strict=True))
    assert values["mouthSmileRight"].max() == 0.5 and values["eyeBlinkLeft"].max() == 0.59
    assert not values["eyeBlinkRight"].any()


def test_columns_that_only_begin_like_a_face_are_no_curves(tmp_path: Path) -> None:
    (tmp_path / "take.csv").write_text("frame,eye_lmk_x_0,mouth_width\n0,300,20\n1,301,21\n")
    with pytest.raises(RetargetError, match="no columns named like ARKit's"):
        read_curves(tmp_path / "take.csv")


def test_prefixes_of_tools_and_halves_of_a_shape(tmp_path: Path) -> None:
    header = "timeCode,blendShapes.EyeBlinkLeft,ns:bs|jaw-open,mesh__mouthSmile.L"
    header += ",A01_Brow_Inner_Up_L,A02_Brow_Inner_Up_R"
    lines = [header, *(f"{n / 60:.5f},0.1,0.2,0.3,0.4,0.6" for n in range(120))]
    (tmp_path / "take.csv").write_text("\n".join(lines))
    curves = read_curves(tmp_path / "take.csv")
    assert curves.names == ("eyeBlinkLeft", "jawOpen", "mouthSmileLeft", "browInnerUp")
    np.testing.assert_allclose(curves.values[0], [0.1, 0.2, 0.3, 0.5])
    assert curves.fps == 60


ROWS = [[0.1 * n, 0.5, 0.0] for n in range(8)]
NAMES = ["jawOpen", "eyeBlinkLeft", "mouthSmile_L"]


WEIGHTS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
ENTRIES = [[{"categoryName": k, "score": v} for k, v in frame.items()] for frame in WEIGHTS]
COLUMNS = {name: [frame[name] for frame in WEIGHTS] for name in NAMES}


@pytest.mark.parametrize(("data", "fps"), [
    ({"exportFps": 30.0, "numPoses": 3, "numFrames": 8, "facsNames": NAMES, "weightMat": ROWS}, 30),
    ({"names": NAMES, "frames": [{"weights": r, "time": n / 60} for n, r in enumerate(ROWS)]}, 60),
    ({"names": NAMES, "metadata": {"fps": "25"}, "frames": [{"weights": r} for r in ROWS]}, 25),
    ({"metadata": {"blendshape_names": NAMES, "frame_rate": 24}, "frames": ROWS}, 24),
    ({"fps": 48, "frames": WEIGHTS}, 48),
    ({"fps": 90, **COLUMNS}, 90),
    ({"time": [n / 25 for n in range(8)], "blendshapes": COLUMNS}, 25),
    ([{"timestamp": 20 * n, "blendshapes": frame} for n, frame in enumerate(ENTRIES)], 50),
    ([{"time": n / 30, "weights": frame} for n, frame in enumerate(WEIGHTS)], 30),
    ({"frames": [{"faceBlendshapes": [{"categories": f}]} for f in ENTRIES], "fps": 60}, 60),
])  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_curves_a2f_json_and_other_layouts(
    tmp_path: Path, data: object, fps: float, encoding: str
) -> None:
    (tmp_path / "take.json").write_bytes(json.dumps(data).encode(encoding))
    curves = read_curves(tmp_path / "take.json")
    assert set(curves.names) == {"jawOpen", "eyeBlinkLeft", "mouthSmileLeft"}
    assert curves.fps == fps and len(curves.times) == 8
    np.testing.assert_allclose(curves.times, np.arange(8) / fps, atol=1e-6)
    np.testing.assert_allclose(curves.values[:, curves.names.index("jawOpen")], 0.1 * np.arange(8))


def test_json_rows_without_names_in_arkits_order(tmp_path: Path) -> None:
    row = [0.0] * 55
    row[ARKIT.index("jawOpen")] = 0.7
    (tmp_path / "take.json").write_text(json.dumps({"FrameIndex": 0, "BlendShapes": [row] * 4}))
    curves = read_curves(tmp_path / "take.json")
    assert curves.names == ARKIT and curves.values[2, ARKIT.index("jawOpen")] == 0.7
    assert "ARKit's own order" in curves.notes[0]


@pytest.mark.parametrize("fps", ["null", '"fast"', "1e-9", "1e308", "9" * 400, "[]", "NaN", "0"])
def test_a_rate_in_json_that_is_none(tmp_path: Path, fps: str) -> None:
    path = tmp_path / "take.json"
    path.write_text(f'{{"fps": {fps}, "frames": [{{"jawOpen": 0.5}}, {{"jawOpen": 1}}]}}')
    if fps == "null":
        assert read_curves(path).fps == 30
    else:
        with pytest.raises(RetargetError, match=r"take\.json' (says that|holds no)"):
            read_curves(path)


def test_json_deeper_than_any_take(tmp_path: Path) -> None:
    path = tmp_path / "take.json"
    for depth in (100, 1_000, 200_000):
        for text in ("[" * depth, "[" * depth + "]" * depth, '{"frames":' * depth):
            path.write_text(text)
            with pytest.raises(RetargetError, match=r"take\.json' holds no weights"):
                read_curves(path)


def test_old_line_ends_and_cells_of_any_length(tmp_path: Path) -> None:
    rows = table()
    (tmp_path / "take.csv").write_bytes("\r".join(",".join(r) for r in rows).encode())
    is_the_jaw(read_curves(tmp_path / "take.csv"))
    rows[5][10] = '"' + "9" * 300_000 + '"'
    rows[6][10] = "9" * 300_000
    curves = read(tmp_path, rows)
    assert len(curves.times) == 88 and "2 damaged rows" in curves.notes[0]


def test_a_million_columns_or_rows_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "take.csv"
    path.write_text("JawOpen," * 100_000 + "\n" + "0," * 100_000)
    with pytest.raises(RetargetError, match="100,001 columns"):
        read_curves(path)
    path.write_text("JawOpen," * 1_000_000 + "\n")
    with pytest.raises(RetargetError, match=r"take\.csv"):
        read_curves(path)
    path.write_text("JawOpen,EyeBlinkLeft\n" + "0,0\n" * 1_000_100)
    with pytest.raises(RetargetError, match="cut it into shorter takes"):
        read_curves(path)


def test_a_rate_that_makes_millions_of_frames_is_refused(tmp_path: Path) -> None:
    curves = read(tmp_path, table())
    with pytest.raises(RetargetError, match="cut it"):
        curves.at_rate(1e9)
    with pytest.raises(RetargetError, match="frame rate"):
        read_curves(tmp_path / "take.csv", fps=1e9)


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    import os

    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes in folders")
    os.mkfifo(tmp_path / "take.csv")
    with pytest.raises(RetargetError, match="no ordinary file"):
        read_curves(tmp_path / "take.csv")


def test_json_of_a_stream_and_one_object_a_line(tmp_path: Path) -> None:
    row = [0.5] * 55
    parts = [json.dumps({"FrameIndex": 30 * n, "BlendShapes": [row] * 30}) for n in range(3)]
    (tmp_path / "take.json").write_text("\n".join(parts))
    curves = read_curves(tmp_path / "take.json")
    assert curves.values.shape == (90, 52) and curves.fps == 60
    lines = [json.dumps({"time": n / 24, "jawOpen": 0.01 * n}) for n in range(48)]
    (tmp_path / "take.json").write_text("\r\n".join(lines))
    curves = read_curves(tmp_path / "take.json")
    assert curves.values[:, 0].tolist() == [0.01 * n for n in range(48)] and curves.fps == 24


def test_decimal_commas_without_quotes_between_commas_are_explained(tmp_path: Path) -> None:
    rows = [
        [cell.replace(".", ",") if n > 1 else cell for n, cell in enumerate(r)] for r in table()
    ]
    with pytest.raises(RetargetError, match="write decimals with points"):
        read(tmp_path, rows)


def test_units_in_headings(tmp_path: Path) -> None:
    header = "Time (ms),JawOpen (%),Mouth Smile (L) [%],Eye Blink (Right),HeadYaw (deg)"
    lines = [f"{n * 20},{n / 100},{n / 50},0.5,1.0" for n in range(100)]
    (tmp_path / "take.csv").write_text("\n".join([header, *lines]))
    curves = read_curves(tmp_path / "take.csv")
    assert curves.names == ("jawOpen", "mouthSmileLeft", "eyeBlinkRight") and curves.fps == 50
    np.testing.assert_allclose(curves.values[-1], [0.0099, 0.0198, 0.5])
    np.testing.assert_allclose(curves.head[:, 0], math.radians(1))


def test_rows_of_nothing_are_no_face(tmp_path: Path) -> None:
    for nothing in ("nan", "NaN", "null", "-", "N/A"):
        rows = table()
        for n in range(40, 50):
            rows[n][2:] = [nothing] * 52
        curves = read(tmp_path, rows)
        assert len(curves.times) == 80 and "10 rows without a face" in curves.notes[0]


@pytest.mark.parametrize(("key", "value", "fps"), [
    ("FPS", 24, 24), ("captureFrameRate", "29.97", 29.97), ("frameTime", 1 / 48, 48), ("deltaTime", 20, 50),
    ("targetFps", 120.0, 120), ("frames_per_second", 15, 15),
])  # fmt: skip
def test_rates_in_json_under_any_key(tmp_path: Path, key: str, value: object, fps: float) -> None:
    for data in ({key: value, "frames": WEIGHTS}, {"info": {key: value}, "frames": WEIGHTS}):
        (tmp_path / "take.json").write_text(json.dumps(data))
        assert read_curves(tmp_path / "take.json").fps == pytest.approx(fps)
