# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Python offers the worker; answers without any package."""

import importlib.metadata
import importlib.util
import platform
from dataclasses import dataclass, field
from typing import Any

from ..progress import Progress
from ..worker.packages import QUICKER_PACKAGES, REQUIRED_PACKAGES
from .wire import Request


@dataclass(frozen=True)
class ProbeRequest(Request):
    """Ask the worker what it has."""


@dataclass(frozen=True)
class ProbeResult:
    """What a Python has.

    Attributes:
        python: version.
        packages: distribution name to version, "" when missing.
        missing: names of those that are needed.
        torch: version or "".
        device: name that "auto" takes, or "".
        devices: see ``fitting.device.describe_devices``.
        problem: why torch does not start although it is there, or "".
    """

    python: str
    packages: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    torch: str = ""
    device: str = ""
    devices: list[dict[str, Any]] = field(default_factory=list)
    problem: str = ""


def run(request: ProbeRequest, progress: Progress) -> ProbeResult:
    """What this Python offers."""
    asked = REQUIRED_PACKAGES + QUICKER_PACKAGES
    packages = {name: _version(module, name) for module, name in asked}
    device, devices, problem = "", [], ""
    if packages["torch"]:
        progress("Starting torch", 0.3, {})
        try:
            from ..fitting.device import choose_device, describe_devices

            devices = describe_devices()
            device = choose_device("auto").type
        except (
            ImportError,
            OSError,
        ) as error:  # a missing library of the system, or a broken install
            problem = f"torch cannot be loaded: {str(error).strip().splitlines()[0]}"
    missing = [name for _, name in REQUIRED_PACKAGES if not packages[name]]
    return ProbeResult(
        platform.python_version(), packages, missing, packages["torch"], device, devices, problem
    )


def _version(module: str, distribution: str) -> str:
    """Version of an importable package, "" when it is missing."""
    if importlib.util.find_spec(module) is None:
        return ""
    try:
        return importlib.metadata.version(distribution)
    except (
        importlib.metadata.PackageNotFoundError
    ):  # importable, but not installed by a package manager
        return "unknown"
