# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tiers of tests, two side by side where there are two cores, and adds them up.

    python tools/run_tests.py [--all] [TIER ...] [-- PYTEST OPTIONS]

``blenders.toml`` says which tiers there are: all on some Blenders, the short one on the others, and with ``--all``
all on all. Each tier is a pytest run of its own, as a process holds one Blender. Long tiers are cut into parts of
neighbouring files, a run each, so that no core waits for the last tier. A failed run does not keep the next from
running. A tier whose Python this machine lacks does not run, and the table says so. The exit status is 0 when every
other tier passed and ran at least one test. What a run prints comes when it ends, and stays in out/test-results; a
single tier is not cut and prints as it goes.

Tests marked ``one_blender`` ask what no version of Blender changes. Of the tiers of a run, only that of the newest
Blender has them; with ``--all`` every tier has.
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

import make_env
from blenders import BLENDERS, MAIN, ROOT, Blender, find_python

sys.path.insert(0, str(ROOT))
from aim_blender_addon.backend.known_core import name_core  # noqa: E402

RESULTS = ROOT / "out" / "test-results"
SECONDS_PER_TIER = 1200
SIDE_BY_SIDE = min(2, os.cpu_count() or 1)
#: Runs that a long tier is cut into.
PARTS = 3
NOT_HERE = ("-m", "not one_blender")
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
    """A kind of tests on one Blender: ``usual`` when it needs no ``--all``, ``long`` when it is worth cutting."""

    name: str
    arguments: tuple[str, ...]
    blender: Blender = MAIN
    usual: bool = True
    long: bool = False


@dataclass(frozen=True)
class Part:
    """One pytest run: a tier, or some of its files."""

    tier: Tier
    name: str
    arguments: tuple[str, ...]


def _tiers() -> tuple[Tier, ...]:
    """All tiers, the longest first. The short one of each Blender is ``extension``."""
    kinds = (
        ("addon", ("tests/addon",)),
        ("extension", ("tests/extension",)),
        ("in-blender", ("tests/in_blender", *PYTEST_BLENDER)),
    )
    on_blender = (
        Tier(
            f"{kind}-{blender.name}",
            tests,
            blender,
            blender.whole or kind == "extension",
            kind == "addon",
        )
        for kind, tests in kinds
        for blender in BLENDERS
    )
    return (Tier("backend", WITHOUT_BLENDER, long=True), *on_blender)


TIERS = _tiers()


@dataclass(frozen=True)
class Outcome:
    """What a tier came to; ``lacks`` is what this machine lacks for it."""

    tier: Tier
    status: int = 0
    seconds: float = 0.0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    lacks: str = ""

    @property
    def verdict(self) -> str:
        """One word or two for the table."""
        if self.lacks:
            return "DID NOT RUN"
        if self.status == NO_TEST_RAN or not self.passed + self.failed + self.skipped:
            return "ran no test"
        return "passed" if self.status == 0 else "FAILED"


def main(argv: list[str]) -> int:
    """Run the tiers that are asked for, or the usual ones; the exit status."""
    split = argv.index("--") if "--" in argv else len(argv)
    names, options = argv[:split], argv[split + 1 :]
    every = "--all" in names
    names = [name for name in names if name != "--all"]
    known = {tier.name: tier for tier in TIERS}
    if unknown := [name for name in names if name not in known]:
        sys.stderr.write(f"no such tier: {', '.join(unknown)}; there are: {', '.join(known)}\n")
        return 2
    RESULTS.mkdir(parents=True, exist_ok=True)
    asked = [known[name] for name in names] or [tier for tier in TIERS if every or tier.usual]
    lacking = [tier for tier in asked if find_python(tier.blender.python) is None]
    tiers = [tier for tier in asked if tier not in lacking]
    faults = make_env.make([b for b in BLENDERS if b in [tier.blender for tier in tiers]])
    outcomes = [Outcome(tier, lacks=f"Python {tier.blender.python}") for tier in lacking]
    for tier in [tier for tier in tiers if tier.blender.name in faults]:
        sys.stderr.write(f"{tier.name}: {faults[tier.blender.name]}\n")
        outcomes.append(Outcome(tier, status=1, failed=1))
        tiers.remove(tier)
    return summary(outcomes + run_all(tiers, options, every))


def run_all(tiers: list[Tier], options: list[str], every: bool = False) -> list[Outcome]:
    """Run tiers, side by side where that helps."""
    addons = [tier.name for tier in tiers if tier.name.startswith("addon-")]
    elsewhere = set() if every else set(addons[:-1])
    whole = [
        Part(tier, tier.name, (*tier.arguments, *(NOT_HERE if tier.name in elsewhere else ())))
        for tier in tiers
    ]
    if len(whole) == 1 or SIDE_BY_SIDE == 1:
        return [run(part, options) for part in whole]
    parts = [one for part in whole for one in (cut(part) if part.tier.long else [part])]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        outcomes = list(pool.map(lambda part: run_beside(part, options), parts))
    return [together(tier, [o for o in outcomes if o.tier == tier]) for tier in tiers]


def cut(part: Part) -> list[Part]:
    """Runs of neighbouring files, which share what they prepare, with about as much text each."""
    left_out = {ROOT / a.partition("=")[2] for a in part.arguments if a.startswith("--ignore=")}
    files = [
        path
        for path in sorted((ROOT / part.arguments[0]).rglob("test_*.py"))
        if not left_out.intersection(path.parents)
    ]
    total = sum(path.stat().st_size for path in files)
    shares: list[list[str]] = [[] for _ in range(PARTS)]
    before = 0
    for path in files:
        shares[min(PARTS * before // total, PARTS - 1)].append(str(path.relative_to(ROOT)))
        before += path.stat().st_size
    rest = part.arguments[1:]
    return [
        Part(part.tier, f"{part.name}.{number}", (*share, *rest))
        for number, share in enumerate(filter(None, shares), 1)
    ]


def together(tier: Tier, outcomes: list[Outcome]) -> Outcome:
    """What the runs of one tier came to; one in which no test was asked for fails nothing if another ran some."""
    ran = [o.status for o in outcomes if o.status != NO_TEST_RAN]
    status = max(ran, key=abs) if ran else NO_TEST_RAN
    figures = (
        sum(getattr(o, key) for o in outcomes) for key in ("seconds", "passed", "failed", "skipped")
    )
    return Outcome(tier, status, *figures)


def run_beside(part: Part, options: list[str]) -> Outcome:
    """Run one part among others; its output is printed when it ends."""
    sys.stdout.write(f"##### {part.name} begins\n")
    sys.stdout.flush()
    log = RESULTS / f"{part.name}.log"
    with log.open("w") as output:
        outcome = run(part, options, output)
    sys.stdout.write(f"\n##### {part.name}\n{log.read_text(errors='replace')}")
    sys.stdout.flush()
    return outcome


def run(part: Part, options: list[str], output: TextIO | None = None) -> Outcome:
    """Run one part, with what it prints in ``output``; None for our own."""
    tier, report = part.tier, RESULTS / f"{part.name}.xml"
    report.unlink(missing_ok=True)
    # A cache of its own: pytest-blender keeps the version of Blender there, whichever Blender runs next.
    cache = ROOT / ".pytest_cache" / part.name
    command = [
        str(tier.blender.executable), "-m", "pytest", *part.arguments, f"--junitxml={report}",
        "-o", "junit_family=xunit2", "-o", f"cache_dir={cache}", *options,
    ]  # fmt: skip
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="aim-blender-") as home:
        status = _run_bounded(command, _environment(tier, home, output is not None), output)
    return Outcome(tier, status, time.monotonic() - start, *_counts(report))


def summary(outcomes: list[Outcome]) -> int:
    """Print the table and the sum; the exit status of the whole."""
    outcomes = sorted(outcomes, key=lambda outcome: TIERS.index(outcome.tier))
    sys.stdout.write("\n##### all tiers\n")
    for outcome in outcomes:
        counts = f"{outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
        sys.stdout.write(
            f"{outcome.tier.name:<16} {outcome.verdict:<12} {outcome.seconds:6.1f} s  "
            f"{'this machine lacks ' + outcome.lacks if outcome.lacks else counts}\n"
        )
    if lacking := sorted({outcome.lacks for outcome in outcomes if outcome.lacks}):
        names = ", ".join(outcome.tier.name for outcome in outcomes if outcome.lacks)
        sys.stdout.write(
            f"!!!!! NOT TESTED: {names}. Install {' and '.join(lacking)} (README.md, "
            '"System packages"), then run again.\n'
        )
    ran = [outcome for outcome in outcomes if not outcome.lacks]
    passed, skipped = (sum(getattr(o, key) for o in ran) for key in ("passed", "skipped"))
    # A tier that broke outside its tests, in collection or at exit, counts as one failure.
    failed = sum(max(o.failed, int(o.verdict != "passed")) for o in ran)
    sys.stdout.write(f"{passed} passed, {failed} failed, {skipped} skipped\n")
    return 1 if failed else 0


def _environment(tier: Tier, home: str, beside: bool) -> dict[str, str]:
    """Our own environment, with the Python of the worker and that of the tier's Blender."""
    changed = {
        "AIM_PYTHON": str(MAIN.executable),
        "AIM_BLENDER": str(tier.blender.executable),
        "BLENDER_USER_RESOURCES": home,
    }
    if beside:
        share = str(max((os.cpu_count() or 1) // SIDE_BY_SIDE, 1))
        changed |= dict.fromkeys(THREADS, share)
    environment = {**os.environ, **changed}
    name_core(environment)
    return environment


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
