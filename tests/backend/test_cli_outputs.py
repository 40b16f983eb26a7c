# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line never writes over what it reads."""

from pathlib import Path

import pytest

from aim_blender_addon.backend.__main__ import main


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("model", "take", "second"):
        Path(name).write_text(name, encoding="utf-8")
    Path("link").symlink_to("take")
    Path("twin").hardlink_to("take")


@pytest.mark.parametrize(
    "command",
    [
        ["solve", "model", "take", "-o", "take"],
        ["solve", "model", "take", "-o", "./take"],
        ["solve", "model", "take", "-o", "link"],
        ["solve", "model", "take", "-o", "twin"],
        ["solve", "model", "take", "-o", "model"],
        ["solve", "model", "take", "-o", "new", "--json", "take"],
        ["solve", "model", "take", "-o", "new", "--json", "./new"],
        ["merge", "model", "take", "second", "-o", "second"],
        ["retarget", "model", "second", "take", "-o", "second"],
        ["retarget", "model", "second", "take", "-o", "new", "--write-map", "take"],
        ["edit", "model", "take", "-o", "take"],
    ],
    ids=" ".join,
)
def test_an_output_is_no_other_file_of_the_command(
    command: list[str], capsys: pytest.CaptureFixture
) -> None:
    assert main(command) == 2
    assert "choose another place" in capsys.readouterr().err
    for name in ("model", "take", "second"):
        assert Path(name).read_text(encoding="utf-8") == name
    assert not Path("new").exists()


def test_a_folder_or_device_as_the_output_is_refused_before_the_work(
    capsys: pytest.CaptureFixture,
) -> None:
    Path("folder").mkdir()
    for output in ("folder", "/dev/null"):
        assert main(["solve", "model", "take", "-o", output]) == 2
        assert "is no file that can be written" in capsys.readouterr().err


def test_figures_may_go_where_nothing_is_kept(capsys: pytest.CaptureFixture) -> None:
    assert main(["solve", "model", "take", "-o", "new", "--json", "/dev/null"]) == 2
    assert "choose another" not in capsys.readouterr().err
