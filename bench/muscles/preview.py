# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a single step does for a frame: ``python -m bench.muscles.preview MODEL FLESH POSES.npz --from 3693``.

Each frame begins at the last one's rest. One step is taken on the factor that the last frame left, and one on a factor
of its rest. Prints how far the skin goes, how far it then is from its rest, and processor seconds. The poses are those
that ``bench.muscles.take`` writes.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes


def steps(flesh: Flesh, weights: np.ndarray, jaw: np.ndarray) -> list[dict]:
    """Figures of each frame of weights [T, E] and jaw parameters [T, 4] but the first."""
    solver, drive = Equilibrium(flesh.elastic, flesh.blocks, shown=flesh.skin_places), Drive(flesh)
    free = solver.newton(drive.passive_of(jaw[0]), drive.pull_of(weights[0], jaw[0])).free
    rows = []
    for number in range(1, len(weights)):
        began = time.process_time()
        pull = drive.pull_of(weights[number], jaw[number])
        kept = _step(solver, free, pull)
        seconds = time.process_time() - began
        definite = solver.take_apart(free)
        fresh = _step(solver, free, pull)
        whole = time.process_time() - began - seconds
        rest = solver.follow(free, pull).free
        ways = (free, kept, fresh)
        moves, off, fresh_off = (
            float(np.linalg.norm(flesh.skin_places @ (way - rest), axis=1).max()) for way in ways
        )
        rows.append({
            "skin_moves_mm": round(moves, 2),
            "off_mm": round(off, 3),
            "seconds": round(seconds, 3),
            "fresh_off_mm": round(fresh_off, 3),
            "fresh_seconds": round(whole, 3),
            "definite": definite,
        })  # fmt: skip
        free = rest
    return rows


def _step(solver: Equilibrium, free: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """Nodes [F, 3] after one step on the factor at hand."""
    slope = solver.forces(free, pull)
    return free - solver.factor.solve(slope.ravel()).reshape(-1, 3)


def main() -> None:
    """Read, step and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("flesh", type=Path)
    parser.add_argument("poses", type=Path)
    parser.add_argument("--from", dest="first", type=int, nargs="+", default=[2003])
    parser.add_argument("--frames", type=int, default=12)
    options = parser.parse_args()
    model = read_model(options.model)
    flesh = flesh_from_bytes(options.flesh.read_bytes(), options.flesh.name, model)
    with np.load(options.poses) as file:
        weights, jaw = file["weights"], file["jaw_parameters"]
    for first in options.first:
        part = slice(first, first + options.frames + 1)
        for number, row in enumerate(steps(flesh, weights[part], jaw[part]), first + 1):
            line = {"frame": number} | row | {"load": round(os.getloadavg()[0], 1)}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
