# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and ending processes of another Python the same way on every system (no Blender)."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from ..backend.known_core import name_core

#: Options of every Python we start: nothing of the user's site, no files written beside our code, UTF-8.
PYTHON_OPTIONS = ("-s", "-B", "-X", "utf8")
#: How much our processes give way to Blender on Unix; on Windows they get a priority below normal.
NICENESS = 5
#: Above this size a log starts anew and the old one is kept once.
LOG_LIMIT_BYTES = 2_000_000

_IS_WINDOWS = os.name == "nt"


def clean_environment(
    python: str, search_path: Iterable[str] = (), threads: int = 0
) -> dict[str, str]:
    """Environment variables for a process of ``python``, without what belongs to Blender's own Python.

    Args:
        python: the executable.
        search_path: folders of packages to make importable.
        threads: processor threads for torch's computing; 0 leaves the choice to it. numpy and scipy get one: their
            matrices are small here, and two threads wait for each other.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON") and name != "__PYVENV_LAUNCHER__"
    }
    if folders := list(search_path):
        environment["PYTHONPATH"] = os.pathsep.join(folders)
    environment["OPENBLAS_NUM_THREADS"] = "1"
    name_core(environment)
    if threads > 0:
        for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[name] = str(threads)
    if _IS_WINDOWS:  # Conda's packages find their libraries this way
        home = Path(python).parent
        folders = [str(home), str(home / "Library" / "bin"), str(home / "Scripts")]
        environment["PATH"] = os.pathsep.join([*folders, environment.get("PATH", "")])
    return environment


def start(
    command: Sequence[str], folder: str, environment: dict[str, str], **streams: Any
) -> subprocess.Popen:
    """Start ``command`` in ``folder`` as the head of its own group, without a window and at low priority."""
    if _IS_WINDOWS:
        how: dict[str, Any] = {
            "creationflags": subprocess.CREATE_NO_WINDOW
            | subprocess.CREATE_NEW_PROCESS_GROUP
            | subprocess.BELOW_NORMAL_PRIORITY_CLASS
        }
    else:
        how = {"start_new_session": True}
    process = subprocess.Popen(command, cwd=folder, env=environment, **how, **streams)
    if not _IS_WINDOWS:
        try:
            os.setpriority(
                os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS
            )
        except ProcessLookupError:  # it has ended already; whoever reads its output will notice
            pass
    return process


def kill(process: subprocess.Popen) -> None:
    """End ``process`` and, where the system knows groups, its children; does not wait."""
    if process.poll() is not None:
        return
    try:
        if _IS_WINDOWS:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # it has just ended by itself
        pass


def how_it_ended(returncode: int) -> str:
    """A return code in words that continue "the process ..."."""
    if returncode >= 0:
        return f"ended with code {returncode}"
    try:
        name = signal.Signals(-returncode).name
    except ValueError:
        name = f"signal {-returncode}"
    hint = ", which the system does when memory runs out" if name == "SIGKILL" else ""
    return f"was ended by {name}{hint}"


def open_log(path: str, title: str) -> BinaryIO:
    """The log at ``path``, open for appending, with a line of ``title`` and the time.

    Where nothing can be written, as on a full disk, what is logged is lost, and the process runs all the same.
    """
    log = Path(path)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # another Blender holds it open: go on in the long one
            if log.stat().st_size > LOG_LIMIT_BYTES:
                log.replace(log.with_suffix(".old.log"))
        file = log.open("ab", buffering=0)
    except OSError:
        return open(os.devnull, "ab", buffering=0)
    with suppress(OSError):
        file.write(f"\n--- {title}, {time.strftime('%Y-%m-%d %H:%M:%S')}\n".encode())
    return file


def last_line(path: str, size: int = 4096) -> str:
    """The last line of a log that is not empty, or ""."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - size))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
