# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Play a file of face curves directly, then reduce its keys: ``direct.py CURVES.csv [VERTICES]``.

A made-up head with ARKit's 52 shape keys plays it. Printed as one line of JSON: seconds of reading the file, seconds
from there to a playing face, keys before and after the reduction at several tolerances, and how far the skin then is,
in mm, on every frame. A process of its own, because Blender's module is not made to be reset.
"""

import json
import os
import sys
import time
from pathlib import Path

import bpy
import numpy as np

import aim_blender_addon
from aim_blender_addon import compat
from aim_blender_addon.backend.io.curve_files import read_curves
from aim_blender_addon.backend.shape_names import ARKIT

TOLERANCES = (0.5, 0.2, 0.1, 0.05)


def head(vertices: int) -> bpy.types.Object:
    """An egg of 0.25 m with a bump a shape key, on the side and at the height that its name says."""
    rows = int(np.sqrt(vertices / 2))
    bpy.ops.mesh.primitive_uv_sphere_add(segments=2 * rows, ring_count=rows, radius=0.125)
    obj = bpy.context.object
    obj.shape_key_add(name="Basis", from_mix=False)
    rest = np.empty((len(obj.data.vertices), 3), np.float32)
    obj.data.vertices.foreach_get("co", rest.ravel())
    for name in ARKIT:
        side = 0.035 * (name.endswith("Left") - name.endswith("Right"))
        height = 0.03 if name.startswith(("eye", "brow")) else -0.05
        size = 0.03 if name.startswith("jaw") else 0.012
        near = np.exp(-np.sum((rest - [side, -0.115, height]) ** 2, 1) / 0.0006)
        key = obj.shape_key_add(name=name, from_mix=False)
        key.value = 0.0
        moved = rest + size * near[:, None] * np.array([0, -0.3, -1], np.float32)
        key.points.foreach_set("co", moved.astype(np.float32).ravel())
    return obj


def played(obj: bpy.types.Object, frames: range) -> np.ndarray:
    """[T, V, 3] mm what the scene shows."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        points = np.empty((len(twin.data.vertices), 3), np.float32)
        twin.data.vertices.foreach_get("co", points.ravel())
        found.append(1000 * points)
    return np.stack(found)


def count(obj: bpy.types.Object) -> int:
    """Keys of the take."""
    tracks = obj.data.shape_keys.animation_data.nla_tracks
    actions = {strip.action for track in tracks for strip in track.strips}
    return sum(len(c.keyframe_points) for action in actions for c in compat.all_curves(action))


def main(path: Path, vertices: int) -> dict:
    """The figures."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    aim_blender_addon.register()
    obj = head(vertices)
    scene = bpy.context.scene
    scene.render.fps = 60
    began = time.perf_counter()
    curves = read_curves(path)
    reading = time.perf_counter() - began
    began = time.perf_counter()
    bpy.ops.aim.import_face_curves(filepath=str(path))
    playing = time.perf_counter() - began - reading
    frames = range(scene.frame_start, scene.frame_start + int(curves.times[-1] * 60) + 1)
    frames = frames[:: max(1, len(frames) // 120)]
    dense, before, rows = played(obj, frames), count(obj), []
    for tolerance in TOLERANCES:
        bpy.ops.aim.play_directly()
        obj.aim.animation.keys_tolerance_mm = tolerance
        began = time.perf_counter()
        bpy.ops.aim.reduce_keys()
        seconds = time.perf_counter() - began
        off = np.linalg.norm(played(obj, frames) - dense, axis=2)
        rows.append({
            "tolerance_mm": tolerance,
            "keys": count(obj),
            "largest_mm": round(float(off.max()), 4),
            "p99_mm": round(float(np.percentile(off, 99)), 4),
            "seconds": round(seconds, 2),
        })  # fmt: skip
    return {
        "frames": len(curves.times),
        "vertices": len(obj.data.vertices),
        "reading_s": round(reading, 3),
        "from_read_to_playing_s": round(playing, 3),
        "keys_before": before,
        "reduced": rows,
    }


if __name__ == "__main__":
    result = main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 11000)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    sys.stdout.flush()
    os._exit(0)  # Blender 4.5 hangs at exit while classes are registered
