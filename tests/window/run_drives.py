# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs each drive in a Blender of its own and adds up its steps.

    python tests/window/run_drives.py ROOT:BLENDER:[DRIVE,...] ...

ROOT is what ``make_blender.sh`` made, and BLENDER the version in it, such as 5.2. Without a name it plays all drives
but those of ``WHEN_NAMED``. A drive fails with its first failed step, with a traceback anywhere in Blender's log, or
when it does not end in time. Pictures, logs and figures go to
out/window/BLENDER/DRIVE/.

The drive ``first_face`` comes first, in all Blenders: the others go on with the fitted and baked face that it saved
there. Two play at a time where there are two cores, but for drives whose figures are times, which play alone at last.
"""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
OUT = PROJECT / "out" / "window"
SECONDS_PER_DRIVE = 900
FIRST = "first_face"
#: Drives whose figures are times.
ALONE = ("sculpt",)
#: Played only when they are named: their time is more than is left of what CI has.
WHEN_NAMED = ("detail",)
SIDE_BY_SIDE = min(2, os.cpu_count() or 1)
#: Where that drive saves its face, as Blender sees it.
FACE = Path("/home/face.blend")
SCREEN = "1280x900"
#: A number for each: two that look for a free one at the same time find the same.
_SCREENS = itertools.count(120)
#: What Blender prints when Python in it fails; a panel that cannot draw shows itself only there.
FAULTS = ("Traceback (most recent call last)", "Error: Python:", "SIGSEGV", "Fatal Python error")


@dataclass(frozen=True)
class Outcome:
    """What a drive came to: steps that passed, and why it stopped, or ""."""

    name: str
    passed: int
    fault: str
    seconds: float
    figures: dict[str, str]


@dataclass(frozen=True)
class Play:
    """A drive in one of the Blenders."""

    root: Path
    blender: str
    name: str


def main(argv: list[str]) -> int:
    """Run the drives that are named, or all; the exit status."""
    known = sorted(path.stem for path in (HERE / "drives").glob("[a-z]*.py"))
    known.sort(key=lambda name: name != FIRST)
    plays: list[Play] = []
    for place in argv:
        root, blender, asked = place.split(":")
        usual = [name for name in known if name not in WHEN_NAMED]
        names = [name for name in asked.split(",") if name] or usual
        if unknown := [name for name in names if name not in known]:
            sys.stderr.write(
                f"no such drive: {', '.join(unknown)}; there are: {', '.join(known)}\n"
            )
            return 2
        if FIRST not in names and not _within(Path(root), FACE).is_file():
            names = [FIRST, *names]
        plays += [Play(Path(root), blender, name) for name in names]
    package = newest(PROJECT / "dist", "*.zip")
    outcomes: dict[Play, Outcome] = {}
    first = [play for play in plays if play.name == FIRST]
    alone = [play for play in plays if play.name in ALONE]
    others = [play for play in plays if play not in (*first, *alone)]
    for at_once, some in ((SIDE_BY_SIDE, first), (SIDE_BY_SIDE, others), (1, alone)):
        with ThreadPoolExecutor(at_once) as pool:
            played = pool.map(lambda play: run_twice(play, package), some)
            outcomes.update(zip(some, played, strict=True))
    blenders = dict.fromkeys(play.blender for play in plays)
    return max(
        summary([outcomes[play] for play in plays if play.blender == blender], OUT / blender)
        for blender in blenders
    )


def run_twice(play: Play, package: Path) -> Outcome:
    """Run a drive, and once more when it failed: on a busy machine a click can come too early. The table says so."""
    first = run(play, package)
    if not first.fault:
        return first
    second = run(play, package)
    figures = {**second.figures, "failed at first": first.fault.strip().splitlines()[-1]}
    return replace(second, figures=figures)


def newest(folder: Path, pattern: str) -> Path:
    """The file that was written last."""
    return max(folder.glob(pattern), key=lambda path: path.stat().st_mtime)


def _within(root: Path, path: Path) -> Path:
    """A path as Blender sees it, seen from here."""
    return root / path.relative_to("/")


def run(play: Play, package: Path) -> Outcome:
    """Install the extension for a new user and let the drive run."""
    root, name, out = play.root, play.name, OUT / play.blender
    home = Path("/home") / name
    inside = _within(root, home)
    shutil.rmtree(inside, ignore_errors=True)
    inside.mkdir(parents=True)
    (inside / "out").mkdir()
    shutil.copy(package, inside)
    shutil.copytree(HERE, inside / "window", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {
        "HOME": str(home), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8",
        "LIBGL_ALWAYS_SOFTWARE": "1", "AIM_DRIVE": name, "AIM_FACE": str(FACE), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    install = ["blender", "--command", "extension", "install-file", "-r", "user_default", "-e"]
    installed = subprocess.run(
        ["chroot", root, *install, str(home / package.name)],
        env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if installed.returncode:
        return Outcome(name, 0, f"not installed: {installed.stdout}{installed.stderr}", 0.0, {})
    start = time.monotonic()
    log = inside / "out" / "blender.log"
    width, height = SCREEN.split("x")
    blender = ["blender", "-p", "0", "0", width, height, "--enable-event-simulate"]
    blender += ["--python", str(home / "window" / "drive.py")]
    screen = [
        "xvfb-run",
        "-a",
        "-n",
        str(next(_SCREENS)),
        "-s",
        f"-screen 0 {SCREEN}x24 -nolisten tcp",
    ]
    status = _run_bounded(["chroot", str(root), *screen, *blender], environment, log)
    seconds = time.monotonic() - start
    shutil.rmtree(out / name, ignore_errors=True)
    shutil.copytree(inside / "out", out / name)
    return _outcome(play, out / name, status, seconds)


def _run_bounded(command: list[str], environment: dict[str, str], log: Path) -> int:
    """The exit status; a drive past its time is ended with everything it started."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
        try:
            return process.wait(timeout=SECONDS_PER_DRIVE)
        except subprocess.TimeoutExpired:
            return 124
        finally:
            # Also the screen and the fitting process, which may outlive a Blender that crashed.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def _outcome(play: Play, written: Path, status: int, seconds: float) -> Outcome:
    """Judge what the drive left, and tell it in one piece, as another drive may run beside."""
    results = written / "results.json"
    found = json.loads(results.read_text()) if results.is_file() else {}
    steps = found.get("steps", [])
    fault = found.get("fault", "it did not come to its end")
    log = (written / "blender.log").read_text(errors="replace")
    if status == 124:
        fault = f"it was ended after {SECONDS_PER_DRIVE} s; {fault}"
    if bad := next((mark for mark in FAULTS if mark in log), ""):
        start = log.index(bad)
        fault = f"{fault}\n{bad!r} in the log:\n{log[start : start + 1500]}".strip()
    if status and not fault:
        fault = f"Blender ended with status {status}"
    told = [f"\n##### {play.name} in Blender {play.blender}\n"]
    told += [f"  {step['seconds']:6.1f} s  {step['name']}\n" for step in steps]
    if fault:
        told.append(f"  FAILED in: {found.get('current', 'the start')}\n{fault}\n")
        told += [f"  | {line}\n" for line in log.splitlines()[-15:]]
    sys.stdout.write("".join(told))
    sys.stdout.flush()
    return Outcome(play.name, len(steps), fault, seconds, found.get("figures", {}))


def summary(outcomes: list[Outcome], out: Path) -> int:
    """Print the table and the sum; the exit status of the whole."""
    sys.stdout.write(f"\n##### Blender {out.name} with a window\n")
    for outcome in outcomes:
        verdict = "FAILED" if outcome.fault else "passed"
        sys.stdout.write(
            f"{outcome.name:<16} {verdict:<8} {outcome.seconds:6.1f} s  {outcome.passed} steps\n"
        )
        for key, value in outcome.figures.items():
            sys.stdout.write(f"    {key}: {value}\n")
    sys.stdout.write(f"pictures: {out}\n")
    failed = sum(bool(outcome.fault) for outcome in outcomes)
    sys.stdout.write(f"{sum(o.passed for o in outcomes)} passed, {failed} failed\n")
    return 1 if failed or not outcomes else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
