# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file of a folder is what."""

from pathlib import Path

import pytest

from aim_blender_addon.backend.errors import ScanError
from aim_blender_addon.bridge.face import scan_files


def find(folder: Path, *names: str, neutral: str = "") -> scan_files.ScanFiles:
    for name in names:
        (folder / name).touch()
    return scan_files.find_files(folder, neutral=neutral)


@pytest.mark.parametrize(
    "name", ["neutral.obj", "Neutral.PLY", "rest.obj", "basis.ply", "anna_neutral_01.obj"]
)
def test_the_neutral_is_found_by_name(tmp_path: Path, name: str) -> None:
    found = find(tmp_path, name, "smile.obj", "jaw.obj", "notes.txt", ".hidden.obj")
    assert found.neutral.name == name
    assert [path.name for path in found.expressions] == ["smile.obj"]
    assert found.jaw.name == "jaw.obj" and found.skull is None


def test_an_exact_name_wins_and_two_alike_do_not_count(tmp_path: Path) -> None:
    assert find(tmp_path, "a_neutral.obj", "b_neutral.obj", "smile.obj").neutral is None
    assert find(tmp_path, "neutral.obj").neutral.name == "neutral.obj"


def test_a_name_that_is_given_wins(tmp_path: Path) -> None:
    found = find(tmp_path, "neutral.obj", "scan_1.obj", neutral="SCAN_1.obj")
    assert found.neutral.name == "scan_1.obj"
    assert [path.name for path in found.expressions] == ["neutral.obj"]
    with pytest.raises(ScanError, match="No file is named scan_2"):
        find(tmp_path, neutral="scan_2")


def test_the_dialog_of_a_drop_begins_with_a_good_guess() -> None:
    assert scan_files.guess_neutral(["smile.obj", "Neutral.obj"]) == "Neutral"
    assert scan_files.guess_neutral(["smile.obj", "jaw.obj", "brow.obj", "x.txt"]) == "brow"
    assert scan_files.guess_neutral(["x.txt"]) == ""
