# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random drives from rest: ``python -m bench.muscles.drives MODEL FLESH --count 500 --seed 0``.

At most four expressions at weights of 0 to 1, and the jaw over its whole range. Counts tetrahedra inside out and
poses that do not come to rest. Prints one line of JSON.
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


def main() -> None:
    """Read, solve and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("flesh", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first drive to solve")
    options = parser.parse_args()
    model = read_model(options.model)
    flesh = flesh_from_bytes(options.flesh.read_bytes(), options.flesh.name, model)
    drive = Drive(flesh)
    solver = Equilibrium(flesh.elastic, flesh.blocks, shown=flesh.skin_places)
    factors, seconds, inside_out, unsettled, least = [], [], [], [], []
    for number, (weights, jaw) in enumerate(drives(model, options.count, options.seed)):
        if number < options.first:
            continue
        began = time.process_time()
        start = drive.passive(torch.as_tensor(jaw)).numpy()
        solved = solver.newton(start, drive.pull_of(weights, jaw), CLOSE_MM)
        seconds.append(time.process_time() - began)
        factors.append(solved.steps)
        volume = solver.strain(solved.free).volume
        least.append(float(volume.min()))
        if (volume <= 0).any():
            inside_out.append((number, int((volume <= 0).sum())))
        if not solved.converged:
            unsettled.append(number)
    figures = {
        "drives": len(factors),
        "inside_out": inside_out,
        "unsettled": unsettled,
        "least_volume": round(min(least), 3),
        "factors_mean": round(float(np.mean(factors)), 1),
        "factors_p95": float(np.percentile(factors, 95)),
        "factors_worst": max(factors),
        "seconds_mean": round(float(np.mean(seconds)), 2),
        "load": round(os.getloadavg()[0], 1),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
