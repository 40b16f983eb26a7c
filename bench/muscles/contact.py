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

from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.contact.bone_field import Bones
from aim_blender_addon.backend.contact.sheets import make_sheets
from aim_blender_addon.backend.contact.touching import TwoSheets, rests_across
from aim_blender_addon.backend.io.model_file import read_whole, stored_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.drive import Drive
from aim_blender_addon.backend.muscles.equilibrium import Equilibrium
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.touching import Touching

from .sums import SUMS, pose_of

#: Skin farther from bone than this is not measured by the bone itself, and sheets deeper are not found, mm.
NEAR_MM, SEEN_MM = 2.0, 4.0
#: What is asked, mm.
BONE_MM, LIPS_MM = 0.2, 0.3


class Depths:
    """Measures how deep a skin lies in bone and in itself, beyond the rest."""

    def __init__(self, model: AimModel, flesh: Flesh) -> None:
        rest = model.neutral.vertices.astype(float)
        self.rows, self.rest, self.normals = flesh.skin, rest, model.neutral.normals
        self.bones = Bones.of(model.skull, model.jaw, rest)
        rims = FaceSurvey(model.neutral).rims.values()
        self.sheets = [TwoSheets.of(make_sheets(model.neutral, rim)) for rim in rims]
        at_rest = self.bones.measured(rest[self.rows], np.eye(4), NEAR_MM)
        self.bone_floor = np.minimum(at_rest, 0)
        self.gap_floor = [np.minimum(s.touch(rest, SEEN_MM).gap, 0) for s in self.sheets]

    def of(self, skin: np.ndarray, jaw: np.ndarray) -> str:
        """A cell: vertices and depth in bone, then in other skin."""
        distance = self.bones.measured(skin[self.rows], jaw, NEAR_MM)
        bone = (self.bone_floor - distance).max(axis=1)
        skins = []
        for sheets, floor in zip(self.sheets, self.gap_floor, strict=True):
            found = sheets.touch(skin, SEEN_MM)
            deep = np.where(np.isfinite(found.gap), floor - found.gap, 0.0)
            # What lies across the tissue of one lip has not passed another.
            every = np.arange(len(deep))
            across = rests_across(self.rest, self.normals, sheets.points, found, every)
            skins.append(np.where(across, 0.0, deep))
        lips = np.concatenate([*skins, np.zeros(1)])
        parts = ((bone, BONE_MM), (lips, LIPS_MM))
        return " ".join(f"{(d > most).sum()} ({max(d.max(), 0):.2f})" for d, most in parts)


def rows(model: AimModel, flesh: Flesh, drives: dict[str, tuple]) -> list[str]:
    """Rows of the table: points in bone (deepest, mm), points in other skin (deepest, mm), steps, seconds."""
    depths, drive = Depths(model, flesh), Drive(flesh)
    touching = Touching.of(flesh, model)
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
        skins = [plain, plain.copy(), plain.copy()]
        skins[1][flesh.skin] = drive.skin(torch.as_tensor(alone.free), *at).numpy()
        skins[2][flesh.skin] = solver.touch.shown(apart.free)[touching.rows_of_flesh]
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


def random_drives(model: AimModel, count: int) -> dict[str, tuple]:
    """At most four expressions at weights from 0 to 1, the jaw over its whole range."""
    random = np.random.default_rng(0)
    low, high = model.joint.limits.bounds()
    found = {}
    for number in range(count):
        weights = np.zeros(len(model.expression_names))
        chosen = random.choice(len(weights), random.integers(1, 5), replace=False)
        weights[chosen] = random.uniform(0, 1, len(chosen))
        found[f"random {number}"] = weights, random.uniform(low, high)
    return found


def main() -> None:
    """Print the table."""
    model = stored_model(Path(sys.argv[1])).read()
    flesh = flesh_from_bytes(read_whole(Path(sys.argv[2])), sys.argv[2], model)
    drives = {name: pose_of(model, total) for name, total in SUMS.items()}
    if len(sys.argv) > 3:  # noqa: PLR2004
        drives = random_drives(model, int(sys.argv[3]))
    rows(model, flesh, drives)


if __name__ == "__main__":
    main()
