# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drag of a handle takes in Blender, without drawing: ``python -m bench.sculpt.drag MODEL.safetensors...``

Each place of the mouse goes to the worker and comes back as a shape key and a jaw pose, then Blender evaluates the rig.
Drawing is measured by the drive ``sculpt`` of the tests with a window.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import bpy
import numpy as np

import aim_blender_addon
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.bridge.data import meshes, storage
from aim_blender_addon.bridge.data.head_space import HeadSpace
from aim_blender_addon.bridge.sculpt.rig_parts import RigParts
from aim_blender_addon.jobs import edit_session, environment
from aim_blender_addon.operators.sculpt import handle_solve

#: Places of the mouse, and how far they are from where the point was, mm.
PLACES, WAY_MM = 60, 4.0
HANDLES = (1, 3, 6)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL.safetensors")
    options = parser.parse_args()
    aim_blender_addon.register()
    python = environment.Interpreter('USER', sys.executable)
    environment.interpreter = lambda: python
    head = "| face | vertices | handles | take hold | step, median | p95 | Blender's part | worker's CPU time |"
    sys.stdout.write(f"{head}\n|{'---|' * head.count(' | ')}---|\n")
    try:
        for path in options.models:
            measure(path)
    finally:
        environment.stop_worker()
        aim_blender_addon.unregister()


def measure(path: Path) -> None:
    """The rows of one model."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    face = baked(path)
    random = np.random.default_rng(0)
    rig = RigParts.of(face)
    handle_solve.prepare_now(bpy.context, rig)
    points = lively(path)
    for count in HANDLES:
        while len(face.aim.sculpt.handles) < count:
            bpy.ops.aim.place_handle(vertex=int(random.choice(points)))
        write(path.stem, face, count, drag(face, random))


def drag(face: bpy.types.Object, random: np.random.Generator) -> dict[str, list[float]]:
    """Seconds of the parts of each step, the last handle dragged about."""
    handle = face.aim.sculpt.handles[-1]
    goal = np.array(handle.goal)
    times: dict[str, list[float]] = {"hold": [], "step": [], "blender": []}
    began = time.perf_counter()
    live = handle_solve.LiveSolve(bpy.context, face)
    while live._busy:
        live.step()
    times["hold"].append(time.perf_counter() - began)
    way, cpu = np.zeros(3), cpu_seconds()
    for _ in range(PLACES):
        way = 0.7 * way + random.normal(0, WAY_MM / 2, 3)  # as a hand moves, not as noise does
        began = time.perf_counter()
        handle.goal = goal + way
        own = 0.0
        while not live.settled:
            before = time.perf_counter()
            if live.step():
                own += time.perf_counter() - before
            time.sleep(0.0005)
        before = time.perf_counter()
        bpy.context.view_layer.update()
        own += time.perf_counter() - before
        times["step"].append(time.perf_counter() - began)
        times["blender"].append(own)
    times["cpu"] = [(cpu_seconds() - cpu) / PLACES]
    live.cancel()
    return times


def cpu_seconds() -> float:
    """What the worker has computed so far: user and system time, all threads (Linux)."""
    worker = environment.running_worker()
    fields = (
        Path(f"/proc/{worker._session.process.pid}/stat").read_text().rpartition(")")[2].split()
    )
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def write(name: str, face: bpy.types.Object, count: int, times: dict[str, list[float]]) -> None:
    """A row, in milliseconds."""
    step, own = 1000 * np.array(times["step"]), 1000 * np.array(times["blender"])
    cells = (
        name,
        len(face.data.vertices),
        count,
        f"{1000 * times['hold'][0]:.0f}",
        f"{np.median(step):.0f}",
        f"{np.quantile(step, 0.95):.0f}",
        f"{np.median(own):.1f}",
        f"{1000 * times['cpu'][0]:.0f}",
    )
    sys.stdout.write(f"| {' | '.join(map(str, cells))} |\n")
    sys.stdout.flush()


def baked(path: Path) -> bpy.types.Object:
    """A face in an empty scene with a model of a file, baked."""
    model = read_model(path)
    space = HeadSpace.at_origin(bpy.context.scene)
    face = meshes.create_object(path.stem, model.neutral, space, bpy.context.scene.collection)
    face.aim.is_face = True
    storage.store_model(face, path.read_bytes())
    bpy.context.view_layer.objects.active = face
    bpy.ops.aim.bake(use_action=False)
    return face


def lively(path: Path) -> np.ndarray:
    """Vertices that the scans move: the face, not the neck; none that no bone holds."""
    model = read_model(path)
    motion = np.linalg.norm(model.evaluate().displacements, axis=2).max(axis=0)
    face = next(obj for obj in bpy.data.objects if obj.aim.is_face)
    return np.flatnonzero((motion > 3.0) & (edit_session.places(face) == 0))


if __name__ == "__main__":
    main()
