# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making the worker's Python environment, in processes of their own (no Blender needed).

An environment counts only with its marker, written last: what a crash leaves behind is never used, and
the next installation removes it.
"""

import os
import queue
import re
import shlex
import shutil
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..backend.errors import RuntimeUnavailableError, WorkerError
from ..backend.io.disk import require_room, why
from ..backend.io.whole_file import write_whole_text
from ..backend.jobs.probe import ProbeRequest, ProbeResult
from ..backend.jobs.wire import to_wire
from ..backend.worker.messages import CANCELLED, Failed, Finished, Progressed
from . import process as processes
from .client import Died, Message, WorkerClient
from .torch_builds import has_hashes, with_login, without_login

MARKER = "complete"
#: What the marker says of an environment in which something has no known hash.
_UNCHECKED = "torch was not checked"

#: Gigabytes of the packages beside torch, for the progress.
_COMMON_GB = 0.1
_DOWNLOAD = re.compile(r"\s*Downloading (?:.*/)?([A-Za-z0-9_.]+?)-\d\S* \(([\d.]+ [kMG]B)\)")
_UNPACKED = (
    "Lib/site-packages/*.dist-info" if os.name == "nt" else "lib/python3*/site-packages/*.dist-info"
)
_UNPACKING = "Installing collected packages"
_OTHER_FILE = "THESE PACKAGES DO NOT MATCH THE HASHES"
_FILE_NAMED = re.compile(r"\s+([A-Za-z0-9_.-]+)==\S+ from ")
#: Where each stage of an installation ends, as a share of the whole.
_STAGE_ENDS = {
    "Making the environment": 0.05,
    "Installing packages": 0.3,
    "Installing torch": 0.95,
    "Checking": 1.0,
}
#: pip's own settings of which packages come from where; an index alone means without them.
_OTHER_SOURCES = ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_NO_INDEX")


@dataclass(frozen=True)
class InstallPlan:
    """What is installed where.

    Attributes:
        base_python: the Python the environment is made from.
        folder: the environment; whatever is there is replaced.
        common, torch: requirements files with exact versions, and hashes where they are known.
        wheels: folder of wheels to install from without a network; empty to download.
        torch_index: address of the index that torch comes from, and nothing else; empty for pip's default one.
        login: user and password for it, such as ``name:secret``.
        download_gb, disk_gb: how much there is to download and to keep, about; 0 where it is not known.
    """

    base_python: str
    folder: str
    common: str
    torch: str
    wheels: str = ""
    torch_index: str = ""
    login: str = ""
    download_gb: float = 0.0
    disk_gb: float = 0.0

    @property
    def python(self) -> str:
        """The environment's executable."""
        return environment_python(self.folder)

    @property
    def is_checked(self) -> bool:
        """Whether pip is given the hash of every file, so that it takes no other."""
        return has_hashes(Path(self.common)) and has_hashes(Path(self.torch))

    def commands(self) -> dict[str, list[str]]:
        """What is run, by stage. No login is in it: other users of a computer can read the commands that run."""
        make = [self.base_python, *processes.PYTHON_OPTIONS, "-m", "venv", self.folder]
        return {
            "Making the environment": make,
            "Installing packages": self._pip(self.common),
            "Installing torch": self._pip(self.torch, self.torch_index),
        }

    def variables(self, stage: str) -> dict[str, str | None]:
        """Variables of the environment that a stage's process needs, and with None those that it must not have."""
        if stage != "Installing torch" or not self.torch_index or self.wheels:
            return {}
        sources: dict[str, str | None] = dict.fromkeys(_OTHER_SOURCES)
        if self.login:
            sources["PIP_INDEX_URL"] = with_login(self.torch_index, self.login)
        if not has_hashes(Path(self.torch)):  # nothing but the index says what is right
            sources["PIP_CONFIG_FILE"] = os.devnull
        return sources

    def command_lines(self) -> list[str]:
        """The same as :meth:`commands` for a shell."""
        join = subprocess.list2cmdline if os.name == "nt" else shlex.join
        return [join(command) for command in self.commands().values()]

    def _pip(self, lock: str, index: str = "") -> list[str]:
        """The command that installs a lock from one place."""
        pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        pip += ["--no-cache-dir", "--only-binary=:all:", "--progress-bar=off"]
        if has_hashes(Path(lock)):
            pip += ["--require-hashes", "--no-deps"]
        if self.wheels:
            pip += ["--no-index", "--find-links", self.wheels]
        elif index and not self.login:
            pip += ["--index-url", index]
        return [self.python, *processes.PYTHON_OPTIONS, *pip, "-r", lock]


class Installer:
    """Carries out an :class:`InstallPlan` in a thread; polled and cancelled like the worker's client."""

    def __init__(self, plan: InstallPlan, addon_dir: str, log_path: str) -> None:
        self._plan = plan
        self._addon_dir = addon_dir
        self._log_path = log_path
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._process: subprocess.Popen | None = None
        self._stage = ""
        self._detail = ""
        self._packages = 0
        self._unpacked_before = 0
        self._measured_at = 0.0
        self._thread = threading.Thread(target=self._run, name="aim-install")

    def start(self) -> None:
        """Begin.

        Raises:
            RuntimeUnavailableError: there is no Python to start from, or no folder of wheels.
        """
        plan = self._plan
        if not Path(plan.base_python).is_file():
            raise RuntimeUnavailableError(
                "Blender has no Python of its own to start from: choose a Python instead."
            )
        if plan.wheels and not any(Path(plan.wheels).glob("*.whl")):
            raise RuntimeUnavailableError(
                f"There are no wheels (*.whl) in {plan.wheels}: choose another folder."
            )
        self._thread.start()

    def poll(self) -> list[Message]:
        """News since the last call; never waits."""
        messages = []
        while not self._inbox.empty():
            messages.append(self._inbox.get_nowait())
        if (
            not messages
            and self._stage.startswith("Installing")
            and time.monotonic() > self._measured_at + 0.5
        ):
            self._measured_at = time.monotonic()
            messages.append(Progressed(self._detail or self._stage, self._share()))
        return messages

    def cancel(self) -> None:
        """Stop at once; what was made is removed."""
        self._cancelled.set()
        if (process := self._process) is not None:
            processes.kill(process)

    def join(self) -> None:
        """Wait for the thread (tests, and leaving Blender)."""
        self._thread.join()

    def _run(self) -> None:
        end: Message = self._failed("an unforeseen fault")
        try:
            end = self._attempt()
        finally:  # also when something unforeseen is raised, so that nobody waits for ever
            self._inbox.put(self._clean_up(end))

    def _attempt(self) -> Message:
        folder = self._plan.folder
        try:
            remove_environment(folder)
            needed = int(
                1e9 * (self._plan.disk_gb + (0 if self._plan.wheels else self._plan.download_gb))
            )
            require_room(folder, needed, WorkerError)
            for stage, command in self._plan.commands().items():
                self._enter(stage)
                self._call(stage, command)
            self._enter("Checking")
            probe = self._probe()
            shutil.rmtree(self._download_folder, ignore_errors=True)
            said = "" if self._plan.is_checked else f"{_UNCHECKED}\n"
            write_whole_text(Path(folder, MARKER), time.strftime("%Y-%m-%d %H:%M:%S\n") + said)
        except WorkerError as error:
            return Failed(WorkerError.__name__, str(error))
        except OSError as error:
            return self._failed(why(error))
        return Finished(*to_wire(probe))

    def _clean_up(self, end: Message) -> Message:
        """Remove what was made unless it is whole; how it ended for the user."""
        if self._cancelled.is_set():
            end = Failed(CANCELLED, "The installation was cancelled and its files were removed.")
        if not isinstance(end, Finished):
            try:
                remove_environment(self._plan.folder)
            except WorkerError as error:
                return Failed(WorkerError.__name__, str(error))
        return end

    def _failed(self, why: str) -> Failed:
        return Failed(
            WorkerError.__name__,
            f"The installation stopped ({why}): details are in {self._log_path}",
        )

    @property
    def _download_folder(self) -> Path:
        """Where pip puts what it downloads; inside the environment, so that it goes with it."""
        return Path(self._plan.folder, "download")

    def _enter(self, stage: str) -> None:
        starts = [0.0, *_STAGE_ENDS.values()]
        self._stage, self._detail, self._packages = stage, "", 0
        self._unpacked_before = self._unpacked()
        self._inbox.put(Progressed(stage, starts[list(_STAGE_ENDS).index(stage)]))

    def _call(self, stage: str, command: list[str]) -> None:
        """Run ``command`` to its end, its output in the log.

        Raises:
            WorkerError: it failed, or the installation was cancelled.
        """
        environment = processes.clean_environment(command[0])
        if Path(self._plan.folder).is_dir():
            self._download_folder.mkdir(exist_ok=True)
            environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self._download_folder))
        for name, value in self._plan.variables(stage).items():
            environment.pop(name, None)
            if value is not None:
                environment[name] = value
        complaint, other_file, differs = "", "", False
        with processes.open_log(self._log_path, stage) as log:
            self._process = processes.start(
                command,
                self._addon_dir,
                environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            if self._cancelled.is_set():  # between two steps
                processes.kill(self._process)
            for line in self._process.stdout:
                text = without_login(line.decode("utf-8", "replace").rstrip())
                with suppress(OSError):  # the disk is full, of which pip will tell
                    log.write(f"{text}\n".encode())
                differs = differs or _OTHER_FILE in text
                if differs and not other_file and (named := _FILE_NAMED.match(text)):
                    other_file = named[1]
                complaint = (
                    text
                    if text.startswith("ERROR") or not complaint and "rror" in text
                    else complaint
                )
                self._read(text)
            returncode = self._process.wait()
        self._process = None
        if returncode and other_file:
            raise WorkerError(self._other_file(other_file))
        if returncode:
            why = (
                complaint.removeprefix("ERROR: ")
                or f"the command {processes.how_it_ended(returncode)}"
            )
            raise WorkerError(f"{stage} failed ({why}): details are in {self._log_path}")

    def _other_file(self, package: str) -> str:
        where = self._plan.wheels or "the package index"
        return (
            f"{package} from {where} is not the file this extension knows (its SHA-256 differs), so nothing was "
            f"installed: try again or use another source; details are in {self._log_path}"
        )

    def _read(self, line: str) -> None:
        """Turn a line of pip's into words for the user."""
        if match := _DOWNLOAD.match(line):
            self._detail = f"Downloading {match[1]} ({match[2]})"
        elif line.startswith(_UNPACKING):
            self._packages = line.count(",") + 1
            self._detail = "Unpacking the packages"

    def _share(self) -> float:
        """Share of the whole installation, from the bytes that have come or the packages that are unpacked."""
        stages = list(_STAGE_ENDS)
        end = _STAGE_ENDS[self._stage]
        start = _STAGE_ENDS[stages[stages.index(self._stage) - 1]]
        if self._packages:
            done = 0.75 + 0.25 * min(
                1.0, (self._unpacked() - self._unpacked_before) / self._packages
            )
            return start + (end - start) * done
        whole = _COMMON_GB if end < 0.5 else self._plan.download_gb - _COMMON_GB
        if whole <= 0:
            return start
        return start + (end - start) * 0.75 * min(1.0, _size(self._download_folder) / (whole * 1e9))

    def _unpacked(self) -> int:
        """How many packages the environment has."""
        return sum(1 for _ in Path(self._plan.folder).glob(_UNPACKED))

    def _probe(self) -> ProbeResult:
        """What the new environment offers, asked of a worker that runs in it."""
        client = WorkerClient(self._plan.python, self._addon_dir, self._log_path)
        try:
            request = ProbeRequest()
            client.submit(*request.message())
            while not self._cancelled.is_set():
                for message in client.poll():
                    if isinstance(message, Finished):
                        return request.result(message.result, message.arrays)
                    if isinstance(message, Failed | Died):
                        raise WorkerError(message.text)
                time.sleep(0.02)
            raise WorkerError("cancelled")
        finally:
            client.stop()


class Remover:
    """Removes an environment in a thread; polled like the worker's client."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="aim-remove")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def poll(self) -> list[Message]:
        """How it ended, once it has; never waits."""
        return [] if self._inbox.empty() else [self._inbox.get_nowait()]

    def cancel(self) -> None:
        """Removing goes on: half an environment is of no use."""

    def _run(self) -> None:
        end: Message = Failed(WorkerError.__name__, f"{self._folder} could not be removed.")
        try:
            remove_environment(self._folder)
            end = Finished({})
        except WorkerError as error:
            end = Failed(WorkerError.__name__, str(error))
        finally:
            self._inbox.put(end)


def environment_python(folder: str) -> str:
    """The executable of the environment in ``folder``."""
    return str(
        Path(folder, "Scripts", "python.exe") if os.name == "nt" else Path(folder, "bin", "python")
    )


def is_complete(folder: str) -> bool:
    """Whether an installation in ``folder`` reached its end."""
    return Path(folder, MARKER).is_file()


def was_checked(folder: str) -> bool:
    """Whether every file of the environment in ``folder`` had a known hash."""
    try:
        return _UNCHECKED not in Path(folder, MARKER).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def remove_environment(folder: str) -> None:
    """Remove an environment, its marker first, so that half of one is never taken for whole.

    Raises:
        WorkerError: a file cannot be removed, as on Windows while a worker uses it.
    """
    Path(folder, MARKER).unlink(missing_ok=True)
    for last in (False, False, True):  # a killed process may hold files a moment longer
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            return
        except OSError as error:
            if last:
                raise WorkerError(
                    f"{folder} could not be removed ({error.strerror}): restart Blender and try again."
                ) from error
            time.sleep(0.3)


def _size(folder: Path) -> int:
    """Bytes in the files below ``folder``; files may go while they are counted."""
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size
        except FileNotFoundError:
            continue
    return size
