# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Actors for the bench, made with the tools in shared/ (which the product itself never needs)."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.io.obj import write_obj

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("AIM_SHARED", ROOT.parent / "shared"))


def standard(
    out: Path, seed: int, frames: int = 30, performance: Path | None = None, name: str = "actor"
) -> Path:
    """Folder of the generator's actor ``seed``: 19 scans, bones, truth; ``name`` tells takes apart."""
    folder = out / f"{name}{seed}"
    if not (folder / "actor.json").exists():
        tool = SHARED / "tools" / "make_actor.py"
        if not tool.exists():
            sys.exit(
                f"The bench needs {tool}; set AIM_SHARED to the folder that holds tools/ and data/"
            )
        subprocess.run(
            [
                sys.executable,
                str(tool),
                "--identity-seed",
                str(seed),
                "--out",
                str(folder),
                "--frames",
                str(frames),
                *(["--performance", str(performance)] if performance else []),
            ],
            check=True,
        )
    return folder


def still_jaw(out: Path, seed: int, frames: int) -> Path:
    """The same actor in the same performance, but for the jaw, which does not move."""
    performance = out / "still_jaw.csv"
    if not performance.exists():
        source = SHARED / "data" / "performance" / "alex_rom_3.csv"
        with source.open(newline="") as stream:
            head, *rows = csv.reader(stream)
        jaw = [k for k, name in enumerate(head) if name.startswith(("Jaw", "MouthClose"))]
        for row in rows:
            for k in jaw:
                row[k] = "0"
        with performance.open("w", newline="") as stream:
            csv.writer(stream).writerows([head, *rows])
    return standard(out, seed, frames, performance, "still_jaw")


def all_units(out: Path) -> Path:
    """The generic head with every single face unit as a scan (53), given bones."""
    folder = out / "units53"
    if (folder / "actor.json").exists():
        return folder
    base = standard(out, 0)
    sys.path.insert(0, str(SHARED / "tools"))
    import ict_face

    face = ict_face.load_ict_face(SHARED / "data" / "ict" / "ict_face.npz")
    actor = read_actor(base)
    (folder / "expressions").mkdir(parents=True, exist_ok=True)
    write_obj(folder / "neutral.obj", actor.neutral)
    write_obj(folder / "skull.obj", actor.skull)
    write_obj(folder / "jaw.obj", actor.jaw)
    skin = slice(0, len(actor.neutral.vertices))
    for name, offset in zip(face.expression_names, face.expression_deltas, strict=True):
        if name.startswith(("PupilDilate", "cheekRaiser")):
            continue  # no skin motion, and no shape of the documented set
        together = (
            face.expression_offset(face.weights({"jawOpen": 1.0})) if name == "mouthClose" else 0
        )
        vertices = actor.neutral.vertices + (offset + together)[skin]
        if np.abs(vertices - actor.neutral.vertices).max() > 1e-3:  # gaze shapes may move no skin
            write_obj(folder / "expressions" / f"{name}.obj", actor.neutral.with_vertices(vertices))
    (folder / "actor.json").write_text("{}")
    return folder
