# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the bake: its time, and the baked rig against the model."""

import json
import subprocess
import sys
from pathlib import Path

from bench.actors import ROOT


def bake_table(folders: dict[str, Path], fits: dict[str, dict]) -> str:
    """Bake time and the baked rig against the model, in Blender."""
    rows = [
        "### Bake in Blender (limits: 2 s for 53 shapes, 0.01 mm)",
        "",
        "| actor | shapes | bake s | baked rig against the model, worst mm |",
        "|---|---|---|---|",
    ]
    for name, folder in folders.items():
        done = subprocess.run(
            [sys.executable, "-m", "bench.rig.bake", str(folder)],
            check=True,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        figures = json.loads(done.stdout.strip().splitlines()[-1])
        fits[name]["bake"] = figures
        rows.append(
            f"| {name} | {figures['shapes']} | {figures['seconds']:.2f} | {figures['worst_mm']:.5f} |"
        )
    return "\n".join(rows)
