# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bake one fitted actor in Blender and hold the rig against the model: ``bake.py ACTOR_FOLDER``.

Prints one line of JSON. A process of its own, because Blender's module is not made to be reset.
"""

import json
import os
import sys
import time
from pathlib import Path

import bpy
import numpy as np

import aim_blender_addon
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.bridge.data import meshes, storage
from aim_blender_addon.bridge.data.head_space import HeadSpace, mm_per_unit
from aim_blender_addon.bridge.rig import actions
from aim_blender_addon.bridge.rig.objects import rig_of


def main(folder: Path) -> dict:
    """Shapes, seconds of the operator, and the worst vertex over all scans in mm."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    aim_blender_addon.register()
    data = (folder / "model.safetensors").read_bytes()
    model = read_model(folder / "model.safetensors")
    scene = bpy.context.scene
    face = meshes.create_object("Face", model.neutral, HeadSpace.at_origin(scene), scene.collection)
    storage.make_face(face, bpy.context)
    storage.store_model(face, data)
    bpy.context.view_layer.objects.active = face
    started = time.perf_counter()
    bpy.ops.aim.bake()
    seconds = time.perf_counter() - started
    baked = rig_of(face)
    scale = mm_per_unit(face, bpy.context.scene)
    worst = 0.0
    for index in range(len(model.expression_names)):
        bpy.context.scene.frame_set(actions.scan_frame(index))
        twin = baked.evaluated_get(bpy.context.evaluated_depsgraph_get())
        mesh = twin.to_mesh()
        shown = np.empty(3 * len(mesh.vertices), np.float32)
        mesh.vertices.foreach_get("co", shown)
        twin.to_mesh_clear()
        worst = max(worst, float(np.abs(shown.reshape(-1, 3) * scale - model.scan(index)).max()))
    return {"shapes": len(model.expression_names), "seconds": seconds, "worst_mm": worst}


if __name__ == "__main__":
    result = main(Path(sys.argv[1]))
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()
    os._exit(0)  # Blender 4.5 hangs at exit while classes are registered
