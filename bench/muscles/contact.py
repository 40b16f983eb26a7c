# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin in bone and lips through each other: plain sums of shapes, flesh without contact, and flesh with it.

    python -m bench.muscles.contact MODEL.safetensors FLESH.safetensors [RANDOM_DRIVES]

Depths are exact, of all vertices that the flesh carries, and count from what the rest shows.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch

from aim_blender_addon.backend.io.model_file import read_whole, stored_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.even_skin import EvenSkin
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.touch_make import make_touching

from .contact_depths import Depths
from .drives import drives as random_drives
from .sums import SUMS, pose_of


def rows(model: AimModel, flesh: Flesh, drives: dict[str, tuple]) -> list[str]:
    """Rows of the table: points in bone (deepest, mm), points in other skin (deepest, mm), steps, seconds."""
    depths, drive = Depths(model, flesh), Drive(flesh)
    touching, even = make_touching(flesh, model), EvenSkin(model, drive)
    free_solver = Equilibrium(flesh.elastic, flesh.blocks)
    solver = Equilibrium(flesh.elastic, flesh.blocks, couples=touching.couples)
    made = [
        "| drive | shapes | flesh | steps | with contact | steps | seconds without, with | inside out |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, (weights, jaw) in drives.items():
        at = torch.as_tensor(weights), torch.as_tensor(jaw)
        pose = model.joint.pose(jaw)
        start, pull = drive.passive(at[1]).numpy(), drive.pull(*at).numpy()
        plain = model.skin(weights.astype(np.float32), pose).astype(float)
        begun = time.process_time()
        alone = free_solver.newton(start, pull)
        between = time.process_time()
        solver.touch = touching.posed(touching.offset(*at).numpy(), pose)
        apart = solver.newton(start, pull)
        ended = time.process_time()
        skins = [plain, plain.copy(), even.whole(apart.free, weights, jaw).astype(float)]
        skins[1][flesh.skin] = drive.skin(torch.as_tensor(alone.free), *at).numpy()
        skins[2][flesh.skin] = even.handed_out(solver.touch, apart.free, skins[2][flesh.skin])
        cells = [depths.of(skin, pose) for skin in skins]
        inverted = int((solver.strain(apart.free).volume <= 0).sum())
        steps = [f"{s.steps}{'' if s.converged else ' (not at rest)'}" for s in (alone, apart)]
        made.append(
            f"| {name} | {cells[0]} | {cells[1]} | {steps[0]} | {cells[2]} | {steps[1]} "
            f"| {between - begun:.1f}, {ended - between:.1f} | {inverted} |"
        )
        sys.stdout.write(made[-1] + "\n")
        sys.stdout.flush()
    return made


def main() -> None:
    """Print the table."""
    model = stored_model(Path(sys.argv[1])).read()
    flesh = flesh_from_bytes(read_whole(Path(sys.argv[2])), sys.argv[2], model)
    drives = {name: pose_of(model, total) for name, total in SUMS.items()}
    if len(sys.argv) > 3:  # noqa: PLR2004
        found = random_drives(model, int(sys.argv[3]), 0)
        drives = {f"random {number}": drive for number, drive in enumerate(found)}
    rows(model, flesh, drives)


if __name__ == "__main__":
    main()
