# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads damaged files by the thousand and counts how it ends: ok, refused, traceback, hang or crash.

    python tools/fuzz_files.py [--count 2000] [--seed 0] [--seconds 20] [--megabytes 4000] [--show] [TYPE ...]
    python tools/fuzz_files.py --one 1234 TYPE

``tools/fuzzing`` holds a module for each type. Each mutation depends on seed and number alone, so that ``--one``
repeats it. They are read in a process of their own with bounded memory. One that takes longer than ``--seconds``
is a hang. The exit status is 0 when there was no traceback, hang or crash.
"""

import argparse
import multiprocessing
import sys
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.fuzzing import OK, REFUSED, TRACEBACK, TYPES, attempt  # noqa: E402 - found by the line above

HANG, CRASH = "hang", "crash"


def main() -> int:
    """Run what was asked for; 1 when anything went wrong."""
    options = _options()
    if options.one is not None:
        sys.stdout.write(": ".join(attempt(options.types[0], options.one, options.seed)) + "\n")
        return 0
    bad = 0
    for kind in options.types:
        counts: Counter[str] = Counter()
        for number, (how, text) in enumerate(_outcomes(kind, options)):
            counts[how] += 1
            if options.show or how not in (OK, REFUSED):
                sys.stdout.write(f"  {kind} {number}: {how}: {text}\n")
        row = ", ".join(f"{how} {counts[how]}" for how in (OK, REFUSED, TRACEBACK, HANG, CRASH))
        sys.stdout.write(f"{kind}: {row}\n")
        sys.stdout.flush()
        bad += sum(counts.values()) - counts[OK] - counts[REFUSED]
    return 1 if bad else 0


def _outcomes(kind: str, options: argparse.Namespace):  # noqa: ANN202 - pairs of text
    """How each mutation ended and what was said, in order."""
    number = options.first
    end = options.first + options.count
    context = multiprocessing.get_context("spawn")
    while number < end:
        here, there = context.Pipe()
        work = (kind, number, end, options.seed, options.megabytes, there)
        process = context.Process(target=_work, args=work, daemon=True)
        process.start()
        there.close()
        if not here.poll(120):  # the start: everything is imported
            raise SystemExit("The process that reads the files does not start")
        try:
            here.recv()
            while number < end:
                if not here.poll(options.seconds):
                    yield HANG, f"no end within {options.seconds} s"
                    number += 1
                    break
                yield here.recv()
                number += 1
        except EOFError:
            process.join(5)
            yield CRASH, f"the process ended with {process.exitcode}"
            number += 1
        process.kill()
        process.join()


def _work(kind: str, first: int, end: int, seed: int, megabytes: int, answers: Connection) -> None:
    try:
        import resource
    except ImportError:  # Windows: unbounded
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    answers.send("ready")
    for number in range(first, end):
        answers.send(attempt(kind, number, seed))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "types", nargs="*", metavar="TYPE", help=f"of {', '.join(TYPES)}; all by default"
    )
    parser.add_argument("--count", type=int, default=2000, help="mutations of each type")
    parser.add_argument("--first", type=int, default=0, help="number of the first mutation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=20, help="longer than this is a hang")
    parser.add_argument("--megabytes", type=int, default=4000, help="of memory for the process")
    parser.add_argument("--one", type=int, help="repeat this one mutation and say how it ended")
    parser.add_argument("--show", action="store_true", help="say how every mutation ended")
    options = parser.parse_args()
    options.types = options.types or list(TYPES)
    unknown = [kind for kind in options.types if kind not in TYPES]
    if unknown:
        parser.error(f"there is no type {unknown[0]}: {', '.join(TYPES)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
