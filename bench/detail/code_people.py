# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Height maps of several made people: some to train codes on, others that no model has seen."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.detail.map_files import read_map
from bench.detail.cases import CAPTURES, tool

#: Identity seeds, and captures and laws of the maps.
TRAINED = range(20, 28)
UNSEEN = (40, 41)
SIZE = 512
#: Typical of the generator's UV at this size, mm of skin a pixel.
TEXEL = 0.58


@dataclass(frozen=True)
class Person:
    """One person's maps.

    Attributes:
        maps: [E, S, S] float32 mm as captured, the neutral first.
        truth: [E, S, S] float32 mm.
        mask: [S, S] bool, skin.
        scored: [S, S] bool, skin off rims and borders.
    """

    maps: np.ndarray
    truth: np.ndarray
    mask: np.ndarray
    scored: np.ndarray


def folder(out: Path, seed: int, law: str, capture: str) -> Path:
    """The maps' folder of a person, made if it is not there."""
    actor = out / f"person{seed}"
    if not (actor / "truth.npz").exists():
        tool("make_actor.py", "--identity-seed", seed, "--out", actor, "--frames", 8, "--uv")
    made = out / f"person{seed}-{law}-{capture}"
    if not (made / "truth.npz").exists():
        noise, sliding = CAPTURES[capture]
        words = ["--out", made, "--noise", noise, "--sliding", sliding, "--frames", 1]
        if law == "b":
            words += ["--law-module", Path(__file__).parent / "other_law.py"]
        tool("make_detail.py", actor, *words)
    return made


def person(out: Path, seed: int, law: str, capture: str) -> Person:
    """A person's maps at 512 pixels."""
    made = folder(out, seed, law, capture)
    about = json.loads((made / "detail.json").read_text())
    step, zero = about["png"]["mm_per_step"], about["png"]["zero"]
    maps = [read_map(made / "maps" / f"{name}.png", step, zero) for name in about["names"]]
    with np.load(made / "truth.npz") as truth:
        return Person(
            np.stack(maps),
            truth["expression_height"].astype(np.float32),
            truth["mask"],
            truth["score_mask"],
        )
