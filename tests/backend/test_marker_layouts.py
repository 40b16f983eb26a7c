# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of markers that nobody meant to write so: names twice, units side by side, a header of other signs."""

from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.errors import SolveError
from aim_blender_addon.backend.io.marker_files import Markers, read_markers
from tests.backend.test_marker_files import NAMES, c3d, positions

HEADER = "Time,lip_x,lip_y,lip_z,brow_x,brow_y,brow_z"
PLACES = np.random.default_rng(2).uniform(10, 90, (20, 2, 3)).round(3)
ROWS = [",".join([f"{n / 60:.4f}", *map(str, row)]) for n, row in enumerate(PLACES.reshape(20, 6))]


def read(tmp_path: Path, lines: list[str]) -> Markers:
    (tmp_path / "take.csv").write_text("\n".join(lines))
    return read_markers(tmp_path / "take.csv")


def is_whole(markers: Markers, scale: float = 1.0) -> None:
    assert markers.rate == 60 and len(markers.names) == len(set(markers.names)) == 2
    np.testing.assert_allclose(markers.positions, PLACES * scale)


def test_two_markers_of_one_name_stay_two(tmp_path: Path) -> None:
    markers = read(tmp_path, [HEADER.replace("brow", "lip"), *ROWS])
    is_whole(markers)
    assert markers.names == ("lip", "lip 2")
    above = ["Trajectories", "60", ",,a:lip,,,a:lip,,", "Frame,Sub Frame,X,Y,Z,X,Y,Z"]
    rows = [f"{n + 1},0,{row.partition(',')[2]}" for n, row in enumerate(ROWS)]
    is_whole(read(tmp_path, [*above, ",,mm,mm,mm,mm,mm,mm", *rows]))


def test_labels_that_are_there_twice_in_c3d(tmp_path: Path) -> None:
    data = c3d(positions()).replace(NAMES[1].encode().ljust(10), NAMES[0].encode().ljust(10))
    (tmp_path / "take.c3d").write_bytes(data)
    names = read_markers(tmp_path / "take.c3d").names
    assert names[:2] == (NAMES[0], f"{NAMES[0]} 2") and len(set(names)) == len(names)


def test_lengths_in_two_units_are_refused(tmp_path: Path) -> None:
    header = "Time," + ",".join(
        f"{m}_{a} [{u}]" for m, u in (("lip", "mm"), ("brow", "m")) for a in "xyz"
    )
    with pytest.raises(SolveError, match="lengths in m and mm side by side"):
        read(tmp_path, [header, *ROWS])


def test_units_comments_and_a_rate_around_a_header(tmp_path: Path) -> None:
    lines = [
        "# by hand",
        "fps,60",
        HEADER.replace("Time", "Frame"),
        "-,cm,cm,cm,cm,cm,cm",
        "# begin",
    ]
    rows = [f"{n + 1001},{row.partition(',')[2]}" for n, row in enumerate(ROWS)]
    is_whole(read(tmp_path, [*lines, *rows]), 10)


@pytest.mark.parametrize("sign", [";", "\t"])
def test_rows_with_other_signs_than_their_header(tmp_path: Path, sign: str) -> None:
    is_whole(read(tmp_path, [HEADER.replace(",", sign), *ROWS]))
    is_whole(read(tmp_path, [HEADER, *(row.replace(",", sign) for row in ROWS)]))


def test_a_marker_without_one_axis_is_named(tmp_path: Path) -> None:
    markers = read(
        tmp_path, [HEADER.removesuffix(",brow_z"), *(row.rpartition(",")[0] for row in ROWS)]
    )
    assert markers.names == ("lip",)
    assert markers.notes == ("markers without all of x, y and z were left out: 'brow'",)


def test_a_table_that_shows_no_marker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SolveError, match="no marker is seen"):
        read(tmp_path, [HEADER, *(row.partition(",")[0] + ",,,,,," for row in ROWS)])


def test_a_c3d_that_is_cut_says_so(tmp_path: Path) -> None:
    data = c3d(np.repeat(positions(), 40, axis=0))
    frames = 40 * len(positions())
    (tmp_path / "take.c3d").write_bytes(data[: len(data) // 2])
    markers = read_markers(tmp_path / "take.c3d")
    assert 0 < len(markers.positions) < frames
    assert markers.notes[-1].endswith(f"of the {frames:,} frames that it says it has")
