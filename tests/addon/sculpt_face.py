# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A baked stand-in head for the tests of editing, which the real worker has ready after the first of them."""

import bpy
import numpy as np

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import storage

from . import faces, stand_in

NAMES = ("jaw_open", "smile", "brows")
CHEEK, BROW, CHIN = (45, -70, 10), (20, -75, 55), (0, -70, -75)


def make() -> bpy.types.Object:
    """A baked face whose rig rests."""
    model = stand_in.named(stand_in.make_model(3), NAMES)
    obj = stand_in.add_neutral(model)
    storage.store_model(obj, model_to_bytes(model))
    faces.select([obj])
    assert bpy.ops.aim.bake() == {'FINISHED'}
    obj.aim.armature.animation_data.action = None
    jaw = obj.aim.armature.pose.bones["jaw"]
    jaw.location, jaw.rotation_euler = (0, 0, 0), (0, 0, 0)
    return obj


def vertex_near(face: bpy.types.Object, offset: tuple[float, float, float]) -> int:
    """The vertex nearest to a point beside the head's middle, mm."""
    points = storage.load_model(face).neutral.vertices - stand_in.CENTRE
    return int(np.linalg.norm(points - offset, axis=1).argmin())


def shown(face: bpy.types.Object) -> np.ndarray:
    """[V, 3] mm: the rig as Blender evaluates it."""
    return stand_in.evaluated_mm(face.aim.rig)
