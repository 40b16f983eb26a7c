# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Python the worker runs in, what is known of it, and the one worker of this Blender.

In this order: the Python chosen in the preferences, the environment made by the install button, Blender's
own Python when an extension brought torch as wheels.
"""

import importlib.util
import json
import shutil
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import bpy

from ..backend.errors import RuntimeUnavailableError
from ..backend.io.json_text import parse_json
from ..backend.io.regular_file import read_regular
from ..backend.io.whole_file import write_whole_text
from ..backend.jobs.probe import ProbeResult
from ..backend.worker.packages import QUICKER_PACKAGES, REQUIRED_PACKAGES
from . import install
from .client import WorkerClient, WorkerOptions
from .torch_builds import COMMON, lock_of, torch_build

#: The extension's package: ``bl_ext.<repository>.<id>`` when installed.
ROOT = __package__.rpartition(".")[0]

NOTHING_SET_UP = "No Python with torch is set up: see the Setup panel of this tab"
_LOOK_AGAIN_AFTER_S = 2.0


@dataclass(frozen=True)
class Settings:
    """What the preferences say; these values when the extension has none, as in a test.

    Attributes:
        python_path: executable or environment folder; empty to look further.
        device: name for ``backend.fitting.device.choose_device``.
        threads: processor threads for computing; 0 for all.
        log_level: least severity that the worker logs.
    """

    python_path: str = ""
    device: str = "auto"
    threads: int = 0
    log_level: str = "INFO"


@dataclass(frozen=True)
class Interpreter:
    """A Python for the worker.

    Attributes:
        kind: 'USER', 'MANAGED' or 'BUNDLED', or 'NONE' when there is none.
        python: the executable.
        search_path: folders of packages it would not find by itself.
        problem: why it cannot be used, or "".
    """

    kind: str
    python: str = ""
    search_path: tuple[str, ...] = ()
    problem: str = ""


@dataclass
class _State:
    """What this Blender session remembers."""

    worker: WorkerClient | None = None
    worker_key: tuple | None = None
    interpreter: Interpreter | None = None
    looked_at: float = 0.0
    looked_for: str = ""
    probes: dict[str, dict[str, Any]] | None = None


_state = _State()


def addon_dir() -> str:
    """The folder of the extension: the worker's working directory."""
    return str(Path(__file__).resolve().parents[1])


def user_folder(name: str, create: bool = True) -> str:
    """A folder for files that outlive an upgrade of the extension."""
    if ROOT.startswith("bl_ext."):
        return bpy.utils.extension_path_user(ROOT, path=name, create=create)
    return bpy.utils.user_resource(
        'DATAFILES', path=f"{ROOT}/{name}", create=create
    )  # run from source


def log_path(name: str = "worker") -> str:
    """The log called ``name``: "worker" or "install"."""
    return str(Path(user_folder("logs"), f"{name}.log"))


def runtime_folder() -> str:
    """Where the install button makes its environment."""
    return user_folder("runtime", create=False)


def preferences() -> bpy.types.AddonPreferences | None:
    """The extension's preferences; None when it is registered without being enabled, as in a test."""
    addon = bpy.context.preferences.addons.get(ROOT)
    return addon.preferences if addon else None


def settings() -> Settings:
    """What the preferences say, or the defaults."""
    chosen = preferences()
    if chosen is None:
        return Settings()
    return Settings(chosen.python_path, chosen.device.lower(), chosen.threads, chosen.log_level)


def interpreter() -> Interpreter:
    """The Python the worker would run in; looks at the disk at most every two seconds."""
    chosen = settings().python_path
    age = time.monotonic() - _state.looked_at
    if _state.interpreter is None or chosen != _state.looked_for or age > _LOOK_AGAIN_AFTER_S:
        _state.interpreter, _state.looked_for, _state.looked_at = (
            _resolve(chosen),
            chosen,
            time.monotonic(),
        )
    return _state.interpreter


def look_again() -> None:
    """Forget what was seen on the disk."""
    _state.interpreter = None


def disabled_reason(_context: bpy.types.Context) -> str:
    """Why no worker can be started, or "". Cheap: no process is started for it."""
    found = interpreter()
    if found.kind == 'NONE':
        return NOTHING_SET_UP
    return found.problem or shortcoming(probe_of(found))


def shortcoming(probe: ProbeResult | None) -> str:
    """What a probed Python lacks, in one sentence, or "" (also when nothing is known)."""
    if probe is None:
        return ""
    if probe.missing:
        return f"The Python environment lacks {', '.join(probe.missing)}: install them or choose another"
    return probe.problem


def probe_of(found: Interpreter) -> ProbeResult | None:
    """The last probe of an interpreter, or None when it was never checked."""
    kept = _probes().get(found.python, {})
    if kept.get("stamp") != _stamp(found.python):
        return None
    try:
        return ProbeResult(**{f.name: kept[f.name] for f in fields(ProbeResult)})
    except KeyError:  # of another version of the extension
        return None


def lacks_quick_solver() -> bool:
    """Whether the Python in use was checked and has no quick solver for flesh. Cheap."""
    probe = probe_of(interpreter())
    return probe is not None and any(
        not probe.packages.get(name, "?") for _, name in QUICKER_PACKAGES
    )


def remember_probe(python: str, probe: ProbeResult) -> None:
    """Keep a probe's result, also for the next session."""
    _probes()[python] = asdict(probe) | {"stamp": _stamp(python)}
    with suppress(OSError):  # then it is known for this session
        write_whole_text(Path(user_folder("logs"), "checked.json"), json.dumps(_probes(), indent=1))
    look_again()


def worker(context: bpy.types.Context) -> WorkerClient:
    """The worker of this Blender, a new one when the preferences have changed.

    Raises:
        RuntimeUnavailableError: there is no Python for it.
    """
    if reason := disabled_reason(context):
        raise RuntimeUnavailableError(f"{reason}.")
    return worker_of(interpreter())


def worker_of(found: Interpreter) -> WorkerClient:
    """The worker in a certain interpreter, whatever is known of that."""
    chosen = settings()
    key = (found, chosen.threads, chosen.log_level)
    if _state.worker is None or _state.worker_key != key:
        stop_worker(wait=False)
        temp = bpy.app.tempdir if Path(bpy.app.tempdir).is_dir() else None
        options = WorkerOptions(temp, chosen.threads, chosen.log_level, found.search_path)
        _state.worker = WorkerClient(found.python, addon_dir(), log_path(), options)
        _state.worker_key = key
    return _state.worker


def worker_alive() -> bool:
    """Whether the worker process runs."""
    return running_worker() is not None


def running_worker() -> WorkerClient | None:
    """The worker whose process runs, or None; starts nothing."""
    return _state.worker if _state.worker is not None and _state.worker.alive else None


def stop_worker(wait: bool = True) -> None:
    """End the worker process, if there is one; the next job starts a new one."""
    if _state.worker is not None:
        _state.worker.stop(wait)
    _state.worker = _state.worker_key = None


def base_python() -> str:
    """The Python to make an environment from: Blender's own, or "" when it cannot be found."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    places = [
        Path(sys.executable or "."),
        *(Path(sys.prefix, "bin", name) for name in (version, "python.exe")),
    ]
    for place in places:
        if place.is_file() and place.name.lower().startswith("python"):
            return str(place)
    return shutil.which(version) or ""


def install_plan(
    device: str, wheels: str = "", address: str = "", login: str = ""
) -> install.InstallPlan | None:
    """What the install buttons would do for ``device`` (one of ``torch_builds.DEVICES``); None where nothing fits.

    Args:
        device: what torch is built for.
        wheels: folder to install from instead of an index.
        address, login: of the index that torch comes from instead of the usual one.
    """
    build = torch_build(device, address.strip())
    if build is None or (build.needs_address and not wheels):
        return None
    folder = Path(addon_dir(), "lock")
    return install.InstallPlan(
        base_python(),
        runtime_folder(),
        str(folder / COMMON),
        str(lock_of(build, folder, sys.version_info[:2])),
        bpy.path.abspath(wheels) if wheels else "",
        build.index,
        login,
        build.download_gb,
        build.disk_gb,
    )


def no_build_reason(device: str, address: str = "", wheels: str = "") -> str:
    """Why nothing can be installed for ``device``, or ""."""
    build = torch_build(device, address.strip())
    if build is None:
        return "There is no build of torch for that on this system: choose another under Made For"
    if build.needs_address and not wheels:
        return "Give the address of the index that has torch for ROCm"
    return ""


def _resolve(chosen: str) -> Interpreter:
    if chosen:
        return _resolve_chosen(Path(bpy.path.abspath(chosen)))
    folder = runtime_folder()
    if install.is_complete(folder):
        python = install.environment_python(folder)
        gone = "The installed environment has lost its Python, because Blender was moved or removed: install it again"
        return Interpreter('MANAGED', python, problem="" if Path(python).is_file() else gone)
    folders, python = _bundled_packages(), base_python()
    if folders and python:
        return Interpreter('BUNDLED', python, folders)
    return Interpreter('NONE')


def _resolve_chosen(path: Path) -> Interpreter:
    """The Python the user chose: an executable, or the folder of an environment."""
    inside = (
        path / name for name in ("bin/python3", "bin/python", "Scripts/python.exe", "python.exe")
    )
    python = next((place for place in inside if place.is_file()), path) if path.is_dir() else path
    if python.is_file():
        return Interpreter('USER', str(python))
    return Interpreter(
        'USER',
        str(path),
        problem=f"There is no Python at {path}: choose another in the preferences",
    )


def _bundled_packages() -> tuple[str, ...]:
    """The folders of what fitting needs, where Blender's own Python finds all of it; nothing is imported."""
    folders = []
    for module, _distribution in REQUIRED_PACKAGES:
        try:
            spec = importlib.util.find_spec(module)
        except (ImportError, ValueError):  # somebody keeps it from being found
            return ()
        if spec is None or not spec.origin:
            return ()
        origin = Path(spec.origin)
        folder = origin.parents[1] if origin.name == "__init__.py" else origin.parent
        if str(folder) not in folders:
            folders.append(str(folder))
    return tuple(folders)


def _probes() -> dict[str, dict[str, Any]]:
    if _state.probes is None:
        try:
            _state.probes = parse_json(read_regular(Path(user_folder("logs"), "checked.json")))
        except (OSError, ValueError):  # none yet, or damaged: everything counts as unchecked
            _state.probes = {}
    return _state.probes


def _stamp(python: str) -> float:
    """Changes when the executable does."""
    try:
        return Path(python).stat().st_mtime
    except OSError:
        return 0.0


def unregister() -> None:
    """End the worker with the extension."""
    stop_worker()


def register() -> None:
    """Nothing to do before the first job."""
