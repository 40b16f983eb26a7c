# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Update Rig on rigs that an earlier version has broken, or whose groups the user has renamed: weights sum to 1."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.data.groups import read_group, read_groups
from aim_blender_addon.bridge.rig import actions, armature, attaching, own_bones, weights
from tests.addon import stand_in


@pytest.fixture
def model():
    return stand_in.make_model()


@pytest.fixture
def face(model):
    face = stand_in.add_neutral(model)
    storage.store_model(face, model_to_bytes(model))
    assert bpy.ops.aim.bake() == {'FINISHED'}
    return face


def error_of_scans(face, model):
    """The largest distance in mm between the rig in the scans' frames and the scans, for three of them."""
    worst = 0.0
    for number in range(3):
        bpy.context.scene.frame_set(actions.scan_frame(number))
        shape = np.eye(len(model.expression_names))[number]
        wanted = stand_in.skin(model, shape, model.jaw_poses[number], np.eye(4))
        worst = max(worst, np.abs(stand_in.evaluated_mm(face.aim.rig) - wanted).max())
    return worst


def sums(face):
    """[V] the weights of every vertex, of all groups that a bone of the rig moves."""
    rig, bones = face.aim.rig, face.aim.armature.data.bones
    return read_groups(rig, [group.name for group in rig.vertex_groups if group.name in bones]).sum(
        axis=0
    )


def as_earlier_versions_did(face, names, monkeypatch):
    """Rename bones of a rig without marks, and update it by name alone, as version 4a5cd0e did."""
    rig, carrier = face.aim.rig, face.aim.armature
    for bone in carrier.data.bones:
        del bone[own_bones._MARK]
    for action in bpy.data.actions:
        action[actions._FINGERPRINT] = actions._fingerprint(action, with_bones=True)
    for old, new in names.items():
        carrier.data.bones[old].name = new
    del rig[weights._GROUPS]
    with monkeypatch.context() as patch:
        patch.setattr(
            own_bones, "find_bone", lambda obj, bone: bone if bone in obj.data.bones else ""
        )
        patch.setattr(armature, "mark_bones", lambda obj: None)
        patch.setattr(weights, "_claim", lambda *_args: None)
        patch.setattr(
            weights, "weights_of_others", lambda obj, *_args: np.zeros(len(obj.data.vertices))
        )
        assert bpy.ops.aim.bake() == {'FINISHED'}
    del rig[weights._GROUPS]
    assert sums(face).max() == pytest.approx(2), "broken"
    assert set(carrier.data.bones.keys()) == {"skull", "jaw", *names.values()}


def add_ear(face):
    """A bone and a group of the user's own, and an object that hangs on the bone."""
    rig, carrier = face.aim.rig, face.aim.armature
    bpy.context.view_layer.objects.active = carrier
    bpy.ops.object.mode_set(mode='EDIT')
    bone = carrier.data.edit_bones.new("ear")
    bone.head, bone.tail = (0.07, 0, 1.6), (0.1, 0, 1.6)
    bpy.ops.object.mode_set(mode='OBJECT')
    top = [int(index) for index in np.argsort(-stand_in.make_model().neutral.vertices[:, 2])[:40]]
    rig.vertex_groups.new(name="ear").add(top, 0.25, 'REPLACE')
    rig.vertex_groups.new(name="my mask").add(top, 1.0, 'REPLACE')
    ring = bpy.data.objects.new("Ring", None)
    bpy.context.scene.collection.objects.link(ring)
    ring.parent, ring.parent_type, ring.parent_bone = carrier, 'BONE', "ear"


@pytest.mark.parametrize(
    "names", [{"jaw": "DEF-jaw"}, {"skull": "DEF-skull"}, {"jaw": "DEF-jaw", "skull": "DEF-skull"}]
)
def test_a_rig_with_both_jaw_and_def_jaw_is_mended(face, model, names, monkeypatch, capfd):
    as_earlier_versions_did(face, names, monkeypatch)
    add_ear(face)
    rig, carrier = face.aim.rig, face.aim.armature
    bones = {bone.name: np.array(bone.matrix_local) for bone in carrier.data.bones}
    objects = set(bpy.data.objects.keys())
    mine = {name: read_group(rig, name) for name in ("ear", "my mask")}
    for _again in range(2):
        assert bpy.ops.aim.bake() == {'FINISHED'}
        assert sums(face) == pytest.approx(1, abs=1e-6)
        assert error_of_scans(face, model) <= 0.01
    assert own_bones.find_bone(carrier, "jaw") == names.get("jaw", "jaw")
    assert own_bones.find_bone(carrier, "skull") == names.get("skull", "skull")
    for name, values in mine.items():
        np.testing.assert_array_equal(read_group(rig, name), values)
    for name, matrix in bones.items():
        np.testing.assert_allclose(
            np.array(carrier.data.bones[name].matrix_local), matrix, atol=1e-6
        )
    assert set(bpy.data.objects.keys()) == objects
    assert bpy.data.objects["Ring"].parent_bone == "ear"
    assert "moves nothing: an earlier version may have added it" in capfd.readouterr().out
    tooth = bpy.data.objects.new("Tooth", None)
    bpy.context.scene.collection.objects.link(tooth)
    attaching.attach_to_bone(tooth, carrier, "jaw")
    assert tooth.parent_bone == names.get("jaw", "jaw")


def test_a_bare_jaw_beside_def_jaw_is_no_jaw(face, model):
    """Neither limits nor handle: somebody has made it, with a copy of the group."""
    rig, carrier = face.aim.rig, face.aim.armature
    for bone in carrier.data.bones:
        del bone[own_bones._MARK]
    del rig[weights._GROUPS]
    carrier.data.bones["jaw"].name = "DEF-jaw"
    bpy.context.view_layer.objects.active = carrier
    bpy.ops.object.mode_set(mode='EDIT')
    carrier.data.edit_bones.new("jaw").tail = (0, 0.1, 0)
    bpy.ops.object.mode_set(mode='OBJECT')
    copied = rig.vertex_groups.new(name="jaw")
    for index, weight in enumerate(read_group(rig, "DEF-jaw").tolist()):
        copied.add([index], weight, 'REPLACE')
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert sums(face) == pytest.approx(1, abs=1e-6)
    assert error_of_scans(face, model) <= 0.01
    assert own_bones.find_bone(carrier, "jaw") == "DEF-jaw"


@pytest.mark.parametrize("marked", [True, False])
def test_renamed_groups_get_their_names_back(face, model, marked):
    rig = face.aim.rig
    rig.vertex_groups["jaw"].name = "my jaw"
    rig.vertex_groups["skull"].name = "cranium"
    if not marked:
        del rig[weights._GROUPS]
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert set(rig.vertex_groups.keys()) == {"skull", "jaw"}
    assert sums(face) == pytest.approx(1, abs=1e-6) and error_of_scans(face, model) <= 0.01


def test_a_renamed_group_that_a_modifier_needs_stays(face, model):
    rig = face.aim.rig
    rig.vertex_groups["jaw"].name = "my jaw"
    rig.modifiers.new("Mine", 'SMOOTH').vertex_group = "my jaw"
    rig.modifiers["Mine"].factor = 0.0
    before = read_group(rig, "my jaw")
    assert bpy.ops.aim.bake() == {'FINISHED'}
    np.testing.assert_array_equal(read_group(rig, "my jaw"), before)
    assert sums(face) == pytest.approx(1, abs=1e-6) and error_of_scans(face, model) <= 0.01


def test_a_copy_of_a_group_is_the_users(face, model):
    rig = face.aim.rig
    copied = rig.vertex_groups.new(name="jaw_copy")
    for index, weight in enumerate(read_group(rig, "jaw").tolist()):
        copied.add([index], weight, 'REPLACE')
    before = read_group(rig, "jaw_copy")
    assert bpy.ops.aim.bake() == {'FINISHED'}
    np.testing.assert_array_equal(read_group(rig, "jaw_copy"), before)
    assert sums(face) == pytest.approx(1, abs=1e-6)


def test_groups_called_the_wrong_way_round_are_put_right(face, model):
    groups = face.aim.rig.vertex_groups
    groups["jaw"].name = "x"
    groups["skull"].name = "jaw"
    groups["x"].name = "skull"
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert sums(face) == pytest.approx(1, abs=1e-6) and error_of_scans(face, model) <= 0.01


def test_weights_of_own_bones_beyond_one_are_named(face, capfd):
    add_ear(face)
    carrier, rig = face.aim.armature, face.aim.rig
    bpy.context.view_layer.objects.active = carrier
    bpy.ops.object.mode_set(mode='EDIT')
    carrier.data.edit_bones.new("my mask").tail = (0, 0.1, 0)
    bpy.ops.object.mode_set(mode='OBJECT')
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert f"hold 40 vertices of {rig.name} with more than 1" in capfd.readouterr().out
