# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones of a tongue that hangs on the rig: out, up, aside, curled; none without a tongue; given back when removed."""

import bpy
import numpy as np

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.controls import tongue
from aim_blender_addon.bridge.data import groups, storage
from aim_blender_addon.bridge.face.sample import parts_of
from aim_blender_addon.bridge.rig.own_bones import TONGUE
from tests.addon import faces, stand_in
from tests.addon.test_rig_parts import needs_package, neutral  # noqa: F401


def write(face):
    return tongue.write_tongue(face, storage.load_model(face), bpy.context)


@needs_package
def test_a_tongue_gets_three_bones_that_move_it(neutral):  # noqa: F811
    faces.select([neutral])
    assert bpy.ops.aim.attach_parts() == {'FINISHED'}
    armature, obj = neutral.aim.armature, parts_of(neutral)["tongue"]
    before = groups.read_groups(obj, ["skull", "jaw"])
    rest = stand_in.evaluated_mm(obj)
    assert write(neutral)
    bones = [armature.pose.bones[name] for name in TONGUE]
    assert [bone.parent.name for bone in bones] == ["jaw", *TONGUE[:2]]
    shares = groups.read_groups(obj, ["skull", "jaw", *TONGUE])
    np.testing.assert_allclose(shares.sum(axis=0), before.sum(axis=0), atol=1e-5)
    np.testing.assert_allclose(stand_in.evaluated_mm(obj), rest, atol=1e-3)
    tip = int(rest[:, 1].argmin())  # the face looks along -Y
    root = int(rest[:, 1].argmax())
    bones[0].location.y = 0.01
    moved = stand_in.evaluated_mm(obj) - rest
    assert moved[tip, 1] < -8.0 and np.linalg.norm(moved[root]) < 0.5, "out, and the root stays"
    bones[0].location.y = 0.0
    bones[1].rotation_euler.x = bones[2].rotation_euler.x = 0.6
    assert (stand_in.evaluated_mm(obj) - rest)[tip, 2] > 4.0, "curled up"
    for bone in bones:
        bone.rotation_euler = (0.0, 0.0, 0.0)
    bones[0].rotation_euler.z = 0.4
    assert abs((stand_in.evaluated_mm(obj) - rest)[tip, 0]) > 4.0, "aside"
    assert write(neutral) and len(armature.data.bones) == len({b.name for b in armature.data.bones})
    tongue.remove_tongue(neutral, bpy.context)
    assert not set(TONGUE) & set(armature.data.bones.keys())
    np.testing.assert_allclose(groups.read_groups(obj, ["skull", "jaw"]), before, atol=1e-5)


@needs_package
def test_a_tongue_attached_again_keeps_its_bones(neutral):  # noqa: F811
    faces.select([neutral])
    assert bpy.ops.aim.attach_parts() == {'FINISHED'}
    assert write(neutral)
    obj = parts_of(neutral)["tongue"]
    before = groups.read_groups(obj, [*TONGUE]).sum(axis=0)
    faces.select([neutral.aim.rig, obj])
    assert bpy.ops.aim.attach_parts() == {'FINISHED'}
    np.testing.assert_allclose(groups.read_groups(obj, [*TONGUE]).sum(axis=0), before, atol=0.1)
    shares = groups.read_groups(obj, ["skull", "jaw", *TONGUE])
    np.testing.assert_allclose(shares.sum(axis=0), 1.0, atol=1e-5)


def test_without_a_tongue_there_are_no_bones():
    model = stand_in.make_model(3)
    face = stand_in.add_neutral(model)
    storage.store_model(face, model_to_bytes(model))
    faces.select([face])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    assert not write(face)
    assert set(face.aim.armature.data.bones.keys()) == {"skull", "jaw"}
