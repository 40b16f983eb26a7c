# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks one worker for jobs of every kind for a long time, to see whether anything grows or is left (Linux).

    python tools/soak.py [--minutes 60] [--seed 0] [--every 20]

The jobs are those of ``tools/soaking/jobs.py``, in turn, on a small head. Some are cancelled on the way and some have
to be refused. After each, memory, handles and threads of both sides and files left are measured. The exit status is 0
when each job ended as it had to, one process did them all, and nothing grew.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from aim_blender_addon.backend.jobs.wire import Request  # noqa: E402 - found by the line above
from aim_blender_addon.backend.worker.messages import (  # noqa: E402
    BUG,
    CANCELLED,
    Failed,
    Finished,
    Progressed,
)
from aim_blender_addon.jobs.client import Died, WorkerClient, WorkerOptions  # noqa: E402
from tools.soaking import measures  # noqa: E402
from tools.soaking.jobs import KINDS, Face, sample_face  # noqa: E402

FINISHED, REFUSED, STOPPED, WRONG = "finished", "refused", "cancelled", "wrong"
#: Shares of the jobs that are cancelled, and that have to be refused.
_CANCELLED, _SPOILED = 0.15, 0.15
#: A cancelled job may take so long to stop, s; the process would be ended, and another would go on.
_GRACE_S = 120.0
#: No job takes longer, s.
_LONGEST_S = 600.0
#: What may lie beside results: they themselves, and the frames of a solve that was cancelled.
_RESULTS = {"take.npz", "take.npz.part", "take.csv", "played.npz"}


@dataclass
class Soak:
    """A worker, a face, and what was seen of them.

    Attributes:
        face: what the jobs are about.
        folder: for temporary files; its folder ``temp`` is the worker's.
        seed: of chance.
        tell: is told of each job that ended wrongly.
        settle_s: from the answer of a job to its sample, s.
    """

    face: Face
    folder: Path
    seed: int = 0
    tell: Callable[[str], object] = sys.stderr.write
    settle_s: float = 0.3
    samples: list[measures.Sample] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    _seconds: dict[str, float] = field(default_factory=dict)
    _result: object = None

    def __post_init__(self) -> None:
        temp = self.folder / "temp"
        temp.mkdir()
        options = WorkerOptions(str(temp), cancel_grace_s=_GRACE_S)
        addon = str(ROOT / "aim_blender_addon")
        self.client = WorkerClient(sys.executable, addon, str(self.folder / "log.txt"), options)
        self._chance, self._start = random.Random(self.seed), time.monotonic()

    def round(self, kinds: Sequence[str] = tuple(KINDS)) -> None:
        """A job of each kind that can be done, and a sample after each."""
        for name in kinds:
            kind = KINDS[name]
            if not kind.ready(self.face):
                continue
            request = kind.make(self.face, self._chance)
            known = name in self._seconds  # the first of a kind is left in peace: others need it
            luck = self._chance.random() if known else 1.0
            spoiled, cancelled = luck < _SPOILED, _SPOILED <= luck < _SPOILED + _CANCELLED
            after = self._chance.uniform(0, self._seconds[name]) if cancelled else None
            how, text = self._do(kind.spoil(request) if spoiled else request, after, name)
            if how == FINISHED:
                kind.keep(self.face, request, self._result)
            self._result = None
            fits = {REFUSED} if spoiled else {FINISHED, STOPPED} if cancelled else {FINISHED}
            if how not in fits:
                self.tell(f"{name} of round {self.counts[name]}: {how}: {text}\n")
                how = WRONG
            self.counts[name] += 1
            self.counts[how] += 1
            self._sample()

    def _do(self, request: Request, cancel_after: float | None, name: str) -> tuple[str, str]:
        """How a job ended, and what was said."""
        started = time.monotonic()
        self.client.submit(*request.message())
        asked = False
        while True:
            seconds = time.monotonic() - started
            if cancel_after is not None and not asked and seconds >= cancel_after:
                self.client.cancel()
                asked = True
            for message in self.client.poll():
                if isinstance(message, Progressed):
                    continue
                if isinstance(message, Finished):
                    self._result = request.result(message.result, message.arrays)
                    self._seconds[name] = seconds
                    return FINISHED, ""
                return _end(message), message.text
            if seconds > _LONGEST_S:
                return WRONG, f"no end within {_LONGEST_S:g} s"
            time.sleep(0.01)

    def _sample(self) -> None:
        time.sleep(self.settle_s)  # what the job left is given back only after its answer
        worker, own = measures.worker_of_this_process(), os.getpid()
        temp = [path for path in (self.folder / "temp").glob("*/*") if path.exists()]
        left = [path for path in self.face.folder.iterdir() if path.name not in _RESULTS]
        self.samples.append(
            measures.Sample(
                (time.monotonic() - self._start) / 60,
                sum(self.counts[how] for how in (FINISHED, REFUSED, STOPPED, WRONG)),
                worker,
                measures.memory_mb(worker),
                measures.handles(worker),
                measures.threads(worker),
                measures.memory_mb(own),
                measures.handles(own),
                len(temp) + len(left),
            )
        )

    def stop(self) -> list[str]:
        """End the worker; what was wrong, a sentence each."""
        self.client.stop()
        wrong = measures.growth(self.samples)
        if self.counts[WRONG]:
            wrong.append(f"{self.counts[WRONG]} jobs ended wrongly")
        if self.client.runs > 1:
            wrong.append(f"{self.client.runs} processes were started in place of one")
        if left := [path.name for path in (self.folder / "temp").iterdir()]:
            wrong.append(f"files of the worker were left: {', '.join(left)}")
        return wrong


def _end(message: Failed | Died) -> str:
    if isinstance(message, Died) or message.kind == BUG:
        return WRONG
    return STOPPED if message.kind == CANCELLED else REFUSED


def row(sample: measures.Sample) -> str:
    """A sample as a line."""
    return (
        f"{sample.minutes:6.1f} min, {sample.jobs:5d} jobs: worker {sample.memory_mb:6.0f} MB, "
        f"{sample.handles} handles, {sample.threads} threads; here {sample.own_memory_mb:6.0f} MB, "
        f"{sample.own_handles} handles; {sample.files} files left"
    )


def main(arguments: list[str]) -> int:
    """Soak for the time asked for; 0 when nothing was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=20, help="jobs from one line to the next")
    options = parser.parse_args(arguments)
    if not sys.platform.startswith("linux"):
        parser.error("it measures processes as Linux shows them")
    with tempfile.TemporaryDirectory(prefix="aim_soak_") as name:
        results = Path(name, "results")
        results.mkdir()
        soak, told = Soak(sample_face(results), Path(name), options.seed), 0
        end = time.monotonic() + 60 * options.minutes
        while time.monotonic() < end:
            soak.round()
            if soak.samples[-1].jobs >= told:
                told = soak.samples[-1].jobs + options.every
                sys.stdout.write(row(soak.samples[-1]) + "\n")
                sys.stdout.flush()
        wrong = soak.stop()
        sys.stdout.write(row(soak.samples[-1]) + "\n" + f"jobs: {dict(soak.counts)}\n")
        if soak.counts[WRONG]:
            sys.stderr.write(Path(name, "log.txt").read_text()[-4000:])
    sys.stdout.write("\n".join(wrong or ["nothing grew, nothing was left"]) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
