# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads ``blenders.toml``: which Blenders there are, and which Python on this machine each of them can have.

    python tools/blenders.py windows     the places for tests with a window, one a line

Only the standard library is used here.
"""

import functools
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
TABLE = tomllib.loads((ROOT / "tools" / "blenders.toml").read_text())
SECONDS_TO_ANSWER = 30


@dataclass(frozen=True)
class Blender:
    """One Blender as a Python module, and what it asks for."""

    name: str
    lts: bool
    bpy: str
    python: str
    numpy: str
    tests: str

    @property
    def whole(self) -> bool:
        """Whether every tier runs on it; else the short one only."""
        return self.tests == "whole"

    @property
    def folder(self) -> Path:
        """Its environment; the main Blender's is ``.venv`` itself."""
        return ENVIRONMENT if self.name == TABLE["main"] else ENVIRONMENT / f"blender-{self.name}"

    @property
    def executable(self) -> Path:
        """The Python of its environment, which may not have been made yet."""
        return self.folder / "bin" / "python"


@dataclass(frozen=True)
class Window:
    """A Debian whose Blender has a window."""

    name: str
    suite: str
    moves: bool
    drives: tuple[str, ...]


BLENDERS = tuple(Blender(**row) for row in TABLE["blender"])
MAIN = next(blender for blender in BLENDERS if blender.name == TABLE["main"])
WINDOWS = tuple(Window(**{**row, "drives": tuple(row["drives"])}) for row in TABLE["window"])


@functools.cache
def find_python(version: str) -> str | None:
    """A Python of that version that can make environments, on PATH or among pyenv's; None where there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [sys.executable, shutil.which(f"python{version}")]
    found += sorted(map(str, pyenv.glob(f"{version}.*/bin/python{version}")), reverse=True)
    return next((path for path in found if path and _answers(path, version)), None)


def _answers(python: str, version: str) -> bool:
    """Whether that Python starts, as one of pyenv's shims may not, and is what its name says."""
    ask = "import ensurepip, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [python, "-c", ask], capture_output=True, text=True, timeout=SECONDS_TO_ANSWER
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and answer.stdout.strip() == version


def main(argv: list[str]) -> int:
    """Print the places with a window for ``run.sh``; the exit status."""
    if argv != ["windows"]:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    for window in WINDOWS:
        moves = "moves" if window.moves else "stays"
        sys.stdout.write(f"{window.name} {window.suite} {moves} {' '.join(window.drives)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
