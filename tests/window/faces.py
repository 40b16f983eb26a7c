# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What drives ask Blender's data about faces."""

import os

import bpy
import numpy as np
from stage import ADDON

#: The file that ``first_face`` saves and other drives open.
FILE = os.environ["AIM_FACE"]
FITTING_PYTHON = "/opt/fitting/bin/python"


def preferences() -> bpy.types.AddonPreferences:
    """The extension's own."""
    return bpy.context.preferences.addons[ADDON].preferences


def use_python(stage):
    """Choose the Python that fits and wait for the check of it, which starts by itself."""
    preferences().python_path = FITTING_PYTHON
    yield 1.0
    yield from stage.wait(lambda: not job_runs(), 120, "the check of the Python")
    yield 0.5


def hide_start_up() -> None:
    """Hide what a new file holds: the view is inside its cube."""
    for obj in bpy.context.scene.objects:
        if obj.name in {"Cube", "Camera", "Light"}:
            obj.hide_set(True)


def job_runs() -> bool:
    """Whether a job is under way."""
    return bpy.context.window_manager.aim_job.running


def is_there() -> bool:
    """Whether the file has a face."""
    return any(obj.aim.is_face and obj.users_scene for obj in bpy.data.objects)


def face() -> bpy.types.Object:
    """The only face of the file."""
    faces = [obj for obj in bpy.data.objects if obj.aim.is_face and obj.users_scene]
    assert len(faces) == 1, [obj.name for obj in faces]
    return faces[0]


def has_model() -> bool:
    """Whether the face holds a model, as the panels tell it."""
    return bool(face().aim.report.expressions)


def shown_vertices(obj: bpy.types.Object) -> np.ndarray:
    """What Blender shows of a mesh [V, 3], in metres of the world, with modifiers and animation."""
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    flat = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", flat)
    evaluated.to_mesh_clear()
    world = np.array(obj.matrix_world)
    return flat.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]


def scan_vertices(name: str) -> np.ndarray:
    """A scan of the face [V, 3], in metres of the world."""
    scan = next(scan for scan in face().aim.scans if scan.name == name)
    if scan.object:
        points, world = scan.object.data.attributes["position"].data, scan.object.matrix_world
        attribute = "vector"
    else:
        points = face().data.shape_keys.key_blocks[scan.shape_key].points
        world, attribute = face().matrix_world, "co"
    flat = np.empty(len(points) * 3, np.float32)
    points.foreach_get(attribute, flat)
    world = np.array(world)
    return flat.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]
