# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built zip, installed in a fresh Blender that has no worker packages."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADDON = ROOT / "aim_blender_addon"


@pytest.fixture(scope="module")
def seen(extension_zip: Path, run_session: Callable[..., dict]) -> dict:
    """What ``installed_session.py`` saw."""
    return run_session("installed_session.py", str(extension_zip))


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
    """No wheel and no data set went in by mistake: code and pages alone pass 2 MB since flesh and muscles."""
    assert extension_zip.stat().st_size < 2_500_000


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
