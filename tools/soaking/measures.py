# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process holds: memory, handles and threads (Linux), and whether it grows without end."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

#: Memory may rise by so much from the second quarter of a run to its last, MB and share: allocators keep what they had.
MOST_MB, MOST_SHARE = 30.0, 0.10
#: Samples below which nothing is said of growth.
_ENOUGH = 12


@dataclass(frozen=True)
class Sample:
    """What both sides hold between two jobs.

    Attributes:
        minutes: since the start.
        jobs: how many have ended.
        worker: the process, 0 without one.
        memory_mb, handles, threads: of the worker.
        own_memory_mb, own_handles: of the process that asks.
        files: what lies in the folder of temporary files and beside the results.
    """

    minutes: float
    jobs: int
    worker: int
    memory_mb: float
    handles: int
    threads: int
    own_memory_mb: float
    own_handles: int
    files: int


def worker_of_this_process() -> int:
    """The number of the newest child of this process, 0 without one."""
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it has ended meanwhile
            continue
        if int(parent) == os.getpid() and state != "Z":
            children.append(int(stat.parent.name))
    return max(children, default=0)


def memory_mb(process: int) -> float:
    """Memory that a process holds of its own, without files that it maps, MB."""
    return _status(process).get("RssAnon", 0) / 1024


def threads(process: int) -> int:
    """How many threads a process has."""
    return _status(process).get("Threads", 0)


def handles(process: int) -> int:
    """How many files, pipes and devices a process has open."""
    try:
        return len(os.listdir(f"/proc/{process}/fd"))
    except OSError:
        return 0


def _status(process: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.partition(":")[::2] for line in lines)
    return {
        key: int(text.split()[0])
        for key, text in pairs
        if text.split()[0:1] and text.split()[0].isdigit()
    }


def growth(samples: Sequence[Sample]) -> list[str]:
    """What has grown from the second quarter of a run to its last: a sentence each."""
    if len(samples) < _ENOUGH:
        return []
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    found = []
    for name, most, share in (
        ("memory_mb", MOST_MB, MOST_SHARE),
        ("own_memory_mb", MOST_MB, MOST_SHARE),
        ("handles", 1, 0.0),
        ("own_handles", 3, 0.0),
        ("threads", 1, 0.0),
        ("files", 1, 0.0),
    ):
        before, after = (
            float(np.median([getattr(s, name) for s in part])) for part in (early, late)
        )
        if after - before > max(most, share * before):
            found.append(f"{name} grew from {before:.4g} to {after:.4g}")
    return found
