# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds ``.venv`` from the pins in ``tools/lock``; returns at once when it is up to date.

Run by ``make env`` with a plain Python 3.11: only the standard library is used here.
"""

import ctypes
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "tools" / "lock"
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "lock-hash.txt"
SECOND_BLENDER = ENVIRONMENT / "bpy-4.5.15"


def main() -> int:
    """Bring the environment up to date; the exit status."""
    if sys.version_info[:2] != (3, 11):
        found = ".".join(map(str, sys.version_info[:3]))
        return _fail(f"Python 3.11 is needed, as Blender's module asks for it; this is {found}.")
    missing = missing_packages()
    if missing:
        return _fail(
            f"libraries that Blender needs are missing: apt-get install {' '.join(missing)}"
        )
    if STAMP.is_file() and STAMP.read_text() == lock_hash():
        return 0
    _install()
    return 0


def missing_packages() -> list[str]:
    """The Debian packages of ``apt.txt`` whose library cannot be loaded (none outside Linux)."""
    if not sys.platform.startswith("linux"):
        return []
    missing = []
    for line in (LOCK / "apt.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        package, library = line.split()
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def lock_hash() -> str:
    """A digest of the pins and of this script: another digest, another environment."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (*sorted(LOCK.glob("*.txt")), Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _install() -> None:
    STAMP.unlink(missing_ok=True)
    if not (ENVIRONMENT / "bin" / "python").exists():
        venv.create(ENVIRONMENT, with_pip=True)
    _pip("-r", str(LOCK / "requirements.txt"))
    _pip("--no-deps", "-r", str(LOCK / "no-deps.txt"))
    _pip(
        "--no-deps", "--upgrade", "--target", str(SECOND_BLENDER),
        "-r", str(LOCK / "second-blender.txt"),
    )  # fmt: skip
    STAMP.write_text(lock_hash())
    sys.stdout.write(f"{ENVIRONMENT} is ready\n")


def _pip(*arguments: str) -> None:
    python = ENVIRONMENT / "bin" / "python"
    quiet = ("--quiet", "--disable-pip-version-check")
    subprocess.run([str(python), "-m", "pip", "install", *quiet, *arguments], check=True)


def _fail(sentence: str) -> int:
    sys.stderr.write(f"make env: {sentence}\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
