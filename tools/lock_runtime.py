# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the pins and hashes of ``aim_blender_addon/lock``, by asking pip what each system would install.

    python tools/lock_runtime.py [NAME ...]

NAME is a stem of a lock, such as ``runtime-cpu``; all of them without one. Versions stand in ``PINS`` below. A lock
that needs PyTorch's own index can only be made where that can be reached. Where it cannot, the lock stays without
hashes, which the installer says, and this script names it and ends with 1. Nothing is downloaded but descriptions,
where the index has them.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from aim_blender_addon.jobs.torch_builds import TORCH_INDEX  # noqa: E402

LOCK = ROOT / "aim_blender_addon" / "lock"
PYTHONS = ("3.11", "3.12", "3.13")


def _linux(newest: int) -> tuple[str, ...]:
    """Tags that a Linux with glibc 2.``newest`` takes."""
    older = ("manylinux2014", "manylinux2010", "manylinux1", "linux")
    return tuple(
        f"{tag}_x86_64" for tag in (*(f"manylinux_2_{n}" for n in range(newest, 4, -1)), *older)
    )


def _macos(newest: int) -> tuple[str, ...]:
    """Tags that this macOS takes."""
    return tuple(
        f"macosx_{n}_0_{kind}" for n in range(newest, 10, -1) for kind in ("arm64", "universal2")
    )


#: Platform tags of pip, by the names that locks have. Newer systems may be given other wheels, so each age is asked.
PLATFORMS = {
    "linux-x86_64": tuple(_linux(newest) for newest in (28, 34, 40)),
    "windows-amd64": (("win_amd64",),),
    "macos-arm64": (_macos(14), _macos(26)),
}
TORCH = "2.13.0"
#: Marker of what older Macs have no wheels of.
NOT_ON_MACS = 'sys_platform != "darwin"'
_HEADER = "# Written by tools/lock_runtime.py.{more}\n"


@dataclass(frozen=True)
class Lock:
    """One lock.

    Attributes:
        pins: requirements, each with a marker where Pythons differ.
        platforms: keys of ``PLATFORMS``.
        about: comment in the file.
        index: subfolder of PyTorch's own index; "" for pip's default index.
        with_dependencies: those beside the common ones are pinned as well.
    """

    pins: tuple[str, ...]
    platforms: tuple[str, ...]
    about: str
    index: str = ""
    with_dependencies: bool = False


PINS = (
    # GPL-3.0-or-later; what muscles are solved with, and scipy where there is none
    'cvxopt==1.3.2 ; python_version < "3.13"',
    f'cvxopt==1.3.2 ; python_version >= "3.13" and {NOT_ON_MACS}',
    "embreex==4.4.0.post1",
    'numpy==1.26.4 ; python_version < "3.13"',
    'numpy==2.2.6 ; python_version >= "3.13"',
    "openexr==3.5.3",
    "robust-laplacian==1.1.0",
    "rtree==1.4.1",
    "safetensors==0.8.0",
    "scipy==1.17.1",
    "trimesh==5.2.0",
    # what torch asks for itself
    "filelock==4.2.11",
    "fsspec==2026.9.0",
    "Jinja2==3.1.6",
    "MarkupSafe==3.0.4",
    "mpmath==1.3.0",
    "networkx==3.6.1",
    "setuptools==84.2.1",
    "sympy==1.14.0",
    "typing_extensions==4.16.0",
)
LOCKS = {
    "runtime-common": Lock(PINS, tuple(PLATFORMS), "What fitting needs beside torch."),
    "runtime-cpu": Lock(
        (f"torch=={TORCH}+cpu",),
        ("linux-x86_64", "windows-amd64"),
        "torch for any processor.",
        "cpu",
    ),
    "runtime-cuda": Lock(
        (f"torch=={TORCH}",),
        ("linux-x86_64",),
        "torch for graphics cards by NVIDIA on Linux, and what it asks for there.",
        with_dependencies=True,
    ),
    "runtime-cuda-windows": Lock(
        (f"torch=={TORCH}+cu130",),
        ("windows-amd64",),
        "torch for graphics cards by NVIDIA on Windows.",
        "cu130",
    ),
    "runtime-mps": Lock(
        (f"torch=={TORCH}",),
        ("macos-arm64",),
        "torch for Apple computers with their own processors.",
    ),
}


def main(names: list[str]) -> int:
    """Write the locks that are asked for, or all; the exit status."""
    if unknown := [name for name in names if name not in LOCKS]:
        sys.stderr.write(f"no such lock: {', '.join(unknown)}; there are: {', '.join(LOCKS)}\n")
        return 2
    missing = []
    for name in names or LOCKS:
        missing += write(name, LOCKS[name])
    for place in missing:
        sys.stderr.write(f"{place}: pip found nothing, so it has no hashes\n")
    return 1 if missing else 0


def write(name: str, lock: Lock) -> list[str]:
    """Write one lock; the systems that nothing was found for.

    A lock of pip's default index has the hashes of all systems in one file. One of PyTorch's index has a file for each
    system and Python that is known, beside one without hashes for the others.
    """
    if not lock.index:
        found: dict[str, set[str]] = {}
        for platform in lock.platforms:
            for python in PYTHONS:
                for pin, hashes in resolve(lock, platform, python).items():
                    found.setdefault(pin, set()).update(hashes)
        (LOCK / f"{name}.txt").write_text(text_of(lock, found), encoding="utf-8")
        return [] if found else [name]
    missing = []
    (LOCK / f"{name}.txt").write_text(
        text_of(lock, {pin: set() for pin in lock.pins}), encoding="utf-8"
    )
    for platform in lock.platforms:
        for python in PYTHONS:
            path = LOCK / f"{name}.{platform}-{python}.txt"
            found = resolve(lock, platform, python)
            if found:
                path.write_text(text_of(lock, found), encoding="utf-8")
            elif not path.exists():
                missing.append(path.name)
    return missing


def resolve(lock: Lock, platform: str, python: str) -> dict[str, set[str]]:
    """Pins, with their markers, and the hashes of what pip would install there; empty where it finds nothing."""
    older = tuple(int(part) for part in python.split(".")) < (3, 13)
    pins = {
        _name(pin): pin
        for pin in lock.pins
        if (";" not in pin or ("<" in pin.partition(";")[2]) == older)
        and not (NOT_ON_MACS in pin and platform.startswith("macos"))
    }
    common = set() if lock.pins == PINS else {_name(pin) for pin in PINS}
    found: dict[str, set[str]] = {}
    for tags in PLATFORMS[platform]:
        for item in _asked(lock, tags, python, [pin.partition(" ;")[0] for pin in pins.values()]):
            about = item["metadata"]
            name = _name(about["name"])
            if name not in common:
                pin = pins.get(name, f"{about['name']}=={about['version']}")
                found.setdefault(pin, set()).add(
                    item["download_info"]["archive_info"]["hashes"]["sha256"]
                )
    return found


def _asked(lock: Lock, tags: tuple[str, ...], python: str, pins: list[str]) -> list[dict]:
    """What pip would install; nothing where it cannot."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--dry-run",
            "--ignore-installed",
            "--quiet",
        ]
        command += ["--only-binary=:all:", "--target", folder, "--report", str(report)]
        command += ["--python-version", python, "--implementation", "cp"]
        for tag in tags:
            command += ["--platform", tag]
        if not lock.with_dependencies:
            command += ["--no-deps"]
        if lock.index:
            command += ["--index-url", f"{TORCH_INDEX}/{lock.index}"]
        done = subprocess.run([*command, *pins], capture_output=True, text=True)
        if done.returncode:
            sys.stderr.write(f"{tags[0]} {python}: {done.stderr.strip().splitlines()[-1:]}\n")
            return []
        return json.loads(report.read_text(encoding="utf-8"))["install"]


def _name(pin: str) -> str:
    return pin.partition("==")[0].lower().replace("_", "-")


def text_of(lock: Lock, found: dict[str, set[str]]) -> str:
    """The lock as pip reads it."""
    known = all(found.values())
    more = "" if known else " It has no hashes: what is installed by it cannot be checked."
    lines = [_HEADER.format(more=more), f"# {lock.about}\n"]
    if lock.index:
        lines.append(f"# From {TORCH_INDEX}/{lock.index} alone.\n")
    for pin, hashes in found.items():
        lines.append(
            " \\\n    ".join([pin, *(f"--hash=sha256:{one}" for one in sorted(hashes))]) + "\n"
        )
    return "".join(lines)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
