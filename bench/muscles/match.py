# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses given back through the muscles: ``python -m bench.muscles.match MODEL FLESH``.

Held-out poses, as many as the actor has expressions, are made by the simulation itself: three to five expressions of
other weights, and a jaw of its own. They are matched from dense skin, from 60 points, and from 68 points of a picture,
clean and with noise. With ``--frames`` registered scans are matched, too, beside plain sums of shapes.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.geometry.rigid import move_rigidly, rigid_of_twist
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.flesh import Flesh
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.match import Matched
from aim_blender_addon.backend.muscles.match_face import Look, MuscleFace, Places, PlainFace
from aim_blender_addon.backend.muscles.match_run import depth_deviation, match
from aim_blender_addon.backend.muscles.sights import InPicture, InSpace, Sight

#: The picture's size and focal length, pixels, and how far away the head is, mm.
SIZE, FOCAL, FAR_MM = np.array([1920.0, 1080.0]), 2300.0, 700.0
SPARSE, IN_PICTURE = 60, 68


def poses(model: AimModel) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights and jaw of the held-out poses."""
    random = np.random.default_rng(19)
    count = len(model.expression_names)
    made = []
    for _ in range(count):
        weights = np.zeros(count)
        used = random.choice(count, min(random.integers(3, 6), count), replace=False)
        weights[used] = random.uniform(0.15, 0.9, len(used))
        jaw = [np.radians(random.uniform(0, 15)), random.uniform(0, 3)]
        made.append((weights, np.array([*jaw, random.uniform(-3, 3), random.uniform(-1, 1)])))
    return made


class Bench:
    """One actor's matches."""

    def __init__(self, model: AimModel, flesh: Flesh) -> None:
        self.model, self.flesh = model, flesh
        self.scan_jaws = np.array([model.joint.parameters(pose) for pose in model.jaw_poses])
        self.count = len(model.neutral.vertices)
        self.whole = Places.at_vertices(np.arange(self.count))
        self.truth_face = MuscleFace(flesh, model, self.whole)
        self.random = np.random.default_rng(0)
        front = flesh.skin[model.neutral.normals[flesh.skin] @ model.joint.head_axes[1] > 0.3]
        self.sparse = Places.at_vertices(self.random.choice(front, SPARSE, replace=False))
        self.seen = Places.at_vertices(self.random.choice(front, IN_PICTURE, replace=False))

    def match(self, places: Places, sight: Sight) -> tuple[Matched, Matched, float]:
        """By plain shapes, through the muscles, and processor seconds."""
        began = time.process_time()
        face = MuscleFace(self.flesh, self.model, places, self.truth_face.solver)
        plain = PlainFace(self.model, places)
        rest = places.of(self.count) @ self.model.neutral.vertices.astype(float)
        found = match(plain, face, self.model.joint, self.scan_jaws, sight, rest)
        return *found, time.process_time() - began

    def in_space(self, look: Look, places: Places, noise: float) -> tuple[Matched, float, list]:
        """Of places in space, the head turned and moved."""
        head = rigid_of_twist(np.array([0.1, -0.2, 0.05, 20.0, -30, 10]))
        seen = move_rigidly(look.points[places.corners[:, 0]], head)
        seen = seen + noise * self.random.normal(size=seen.shape)
        _, found, seconds = self.match(places, InSpace(seen))
        return found, seconds, []

    def in_picture(
        self, look: Look, noise: float, camera_known: bool
    ) -> tuple[Matched, float, list]:
        """Of places in a picture, seen from the front and a little from the side."""
        axes = self.model.joint.head_axes
        head = np.eye(4)
        # The camera has x to the right, y up and looks along -z.
        head[:3, :3] = rigid_of_twist(np.array([0.1, 0.25, 0, 0, 0, 0]))[:3, :3] @ np.stack(
            [axes[0], axes[2], np.cross(axes[0], axes[2])]
        )
        middle = self.model.neutral.vertices[self.flesh.skin].mean(axis=0)
        head[:3, 3] = np.array([10.0, -20, -FAR_MM]) - head[:3, :3] @ middle
        camera = InPicture(np.zeros((1, 2)), None, SIZE).camera_of(FOCAL)
        image = move_rigidly(look.points[self.seen.corners[:, 0]], head) @ camera[:, :3].T
        pixels = image[:, :2] / image[:, 2:]
        pixels = pixels + noise * self.random.normal(size=pixels.shape)
        sight = InPicture(pixels, camera if camera_known else None, SIZE)
        _, found, seconds = self.match(self.seen, sight)
        here = move_rigidly(found.look.points, found.head)[:, 2].mean()
        off = abs(here - move_rigidly(look.points[self.seen.corners[:, 0]], head)[:, 2].mean())
        return found, seconds, [off, depth_deviation(found, sight)]

    def row(
        self, name: str, run: Callable[[Look], tuple[Matched, float, list]], looks: list[Look]
    ) -> str:
        """A row of the table."""
        weight, degrees, slides, seconds, steps, within, far = [], [], [], [], [], [], []
        lost = 0
        for look in looks:
            found, spent, more = run(look)
            off = np.concatenate([found.look.weights - look.weights, found.look.jaw - look.jaw])
            deviation = np.sqrt(np.diag(found.covariance)[: len(off)])
            within.append(np.mean(np.abs(off) <= 2 * deviation + 1e-3))
            weight.append(np.abs(off[:-4]))
            degrees.append(abs(np.degrees(off[-4])))
            slides.append(np.abs(off[-3:]))
            seconds.append(spent)
            steps.append(found.steps)
            far.append(more)
            lost += not found.converged
        depth = ""
        if far[0]:
            depth = ", ".join(f"{value:.1f}" for value in np.mean(far, axis=0))
        return (
            f"| {name} | {np.mean(weight):.4f}, {np.max(weight):.4f} | {np.mean(degrees):.3f}, {np.max(degrees):.3f} | "
            f"{np.mean(slides):.3f}, {np.max(slides):.3f} | {100 * np.mean(within):.0f} % | {depth} | "
            f"{np.mean(steps):.1f} | {np.mean(seconds):.1f} | {lost} |"
        )


def scans(bench: Bench, frames: np.ndarray) -> list[str]:
    """Rows of registered scans that no expression of the actor is: what each way misses on the face."""
    face = bench.flesh.skin
    rows = [
        "| scan | shapes: mean, p99 mm | muscles: mean, p99 mm | seconds |",
        "|---|---|---|---|",
    ]
    ours, theirs = [], []
    for number, frame in enumerate(frames):
        plain, found, seconds = bench.match(bench.whole, InSpace(frame.astype(float)))
        each = [matched.residual[face] for matched in (plain, found)]
        figures = [(e.mean(), np.percentile(e, 99)) for e in each]
        theirs.append(figures[0])
        ours.append(figures[1])
        cells = " | ".join(f"{mean:.3f}, {p99:.2f}" for mean, p99 in figures)
        rows.append(f"| {number} | {cells} | {seconds:.1f} |")
    both = [np.mean(figures, axis=0) for figures in (theirs, ours)]
    cells = " | ".join(f"{mean:.3f}, {p99:.2f}" for mean, p99 in both)
    return [*rows, f"| mean | {cells} | |"]


def main() -> None:
    """Read, match and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("flesh", type=Path)
    parser.add_argument("--poses", type=int, help="fewer than there are")
    parser.add_argument("--only", nargs="+", help="rows of the table, by what was seen")
    parser.add_argument("--frames", type=Path, help=".npz with vertices [T, V, 3] mm")
    parser.add_argument("--every", type=int, default=6, help="frame of these")
    options = parser.parse_args()
    model = read_model(options.model)
    flesh = flesh_from_bytes(options.flesh.read_bytes(), "flesh", model)
    bench = Bench(model, flesh)
    looks = [bench.truth_face.look(*pose) for pose in poses(model)[: options.poses]]
    say = sys.stdout.write
    say(f"{len(looks)} poses, {sum(not look.settled for look in looks)} did not come to rest\n\n")
    say(
        "| seen | weights: mean, max | opening, degrees | slides, mm | within two deviations | distance off, told, mm |"
        " steps | seconds | lost |\n|---|---|---|---|---|---|---|---|---|\n"
    )
    ways = {
        "all skin": lambda look: bench.in_space(look, bench.whole, 0.0),
        "all skin, noise 0.2 mm": lambda look: bench.in_space(look, bench.whole, 0.2),
        "60 points": lambda look: bench.in_space(look, bench.sparse, 0.0),
        "60 points, noise 0.2 mm": lambda look: bench.in_space(look, bench.sparse, 0.2),
        "picture, 68 points": lambda look: bench.in_picture(look, 0.0, True),
        "the same, focal length to be found": lambda look: bench.in_picture(look, 0.0, False),
        "the same, noise 1 px": lambda look: bench.in_picture(look, 1.0, False),
    }
    for name, run in ways.items():
        if options.only and name not in options.only:
            continue
        say(bench.row(name, run, looks) + "\n")
        sys.stdout.flush()
    if options.frames:
        with np.load(options.frames) as file:
            say("\n" + "\n".join(scans(bench, file["vertices"][:: options.every])) + "\n")


if __name__ == "__main__":
    main()
