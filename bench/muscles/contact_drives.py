# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random drives with contact: ``python -m bench.muscles.contact_drives MODEL FLESH RESULT.jsonl --count 100``.

One line of JSON a drive, at most four expressions at weights from 0 to 1 and the jaw over its whole range. Drives that
RESULT holds already are left out, so a broken run goes on. ``--table`` prints the distribution of what is there.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.even_skin import EvenSkin
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.touch_make import make_touching
from bench.contact.depth import Referee

from .contact_depths import BONE_MM, LIPS_MM, Depths
from .drives import drives

#: A pose is at rest where no skin is farther from the answer than this, mm.
CLOSE_MM = 0.01
#: No point of an edge or face is to lie deeper in bone, mm.
EDGE_MM = 0.3


def run(options: argparse.Namespace, done: set[int]) -> None:
    """Solve and measure what is not yet ``done``."""
    model = read_model(options.model)
    flesh = flesh_from_bytes(options.flesh.read_bytes(), options.flesh.name, model)
    drive, depths, touching = Drive(flesh), Depths(model, flesh), make_touching(flesh, model)
    referee = Referee(depths.bones, depths.rest, model.neutral.triangles)
    even = EvenSkin(model, drive)
    alone = Equilibrium(flesh.elastic, flesh.blocks, shown=flesh.skin_places)
    solver = Equilibrium(
        flesh.elastic, flesh.blocks, shown=flesh.skin_places, couples=touching.couples
    )
    for number, (weights, jaw) in enumerate(drives(model, options.count, options.seed)):
        if number in done:
            continue
        at, pose = (torch.as_tensor(weights), torch.as_tensor(jaw)), model.joint.pose(jaw)
        start, pull = drive.passive(at[1]).numpy(), drive.pull_of(weights, jaw)
        line = {"drive": number}
        if number < options.beside:
            began = time.process_time()
            alone.newton(start, pull, CLOSE_MM)
            line["seconds_without"] = round(time.process_time() - began, 2)
        began = time.process_time()
        solver.touch = touching.posed(touching.offset(*at).numpy(), pose)
        solved = solver.newton(start, pull, CLOSE_MM)
        line["seconds"] = round(time.process_time() - began, 2)
        skin = even.whole(solved.free, weights, jaw).astype(float)
        skin[flesh.skin] = even.handed_out(solver.touch, solved.free, skin[flesh.skin])
        deep, over = depths.of(skin, pose), referee.depth(skin, pose)
        line |= {
            "steps": solved.steps,
            "at_rest": solved.converged,
            "inside_out": int((solver.strain(solved.free).volume <= 0).sum()),
            "bone_mm": round(deep.bone_mm, 3),
            "lips_mm": round(deep.skin_mm, 3),
            "edges_mm": round(over.worst, 3),
        }
        with options.result.open("a") as file:
            file.write(json.dumps(line) + "\n")


def table(lines: list[dict]) -> str:
    """The distribution of all drives."""
    made = [
        "| | median | p95 | worst | drives over what is asked |",
        "|---|---|---|---|---|",
    ]
    rows = (
        ("bone_mm", "vertices in bone, mm", BONE_MM),
        ("lips_mm", "lips and lids, mm", LIPS_MM),
        ("edges_mm", "edges and faces in bone, mm", EDGE_MM),
    )
    for key, name, asked in rows:
        values = np.array([line[key] for line in lines])
        cells = *np.percentile(values, (50, 95)), values.max()
        cells = " | ".join(f"{value:.2f}" for value in cells)
        made.append(f"| {name} | {cells} | {(values > asked).sum()} of {len(values)} |")
    steps = np.array([line["steps"] for line in lines])
    made.append(
        f"| factors | {np.median(steps):.0f} | {np.percentile(steps, 95):.0f} | {steps.max()} | |"
    )
    both = [line for line in lines if "seconds_without" in line]
    ratio = sum(d["seconds"] for d in both) / max(sum(d["seconds_without"] for d in both), 1e-9)
    restless = sum(not line["at_rest"] for line in lines)
    inside_out = sum(line["inside_out"] > 0 for line in lines)
    made.append(f"\nNot at rest: {restless}. Inside out: {inside_out}.")
    made.append(f"Time with contact beside that without, over {len(both)} drives: {ratio:.2f}.")
    return "\n".join(made)


def main() -> None:
    """Go on with the drives, or print their table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("flesh", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--beside", type=int, default=0, help="solve so many without contact, too")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    lines = []
    if options.result.exists():
        lines = [json.loads(line) for line in options.result.read_text().splitlines()]
    if options.table:
        sys.stdout.write(table(lines) + "\n")
    else:
        run(options, {line["drive"] for line in lines})


if __name__ == "__main__":
    main()
