# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding and checking the worker's Python, and what is drawn of it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest

from aim_blender_addon.backend.jobs.probe import ProbeResult
from aim_blender_addon.jobs import environment, install
from aim_blender_addon.operators.setup import runtime
from aim_blender_addon.panels import setup as drawing
from aim_blender_addon.panels.setup import AIM_PT_setup
from tests.addon import runtime_folders
from tests.addon.recorder import Layout, draw
from tests.addon.runtime_folders import make_complete

PROBE = ProbeResult("3.11.7", torch="2.13.0", devices=[{"name": "cpu", "label": "CPU, 8 threads"}])


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Own folders for logs and environment, and nothing remembered."""
    yield from runtime_folders.isolate(tmp_path, monkeypatch)


@pytest.fixture
def preferences() -> bpy.types.AddonPreferences:
    return environment.preferences()


def reason() -> str:
    environment.look_again()
    return environment.disabled_reason(bpy.context)


def bare_python(folder: Path) -> str:
    """A Python without any package."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return str(Path(install.environment_python(str(folder))))


class _Drawn:
    """Preferences with a layout of ours: Blender gives them one only while it draws."""

    def __init__(self, preferences: bpy.types.AddonPreferences) -> None:
        self.preferences = preferences
        self.layout = Layout()

    def __getattr__(self, name: str) -> object:
        return getattr(self.preferences, name)


def drawn(preferences: bpy.types.AddonPreferences) -> str:
    """The texts of the preferences."""
    stand_in = _Drawn(preferences)
    type(preferences).draw(stand_in, bpy.context)
    return " ".join(" ".join(stand_in.layout.texts).split())


# Which Python


def test_nothing_is_set_up() -> None:
    assert environment.interpreter() == environment.Interpreter('NONE')
    assert reason() == environment.NOTHING_SET_UP
    assert AIM_PT_setup.poll(bpy.context)


def test_preferences_say_what_keeps_a_download_from_starting(
    preferences: bpy.types.AddonPreferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bpy.context.preferences.system, "use_online_access", False)
    assert "Turn on Allow Online Access" in drawn(preferences)
    monkeypatch.setattr(bpy.context.preferences.system, "use_online_access", True)
    assert "Turn on Allow Online Access" not in drawn(preferences)


def test_chosen_python_comes_first(preferences: bpy.types.AddonPreferences) -> None:
    make_complete()
    assert environment.interpreter().kind == 'MANAGED'
    preferences.python_path = sys.executable
    assert environment.interpreter() == environment.Interpreter('USER', sys.executable)
    assert reason() == ""
    assert not AIM_PT_setup.poll(bpy.context)


def test_chosen_folder_of_an_environment(preferences: bpy.types.AddonPreferences) -> None:
    preferences.python_path = str(Path(sys.executable).parents[1])
    assert Path(environment.interpreter().python).parent == Path(sys.executable).parent


def test_chosen_python_that_is_gone(preferences: bpy.types.AddonPreferences) -> None:
    preferences.python_path = "/nowhere/python"
    assert reason() == "There is no Python at /nowhere/python: choose another in the preferences"
    assert not bpy.ops.aim.check_runtime.poll()


def test_half_made_environment_does_not_count() -> None:
    (make_complete() / install.MARKER).unlink()
    assert environment.interpreter().kind == 'NONE'


def test_environment_whose_blender_is_gone() -> None:
    make_complete()
    Path(environment.interpreter().python).unlink()
    assert "install it again" in reason()


def test_packages_brought_by_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_spec(name: str) -> SimpleNamespace:
        place = "blender" if name == "numpy" else "wheels"
        return SimpleNamespace(origin=f"/{place}/site-packages/{name}/__init__.py")

    monkeypatch.setattr(environment.importlib.util, "find_spec", find_spec)
    found = environment.interpreter()
    folders = tuple(str(Path(f"/{place}/site-packages")) for place in ("blender", "wheels"))
    assert (found.kind, found.search_path) == ('BUNDLED', folders)
    assert found.python == environment.base_python()


def test_blender_with_torch_alone_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = SimpleNamespace(origin="/usr/lib/python3/dist-packages/torch/__init__.py")
    monkeypatch.setattr(
        environment.importlib.util, "find_spec", lambda name: spec if name == "torch" else None
    )
    assert environment.interpreter().kind == 'NONE'


def test_settings_reach_the_worker(preferences: bpy.types.AddonPreferences) -> None:
    preferences.python_path = sys.executable
    preferences.threads = 2
    preferences.device = 'CPU'
    assert environment.settings().device == "cpu"
    first = environment.worker(bpy.context)
    assert first.options.threads == 2
    assert environment.worker(bpy.context) is first
    preferences.threads = 3
    assert environment.worker(bpy.context) is not first


def test_asking_for_the_reason_starts_nothing(
    preferences: bpy.types.AddonPreferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    preferences.python_path = sys.executable
    assert environment.disabled_reason(bpy.context) == ""
    monkeypatch.setattr(environment, "_resolve", None)  # and looks at the disk once
    assert environment.disabled_reason(bpy.context) == ""


# Checking


def test_check_tells_what_was_found(preferences: bpy.types.AddonPreferences) -> None:
    preferences.python_path = os.environ["AIM_PYTHON"]
    assert environment.probe_of(environment.interpreter()) is None
    assert bpy.ops.aim.check_runtime() == {'FINISHED'}
    probe = environment.probe_of(environment.interpreter())
    assert re.match(r"Python 3\.\d+\.\d+, torch \d", runtime.found_words(probe))
    assert reason() == ""
    environment._state.probes = None  # another session
    assert environment.probe_of(environment.interpreter()) == probe
    assert bpy.ops.aim.stop_worker() == {'FINISHED'}
    assert not bpy.ops.aim.stop_worker.poll()


def test_check_names_missing_packages(
    folders: Path, preferences: bpy.types.AddonPreferences
) -> None:
    preferences.python_path = bare_python(folders / "bare")
    with pytest.raises(RuntimeError, match="lacks numpy, scipy, torch"):
        bpy.ops.aim.check_runtime()
    assert "lacks numpy" in reason()
    assert bpy.ops.aim.check_runtime.poll()  # after the user has installed them


def test_probe_of_a_changed_python_is_forgotten(
    folders: Path, preferences: bpy.types.AddonPreferences
) -> None:
    python = folders / "python"
    python.touch()
    preferences.python_path = str(python)
    environment.remember_probe(
        str(python), replace(PROBE, problem="torch cannot be loaded: libfoo")
    )
    assert reason() == "torch cannot be loaded: libfoo"
    os.utime(python, (1, 1))
    assert reason() == ""


def test_damaged_record_of_probes_counts_as_none(preferences: bpy.types.AddonPreferences) -> None:
    Path(environment.user_folder("logs"), "checked.json").write_text("{")
    preferences.python_path = sys.executable
    assert reason() == ""


# Logs and drawing


def test_log_is_opened_as_a_text() -> None:
    assert bpy.ops.aim.open_log() == {'CANCELLED'}
    Path(environment.log_path()).write_text("first\nlast\n")
    assert bpy.ops.aim.open_log() == {'FINISHED'}
    assert bpy.ops.aim.open_log(log='worker') == {'FINISHED'}
    assert [text.as_string() for text in bpy.data.texts] == ["first\nlast\n"]


def test_preferences_draw_without_any_environment(preferences: bpy.types.AddonPreferences) -> None:
    text = drawn(preferences)
    assert "None yet" in text
    assert "-m venv" in text and "pip install" in text
    assert "GB to download" in text


def test_preferences_draw_what_is_known(preferences: bpy.types.AddonPreferences) -> None:
    preferences.python_path = sys.executable
    assert "not checked yet" in drawn(preferences)
    environment.remember_probe(sys.executable, PROBE)
    assert "Chosen Python: Python 3.11.7, torch 2.13.0, CPU, 8 threads" in drawn(preferences)
    environment.remember_probe(sys.executable, replace(PROBE, missing=["rtree"]))
    assert "lacks rtree" in drawn(preferences)


def test_setup_panel_offers_the_ways_out(preferences: bpy.types.AddonPreferences) -> None:
    layout = draw(AIM_PT_setup)
    assert layout.operators == ["preferences.addon_show"]
    assert layout.props == ["python_path"]
    preferences.python_path = "/nowhere/python"
    layout = draw(AIM_PT_setup)
    assert "/nowhere/python" in " ".join(layout.texts)
    assert "aim.check_runtime" in layout.operators
    assert drawing.KINDS.keys() == {'USER', 'MANAGED', 'BUNDLED', 'NONE'}
