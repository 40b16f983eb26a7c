# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording of face curves through an actor's flesh: ``python -m bench.muscles.take MODEL FLESH CURVES.csv``.

The retargeter matches ARKit's curves with the actor's expressions, and its jaw plays apart. Prints seconds a frame of
one thread's processor time, and how far every 20th skin is from the exact answer. ``--from`` and ``--frames`` choose
stretches; all of the take without them.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.io.curve_files import read_curves
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.equilibrium import Stop
from aim_blender_addon.backend.muscles.flesh_file import flesh_from_bytes
from aim_blender_addon.backend.muscles.simulate import Simulation
from aim_blender_addon.backend.muscles.take import Poses, check_poses
from aim_blender_addon.backend.retargeting.arkit_head import arkit_head
from aim_blender_addon.backend.retargeting.performance import drive
from aim_blender_addon.backend.retargeting.pipeline import find_map
from aim_blender_addon.backend.retargeting.player import prepare, shape_player
from aim_blender_addon.backend.retargeting.retarget_face import face_of_model

#: Frames between two that are compared with the exact answer.
EVERY = 20


def poses_of(model: AimModel, curves_file: Path) -> Poses:
    """Weights of the actor's expressions and its jaw, frame by frame."""
    source, face = arkit_head(), face_of_model(model)
    played, _unknown = drive(source, read_curves(curves_file))
    retargeter = prepare(
        source, face, played.functions, contacts=False, mapped=find_map(source, face), scanned=model
    )
    shapes = np.zeros((len(face.expression_names), *face.mesh.vertices.shape), np.float32)
    shapes[:, face.rows] = face.displacements / face.scale
    # Shapes without the jaw's motion, so that a bone moves it.
    player = shape_player(
        retargeter, face.expression_names, shapes, jaw_weight=face.spread(face.jaw_weight)
    )
    frames = [player.play(frame) for frame in played.frames(source)]
    return check_poses(
        np.stack([frame.curves for frame in frames]),
        np.stack([frame.jaw_parameters for frame in frames]),
        model,
        curves_file.name,
    )


def run(model: AimModel, flesh: bytes, poses: Poses, frames: range, stop: Stop | None) -> dict:
    """Play the frames; the first comes from rest and is not counted."""
    held = flesh_from_bytes(flesh, "flesh", model)
    simulation, exact = Simulation(held, model, stop), Simulation(held, model, stop)
    simulation.frame(frames[0], poses.weights[frames[0]], poses.jaw[frames[0]])
    seconds, steps, off, moved, unsettled, inverted = [], [], [], [], [], 0
    last = None
    for number in frames[1:]:
        pose = poses.weights[number], poses.jaw[number]
        began = time.process_time()
        frame = simulation.frame(number, *pose)
        seconds.append(time.process_time() - began)
        steps.append(frame.steps)
        inverted = max(inverted, frame.inverted)
        if not frame.converged:
            unsettled.append(number)
        if last is not None:
            moved.append(float(np.linalg.norm(frame.skin - last, axis=1).max()))
        last = frame.skin
        if number % EVERY == 0:
            pull = exact.drive.pull_of(*pose)
            solved = exact.solver.newton(frame.free, pull)
            apart = held.skin_places @ (solved.free - frame.free)
            off.append(float(np.linalg.norm(apart, axis=1).max()))
    return {
        "first": frames[0],
        "frames": len(seconds),
        "seconds_mean": round(float(np.mean(seconds)), 4),
        "seconds_p99": round(float(np.percentile(seconds, 99)), 3),
        "seconds_worst": round(max(seconds), 3),
        "steps_mean": round(float(np.mean(steps)), 2),
        "steps_worst": max(steps),
        "skin_moves_mm": round(float(np.mean(moved)), 3),
        "compared": len(off),
        "off_mm_worst": round(max(off, default=0.0), 4),
        "inverted": inverted,
        "unsettled": unsettled,
    }


def main() -> None:
    """Read, play and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("flesh", type=Path)
    parser.add_argument("curves", type=Path)
    parser.add_argument("--from", dest="first", type=int, nargs="+", default=[])
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--frame-mm", type=float, default=Stop.frame_mm)
    parser.add_argument("--poses", type=Path, help="keep the retargeted poses here")
    options = parser.parse_args()
    model = read_model(options.model)
    if options.poses and options.poses.exists():
        with np.load(options.poses) as file:
            poses = Poses(file["weights"], file["jaw_parameters"])
    else:
        poses = poses_of(model, options.curves)
        if options.poses:
            np.savez(options.poses, weights=poses.weights, jaw_parameters=poses.jaw)
    count = len(poses.weights)
    pieces = [range(first, min(first + options.frames + 1, count)) for first in options.first]
    flesh, stop = options.flesh.read_bytes(), Stop(frame_mm=options.frame_mm)
    for frames in pieces or [range(count)]:
        row = run(model, flesh, poses, frames, stop) | {"load": round(os.getloadavg()[0], 1)}
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
