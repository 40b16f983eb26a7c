# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What directed compression costs in Blender: ``nodes.py MODEL.safetensors [--frames 60]``. A process of its own.

A model is baked, all its shape keys and the jaw move in each frame, and Blender evaluates the rig without the modifier
and with it, in turns. Also how far ``aim_w`` is from the backend's. Prints one line of JSON.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

import aim_blender_addon  # noqa: E402
from aim_blender_addon.backend.detail.compression import Response, SkinStrain  # noqa: E402
from aim_blender_addon.backend.io.model_file import model_from_bytes  # noqa: E402
from aim_blender_addon.bridge.detail import nodes, skin  # noqa: E402
from aim_blender_addon.bridge.rig.bake import BakeOptions, bake_rig  # noqa: E402
from tests.addon import stand_in  # noqa: E402

#: Frames that are not counted: Blender compiles and allocates in the first ones.
_WARM = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--frames", type=int, default=60)
    options = parser.parse_args()
    aim_blender_addon.register()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    model = model_from_bytes(options.model.read_bytes(), str(options.model))
    baked = bake_rig(stand_in.add_neutral(model), model, bpy.context, BakeOptions(action=False))
    rig, count = baked.mesh, len(model.neutral.vertices)
    start = np.random.default_rng(0).uniform(0, 0.06, count)
    skin.write_skin(rig, np.array([1.0, 0, 0]), start, 0.12, {"forehead": np.ones(count)})
    modifier = nodes.add_modifier(rig)
    figures: dict[str, list] = {"without": [], "with": [], "with colours": []}
    for frame in range(options.frames + _WARM):
        for name, times in figures.items():
            modifier.show_viewport = name != "without"
            nodes.show_colours(rig, name == "with colours")
            bpy.context.view_layer.update()
            _pose(baked, frame)
            began = time.process_time(), time.perf_counter()
            bpy.context.view_layer.update()
            ended = time.process_time(), time.perf_counter()
            times.append([1e3 * (b - a) for a, b in zip(began, ended, strict=True)])
    table = {name: np.median(times[_WARM:], axis=0) for name, times in figures.items()}
    report = {
        "blender": bpy.app.version_string,
        "vertices": count,
        "shape_keys": len(rig.data.shape_keys.key_blocks) - 1,
        "load": os.getloadavg()[0],
        "apart": _apart(rig, start),
    }
    for name, (cpu, wall) in table.items():
        report[name] = {"cpu_ms": round(float(cpu), 2), "wall_ms": round(float(wall), 2)}
    report["added_cpu_ms"] = round(float(table["with"][0] - table["without"][0]), 2)
    report["ratio"] = round(float(table["with"][0] / table["without"][0]), 2)
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()
    os._exit(0)


def _pose(baked: object, frame: int) -> None:
    """Every shape key and the jaw move."""
    for number, key in enumerate(baked.mesh.data.shape_keys.key_blocks[1:]):
        key.value = 0.3 * np.sin(0.7 * frame + number) ** 2
    bone = baked.armature.pose.bones["jaw"]
    bone.rotation_mode = 'XYZ'
    bone.rotation_euler.x = 0.1 + 0.1 * np.sin(frame)


def _apart(rig: bpy.types.Object, start: np.ndarray) -> float:
    """Largest difference of ``aim_w`` from the backend's, on the last pose."""
    mesh = rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    own = np.empty((len(mesh.vertices), 4), np.float32)
    mesh.attributes[nodes.CHANNELS].data.foreach_get("color", own.ravel())
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    strain = SkinStrain.of(skin.rest_mesh(rig), np.array([1.0, 0, 0]))
    return float(np.abs(own - strain.channels(points, Response(start, 0.12))).max())


if __name__ == "__main__":
    main()
