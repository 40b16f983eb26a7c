# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells OpenBLAS what kind of processor it runs on (standard library only).

Wheels bring OpenBLAS of their own, and an older one does not know a newer processor: it falls back to "Prescott", of
2004. numpy 1.26 and cvxopt 1.3 do so on Intel's processors of 2023, where CHOLMOD's factors then take twice as long.
OpenBLAS reads the variable when it is loaded, so it is set before numpy is imported.
"""

import platform
from collections.abc import MutableMapping
from pathlib import Path

VARIABLE = "OPENBLAS_CORETYPE"
#: Kinds of OpenBLAS, the fastest first, and what a processor needs for each.
CORES = {
    "SkylakeX": {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl", "avx2", "fma"},
    "Haswell": {"avx2", "fma"},
}
_FLAGS = Path("/proc/cpuinfo")


def known_core(machine: str, cpuinfo: str) -> str | None:
    """The kind of core that OpenBLAS should take; None where it is not known.

    Args:
        machine: as ``platform.machine`` says.
        cpuinfo: text of Linux' ``/proc/cpuinfo``.
    """
    if machine.lower() not in ("x86_64", "amd64"):
        return None
    line = next((row for row in cpuinfo.splitlines() if row.startswith("flags")), "")
    flags = set(line.partition(":")[2].split())
    return next((core for core, needs in CORES.items() if needs <= flags), None)


def name_core(environment: MutableMapping[str, str]) -> None:
    """Set the variable in an environment; what a user has set stays, and so does a processor that is not known."""
    if environment.get(VARIABLE):
        return
    try:
        core = known_core(platform.machine(), _FLAGS.read_text(encoding="utf-8", errors="replace"))
    except OSError:  # not Linux: OpenBLAS looks for itself
        return
    if core is not None:
        environment[VARIABLE] = core
