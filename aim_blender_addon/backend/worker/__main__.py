# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker process: ``python -m backend.worker`` with the extension's folder as working directory.

Blender writes messages to standard input and reads answers from standard output, one JSON line each
(``messages.py``). At the start both are moved to private handles, so that nothing a library prints can
reach the protocol: it goes to standard error, which is the log. The process ends by itself when its
input ends, because then Blender has quit or crashed.

This file alone must also be readable for old Pythons, so that it can say that they are too old.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):
    sys.exit(
        f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old: 3.11 or later is needed"
    )

import argparse
import ctypes
import faulthandler
import gc
import importlib
import logging
import os
import platform
import queue
import shutil
import signal
import threading
import time
from collections.abc import Callable
from typing import BinaryIO, Protocol

from ..errors import AimError, JobCancelled, RuntimeUnavailableError
from ..progress import Progress
from .messages import (
    BUG,
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
from .packages import missing_package

log = logging.getLogger("worker")

#: Functions of C that this process has; Windows has none under this name.
_C_LIBRARY = ctypes.CDLL(None) if os.name == "posix" else None

#: Seconds between two reports of progress in the same stage.
REPORT_INTERVAL_S = 0.05
#: A job that follows the mouse comes thirty times a second: it is logged only when it took longer, s.
SLOW_S = 0.2


class WorkerJob(Protocol):
    """A job as the worker does it; ``follows``: it follows the mouse."""

    follows: bool

    def do(self, params: dict, arrays: dict, progress: Progress) -> tuple[dict, dict]:
        """Result and arrays of parameters and arrays."""


class Worker:
    """Does one job after the other, and listens for cancelling and the end of input meanwhile."""

    def __init__(self, find: Callable[[str], WorkerJob], answers: BinaryIO, folder: str) -> None:
        self._find = find
        self._answers = answers
        self._folder = folder
        self._waiting: queue.SimpleQueue[Submit] = queue.SimpleQueue()
        self._cancelled: set[int] = set()

    def listen(self, commands: BinaryIO) -> None:
        """Take messages until the input ends; then end the process, whatever it is computing."""
        try:
            for line in commands:
                message = decode(line)
                if isinstance(message, Submit):
                    self._waiting.put(message)
                elif isinstance(message, Cancel):
                    self._cancelled.add(message.job_id)
                elif line.strip():
                    log.warning("a line of %d bytes is no message and is passed over", len(line))
        finally:  # whatever the lines were: a process that no longer listens must not stay
            self._leave()

    def work(self) -> None:
        """Do jobs for ever; :meth:`listen` ends the process."""
        while True:
            if not self._do(self._waiting.get()):
                _release_memory()

    def send(self, message: WireMessage) -> None:
        """Hand ``message`` to Blender; when nobody reads any more, end."""
        self._write(encode(message))

    def _do(self, asked: Submit) -> bool:
        """Do a job and answer; whether it follows the mouse."""
        started, follows = time.monotonic(), False
        try:
            job = self._find(asked.job)
            follows = job.follows
            level = logging.DEBUG if follows else logging.INFO
            log.log(level, "job %d: %s", asked.job_id, asked.job)
            answer = encode(self._finish(job, asked))
        except AimError as error:
            answer = encode(Failed(type(error).__name__, str(error), asked.job_id))
        except Exception as error:  # noqa: BLE001 - the process's outermost frame: the log keeps the traceback
            log.exception("job %d failed", asked.job_id)
            answer = encode(_explain(error, asked.job_id))
        self._cancelled.discard(asked.job_id)
        seconds = time.monotonic() - started
        quiet = follows and seconds < SLOW_S
        log.log(logging.DEBUG if quiet else logging.INFO, "job %d: %.2f s", asked.job_id, seconds)
        self._write(answer)
        return follows

    def _finish(self, job: WorkerJob, asked: Submit) -> Finished:
        report = Reporter(self, asked.job_id)
        result, arrays = job.do(asked.params, _read(asked.arrays), report)
        report.check()
        return Finished(result, _write(asked.folder, arrays), asked.job_id)

    def is_cancelled(self, job_id: int) -> bool:
        """Whether Blender wants this job no more."""
        return job_id in self._cancelled

    def _write(self, data: bytes) -> None:
        try:
            self._answers.write(data)
            self._answers.flush()
        except OSError:
            self._leave()

    def _leave(self) -> None:
        """End at once, without waiting for the thread that computes, and leave no temporary files."""
        for _ in range(2):  # the other thread may be writing into the folder meanwhile
            shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(0)


class Reporter:
    """The ``Progress`` a job is given: sends it to Blender, and stops the job when it was cancelled."""

    def __init__(self, worker: Worker, job_id: int) -> None:
        self._worker = worker
        self._job_id = job_id
        self._stage = ""
        self._sent_at = 0.0

    def __call__(self, stage: str, fraction: float, figures: dict) -> None:
        """Report ``stage`` and ``fraction``; too frequent reports are dropped.

        Raises:
            JobCancelled: the user cancelled.
        """
        self.check()
        now = time.monotonic()
        if stage == self._stage and now - self._sent_at < REPORT_INTERVAL_S:
            return
        self._stage, self._sent_at = stage, now
        self._worker.send(Progressed(stage, float(fraction), figures, self._job_id))

    def check(self) -> None:
        """Raise ``JobCancelled`` when the user cancelled."""
        if self._worker.is_cancelled(self._job_id):
            raise JobCancelled("The job was cancelled; nothing was changed.")


def main(arguments: list[str] | None = None) -> None:
    """Serve jobs until the input ends."""
    options = _options(arguments)
    commands, answers = _private_streams()
    _set_up_process(options.log_level)
    worker = Worker(importlib.import_module(options.jobs).find, answers, options.folder)
    worker.send(Ready(platform.python_version()))
    threading.Thread(target=worker.listen, args=(commands,), name="listen", daemon=True).start()
    worker.work()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="backend.worker", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", required=True, help="temporary files; removed when the worker ends"
    )
    parser.add_argument("--jobs", required=True, help="module whose find() gives jobs by name")
    parser.add_argument("--log-level", default="INFO", help="least severity that is logged")
    return parser.parse_args(arguments)


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Private duplicates of standard input and output; the public ones become nothing and the log."""
    sys.stdout.flush()
    commands, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    output = os.fdopen(answers, "wb")
    output.write(b"\n")  # ends what was printed while Python started
    return os.fdopen(commands, "rb"), output


def _set_up_process(log_level: str) -> None:
    """Log to standard error, and tell there where it crashes."""
    logging.basicConfig(
        stream=sys.stderr,
        level=log_level,
        format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s",
    )
    faulthandler.enable()
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C in Blender's terminal is meant for Blender
    log.info("Python %s at %s", platform.python_version(), sys.executable)


def _explain(error: Exception, job_id: int) -> Failed:
    """What the user is told of an error that is not an ``AimError``."""
    if isinstance(error, ModuleNotFoundError) and (package := missing_package(error)):
        text = f"The Python environment lacks the package {package}: install the environment again."
        return Failed(RuntimeUnavailableError.__name__, text, job_id)
    if type(error).__name__ == "OutOfMemoryError":  # torch's, known without importing it
        text = "The graphics card has too little free memory: choose the CPU as device in the preferences."
        return Failed("WorkerError", text, job_id)
    if isinstance(error, MemoryError):
        return Failed(
            "WorkerError",
            "There is too little free memory: close other programs and try again.",
            job_id,
        )
    first_line = (str(error).strip().splitlines() or [""])[0]
    return Failed(BUG, f"{type(error).__name__}: {first_line}"[:200], job_id)


def _read(paths: dict[str, str]) -> dict:
    """The arrays of a job. Numpy is imported only if there are any: a probe must work without it."""
    if not paths:
        return {}
    from ..io.array_files import map_arrays

    return map_arrays(paths)


def _write(folder: str, arrays: dict) -> dict[str, str]:
    """Files of a job's resulting arrays."""
    if not arrays:
        return {}
    from ..io.array_files import write_arrays

    return write_arrays(folder, arrays, "out")


def _release_memory() -> None:
    """Give unused memory back: the graphics card's to Blender, the rest to the system.

    Objects that hold each other, and what glibc keeps in pieces, would else grow to some hundred megabytes.
    """
    gc.collect()
    if trim := getattr(_C_LIBRARY, "malloc_trim", None):
        trim(0)
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
