# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small rig with ARKit's shapes, a jaw that follows them, an eye and a tooth."""

import bpy
import numpy as np

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.shape_names import ARKIT
from aim_blender_addon.bridge.data import shape_keys, storage
from aim_blender_addon.bridge.rig import shape_jaw
from aim_blender_addon.bridge.rig.attaching import attach_to_bone
from aim_blender_addon.bridge.shapes import shapes

from . import faces, stand_in

#: Radians by which jawOpen opens the jaw, and mm by which it slides.
OPEN, SLIDE = 0.35, 6.0


def rig_face(scale_length: float = 1.0, eyes: bool = True) -> bpy.types.Object:
    """A face whose rig has the 52 shapes beside three of its own."""
    model = stand_in.named(stand_in.make_model(3, 8, 12), ("gape", "grin", "brows"))
    face = stand_in.add_neutral(model, scale_length)
    storage.store_model(face, model_to_bytes(model))
    faces.select([face])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    rig, armature = face.aim.rig, face.aim.armature
    keys = rig.data.shape_keys
    rest = shape_keys.read_points(keys.reference_key)
    random = np.random.default_rng(1)
    for name in ARKIT:
        block = rig.shape_key_add(name=name, from_mix=False)
        block.value = 0.0
        wave = np.sin(rest * 30 / (1 / scale_length) + random.uniform(0, 6, 3))
        shape_keys.write_points(block, rest + wave.astype(np.float32) * 0.004 / scale_length)
    shapes.keep_arkit_names(keys, list(ARKIT))
    jaws = {"jawOpen": np.array([OPEN, SLIDE, 0.0, 0.0]), "jawLeft": np.array([0, 0, 5.0, 0.0])}
    shape_jaw.set_up(armature, keys, jaws, bpy.context)
    face.aim.shapes.shown_set = "ARKIT"
    if eyes:
        for side in (1, -1):
            centre = stand_in.CENTRE + (side * 31.0, -72.0, 8.0)
            ball = faces.ellipsoid((24.0, 24.0, 24.0), centre, 16, 20)
            add(ball, f"Eye {side}", scale_length)
        tooth = faces.ellipsoid((10.0, 8.0, 10.0), stand_in.CENTRE + (0, -70, -60), 6, 8)
        attach_to_bone(add(tooth, "Tooth", scale_length), armature, "jaw")
        faces.select([rig])
        assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    faces.select([rig])
    return face


def add(mesh, name: str, scale_length: float) -> bpy.types.Object:
    """A mesh in millimetres as an object of the scene."""
    return faces.new_object(mesh, name, 0.001 / scale_length)


def pose(face: bpy.types.Object, **values: float) -> None:
    """Set shapes of a rig."""
    for name, value in values.items():
        face.aim.rig.data.shape_keys.key_blocks[name].value = value
    bpy.context.view_layer.update()


def in_world(obj: bpy.types.Object) -> np.ndarray:
    """[V, 3] of the world, as Blender shows an object."""
    bpy.context.view_layer.update()
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    matrix = np.array(twin.matrix_world, np.float64)
    twin.to_mesh_clear()
    return points @ matrix[:3, :3].T + matrix[:3, 3]
