# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installing and removing the worker's Python; never with a network."""

import re
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest

from aim_blender_addon.backend.worker.messages import CANCELLED, Failed, Progressed
from aim_blender_addon.jobs import environment, install
from aim_blender_addon.jobs.client import Message
from aim_blender_addon.operators.setup import runtime
from tests.addon import runtime_folders
from tests.addon.runtime_folders import make_complete

LOCKS = Path(environment.addon_dir(), "lock")


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Own folders for logs and environment, and nothing remembered."""
    yield from runtime_folders.isolate(tmp_path, monkeypatch)


@pytest.fixture
def preferences() -> bpy.types.AddonPreferences:
    return environment.preferences()


@pytest.fixture
def wheels(folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one tiny wheel, and a lock that asks for it."""
    folder = folders / "wheels of the studio"
    folder.mkdir()
    info = "aim_dummy-1.0.dist-info"
    with zipfile.ZipFile(folder / "aim_dummy-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("aim_dummy.py", "VALUE = 1\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: aim-dummy\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    set_lock(folders, monkeypatch, "aim-dummy==1.0\n")
    return folder


def set_lock(folders: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    lock = folders / "lock.txt"
    lock.write_text(text)
    monkeypatch.setitem(install.LOCKS, "CPU", str(lock))


def test_install_from_a_folder_and_remove(
    wheels: Path, preferences: bpy.types.AddonPreferences
) -> None:
    (make_complete() / "of an older one").touch()
    preferences.wheels_folder = str(wheels)
    with pytest.raises(
        RuntimeError, match="lacks numpy, scipy, torch"
    ):  # the tiny wheel brings none
        bpy.ops.aim.install_runtime_from_folder()
    assert not Path(environment.runtime_folder(), "of an older one").exists()
    found = environment.interpreter()
    assert found.kind == 'MANAGED'
    dummy = [found.python, "-c", "import aim_dummy; print(aim_dummy.VALUE)"]
    assert subprocess.check_output(dummy).strip() == b"1"
    assert not Path(environment.runtime_folder(), "download").exists()
    assert "aim_dummy" in Path(environment.log_path("install")).read_text()
    assert bpy.ops.aim.remove_runtime() == {'FINISHED'}
    assert environment.interpreter().kind == 'NONE'
    assert not Path(environment.runtime_folder()).exists()
    assert not bpy.ops.aim.remove_runtime.poll()


def test_failed_installation_leaves_nothing(
    wheels: Path,
    folders: Path,
    monkeypatch: pytest.MonkeyPatch,
    preferences: bpy.types.AddonPreferences,
) -> None:
    set_lock(folders, monkeypatch, "aim-other==1.0\n")
    preferences.wheels_folder = str(wheels)
    with pytest.raises(RuntimeError, match="Installing packages failed .*aim-other.*install.log"):
        bpy.ops.aim.install_runtime_from_folder()
    assert not Path(environment.runtime_folder()).exists()


def test_cancelled_installation_leaves_nothing(wheels: Path) -> None:
    installer = start_installer(wheels)
    assert isinstance(next_message(installer), Progressed)
    wait_for(lambda: installer._process is not None)
    process = installer._process
    installer.cancel()
    message = next_message(installer)
    while isinstance(message, Progressed):
        message = next_message(installer)
    assert isinstance(message, Failed) and message.kind == CANCELLED
    assert process.poll() is not None
    assert not Path(environment.runtime_folder()).exists()


def test_installation_from_a_python_without_venv(wheels: Path) -> None:
    installer = start_installer(wheels, base_python="/bin/false")
    message = next_message(installer)
    while isinstance(message, Progressed):
        message = next_message(installer)
    assert "Making the environment failed" in message.text


def start_installer(wheels: Path, base_python: str = "") -> install.Installer:
    plan = install.InstallPlan(
        base_python or environment.base_python(),
        environment.runtime_folder(),
        install.LOCKS["CPU"],
        str(wheels),
    )
    installer = install.Installer(plan, environment.addon_dir(), environment.log_path("install"))
    installer.start()
    return installer


def next_message(installer: install.Installer) -> Message:
    messages: list[Message] = []
    wait_for(lambda: messages.extend(installer.poll()) or messages)
    return messages[-1]


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_folder_without_wheels(folders: Path, preferences: bpy.types.AddonPreferences) -> None:
    assert not bpy.ops.aim.install_runtime_from_folder.poll()
    preferences.wheels_folder = str(folders)
    with pytest.raises(RuntimeError, match="no wheels"):
        bpy.ops.aim.install_runtime_from_folder()


def test_no_download_without_leave_to_go_online(monkeypatch: pytest.MonkeyPatch) -> None:
    bpy.context.preferences.system.use_online_access = False
    assert not bpy.ops.aim.install_runtime.poll()
    with pytest.raises(RuntimeError, match="Allow Online Access"):
        bpy.ops.aim.install_runtime()
    app = SimpleNamespace(online_access=False, online_access_override=True)
    monkeypatch.setattr(runtime, "bpy", SimpleNamespace(app=app))
    assert "offline mode" in runtime.offline_reason()
    app.online_access = True
    assert runtime.offline_reason() == ""


def test_commands_are_shown_as_they_are_run() -> None:
    plan = environment.install_plan('CUDA', extra_index=" https://example.org/rocm ")
    make, fill = plan.commands().values()
    assert make[-2:] == ["venv", environment.runtime_folder()]
    assert fill[-4:] == [
        "--extra-index-url",
        "https://example.org/rocm",
        "-r",
        str(LOCKS / "runtime-cuda.txt"),
    ]
    assert "--no-index" not in fill
    assert plan.command_lines()[1].startswith(plan.python)
    offline = environment.install_plan('CPU', wheels="/wheels", extra_index="x").commands()
    assert "--no-index" in list(offline.values())[1]


def test_progress_of_downloads_in_words(wheels: Path) -> None:
    installer = install.Installer(environment.install_plan('CPU'), "", "")
    for line, words in [
        (
            "  Downloading torch-2.13.0-cp311-cp311-win_amd64.whl (122.0 MB)",
            "Downloading torch (122.0 MB)",
        ),
        ("Downloading https://x/numpy-1.26.4-cp311-a.whl (18.3 MB)", "Downloading numpy (18.3 MB)"),
        ("noise", "Downloading numpy (18.3 MB)"),
        ("Installing collected packages: torch", "Unpacking the packages"),
    ]:
        installer._read(line)
        assert installer._detail == words


def test_size_that_is_shown() -> None:
    assert install.approximate_gb("CPU", "", "win32") == install.approximate_gb("CPU", "x", "linux")
    assert install.approximate_gb("CPU", "", "linux") == install.approximate_gb("CUDA", "", "win32")


@pytest.mark.parametrize("name", sorted(install.LOCKS.values()))
def test_every_requirement_is_pinned_to_what_the_tests_run_on(name: str) -> None:
    common, own = (LOCKS / "runtime-common.txt").read_text(), (LOCKS / name).read_text()
    assert "-r runtime-common.txt" in own
    lines = [line.strip() for line in (own + common).splitlines()]
    pins = [line for line in lines if line and line[0] not in "#-"]
    assert all(re.match(r"[\w.-]+==\S+( ; .+)?$", pin) for pin in pins)
    assert "://" not in own + common
    tested = Path(environment.addon_dir()).parent / "tools" / "lock"
    text = "\n".join((tested / name).read_text() for name in ("worker.txt", "blender.txt"))
    tested_pins = re.findall(r"^[\w.-]+==\S+", text, re.MULTILINE)
    ours = {pin.partition(" ")[0] for pin in pins}
    for pin in tested_pins:
        package = pin.partition("==")[0] + "=="
        if any(line.startswith(package) for line in ours):
            assert pin in ours
