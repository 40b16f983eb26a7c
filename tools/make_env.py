# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the environments that ``blenders.toml`` and the pins in ``tools/lock`` describe.

    python tools/make_env.py [BLENDER ...]

``.venv`` has the worker's packages and the main Blender. Each other Blender has an environment of its own in it,
made when a test needs it. One that is up to date is left alone. Only the standard library is used here.
"""

import ctypes
import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from blenders import BLENDERS, MAIN, ROOT, Blender, find_python

LOCK = Path("tools") / "lock"  # below ROOT, so that a moved repository has the same digests


def main(argv: list[str]) -> int:
    """Bring the main environment and those of the named Blenders up to date; the exit status."""
    known = {blender.name: blender for blender in BLENDERS}
    if unknown := [name for name in argv if name not in known]:
        return _fail(f"no such Blender: {', '.join(unknown)}; there are: {', '.join(known)}")
    if missing := missing_packages():
        return _fail(
            f"libraries that Blender needs are missing: apt-get install {' '.join(missing)}"
        )
    faults = make([MAIN, *(known[name] for name in argv)])
    return _fail("; ".join(faults.values())) if faults else 0


def make(blenders: list[Blender]) -> dict[str, str]:
    """Bring environments up to date, two at a time; what went wrong, by the Blender's name."""
    with ThreadPoolExecutor(2) as pool:
        faults = pool.map(_made, blenders)
        return {b.name: fault for b, fault in zip(blenders, faults, strict=True) if fault}


def missing_packages() -> list[str]:
    """The Debian packages of ``apt.txt`` whose library cannot be loaded (none outside Linux)."""
    if not sys.platform.startswith("linux"):
        return []
    missing = []
    for line in (ROOT / LOCK / "apt.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        package, library = line.split()
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def _made(blender: Blender) -> str:
    """Make one environment unless it is there; why it cannot be had, or ""."""
    python = find_python(blender.python)
    if python is None:
        return f"Blender {blender.name} needs Python {blender.python}, which is not on this machine"
    steps = _pip_steps(blender)
    stamp, digest = blender.folder / "lock-hash.txt", _digest(python, steps)
    if stamp.is_file() and stamp.read_text() == digest:
        return ""
    stamp.unlink(missing_ok=True)
    try:
        if not blender.executable.exists():
            subprocess.run([python, "-m", "venv", str(blender.folder)], check=True)
        for step in steps:
            command = [str(blender.executable), "-m", "pip", "install", "--quiet", *step]
            subprocess.run([*command, "--disable-pip-version-check"], check=True, cwd=ROOT)
    except subprocess.CalledProcessError as error:
        return f"the environment of Blender {blender.name} could not be made: {error}"
    stamp.write_text(digest)
    sys.stdout.write(f"{blender.folder} is ready: Blender {blender.bpy}, Python {blender.python}\n")
    return ""


def _pip_steps(blender: Blender) -> list[list[str]]:
    """What pip is asked for, call by call."""
    pins = [f"bpy=={blender.bpy}", f"numpy=={blender.numpy}", "-r", str(LOCK / "blender.txt")]
    if blender == MAIN:
        pins += ["-r", str(LOCK / "worker.txt")]
    return [pins, ["--no-deps", "-r", str(LOCK / "no-deps.txt")]]


def _digest(python: str, steps: list[list[str]]) -> str:
    """Another digest, another environment: it covers the Python, pip's arguments and the pins."""
    version = subprocess.run([python, "-VV"], capture_output=True, check=True).stdout
    digest = hashlib.sha256(version + repr(steps).encode())
    for path in sorted((ROOT / LOCK).glob("*.txt")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _fail(sentence: str) -> int:
    sys.stderr.write(f"make env: {sentence}\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
