# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in a fresh Blender by test_first_face.py: from the zip to a face that plays, saved and opened again.

Arguments: the zip, the Python that fits, a folder for the file, and a JSON file for what was seen.
BLENDER_USER_RESOURCES must name an empty folder.
"""

import json
import sys
from pathlib import Path

WORKER_PACKAGES = ("torch", "scipy", "safetensors", "trimesh", "embreex", "robust_laplacian")
for blocked in WORKER_PACKAGES:
    sys.modules[blocked] = None  # importing it raises ImportError

import bpy
import numpy as np

PACKAGE = "bl_ext.user_default.aim_blender_addon"
#: So many of the sample's scans are fitted: enough for a jaw, few enough for a short test.
SCANS = 6


def main(zip_path: str, python: str, folder: str, seen_path: str) -> None:
    """Do the main job by the operators alone, and write what came of it to ``seen_path``."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.extensions.package_install_files(
        filepath=zip_path, repo="user_default", enable_on_install=True, overwrite=True
    )
    preferences = bpy.context.preferences.addons[PACKAGE].preferences
    preferences.python_path = python
    press("add_sample_actor", detail='LOW', use_inside=False)
    face = bpy.context.active_object
    for scan in face.aim.scans[SCANS:]:
        scan.use = False
    for step in ("estimate_bones", "fit", "bake"):
        press(step)
    seen = {"expressions": face.aim.report.expressions, "played": played(face)}

    path = str(Path(folder) / "face.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    face = next(obj for obj in bpy.data.objects if obj.aim.is_face)
    seen |= {"reopened": face.aim.report.expressions, "played_again": played(face)}
    bpy.context.view_layer.objects.active = face
    press("bake")  # of the model that came back with the file
    seen["baked_again"] = played(face)
    press("stop_worker")
    with open(seen_path, "w", encoding="utf-8") as file:
        json.dump(seen, file)


def press(name: str, **options: object) -> None:
    """Press one of the extension's buttons; AssertionError unless it succeeds."""
    result = getattr(bpy.ops.aim, name)(**options)
    assert result == {'FINISHED'}, f"aim.{name} ended with {result}"


def played(face: bpy.types.Object) -> dict[str, list[float]]:
    """Distance (mm) from the rig to each fitted scan, at that scan's frame of the timeline: mean and largest."""
    frames = {marker.name: marker.frame for marker in bpy.context.scene.timeline_markers}
    distances = {}
    for scan in face.aim.scans[:SCANS]:
        bpy.context.scene.frame_set(frames[scan.name])
        key = face.data.shape_keys.key_blocks[scan.shape_key]
        off = np.linalg.norm(shown(face.aim.rig) - points(key.data), axis=1) * 1000
        distances[scan.name] = [float(off.mean()), float(off.max())]
    return distances


def shown(obj: bpy.types.Object) -> np.ndarray:
    """What Blender shows of a mesh [V, 3], in its own space, in metres."""
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    found = points(evaluated.to_mesh().vertices)
    evaluated.to_mesh_clear()
    return found


def points(collection: bpy.types.bpy_prop_collection) -> np.ndarray:
    """The places [V, 3] of vertices or of a shape key's points."""
    flat = np.empty(len(collection) * 3, np.float32)
    collection.foreach_get("co", flat)
    return flat.reshape(-1, 3)


if __name__ == "__main__":
    main(*sys.argv[1:])
