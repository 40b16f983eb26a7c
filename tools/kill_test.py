# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills solves at random moments, and fills their disk, to see that a result is whole or absent.

    python tools/kill_test.py [--kills 200] [--disks 40] [--seed 0] [--frames 20]

A take of a small made-up head is solved in processes of their own. Half of the kills come at a random time, the others
at a random access to a file, so that making, finishing and removing are hit as often as solving. After a kill the
solve goes on, and may be killed again. In the end the result is the unbroken one, byte for byte, or something is
wrong. Disks are file systems in memory, from 0.05 to 2.5 times the size of a result, and need root on Linux.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

# A process that is forked while others of its threads hold locks may wait for them for ever.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_threads] = "1"

import numpy as np  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from aim_blender_addon.backend.errors import AimError  # noqa: E402
from aim_blender_addon.backend.io.takes import DENSE, Take  # noqa: E402
from aim_blender_addon.backend.progress import silent  # noqa: E402
from aim_blender_addon.backend.solving import result_file  # noqa: E402
from aim_blender_addon.backend.solving import solve as solving  # noqa: E402
from aim_blender_addon.backend.solving.settings import SolveSettings  # noqa: E402
from tests.backend import performance_face  # noqa: E402

#: Kills of one solve at most; the last try is left to end.
_MOST_KILLS = 3
#: Accesses to files, as Python's audit events have them, that a kill may come at.
_ACCESSES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.listdir", "os.truncate"}
_REFUSED = 3


class Solve:
    """A short take that is solved again and again."""

    def __init__(self, frames: int = 20) -> None:
        self.model = performance_face.model()
        vertices = performance_face.performance(frames).vertices.copy()
        vertices[frames // 2] = np.nan  # a gap, to be bridged
        self.take = Take("take", DENSE, vertices)
        self.settings = SolveSettings(functions=8, detail_mm=0.0, smoothness=0.0)
        # What is prepared takes most of the time and writes nothing: it is done once.
        self._face = solving.prepare_face(self.model, self.settings.functions)
        self._made = solving.prepare_frames(
            self.model, self._face, self.take, self.settings, silent
        )

    def run(self, output: Path, resume: bool = False) -> None:
        """Solve into ``output``, in this process, with what was prepared."""
        prepared = {
            "prepare_face": lambda *_: self._face,
            "prepare_frames": lambda *_: self._made,
        }
        with mock.patch.multiple(solving, **prepared):
            solving.solve_take(self.model, self.take, output, self.settings, resume=resume)

    def start(self, output: Path, resume: bool, before: Callable[[], None] = lambda: None) -> int:
        """Solve in a process of its own; its number. It ends with 3 when it is refused in a sentence."""
        process = os.fork()
        if process:
            return process
        status = 1
        try:
            before()
            self.run(output, resume)
            status = 0
        except AimError as error:
            sys.stderr.write(f"{error}\n")
            status = _REFUSED
        finally:  # this process has to end here, whatever happens
            if status == 1:
                traceback.print_exc()
            sys.stderr.flush()
            os._exit(status)


def main(arguments: list[str]) -> int:
    """Run both tests and print their counts; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--disks", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--frames", type=int, default=20)
    options = parser.parse_args(arguments)
    solve, wrong = Solve(options.frames), 0
    with tempfile.TemporaryDirectory(prefix="aim-kills-") as folder:
        counts = kill_solves(solve, Path(folder), options.kills, options.seed)
        sys.stdout.write(f"kills: {dict(counts)}\n")
        wrong += counts["wrong"]
        if reason := no_disks_reason():
            sys.stdout.write(f"disks: not tried, {reason}\n")
            return int(wrong > 0)
        counts = fill_disks(solve, Path(folder), options.disks, options.seed)
        sys.stdout.write(f"disks: {dict(counts)}\n")
        wrong += counts["wrong"]
    return int(wrong > 0)


def kill_solves(solve: Solve, folder: Path, kills: int, seed: int = 0) -> Counter:
    """Kill solves until there were so many kills; how many, how the solves after them ended, and what was wrong."""
    chance, counts = random.Random(seed), Counter()
    whole, seconds, accesses = _unbroken(solve, folder)
    while counts["kills"] < kills:
        place = folder / "killed"
        place.mkdir()
        output, tries = place / "take.npz", 0
        while True:
            # The last try may end; the first always resumes too, as one who scripts it would.
            before = lambda: None  # noqa: E731
            at_access = chance.random() < 0.5
            wait = chance.uniform(0, 1.1 * seconds)
            number = chance.randrange(accesses + 1)
            if tries < _MOST_KILLS and at_access:
                before = lambda number=number: _die_at(number)  # noqa: E731
            process = solve.start(output, resume=True, before=before)
            if tries < _MOST_KILLS and not at_access:
                time.sleep(wait)
                os.kill(process, signal.SIGKILL)
            _, status = os.waitpid(process, 0)
            tries += 1
            if os.WIFSIGNALED(status):
                counts["kills"] += 1
                counts["while a result was there"] += output.exists()
                if output.exists() and _digest(output) != whole:
                    counts["wrong"] += 1
                continue
            if os.WEXITSTATUS(status):
                counts["wrong"] += 1
                sys.stderr.write(f"ended with {os.WEXITSTATUS(status)} after {tries - 1} kills\n")
            break
        good = output.exists() and _digest(output) == whole
        left = sorted(path.name for path in place.iterdir() if path != output)
        counts["whole in the end"] += good
        if not good or left:
            counts["wrong"] += 1
            sys.stderr.write(f"seed {seed}: {'good' if good else 'WRONG'}, left {left}\n")
        shutil.rmtree(place)
    return counts


def fill_disks(solve: Solve, folder: Path, disks: int, seed: int = 0) -> Counter:
    """Solve onto disks that are too small, over an older result, and onto some that are large enough.

    On half of them something else takes the room while frames are solved, and half do not tell their room beforehand.
    What is refused leaves the older result as it was and nothing else, or frames that a solve with room goes on with.
    """
    chance, counts = random.Random(seed), Counter()
    whole, _, _ = _unbroken(solve, folder)
    size = (folder / "unbroken.npz").stat().st_size
    older = b"an older result"
    for number in range(disks):
        share = 0.05 + 2.45 * (number + chance.random()) / disks
        with small_disk(folder / "disk", int(share * size) + (1 << 14)) as place:
            output = place / "take.npz"
            output.write_bytes(older)
            trouble = (
                number % 4
            )  # 1: the room goes meanwhile; 2: the disk does not tell its room; 3: both
            steps = [lambda: _fill(place / "filler", chance)] * (trouble % 2)
            steps += [_hide_room] * (trouble // 2)
            before = lambda: [step() for step in steps]  # noqa: B023, E731
            _, status = os.waitpid(solve.start(output, False, before), 0)
            if not os.WIFEXITED(status) or os.WEXITSTATUS(status) not in (0, _REFUSED):
                counts["wrong"] += 1
                sys.stderr.write(f"{share:.2f} times the size: status {status}\n")
                continue
            done = os.WEXITSTATUS(status) == 0
            counts["solved" if done else "refused"] += 1
            content = output.read_bytes()
            good = hashlib.sha256(content).hexdigest() == whole if done else content == older
            left = {path.name for path in place.iterdir()} - {"take.npz", "filler"}
            kept = result_file.frames_kept(output)[0]
            counts["refused with frames kept"] += bool(kept)
            if not good or left - ({"take.npz.part"} if kept else set()):
                counts["wrong"] += 1
                sys.stderr.write(f"{share:.2f} times the size: good {good}, left {sorted(left)}\n")
            if kept:
                (place / "filler").unlink(missing_ok=True)
                _, status = os.waitpid(solve.start(output, True), 0)
                resumed = status == 0 and _digest(output) == whole
                counts["resumed" if resumed else "no room to resume"] += 1
                if not resumed and output.read_bytes() != older:
                    counts["wrong"] += 1
    return counts


def no_disks_reason() -> str:
    """Why no small disk can be made here, or ""."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "it needs root on Linux"
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder, "disk"), 1 << 16):
                return ""
        except subprocess.CalledProcessError:
            return "this system lets nobody mount"


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[Path]:
    """A disk of so many bytes at ``place``."""
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _unbroken(solve: Solve, folder: Path) -> tuple[str, float, int]:
    """What the result is, the seconds it takes, and the accesses to files that its process makes."""
    output, count = folder / "unbroken.npz", [0]
    read, write = os.pipe()
    started = time.perf_counter()

    def watch() -> None:
        sys.addaudithook(lambda event, _args: _count(event, count))

    process = os.fork()
    if not process:
        watch()
        solve.run(output)
        os.write(write, str(count[0]).encode())
        os._exit(0)
    os.waitpid(process, 0)
    seconds = time.perf_counter() - started
    accesses = int(os.read(read, 100))
    os.close(read)
    os.close(write)
    return _digest(output), seconds, accesses


def _count(event: str, count: list[int]) -> None:
    count[0] += event in _ACCESSES


def _die_at(number: int) -> None:
    """Let this process be killed at its access ``number`` to a file, before it happens."""
    count = [0]

    def hook(event: str, _args: tuple) -> None:
        _count(event, count)
        if event in _ACCESSES and count[0] > number:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def _fill(filler: Path, chance: random.Random) -> None:
    """Let something else take all room of the disk at a random frame."""
    number, write = chance.randrange(20), result_file.ResultWriter.write

    def write_and_fill(self: result_file.ResultWriter, frame: int, **values: np.ndarray) -> None:
        write(self, frame, **values)
        if frame == number:
            with filler.open("wb", buffering=0) as file:
                try:
                    while file.write(bytes(4096)):
                        pass
                except OSError:
                    return

    result_file.ResultWriter.write = write_and_fill


def _hide_room() -> None:
    """Let nobody see how much room there is."""
    result_file.require_room = lambda *_: None


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
