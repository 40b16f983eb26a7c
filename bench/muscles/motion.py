# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gravity, head motion and materials on an actor's flesh: how far the skin sways, and what it costs.

python -m bench.muscles.motion MODEL.safetensors FLESH.safetensors
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles import sway as sway_module
from aim_blender_addon.backend.muscles.dynamics import BDF2, EULER
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.material import PRESETS
from aim_blender_addon.backend.muscles.motion import Motion
from aim_blender_addon.backend.muscles.simulate import Simulation
from aim_blender_addon.backend.muscles.sway import Sway, scanned_up
from aim_blender_addon.backend.muscles.take import Poses

FPS, FRAMES = 30.0, 24
#: Shakes of a head: degrees to each side, times a second.
SHAKES = {"shake": (30.0, 2.0), "hard shake": (40.0, 3.0)}


def shaken(axis: np.ndarray, degrees: float, hertz: float) -> np.ndarray:
    """Head poses [T, 4, 4] of a shake about an axis, which begins softly."""
    at = np.arange(FRAMES) / FPS
    angle = np.radians(degrees) * np.sin(2 * np.pi * hertz * at) * np.clip(4 * at, 0, 1)
    heads = np.tile(np.eye(4), (FRAMES, 1, 1))
    heads[:, :3, :3] = Rotation.from_rotvec(angle[:, None] * axis).as_matrix()
    return heads


def talking(model: AimModel) -> Poses:
    """A take that moves through the actor's expressions."""
    count = len(model.expression_names)
    at = np.arange(FRAMES)[:, None] / FPS
    waves = np.random.default_rng(0).uniform(0.5, 2.0, (2, count))
    weights = 0.2 * (1 - np.cos(2 * np.pi * (at * waves[0] + waves[1])))
    jaw = np.zeros((FRAMES, 4))
    jaw[:, 0] = 0.1 * (1 - np.cos(2 * np.pi * 2 * at[:, 0]))
    return Poses(weights / np.maximum(weights.sum(axis=1, keepdims=True), 1.0), jaw)


class Bench:
    """The tables of one actor."""

    def __init__(self, model: AimModel, flesh: Flesh) -> None:
        self.model, self.flesh = model, flesh
        self.survey = FaceSurvey(model.neutral)
        frame = self.survey.frame
        self.left, self.up, self.front = map(scanned_up, (frame.left, frame.up, frame.front))
        count = len(model.expression_names)
        self.still = Poses(np.zeros((FRAMES, count)), np.zeros((FRAMES, 4)))

    def sway(self, motion: Motion, poses: Poses | None = None, order: int = BDF2) -> Sway:
        """Sway of a take."""
        poses = poses or self.still
        return Sway(self.flesh, self.model, poses, motion, "take", order=order, survey=self.survey)

    def skin(self, sway: Sway, frames: int = FRAMES) -> np.ndarray:
        """[T, S] mm by which the skin sways."""
        places = [self.flesh.skin_places @ sway.at(number) for number in range(frames)]
        return np.linalg.norm(places, axis=2)

    def hanging(self) -> Iterator[str]:
        """How far the skin goes as the head lies, and by material."""
        yield "| head or material | skin mean mm | p99 | max | processor s |\n|---|---|---|---|---|"
        lies = {
            "on its back": Rotation.from_rotvec(-np.pi / 2 * self.left),
            "on its side": Rotation.from_rotvec(np.pi / 2 * self.front),
            "face down": Rotation.from_rotvec(np.pi / 2 * self.left),
            "upside down": Rotation.from_rotvec(np.pi * self.left),
        }
        motions = {}
        for name, turn in lies.items():
            head = np.eye(4)
            head[:3, :3] = turn.as_matrix()
            heads = np.tile(head, (FRAMES, 1, 1))
            motions[name] = Motion(gravity=True, head=heads, up=self.up)
        for preset in PRESETS[1:]:
            motions[preset.label] = Motion(tissue=preset.tissue)
        for name, motion in motions.items():
            begun = time.process_time()
            found = self.skin(self.sway(motion), 1)[0]
            seconds = time.process_time() - begun
            yield (
                f"| {name} | {found.mean():.2f} | {np.percentile(found, 99):.2f} "
                f"| {found.max():.2f} | {seconds:.1f} |"
            )

    def shaking(self) -> Iterator[str]:
        """How far the skin shakes, by way of stepping."""
        yield "| head | BDF2 | skin max mm | off the finest mm | Euler | max | off |\n|---|---|---|---|---|---|---|"
        usual = sway_module.STEP_SECONDS
        for name, (degrees, hertz) in SHAKES.items():
            motion = Motion(dynamics=True, head=shaken(self.up, degrees, hertz), fps=FPS)
            sway_module.STEP_SECONDS = 1 / 960
            finest = self._ways(motion, BDF2)
            for rate in (60, 120):
                sway_module.STEP_SECONDS = 1 / rate
                cells = []
                for order in (BDF2, EULER):
                    ways = self._ways(motion, order)
                    far = np.linalg.norm(ways, axis=2).max()
                    off = np.linalg.norm(ways - finest, axis=2).max()
                    cells += [f"1/{rate} s", f"{far:.2f}", f"{off:.2f}"]
                yield f"| {name}, {degrees:g} degrees, {hertz:g} Hz | {' | '.join(cells)} |"
            sway_module.STEP_SECONDS = usual

    def _ways(self, motion: Motion, order: int) -> np.ndarray:
        sway = self.sway(motion, order=order)
        return np.stack([self.flesh.skin_places @ sway.at(k) for k in range(FRAMES)])

    def costs(self) -> Iterator[str]:
        """Seconds a frame, with and without."""
        yield "| take of expressions | processor s a frame | converged | inside out |\n|---|---|---|---|"
        poses, heads = talking(self.model), shaken(self.up, 30.0, 1.0)
        motions = {
            "muscles alone": None,
            "with gravity": Motion(gravity=True, head=heads),
            "with gravity and dynamics": Motion(True, True, head=heads, fps=FPS),
            "older, gravity, dynamics": Motion(True, True, PRESETS[2].tissue, heads, FPS),
        }
        for name, motion in motions.items():
            sway = None if motion is None else self.sway(motion, poses)
            simulation = Simulation(self.flesh, self.model, survey=self.survey, sway=sway)
            frames = [simulation.frame(0, poses.weights[0], poses.jaw[0])]
            begun = time.process_time()
            for number in range(1, FRAMES):
                frames.append(simulation.frame(number, poses.weights[number], poses.jaw[number]))
            seconds = (time.process_time() - begun) / (FRAMES - 1)
            settled = sum(frame.converged for frame in frames)
            inverted = max(frame.inverted for frame in frames)
            yield f"| {name} | {seconds:.3f} | {settled} of {FRAMES} | {inverted} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("flesh", type=Path)
    parser.add_argument("--tables", nargs="+", default=["costs", "shaking", "hanging"])
    options = parser.parse_args()
    model = read_model(options.model)
    bench = Bench(model, flesh_from_bytes(options.flesh.read_bytes(), str(options.flesh), model))
    for table in options.tables:
        for row in getattr(bench, table)():
            sys.stdout.write(f"{row}\n")
            sys.stdout.flush()
        sys.stdout.write("\n")


if __name__ == "__main__":
    main()
