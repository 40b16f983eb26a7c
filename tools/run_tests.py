# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tiers of tests, two side by side where there are two cores, and adds them up.

    python tools/run_tests.py [TIER ...] [-- PYTEST OPTIONS]

Each tier is a pytest run of its own, as a process holds one Blender. A failed tier does not keep
the next from running; the exit status is 0 when every tier passed and ran at least one test. What a tier
prints comes when it ends, and stays in out/test-results; a single tier prints as it goes.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "out" / "test-results"
SECOND_BLENDER = ROOT / ".venv" / "bpy-4.5.15"
SECONDS_PER_TIER = 1200
SIDE_BY_SIDE = min(2, os.cpu_count() or 1)
#: Libraries that compute with as many threads as there are cores, unless told.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
NO_TEST_RAN = 5

# Everything that needs no Blender, so a new folder of tests is in without being named here.
WITHOUT_BLENDER = (
    "tests",
    *(f"--ignore=tests/{name}" for name in ("addon", "extension", "in_blender", "window")),
)
# The plugin wants its options apart by a space, and replaces what stands in addopts.
PYTEST_BLENDER = (
    "-o", "addopts=--import-mode=importlib", "-p", "pytest-blender",
    "--blender-executable", str(ROOT / "tests" / "in_blender" / "blender"),
)  # fmt: skip


@dataclass(frozen=True)
class Tier:
    """One pytest run."""

    name: str
    arguments: tuple[str, ...]
    second_blender: bool = False


TIERS = (
    Tier("backend", WITHOUT_BLENDER),
    Tier("addon-5.0", ("tests/addon",)),
    Tier("addon-4.5", ("tests/addon",), second_blender=True),
    Tier("extension-5.0", ("tests/extension",)),
    Tier("extension-4.5", ("tests/extension",), second_blender=True),
    Tier("in-blender-5.0", ("tests/in_blender", *PYTEST_BLENDER)),
)


@dataclass(frozen=True)
class Outcome:
    """What a tier came to."""

    tier: Tier
    status: int
    seconds: float
    passed: int
    failed: int
    skipped: int

    @property
    def verdict(self) -> str:
        """One word or two for the table."""
        if self.status == NO_TEST_RAN or not self.passed + self.failed + self.skipped:
            return "ran no test"
        return "passed" if self.status == 0 else "FAILED"


def main(argv: list[str]) -> int:
    """Run the tiers that are asked for, or all; the exit status."""
    split = argv.index("--") if "--" in argv else len(argv)
    names, options = argv[:split], argv[split + 1 :]
    known = {tier.name: tier for tier in TIERS}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.stderr.write(f"no such tier: {', '.join(unknown)}; there are: {', '.join(known)}\n")
        return 2
    RESULTS.mkdir(parents=True, exist_ok=True)
    tiers = [known[name] for name in names or known]
    if len(tiers) == 1 or SIDE_BY_SIDE == 1:
        return summary([run(tier, options) for tier in tiers])
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return summary(list(pool.map(lambda tier: run_beside(tier, options), tiers)))


def run_beside(tier: Tier, options: list[str]) -> Outcome:
    """Run one tier among others; its output is printed when it ends."""
    sys.stdout.write(f"##### {tier.name} begins\n")
    sys.stdout.flush()
    log = RESULTS / f"{tier.name}.log"
    with log.open("w") as output:
        outcome = run(tier, options, output)
    sys.stdout.write(f"\n##### {tier.name}\n{log.read_text(errors='replace')}")
    sys.stdout.flush()
    return outcome


def run(tier: Tier, options: list[str], output: TextIO | None = None) -> Outcome:
    """Run one tier, with what it prints in ``output``; None for our own."""
    report = RESULTS / f"{tier.name}.xml"
    report.unlink(missing_ok=True)
    command = [
        sys.executable, "-m", "pytest", *tier.arguments, f"--junitxml={report}",
        "-o", "junit_family=xunit2", *options,
    ]  # fmt: skip
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="aim-blender-") as home:
        status = _run_bounded(command, _environment(tier, home, output is not None), output)
    return Outcome(tier, status, time.monotonic() - start, *_counts(report))


def summary(outcomes: list[Outcome]) -> int:
    """Print the table and the sum; the exit status of the whole."""
    sys.stdout.write("\n##### all tiers\n")
    for outcome in outcomes:
        sys.stdout.write(
            f"{outcome.tier.name:<16} {outcome.verdict:<12} {outcome.seconds:6.1f} s  "
            f"{outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped\n"
        )
    passed, skipped = (sum(getattr(o, key) for o in outcomes) for key in ("passed", "skipped"))
    # A tier that broke outside its tests, in collection or at exit, counts as one failure.
    failed = sum(max(o.failed, int(o.verdict != "passed")) for o in outcomes)
    sys.stdout.write(f"{passed} passed, {failed} failed, {skipped} skipped\n")
    return 1 if failed else 0


def _environment(tier: Tier, home: str, beside: bool) -> dict[str, str]:
    changed = {"AIM_PYTHON": sys.executable, "BLENDER_USER_RESOURCES": home}
    if beside:
        share = str(max((os.cpu_count() or 1) // SIDE_BY_SIDE, 1))
        changed |= dict.fromkeys(THREADS, share)
    if tier.second_blender:
        changed["PYTHONPATH"] = str(SECOND_BLENDER)
    return {**os.environ, **changed}


def _run_bounded(command: list[str], environment: dict[str, str], output: TextIO | None) -> int:
    """The exit status; a run past its time is ended with everything it started."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
    )
    try:
        return process.wait(timeout=SECONDS_PER_TIER)
    except subprocess.TimeoutExpired:
        sys.stderr.write(f"ended after {SECONDS_PER_TIER} s\n")
        return 124
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _counts(report: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped tests of a JUnit report; zeros when it was not written."""
    if not report.is_file():
        return 0, 0, 0
    suites = ElementTree.parse(report).getroot().findall("testsuite")
    tests, failures, errors, skipped = (
        sum(int(suite.get(key, "0")) for suite in suites)
        for key in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    return max(tests - failed - skipped, 0), failed, skipped


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
