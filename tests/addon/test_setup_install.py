# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installing and removing the worker's Python; never with a network."""

import hashlib
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest

from aim_blender_addon.backend.errors import WorkerError
from aim_blender_addon.backend.io import disk
from aim_blender_addon.backend.worker.messages import CANCELLED, Failed, Progressed
from aim_blender_addon.jobs import environment, install, torch_builds
from aim_blender_addon.jobs.client import Message
from aim_blender_addon.operators.setup import runtime
from aim_blender_addon.panels import setup as drawing
from tests.addon import runtime_folders
from tests.addon.recorder import Layout
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
    """A folder with two tiny wheels, and locks that ask for them."""
    folder = folders / "wheels of the studio"
    folder.mkdir()
    hashes = {name: make_wheel(folder, name) for name in ("aim-dummy", "aim-torch")}
    set_locks(
        folders,
        monkeypatch,
        *(f"{name}==1.0 --hash=sha256:{one}\n" for name, one in hashes.items()),
    )
    return folder


def make_wheel(folder: Path, name: str) -> str:
    """The SHA-256 of a new wheel that holds one module."""
    module = name.replace("-", "_")
    info, path = f"{module}-1.0.dist-info", folder / f"{module}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{module}.py", "VALUE = 1\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def set_locks(folders: Path, monkeypatch: pytest.MonkeyPatch, common: str, torch: str) -> None:
    """Let these be what is installed."""
    paths = [folders / "common.txt", folders / "torch.txt"]
    for path, text in zip(paths, (common, torch), strict=True):
        path.write_text(text)
    monkeypatch.setattr(environment, "COMMON", str(paths[0]))
    monkeypatch.setattr(environment, "lock_of", lambda *_: paths[1])


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
    set_locks(folders, monkeypatch, "aim-other==1.0\n", "aim-torch==1.0\n")
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
    plan = environment.install_plan('CPU', wheels=str(wheels))
    plan = replace(plan, base_python=base_python or plan.base_python)
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


# One index at a time, and hashes


def test_torch_comes_from_one_index_and_the_rest_from_the_default_one() -> None:
    for device, system in torch_builds._BUILDS:
        build = torch_builds.torch_build(device, "", system)
        plan = plan_of(build)
        _make, packages, torch = plan.commands().values()
        assert "--index-url" not in packages and "--require-hashes" in packages
        assert torch.count("--index-url") == bool(build.index)
        assert not any("extra-index" in word for word in (*packages, *torch))
        assert plan.command_lines()[1].startswith(plan.python)


def plan_of(build: torch_builds.TorchBuild, **more: str) -> install.InstallPlan:
    lock = torch_builds.lock_of(build, LOCKS, (3, 11))
    common = str(LOCKS / torch_builds.COMMON)
    return install.InstallPlan(
        "python", "folder", common, str(lock), torch_index=build.index, **more
    )


def test_the_cpu_build_is_the_default_and_comes_from_the_index_of_pytorch(
    preferences: bpy.types.AddonPreferences,
) -> None:
    assert preferences.build == 'CPU'
    for system in ("linux", "win32"):
        assert (
            torch_builds.torch_build("CPU", "", system).index == f"{torch_builds.TORCH_INDEX}/cpu"
        )


def test_only_the_given_index_counts_for_files_nobody_knows() -> None:
    plan = plan_of(torch_builds.torch_build("ROCM", "https://example.org/rocm", "linux"))
    assert not plan.is_checked
    variables = plan.variables("Installing torch")
    assert variables["PIP_CONFIG_FILE"] == os.devnull and variables["PIP_EXTRA_INDEX_URL"] is None
    assert plan.variables("Installing packages") == {}
    assert "--require-hashes" not in plan.commands()["Installing torch"]


def test_rocm_asks_for_its_index(preferences: bpy.types.AddonPreferences) -> None:
    if sys.platform == "linux":
        assert "ROCm" in environment.no_build_reason('ROCM')
        assert environment.install_plan('ROCM') is None
        assert environment.install_plan('ROCM', wheels="/wheels") is not None
    assert environment.no_build_reason('MPS') or sys.platform == "darwin"


@pytest.mark.one_blender
def test_a_wrong_hash_is_one_sentence_and_installs_nothing(
    wheels: Path,
    folders: Path,
    monkeypatch: pytest.MonkeyPatch,
    preferences: bpy.types.AddonPreferences,
) -> None:
    hashed = "aim-{}==1.0 --hash=sha256:" + 64 * "0" + "\n"
    set_locks(folders, monkeypatch, hashed.format("dummy"), hashed.format("torch"))
    preferences.wheels_folder = str(wheels)
    with pytest.raises(
        RuntimeError, match="aim-dummy from .* is not the file this extension knows"
    ):
        bpy.ops.aim.install_runtime_from_folder()
    assert not Path(environment.runtime_folder()).exists()


@pytest.mark.one_blender
def test_what_has_no_hash_never_counts_as_checked(
    wheels: Path,
    folders: Path,
    monkeypatch: pytest.MonkeyPatch,
    preferences: bpy.types.AddonPreferences,
) -> None:
    common = (folders / "common.txt").read_text()
    set_locks(folders, monkeypatch, common, "aim-torch==1.0\n")
    assert not environment.install_plan('CPU', wheels=str(wheels)).is_checked
    preferences.wheels_folder = str(wheels)
    with pytest.raises(RuntimeError, match="lacks numpy"):
        bpy.ops.aim.install_runtime_from_folder()
    assert not install.was_checked(environment.runtime_folder())
    layout = Layout()
    drawing.draw_state(layout, bpy.context)
    install_layout = Layout()
    monkeypatch.undo()
    drawing._draw_plan(
        install_layout, bpy.context, plan_of(torch_builds.torch_build("ROCM", "https://x", "linux"))
    )
    assert "is not known here" in " ".join(install_layout.texts)


def test_a_password_is_in_no_command_label_or_log(
    wheels: Path, preferences: bpy.types.AddonPreferences
) -> None:
    preferences.torch_index = "https://me:s3cret@example.org/simple"
    try:
        assert preferences.torch_index == "https://example.org/simple"
        assert preferences.index_login == "me:s3cret"
        plan = environment.install_plan(
            'CPU', address=preferences.torch_index, login=preferences.index_login
        )
        shown = " ".join([*plan.command_lines(), *sum(plan.commands().values(), [])])
        assert "s3cret" not in shown and "me:" not in shown
        told = plan.variables("Installing torch")["PIP_INDEX_URL"]
        assert told == "https://me:s3cret@example.org/simple"
    finally:
        preferences.torch_index = preferences.index_login = ""
    said = "ERROR: Could not find https://me:s3cret@example.org/simple/torch/"
    plan = environment.install_plan('CPU', wheels=str(wheels))
    installer = install.Installer(plan, environment.addon_dir(), environment.log_path("install"))
    with pytest.raises(WorkerError) as error:
        installer._call("Installing torch", [sys.executable, "-c", f"print({said!r}); exit(1)"])
    log = Path(environment.log_path("install")).read_text()
    for text in (str(error.value), log):
        assert "s3cret" not in text and "https://example.org/simple/torch/" in text


def test_a_disk_without_room_is_told_before_anything_is_downloaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = environment.install_plan('CPU')
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _path: SimpleNamespace(free=10**8))
    installer = install.Installer(plan, environment.addon_dir(), environment.log_path("install"))
    installer.start()
    message = next_message(installer)
    while isinstance(message, Progressed):
        message = next_message(installer)
    assert "needs 1" in message.text and "100 MB are free" in message.text
    assert not Path(environment.runtime_folder()).exists()


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


@pytest.mark.parametrize("path", sorted(LOCKS.glob("*.txt")), ids=lambda path: path.name)
def test_every_requirement_is_pinned_to_what_the_tests_run_on(path: Path) -> None:
    text = path.read_text()
    pins = pins_of(text)
    assert all(
        re.match(r"[\w.-]+==\S+( ; .+?)?( --hash=sha256:[0-9a-f]{64})*$", pin) for pin in pins
    )
    assert "://" not in "\n".join(pins)
    tested = Path(environment.addon_dir()).parent / "tools" / "lock"
    tested_text = "\n".join((tested / name).read_text() for name in ("worker.txt", "blender.txt"))
    ours = {re.split(r"[ +]", pin)[0] for pin in pins}
    for pin in re.findall(r"^[\w.-]+==[^\s+]+", tested_text, re.MULTILINE):
        package = pin.partition("==")[0] + "=="
        if any(name.startswith(package) for name in ours):
            assert pin in ours


def test_every_file_of_the_default_index_has_its_hash() -> None:
    """Those of PyTorch's own index have them where it could be reached; the others never count as checked."""
    for name in (torch_builds.COMMON, "runtime-cuda.txt", "runtime-mps.txt"):
        assert torch_builds.has_hashes(LOCKS / name)
    for stem, systems in {
        "runtime-cpu": ("linux-x86_64", "windows-amd64"),
        "runtime-cuda-windows": ("windows-amd64",),
    }.items():
        for system in systems:
            for python in ("3.11", "3.12", "3.13"):
                assert torch_builds.has_hashes(LOCKS / f"{stem}.{system}-{python}.txt")
    assert not torch_builds.has_hashes(LOCKS / "runtime-cpu.txt")


def pins_of(text: str) -> list[str]:
    lines = re.sub(r" \\\n\s+", " ", text).splitlines()
    return [line for line in lines if line and not line.startswith("#")]
