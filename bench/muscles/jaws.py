# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flesh under the jaw alone, at its limits and part of the way: ``python -m bench.muscles.jaws MODEL FLESH``.

The plain pose is the jaw alone, as the model has learned it from the actor's scans. Rims and creases are looked at as
``lips`` does, on the skin that is shown. Volume is of the flesh's worst region.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.simulate import Simulation

from .lips import LipFigures


def jaws(model: AimModel) -> dict[str, np.ndarray]:
    """Jaw parameters [4] by name: each way at its limit and half of it, open and shut."""
    low, high = model.joint.limits.bounds()
    widest = max(model.joint.parameters(pose)[0] for pose in model.jaw_poses)
    found = {}
    for number, (less, more) in enumerate(
        (("back", "forward"), ("right", "left"), ("shift right", "shift left")), 1
    ):
        for name, limit in ((less, low[number]), (more, high[number])):
            for share in (0.5, 1.0):
                for opened in (0.0, 0.5):
                    jaw = np.zeros(4)
                    jaw[0], jaw[number] = opened * widest, share * limit
                    found[f"{name} {share * limit:+.1f} mm, {opened:g} open"] = jaw
    found["open alone"] = np.array([widest, 0.0, 0.0, 0.0])
    return found


def rows(model: AimModel, flesh: Flesh, only: str) -> Iterator[str]:
    """The table."""
    yield "| jaw | rims off, mm | creases, degrees | worst region | inside out | least volume | factors |"
    yield "|---" * 7 + "|"
    survey = FaceSurvey(model.neutral)
    lips = LipFigures.of(model.neutral, survey, flesh)
    none = np.zeros(len(model.expression_names))
    simulation = Simulation(flesh, model, survey=survey)
    for name, jaw in jaws(model).items():
        if only not in name:
            continue
        simulation._last = None
        frame = simulation.frame(0, none, jaw)
        plain = model.skin(none.astype(np.float32), model.joint.pose(jaw))
        least = simulation.solver.strain(frame.free).volume.min()
        late = "" if frame.converged else " late"
        yield (
            f"| {name} | {lips.held(frame.skin, plain):.2f} | {lips.creased(frame.skin, plain):.1f} "
            f"| {frame.worst_region} {100 * frame.worst_region_volume:+.1f} % | {frame.inverted} "
            f"| {least:.2f} | {frame.steps}{late} |"
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("flesh", type=Path)
    parser.add_argument("--only", default="", help="poses whose names hold this")
    options = parser.parse_args()
    model = read_model(options.model)
    flesh = flesh_from_bytes(options.flesh.read_bytes(), options.flesh.name, model)
    for row in rows(model, flesh, options.only):
        sys.stdout.write(f"{row}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
