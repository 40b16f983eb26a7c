# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random drives from rest: ``python -m bench.muscles.drives MODEL FLESH ROWS.jsonl --count 500 --seed 0``.

At most four expressions at weights of 0 to 1, and the jaw over its whole range. Counts tetrahedra inside out and
poses that do not come to rest. Writes a row for each drive and prints one line of JSON of all.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch

from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes

#: A pose is at rest where no skin is farther from the answer than this, mm.
CLOSE_MM = 0.01


def drives(model: AimModel, count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights [E] and jaw parameters [4] of random poses."""
    random = np.random.default_rng(seed)
    low, high = model.joint.limits.bounds()
    expressions = len(model.expression_names)
    found = []
    for _ in range(count):
        weights = np.zeros(expressions)
        chosen = random.choice(expressions, min(random.integers(1, 5), expressions), replace=False)
        weights[chosen] = random.uniform(0, 1, len(chosen))
        found.append((weights, random.uniform(low, high)))
    return found


def solve(flesh: Flesh, model: AimModel, count: int, seed: int, kept: Path) -> list[dict]:
    """One row for each drive; each is written to ``kept`` at once, and what that has is not solved again."""
    rows = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    known = {row["number"] for row in rows}
    drive = Drive(flesh)
    solver = Equilibrium(flesh.elastic, flesh.blocks, shown=flesh.skin_places)
    for number, (weights, jaw) in enumerate(drives(model, count, seed)):
        if number in known:
            continue
        began = time.process_time()
        start = drive.passive(torch.as_tensor(jaw)).numpy()
        solved = solver.newton(start, drive.pull_of(weights, jaw), CLOSE_MM)
        seconds = time.process_time() - began
        volume = solver.strain(solved.free).volume
        row = {
            "number": number,
            "factors": solved.steps,
            "looks": solved.looks,
            "seconds": round(seconds, 2),
            "inside_out": int((volume <= 0).sum()),
            "at_rest": bool(solved.converged),
            "least_volume": round(float(volume.min()), 3),
        }
        rows.append(row)
        with kept.open("a") as file:
            file.write(json.dumps(row) + "\n")
    return rows


def main() -> None:
    """Read, solve and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("flesh", type=Path)
    parser.add_argument("kept", type=Path, help="rows so far; a run that was broken off goes on")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    model = read_model(options.model)
    flesh = flesh_from_bytes(options.flesh.read_bytes(), options.flesh.name, model)
    rows = solve(flesh, model, options.count, options.seed, options.kept)
    factors = [row["factors"] for row in rows]
    figures = {
        "drives": len(rows),
        "inside_out": [(row["number"], row["inside_out"]) for row in rows if row["inside_out"]],
        "unsettled": [row["number"] for row in rows if not row["at_rest"]],
        "least_volume": min(row["least_volume"] for row in rows),
        "factors_mean": round(float(np.mean(factors)), 1),
        "factors_p95": float(np.percentile(factors, 95)),
        "factors_worst": max(factors),
        "seconds_mean": round(float(np.mean([row["seconds"] for row in rows])), 2),
        "load": round(os.getloadavg()[0], 1),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
