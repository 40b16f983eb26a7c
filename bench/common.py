# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several benches need: where results go, the command line in a process of its own, the machine."""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.model.aim import AimModel
from bench.actors import ROOT

OUT = ROOT / "out" / "bench"


def machine() -> str:
    """What this was measured on."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def command(*words: object) -> None:
    """Run the command line in a process of its own; what it prints is dropped."""
    line = [sys.executable, "-m", "aim_blender_addon.backend", *map(str, words)]
    subprocess.run(line, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def fitted(folder: Path) -> AimModel:
    """The model of an actor's folder, fitted when it is not there."""
    path = folder / "model.safetensors"
    if not path.exists():
        command("fit", folder, "-o", path)
    return read_model(path)


def fit(folder: Path) -> dict:
    """Report of the fit command in a process of its own, with that process' wall time."""
    figures = folder / "fit.json"
    started = time.perf_counter()
    subprocess.run(
        [
            *(sys.executable, "-m", "aim_blender_addon.backend", "fit", str(folder)),
            *("-o", str(folder / "model.safetensors"), "--json", str(figures)),
        ],
        check=True,
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    report = json.loads(figures.read_text(encoding="utf-8"))
    report["command_seconds"] = time.perf_counter() - started
    report["file_mb"] = (folder / "model.safetensors").stat().st_size / 2**20
    return report
