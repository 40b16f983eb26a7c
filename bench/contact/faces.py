# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faces on which contact is measured: fitted actors of the generator, and the free head with estimated bones."""

from pathlib import Path

from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.io.obj import write_obj
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.sample.head import find_package, load_sample_head, sample_actor
from bench import actors
from bench.common import OUT, fit, fitted


def model_of(name: str) -> AimModel:
    """The model of an actor's seed, or of ``sample``; fitted when it is not there."""
    if name == "sample":
        return fitted(_sample_folder())
    folder = actors.standard(OUT, int(name))
    if not (folder / "model.safetensors").exists():
        fit(folder)
    return read_model(folder / "model.safetensors")


def _sample_folder() -> Path:
    """The free head's scans as an actor's folder."""
    folder = OUT.parent / "contact" / "sample"
    if not (folder / "neutral.obj").exists():
        actor = sample_actor(load_sample_head(find_package(), 0)).actor
        (folder / "expressions").mkdir(parents=True, exist_ok=True)
        write_obj(folder / "neutral.obj", actor.neutral)
        for scan in actor.expressions:
            write_obj(folder / "expressions" / f"{scan.name}.obj", scan)
    return folder
