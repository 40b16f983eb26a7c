# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up head whose shape keys have ARKit's names."""

import bpy
import numpy as np

from aim_blender_addon.backend.shape_names import ARKIT
from tests.addon import faces


def hero(names: tuple[str, ...] = ARKIT, name: str = "Hero") -> bpy.types.Object:
    """The made-up head as a character, each of its keys moving what its name says."""
    rest = faces.neutral()
    obj = faces.new_object(rest, name)
    obj.shape_key_add(name="Basis", from_mix=False)
    for key_name in names:
        key = obj.shape_key_add(name=key_name, from_mix=False)
        side = 30 * (("Left" in key_name) - ("Right" in key_name))
        height = 30 if key_name.lower().startswith(("eye", "brow")) else -50
        near = np.exp(-np.sum((rest.vertices - [side, -90, height]) ** 2, 1) / 800)
        moved = rest.vertices + near[:, None] * np.array([0, -4, 1])
        key.value = 0.0
        key.points.foreach_set("co", (moved * 0.001).astype(np.float32).ravel())
    faces.select([obj])
    return obj


def with_head_bone(obj: bpy.types.Object) -> bpy.types.Object:
    """An armature with a head bone that lies along no axis of the face, and eye bones that carry marks."""
    armature = bpy.data.objects.new("Body", bpy.data.armatures.new("Body"))
    bpy.context.scene.collection.objects.link(armature)
    faces.select([armature])
    bpy.ops.object.mode_set(mode='EDIT')
    for name, tail in (
        ("head", (0.05, 0.02, 0.1)),
        ("eye.L", (0.03, -0.1, 0)),
        ("eye.R", (-0.03, -0.1, 0)),
    ):
        bone = armature.data.edit_bones.new(name)
        bone.tail, bone.roll = tail, 0.7
    bpy.ops.object.mode_set(mode='OBJECT')
    armature.data.bones["eye.L"]["aim_bone"] = "eye_left"
    armature.data.bones["eye.R"]["aim_bone"] = "eye_right"
    obj.modifiers.new("Body", 'ARMATURE').object = armature
    return armature
