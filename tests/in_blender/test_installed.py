# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""pytest inside Blender, by pytest-blender, with the extension installed from its zip."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

import addon_utils

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "bl_ext.user_default.aim_blender_addon"


@pytest.fixture(scope="module", autouse=True)
def _installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """pytest-blender installs add-ons of the old kind only, so the zip is installed here."""
    assert "BLENDER_USER_RESOURCES" in os.environ, "a home of its own, not the user's"
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, str(ROOT / "tools" / "build.py"), "--output-dir", str(folder)]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = folder.glob("*.zip")
    bpy.ops.extensions.package_install_files(
        filepath=str(built), repo="user_default", enable_on_install=True, overwrite=True
    )
    yield
    addon_utils.disable(PACKAGE, default_set=True)


def test_runs_inside_the_blender_that_was_asked_for(blender_version: str) -> None:
    assert bpy.app.version_string.startswith(blender_version)
    assert bpy.app.background


def test_extension_is_enabled() -> None:
    assert addon_utils.check(PACKAGE) == (True, True)


def test_operators_can_be_called_by_name() -> None:
    assert "fit" in dir(bpy.ops.aim)
    assert bpy.ops.aim.fit.get_rna_type().description


def test_fit_says_why_it_cannot_run_on_nothing() -> None:
    bpy.ops.object.select_all(action='DESELECT')
    bpy.context.view_layer.objects.active = None
    assert not bpy.ops.aim.fit.poll()
    with pytest.raises(RuntimeError, match=r"aim\.fit\.poll\(\)") as refused:
        bpy.ops.aim.fit()
    assert "context is incorrect" not in str(refused.value)  # Blender's own text, when we set none
