# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of docs/development/bench.md: ``make bench``. Needs the folder shared/ beside the repository.

Every figure is measured in this run, beside its baselines. Nothing here is a test.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.geometry.skinning import undo_jaw
from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.scans.head_motion import remove_head_motion
from bench import actors, jaw, siren

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "out" / "bench"


def main() -> None:
    """Measure, print, and leave ``out/bench/bench.md`` and ``bench.json``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 3, 11], help="actors to fit")
    parser.add_argument(
        "--siren-seconds", type=float, default=120.0, help="time given to the baseline"
    )
    parser.add_argument("--skip-bake", action="store_true", help="leave out what needs Blender")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    folders = {f"seed {seed}, 19 scans": actors.standard(OUT, seed) for seed in options.seeds}
    folders["generic head, 53 scans"] = actors.all_units(OUT)
    fits = {name: fit(folder) for name, folder in folders.items()}
    sections = [fit_table(fits), jaw.table(options.seeds, OUT)]
    first = next(iter(folders))
    sections.append(baseline_table(folders[first], fits[first], options.siren_seconds))
    if not options.skip_bake:
        sections.append(bake_table(folders, fits))
    text = "\n\n".join([f"Measured on {machine()}.", *sections]) + "\n"
    (OUT / "bench.md").write_text(text, encoding="utf-8")
    (OUT / "bench.json").write_text(json.dumps(fits, indent=1), encoding="utf-8")
    sys.stdout.write(text)


def machine() -> str:
    """What this was measured on."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


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


def fit_table(fits: dict[str, dict]) -> str:
    """Time, memory and error of each fit."""
    rows = [
        "### Fit (limits: 60 s and 2 GB for 20 shapes, 180 s for 53; mean 0.05, p99 0.3, max 2 mm)",
        "",
        "| actor | vertices | fit s | command s | memory MB | model MB | mean mm | p95 | p99 | max |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, report in fits.items():
        e = report["skin_error_mm"]
        rows.append(
            f"| {name} | {report['vertices']} | {report['seconds']:.1f} | {report['command_seconds']:.1f} "
            f"| {report['peak_memory_mb']:.0f} | {report['file_mb']:.1f} "
            f"| {e['mean']:.4f} | {e['p95']:.3f} | {e['p99']:.3f} | {e['max']:.2f} |"
        )
    return "\n".join(rows)


def baseline_table(folder: Path, report: dict, seconds: float) -> str:
    """The same displacements held by other means."""
    model, actor = read_model(folder / "model.safetensors"), read_actor(folder)
    rest = actor.neutral.vertices.astype(np.float64)
    scans, _ = remove_head_motion(actor.neutral, np.stack([s.vertices for s in actor.expressions]))
    weight = model.evaluate().jaw_weight
    moved = [
        undo_jaw(scan, pose, weight) - rest
        for scan, pose in zip(scans, model.jaw_poses, strict=True)
    ]
    targets = np.stack(moved).astype(np.float32)  # [E, V, 3]
    stored = targets.nbytes / 2**20
    network = siren.fit(rest, targets, seconds)
    e, s = report["skin_error_mm"], siren.figures(network.error)
    return "\n".join(
        [
            "### The same expressions held by other means (first actor)",
            "",
            "| method | seconds | numbers kept, MB | mean mm | p99 | max | any point of the skin | anatomy |",
            "|---|---|---|---|---|---|---|---|",
            f"| plain blendshapes, stored as they are | 0 | {stored:.1f} | 0 | 0 | 0 | no | no |",
            f"| SIREN on the position alone (4 x 256, omega 30, {network.steps} Adam steps) "
            f"| {seconds:.0f} | {network.megabytes:.1f} | {s['mean']:.3f} | {s['p99']:.2f} | {s['max']:.1f} "
            "| yes, lips wrong | yes |",
            f"| ours | {report['seconds']:.1f} | {report['file_mb']:.1f} (with meshes and bones) "
            f"| {e['mean']:.4f} | {e['p99']:.3f} | {e['max']:.2f} | yes | yes |",
            "",
            f"Mean error, ours over SIREN: {e['mean'] / s['mean']:.3f}; largest: {e['max'] / s['max']:.3f}.",
        ]
    )


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
            [sys.executable, "-m", "bench.bake", str(folder)],
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


if __name__ == "__main__":
    main()
