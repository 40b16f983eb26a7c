# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps of the demo with their names and times on the terminal, and Blender's own chatter in a file."""

import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class Steps:
    """Runs named steps and keeps how long each took."""

    def __init__(self, log: Path) -> None:
        """Nothing done yet; what Blender says goes to ``log``."""
        self.seconds: dict[str, float] = {}
        self._log = log

    def __call__(self, name: str, work: Callable, *args, **options):
        """The result of ``work``."""
        self.say(f"{name} ... ", end="")
        started = time.perf_counter()
        try:
            with self._quiet():
                result = work(*args, **options)
        except Exception:
            self.say(f"failed; what Blender said is in {self._log}")
            raise
        self.seconds[name] = round(time.perf_counter() - started, 2)
        self.say(f"{self.seconds[name]:.1f} s")
        return result

    def say(self, text: str, end: str = "\n") -> None:
        """Tell the terminal."""
        sys.stdout.write(text + end)
        sys.stdout.flush()

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Send what the process writes to its standard output and error to the log; Blender prints from C."""
        kept = [os.dup(1), os.dup(2)]
        with self._log.open("ab") as log:
            try:
                for number in (1, 2):
                    os.dup2(log.fileno(), number)
                yield
            finally:
                sys.stdout.flush()
                if os.name == "posix":
                    ctypes.CDLL(None).fflush(None)  # what C code has not written yet
                for number, old in zip((1, 2), kept, strict=True):
                    os.dup2(old, number)
                    os.close(old)
