# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig whose bones the user has renamed, deleted or duplicated is brought up to date as the same rig."""

from dataclasses import replace

import bpy
import numpy as np
import pytest

from aim_blender_addon import compat
from aim_blender_addon.backend.errors import RigError
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import shape_keys, storage
from aim_blender_addon.bridge.data.groups import read_groups
from aim_blender_addon.bridge.rig import actions, attaching, bake, own_bones
from tests.addon import stand_in


@pytest.fixture
def model():
    return stand_in.make_model()


@pytest.fixture
def face(model):
    face = stand_in.add_neutral(model)
    storage.store_model(face, model_to_bytes(model))
    return face


def bake_face(face, model, **options):
    return bake.bake_rig(face, model, bpy.context, bake.BakeOptions(**options))


def error_of_scan(baked, model, number):
    bpy.context.scene.frame_set(actions.scan_frame(number))
    weights = np.eye(len(model.expression_names))[number]
    wanted = stand_in.skin(model, weights, model.jaw_poses[number], np.eye(4))
    return np.abs(stand_in.evaluated_mm(baked.mesh) - wanted).max()


def sums(obj):
    return read_groups(obj, [group.name for group in obj.vertex_groups]).sum(axis=0)


def unmark(armature):
    """As rigs of earlier versions are."""
    for bone in armature.data.bones:
        del bone[own_bones._MARK]


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize(
    "names", [{"jaw": "DEF-jaw"}, {"skull": "head"}, {"jaw": "a", "skull": 'b"c'}]
)
def test_renamed_bones_are_the_same_bones(face, model, names, marked):
    first = bake_face(face, model)
    if not marked:
        unmark(first.armature)
    for old, new in names.items():
        first.armature.data.bones[old].name = new
    before = len(bpy.data.actions)
    second = bake_face(face, model)
    expected = {names.get(name, name) for name in ("skull", "jaw")}
    assert set(second.armature.data.bones.keys()) == expected
    assert set(second.mesh.vertex_groups.keys()) == expected
    assert sums(second.mesh) == pytest.approx(1, abs=1e-6)
    assert len(bpy.data.actions) == before and second.actions == first.actions
    assert max(error_of_scan(second, model, number) for number in range(3)) <= 0.01
    jaw = second.armature.pose.bones[names.get("jaw", "jaw")]
    assert len(jaw.constraints) == 2 and len(second.armature.animation_data.drivers) == 2


def test_group_that_lost_its_bone_goes(face, model):
    first = bake_face(face, model)
    first.armature.data.bones["jaw"].name = "DEF-jaw"
    first.mesh.vertex_groups["DEF-jaw"].name = "jaw"  # as where the skin was in another file
    mine = first.mesh.vertex_groups.new(name="mine")
    mine.add([0], 0.5, 'REPLACE')
    second = bake_face(face, model)
    assert second.mesh.vertex_groups.keys() == ["skull", "mine", "DEF-jaw"]
    assert error_of_scan(second, model, 0) <= 0.01


def test_duplicate_of_a_bone_is_the_users(face, model):
    baked = bake_face(face, model)
    bpy.context.view_layer.objects.active = baked.armature
    bpy.ops.object.mode_set(mode='EDIT')
    for bone in baked.armature.data.edit_bones:
        bone.select = bone.select_head = bone.select_tail = bone.name == "jaw"
    bpy.ops.armature.duplicate()
    bpy.ops.object.mode_set(mode='OBJECT')
    baked.armature.data.bones["jaw"].name = "mandible"
    baked.armature.data.bones["jaw.001"].name = "jaw"
    bake_face(face, model)
    assert own_bones.find_bone(baked.armature, "jaw") == "mandible"
    assert own_bones._MARK not in baked.armature.data.bones["jaw"]


@pytest.mark.parametrize("name", ["jaw", "skull"])
def test_deleted_bone_is_named_and_made_again(face, model, name):
    baked = bake_face(face, model)
    bpy.context.view_layer.objects.active = baked.armature
    bpy.ops.object.mode_set(mode='EDIT')
    bones = baked.armature.data.edit_bones
    bones.remove(bones[name])
    bpy.ops.object.mode_set(mode='OBJECT')
    with pytest.raises(RuntimeError, match="lost a bone: press Update Rig"):
        bpy.ops.aim.expressions_to_assets()
    with pytest.raises(RuntimeError, match="[uU]pdate"):
        bpy.ops.aim.reset_jaw()
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert sums(face.aim.rig) == pytest.approx(1, abs=1e-6)
    assert error_of_scan(baked, model, 0) <= 0.01


def test_operators_work_with_renamed_bones(face, model):
    baked = bake_face(face, model)
    baked.armature.data.bones["jaw"].name = "DEF-jaw"
    baked.armature.data.bones["skull"].name = "DEF-skull"
    assert bpy.ops.aim.expressions_to_assets() == {'FINISHED'}
    keys = baked.mesh.data.shape_keys
    paths = {
        curve.driver.variables[0].targets[0].data_path for curve in keys.animation_data.drivers
    }
    assert all(path.startswith('pose.bones["DEF-jaw"]') for path in paths)
    assert bpy.ops.aim.reset_jaw() == {'FINISHED'} and bpy.ops.aim.key_jaw() == {'FINISHED'}
    assert bpy.ops.aim.remove_expression_assets() == {'FINISHED'}
    tooth = bpy.data.objects.new("Tooth", None)
    bpy.context.scene.collection.objects.link(tooth)
    attaching.attach_to_bone(tooth, baked.armature, "jaw")
    assert tooth.parent_bone == "DEF-jaw"
    for action in baked.actions:
        for curve in compat.all_curves(action):
            assert '"jaw"' not in curve.data_path


@pytest.mark.parametrize("change", ["rename", "remove"])
def test_lost_shape_key_is_named(face, model, change):
    baked = bake_face(face, model)
    key = baked.mesh.data.shape_keys.key_blocks[model.expression_names[1]]
    if change == "rename":
        key.name = "mine"
    else:
        baked.mesh.shape_key_remove(key)
    with pytest.raises(RuntimeError, match=f"lost its shape key {model.expression_names[1]}"):
        bpy.ops.aim.expressions_to_assets()
    assert bpy.ops.aim.bake() == {'FINISHED'}
    baked.mesh.data.shape_keys.animation_data.action = None  # renamed curves are the user's
    assert bpy.ops.aim.expressions_to_assets() == {'FINISHED'}


def test_expressions_with_line_ends_become_assets(face, model):
    names = ("a\nb", '["c', *model.expression_names[2:])
    model = replace(model, expression_names=names)
    storage.store_model(face, model_to_bytes(model))
    assert bpy.ops.aim.bake() == {'FINISHED'} == bpy.ops.aim.expressions_to_assets()
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert shape_keys.baked_names(face.aim.rig.data) == list(names)
    keys = face.aim.rig.data.shape_keys.key_blocks
    face.aim.armature.pose.bones["jaw"]["a\nb"] = 0.5
    bpy.context.view_layer.update()
    shown = face.aim.rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.shape_keys
    assert len(keys) == 1 + len(names) and shown is not None


def test_a_rest_shape_called_like_an_expression_stays_the_rest_shape(face, model):
    baked = bake_face(face, model)
    keys, name = baked.mesh.data.shape_keys, model.expression_names[2]
    keys.key_blocks[name].name = "mine"
    keys.reference_key.name = name
    again = bake_face(face, model)
    assert keys.reference_key.name == "Basis" and name in keys.key_blocks
    assert max(error_of_scan(again, model, number) for number in range(2)) <= 0.01
    rest = shape_keys.read_points(keys.reference_key) * 1000
    np.testing.assert_allclose(rest, model.evaluate().skin, atol=1e-3)


def test_a_key_of_the_users_that_is_called_like_a_new_expression_stays(face, model):
    baked = bake_face(face, model)
    own = baked.mesh.shape_key_add(name="later", from_mix=False)
    own.points[3].co.z += 0.005
    place = own.points[3].co.copy()
    grown = replace(stand_in.make_model(6), expression_names=(*model.expression_names, "later"))
    with pytest.raises(RigError, match="has a shape of its own called later"):
        bake_face(face, grown)
    assert own.points[3].co == place and baked.mesh.vertex_groups.keys() == ["skull", "jaw"]
    own.name = "mine"
    assert "later" in bake_face(face, grown).mesh.data.shape_keys.key_blocks
    assert (own.points[3].co - own.relative_key.points[3].co).z == pytest.approx(0.005, abs=1e-6)


@pytest.mark.parametrize("kind", ["objects", "collections", "meshes", "shape_keys", "actions"])
def test_renamed_blocks_are_the_same_rig(face, model, kind):
    first = bake_face(face, model)
    before = set(bpy.data.objects)
    for number, block in enumerate(list(getattr(bpy.data, kind))):
        block.name = f"renamed {number}"
    second = bake_face(face, model)
    assert (second.mesh, second.armature, second.actions) == (
        first.mesh,
        first.armature,
        first.actions,
    )
    assert set(bpy.data.objects) == before
    assert sums(second.mesh) == pytest.approx(1, abs=1e-6)
    assert max(error_of_scan(second, model, number) for number in range(3)) <= 0.01


def test_what_is_taken_out_of_deleted_collections_stays_the_rig(face, model):
    first = bake_face(face, model)
    kept = set(bpy.data.objects)
    for collection in list(bpy.data.collections):
        for obj in collection.objects:
            if obj.name not in bpy.context.scene.collection.objects:
                bpy.context.scene.collection.objects.link(obj)
        bpy.data.collections.remove(collection)
    second = bake_face(face, model)
    assert second.mesh == first.mesh and kept <= set(bpy.data.objects)
    assert error_of_scan(second, model, 0) <= 0.01


def test_absolute_shape_keys_are_named(face, model, capfd):
    keys = bake_face(face, model).mesh.data.shape_keys
    keys.use_relative = False
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert "are absolute, so its scans do not show: turn on Relative" in capfd.readouterr().out


def test_bones_that_were_told_not_to_deform_move_the_skin_again(face, model):
    baked = bake_face(face, model)
    for bone in baked.armature.data.bones:
        bone.use_deform = False
    bake_face(face, model)
    assert error_of_scan(baked, model, 0) <= 0.01
