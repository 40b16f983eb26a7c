# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the fit: time, memory and error, and the same expressions held by other means."""

from pathlib import Path

import numpy as np

from aim_blender_addon.backend.geometry.skinning import undo_jaw
from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.scans.head_motion import remove_head_motion
from bench.fit import siren


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
