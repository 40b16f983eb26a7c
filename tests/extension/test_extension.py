# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built zip, installed in a fresh Blender that has no worker packages."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADDON = ROOT / "aim_blender_addon"


@pytest.fixture(scope="session")
def extension_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip, as ``make build`` makes it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, str(ROOT / "tools" / "build.py"), "--output-dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = folder.glob("*.zip")
    return found


@pytest.fixture(scope="session")
def seen(extension_zip: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What ``installed_session.py`` saw in a Blender with a home of its own."""
    home = tmp_path_factory.mktemp("blender-home")
    result = tmp_path_factory.mktemp("seen") / "seen.json"
    script = Path(__file__).with_name("installed_session.py")
    done = subprocess.run(
        [sys.executable, str(script), str(extension_zip), str(result)],
        env={**os.environ, "BLENDER_USER_RESOURCES": str(home)},
        cwd=home,  # not the repository: the extension must find all it needs in itself
        capture_output=True,
        text=True,
        timeout=240,
    )
    log = done.stdout + done.stderr
    assert done.returncode == 0, log
    assert "Traceback" not in log, log
    return json.loads(result.read_text()) | {"home": str(home)}


def test_zip_holds_the_add_on_its_guide_and_the_licence(extension_zip: Path) -> None:
    sources = {
        str(path.relative_to(ADDON))
        for path in ADDON.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    pages = {str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")}
    expected = sources | pages | {"LICENSE"}
    with zipfile.ZipFile(extension_zip) as packed:
        assert set(packed.namelist()) == expected


def test_zip_is_small(extension_zip: Path) -> None:
    """No wheel and no data set went in by mistake."""
    assert extension_zip.stat().st_size < 2_000_000


def test_installs_and_enables(seen: dict) -> None:
    assert seen["enabled"]
    assert seen["pointers"] == [True, True]
    assert seen["installed"]["Operator"]
    assert seen["preferences"]


def test_panels_stand_in_one_sidebar_tab(seen: dict) -> None:
    assert seen["installed"]["Panel"]
    assert seen["installed"]["tabs"] == ["AIM Face"]


def test_disabling_leaves_nothing(seen: dict) -> None:
    left = {kind: names for kind, names in seen["disabled"].items() if names and kind != "tabs"}
    assert left == {}
    assert seen["disabled_pointers"] == [False, False]


def test_enabling_again_brings_the_same(seen: dict) -> None:
    assert seen["enabled_again"] == seen["installed"]


def test_user_files_go_to_the_extension_s_own_folder(seen: dict) -> None:
    assert seen["user_folder"].startswith(seen["home"])


def test_no_worker_package_is_loaded(seen: dict) -> None:
    assert not {"torch", "scipy", "safetensors", "trimesh"} & set(seen["modules"])
