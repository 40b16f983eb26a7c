# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's side of the worker process (no Blender needed). Nothing here makes the caller wait.

Starting the process, writing the input arrays and reading answers happen in threads; the main thread
submits, polls and cancels.
"""

import itertools
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..backend.errors import AimError, RuntimeUnavailableError, WorkerError
from ..backend.io.array_files import map_arrays, write_arrays
from ..backend.worker.messages import (
    BUG,
    CANCELLED,
    Cancel,
    Failed,
    Finished,
    Progressed,
    Ready,
    Submit,
    WireMessage,
    decode,
    encode,
)
from . import process as processes

FOLDER_PREFIX = "aim_worker_"
CANCELLED_TEXT = "The job was cancelled; nothing was changed."
#: Temporary folders that a crash of the whole machine left behind are removed after this long.
STALE_AFTER_S = 7 * 24 * 3600
STOP_GRACE_S = 2.0
#: How long a process that is ended by force may take to be gone.
END_GRACE_S = 0.5
#: Return codes of a process that somebody else has ended, which says nothing of its Python.
_ENDED_BY_OTHERS = tuple(
    -getattr(signal, name)
    for name in ("SIGKILL", "SIGTERM", "SIGHUP", "SIGINT")
    if hasattr(signal, name)
)
#: Module of the product's own jobs, as the worker imports it.
JOBS = "backend.jobs.table"


@dataclass(frozen=True)
class Died:
    """The worker process ended in the middle of the job; the next job starts a new one."""

    text: str
    job_id: int = 0


Message = Progressed | Finished | Failed | Died


@dataclass(frozen=True)
class WorkerOptions:
    """How the worker runs.

    Attributes:
        temp_parent: where arrays are exchanged; None for the system's temporary folder.
        threads: processor threads for computing; 0 for the libraries' own choice.
        log_level: least severity that the worker logs.
        search_path: folders of packages that its Python would not find by itself.
        jobs: module whose ``find`` gives the worker its jobs by name.
        cancel_grace_s: how long a cancelled job may take to stop before the process is ended.
    """

    temp_parent: str | None = None
    threads: int = 0
    log_level: str = "INFO"
    search_path: tuple[str, ...] = ()
    jobs: str = JOBS
    cancel_grace_s: float = 2.0


class _Session:
    """One run of the worker process: its pipes, its folder, and the thread that reads its answers."""

    def __init__(
        self, process: subprocess.Popen, folder: Path, inbox: "queue.SimpleQueue[WireMessage]"
    ) -> None:
        self.process = process
        self.folder = folder
        self.ready = False
        self.dropped = False
        self.ended = threading.Event()
        self._inbox = inbox
        self._reader = threading.Thread(target=self._read, name="aim-worker-reader", daemon=True)
        self._reader.start()

    def send(self, message: WireMessage) -> None:
        """Write ``message``; a worker that is gone is noticed by the reader, so that is no error here."""
        data = encode(message)
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except (OSError, ValueError):  # broken pipe, or closed by close()
            pass

    def drop(self) -> None:
        """End the process by force, without waiting; no job is given to it any more."""
        self.dropped = True
        processes.kill(self.process)

    def close(self, grace_s: float) -> None:
        """End the process by closing its input; by force when it takes longer than ``grace_s`` seconds."""
        try:
            self.process.stdin.close()
        except OSError:
            pass
        if not self.ended.wait(grace_s):
            processes.kill(self.process)
            self.ended.wait(grace_s)

    def _read(self) -> None:
        try:
            for line in self.process.stdout:
                message = decode(line)
                if isinstance(message, Ready):
                    self.ready = True
                elif message is not None:
                    self._inbox.put(self._receive(message))
        finally:
            self.process.wait()
            self.process.stdout.close()
            shutil.rmtree(self.folder, ignore_errors=True)
            self.ended.set()

    def _receive(self, message: WireMessage) -> WireMessage:
        """``message`` with its arrays mapped; the files go as soon as the system allows."""
        if isinstance(message, Progressed):
            return message
        try:
            if isinstance(message, Finished):
                message = replace(message, arrays=map_arrays(message.arrays))
        except (OSError, ValueError) as error:
            text = f"The result could not be read from {self.folder} ({error}): try again."
            message = Failed(WorkerError.__name__, text, message.job_id)
        # Windows keeps mapped files; they go with the session's folder.
        shutil.rmtree(self.folder / str(message.job_id), ignore_errors=True)
        return message


@dataclass
class _Running:
    """The job that Blender waits for."""

    job_id: int
    session: _Session | None = None
    sent: bool = False
    give_up_at: float | None = None


class WorkerClient:
    """Starts the worker when it is needed, gives it one job at a time, and brings back its messages."""

    def __init__(
        self, python: str, addon_dir: str, log_path: str, options: WorkerOptions | None = None
    ) -> None:
        self.python = python
        self.log_path = log_path
        self.options = options or WorkerOptions()
        #: How many processes were started: what one of them holds is gone with it.
        self.runs = 0
        self._addon_dir = addon_dir
        self._inbox: queue.SimpleQueue[WireMessage] = queue.SimpleQueue()
        self._numbers = itertools.count(1)
        self._running: _Running | None = None
        self._session: _Session | None = None
        self._start_lock = threading.Lock()
        self._send_lock = threading.Lock()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        session = self._session
        return session is not None and not session.dropped and session.process.poll() is None

    @property
    def busy(self) -> bool:
        """Whether a job was submitted whose end :meth:`poll` has not told yet."""
        return self._running is not None

    def start(self) -> None:
        """Start the process if it does not run.

        Raises:
            RuntimeUnavailableError: the Python cannot be started.
        """
        self._live_session()

    def submit(self, job: str, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> int:
        """Begin ``job`` and return its number. The arrays must not be changed before it ends."""
        self._make_way()
        running = _Running(next(self._numbers))
        self._running = running
        deliver = threading.Thread(
            target=self._deliver,
            args=(running, job, dict(params), dict(arrays)),
            name="aim-worker-submit",
            daemon=True,
        )
        deliver.start()
        return running.job_id

    def poll(self) -> list[Message]:
        """What has happened to the job since the last call; never waits."""
        running = self._running
        if running is None:
            return []
        ended = (
            running.session is not None and running.session.ended.is_set()
        )  # before the inbox is emptied
        messages = self._take(running)
        if self._running is None:
            return messages
        if running.give_up_at is not None and (ended or time.monotonic() >= running.give_up_at):
            self._running = None
            if running.session is not None:
                running.session.drop()
                # A moment, so that the process lets go of its files before they are removed.
                running.session.ended.wait(END_GRACE_S)
            messages.append(Failed(CANCELLED, CANCELLED_TEXT, running.job_id))
        elif ended:
            self._running = None
            messages.append(Died(self._cause_of_death(running.session), running.job_id))
        return messages

    def cancel(self) -> None:
        """Ask the job to stop; the process is ended when it does not in time. :meth:`poll` tells the end."""
        running = self._running
        if running is None or running.give_up_at is not None:
            return
        with self._send_lock:
            running.give_up_at = time.monotonic() + self.options.cancel_grace_s
            if running.sent and running.session is not None:
                running.session.send(Cancel(running.job_id))

    def stop(self, wait: bool = True) -> None:
        """End the process, drop its job, remove its files.

        Args:
            wait: whether to return only when the process is gone (a few milliseconds as a rule).
        """
        self._running = None
        with self._start_lock:
            session, self._session = self._session, None
        if session is None:
            return
        if wait:
            session.close(STOP_GRACE_S)
            shutil.rmtree(session.folder, ignore_errors=True)
        else:
            threading.Thread(
                target=session.close, args=(STOP_GRACE_S,), name="aim-worker-stop"
            ).start()

    def _make_way(self) -> None:
        """Let go of a cancelled job that nobody polls for any more."""
        self.poll()
        running = self._running
        if running is None:
            return
        if running.give_up_at is None:
            raise WorkerError("Another job is running: wait for it or cancel it.")
        self._running = None
        if running.session is not None:
            running.session.drop()

    def _take(self, running: _Running) -> list[Message]:
        """The inbox's messages about ``running``."""
        messages: list[Message] = []
        while True:
            try:
                message = self._inbox.get_nowait()
            except queue.Empty:
                return messages
            if message.job_id != running.job_id or self._running is None:
                continue
            if isinstance(message, Failed) and message.kind == BUG:
                text = f"The job stopped at a fault of the extension ({message.text}): details are in {self.log_path}"
                message = replace(message, text=text)
            if not isinstance(message, Progressed):
                self._running = None
            messages.append(message)

    def _deliver(self, running: _Running, job: str, params: dict, arrays: dict) -> None:
        """Start the worker if need be, write the arrays and send the job (in a thread)."""
        failure = Failed(BUG, "it could not be handed to the worker", running.job_id)
        try:
            failure = self._hand_over(running, job, params, arrays)
        except AimError as error:
            failure = Failed(type(error).__name__, str(error), running.job_id)
        finally:  # also when something unforeseen is raised, so that nobody waits for ever
            if failure is not None:
                self._inbox.put(failure)

    def _hand_over(self, running: _Running, job: str, params: dict, arrays: dict) -> Failed | None:
        session = running.session = self._live_session()
        folder = session.folder / str(running.job_id)
        paths = write_arrays(folder, arrays, "in")
        with self._send_lock:
            if running.give_up_at is None and self._running is running:
                session.send(Submit(running.job_id, job, params, paths, str(folder)))
                running.sent = True
                return None
        shutil.rmtree(folder, ignore_errors=True)
        return Failed(CANCELLED, CANCELLED_TEXT, running.job_id)

    def _live_session(self) -> _Session:
        with self._start_lock:
            session = self._session
            if session is None or session.dropped or session.process.poll() is not None:
                session = self._session = self._start_session()
                self.runs += 1
            return session

    def _start_session(self) -> _Session:
        options = self.options
        command = [self.python, *processes.PYTHON_OPTIONS, "-m", "backend.worker"]
        command += ["--log-level", options.log_level, "--jobs", options.jobs]
        environment = processes.clean_environment(self.python, options.search_path, options.threads)
        try:
            _remove_stale_folders(options.temp_parent)
            folder = tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=options.temp_parent)
        except OSError as error:
            where = options.temp_parent or tempfile.gettempdir()
            raise WorkerError(
                f"No temporary folder can be made in {where} ({error.strerror})."
            ) from error
        try:
            with processes.open_log(self.log_path, "worker") as log:
                process = processes.start(
                    [*command, "--folder", folder],
                    self._addon_dir,
                    environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                )
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise RuntimeUnavailableError(
                f"The Python at {self.python} cannot be started ({error.strerror}): choose another in the preferences."
            ) from error
        return _Session(process, Path(folder), self._inbox)

    def _cause_of_death(self, session: _Session) -> str:
        how = processes.how_it_ended(session.process.returncode)
        if session.ready:
            return (
                f"The worker process {how} before the job was done: details are in {self.log_path}"
            )
        if session.process.returncode in _ENDED_BY_OTHERS:
            return f"The worker process {how}, before it was ready: try again; details are in {self.log_path}"
        return (
            f"The Python at {self.python} could not run the worker ({processes.last_line(self.log_path)}): "
            f"choose another in the preferences; details are in {self.log_path}"
        )


def _remove_stale_folders(parent: str | None) -> None:
    oldest = time.time() - STALE_AFTER_S
    for folder in Path(parent or tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        try:
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:  # its own Blender has just removed it
            continue
