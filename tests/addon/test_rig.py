# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A baked rig, as Blender evaluates it, is the model."""

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from aim_blender_addon.bridge.data import attributes, storage
from aim_blender_addon.bridge.rig import actions, attaching, bake, skin
from aim_blender_addon.bridge.rig.poses import bone_channels, in_units
from tests.addon import stand_in

STILL = np.eye(4)
TURNED = (
    Matrix.Translation((4, -2, 1)) @ Matrix.Rotation(1.2, 4, "X") @ Matrix.Rotation(0.4, 4, "Z")
)


def bake_face(face, model, **options):
    return bake.bake_rig(face, model, bpy.context, bake.BakeOptions(**options))


def largest_error(baked, model, weights, jaw=STILL, head=STILL):
    wanted = stand_in.skin(model, weights, jaw, head)
    return np.linalg.norm(stand_in.evaluated_mm(baked.mesh) - wanted, axis=1).max()


def set_pose(armature, bone, pose_mm):
    mm = bpy.context.scene.unit_settings.scale_length * 1000
    location, rotation = bone_channels(
        in_units(pose_mm[None], mm), bake.rest_matrix(armature, bone)
    )
    armature.pose.bones[bone].location = location[0]
    armature.pose.bones[bone].rotation_euler = rotation[0]


def stop_playing(baked):
    for owner in (baked.armature, baked.mesh.data.shape_keys):
        if owner.animation_data:
            owner.animation_data.action = None


@pytest.mark.parametrize("scale_length", [1.0, 0.01, 0.001])
@pytest.mark.parametrize("placed", ["plain", "turned", "mirrored"])
def test_rig_is_the_model(scale_length, placed):
    model = stand_in.make_model(6)
    matrix = TURNED if placed == "turned" else None
    face = stand_in.add_neutral(model, scale_length, matrix)
    if placed == "mirrored":
        face.data.transform(Matrix.Diagonal((-0.5, -0.5, -0.5, 1)))
        face.data.flip_normals()
        face.scale = (-2, -2, -2)
    baked = bake_face(face, model, head_motion=True)
    assert np.allclose(baked.mesh.matrix_world, matrix or Matrix(), atol=1e-5)
    for number, jaw in enumerate(model.jaw_poses):
        bpy.context.scene.frame_set(actions.scan_frame(number))
        weights = np.eye(6)[number]
        assert largest_error(baked, model, weights, jaw, model.head_poses[number]) <= 0.01

    stop_playing(baked)
    baked.armature.pose.bones["jaw"]["limits"] = 0.0
    random = np.random.default_rng(1)
    for _ in range(5):
        weights = random.uniform(0, 1, 6)
        jaw, head = (
            stand_in.pose(random.normal(0, 15, 3), random.normal(0, 10, 3)) for _ in range(2)
        )
        for name, weight in zip(model.expression_names, weights, strict=True):
            baked.mesh.data.shape_keys.key_blocks[name].value = weight
        set_pose(baked.armature, "jaw", jaw)
        set_pose(baked.armature, "skull", head)
        baked.armature.update_tag()
        assert largest_error(baked, model, weights, jaw, head) <= 0.01


def test_rig_rests_at_the_neutral_and_keeps_its_looks():
    model = stand_in.make_model()
    face = stand_in.add_neutral(model)
    storage.store_model(face, b"model")
    baked = bake_face(face, model)
    blocks = baked.mesh.data.shape_keys.key_blocks
    assert blocks.keys() == ["Basis", *model.expression_names]
    assert all(
        (block.value, block.slider_min, block.slider_max) == (0, 0, 1) for block in blocks[1:]
    )
    assert np.abs(stand_in.evaluated_mm(baked.mesh) - model.neutral.vertices).max() <= 0.01
    assert baked.mesh.data.uv_layers.keys() == ["Texture"]
    assert baked.mesh.data.materials[:] == face.data.materials[:]
    assert storage.MODEL_KEY not in baked.mesh.data
    assert baked.mesh.users_collection[0].name == "Head Rig"
    assert baked.mesh.modifiers[0].type == 'ARMATURE'
    assert storage.face_object(bpy.context) == face


def test_values_at_the_vertices():
    model = stand_in.make_model()
    baked = bake_face(stand_in.add_neutral(model), model)
    mesh, parts = baked.mesh.data, model.evaluate()
    assert np.array_equal(attributes.read_attribute(mesh, skin.THICKNESS), parts.thickness)
    assert np.array_equal(attributes.read_attribute(mesh, skin.JAW_WEIGHT), parts.jaw_weight)
    assert np.array_equal(attributes.read_attribute(mesh, skin.ON_BONE), parts.on_bone)
    # the skull is the skin at 0.85 of its size: on the crown 0.15 of the radius away
    crown = np.argmax(model.neutral.vertices[:, 2])
    distance = attributes.read_attribute(mesh, skin.BONE_DISTANCE)
    assert distance[crown] == pytest.approx(0.15 * stand_in.RADII[2], abs=0.5)


def test_jaw_opens_with_positive_x_and_stops_at_its_limits():
    model = stand_in.make_model(2)
    model.jaw_poses[:] = STILL
    baked = bake_face(stand_in.add_neutral(model), model)
    stop_playing(baked)
    assert not baked.widened
    jaw = baked.armature.pose.bones["jaw"]
    tip = jaw.tail.copy()
    jaw.rotation_euler.x = np.radians(20)
    bpy.context.view_layer.update()
    assert jaw.tail.z < tip.z - 0.02
    jaw.rotation_euler.x = np.radians(60)
    jaw.location.x = 1.0
    bpy.context.view_layer.update()
    held = jaw.matrix_channel.copy()
    assert held.to_euler().x == pytest.approx(np.radians(38), abs=1e-4)
    pivot = np.array(jaw.bone.head_local)
    assert (held @ jaw.bone.head_local)[0] - pivot[0] == pytest.approx(0.005, abs=1e-5)
    jaw["limits"] = 0.0
    baked.armature.update_tag()
    bpy.context.view_layer.update()
    assert jaw.matrix_channel.to_euler().x == pytest.approx(np.radians(60), abs=1e-4)


def test_limits_give_way_to_the_scans():
    model = stand_in.make_model(2)
    model.jaw_poses[0] = stand_in.pose((50, 0, 0), (0, 0, 0))
    baked = bake_face(stand_in.add_neutral(model), model)
    assert "rotation X" in baked.widened
    bpy.context.scene.frame_set(actions.scan_frame(0))
    assert largest_error(baked, model, np.array([1.0, 0.0]), model.jaw_poses[0]) <= 0.01


def test_neutral_lies_between_the_scans_and_markers_name_them():
    model = stand_in.make_model(30)
    face = stand_in.add_neutral(model)
    bpy.context.scene.timeline_markers.new("mine", frame=7)
    baked = bake_face(face, model)
    for frame in (1, 6, 16, actions.last_frame(30)):
        bpy.context.scene.frame_set(frame)
        assert largest_error(baked, model, np.zeros(30)) <= 0.01
    bake_face(face, model)
    markers = {marker.name: marker.frame for marker in bpy.context.scene.timeline_markers}
    assert len(bpy.context.scene.timeline_markers) == 31
    assert markers == {
        "mine": 7,
        **{name: actions.scan_frame(number) for number, name in enumerate(model.expression_names)},
    }
    assert len(baked.actions[0].pose_markers) == 30
    assert bpy.context.scene.frame_end >= actions.last_frame(30)


def test_bones_move_with_the_rig():
    model = stand_in.make_model()
    baked = bake_face(stand_in.add_neutral(model), model)
    part = next(child for child in baked.armature.children if child.parent_bone == "jaw")
    assert part.hide_render
    bpy.context.scene.frame_set(actions.scan_frame(0))
    wanted = model.jaw.vertices @ model.jaw_poses[0][:3, :3].T + model.jaw_poses[0][:3, 3]
    shown = stand_in.evaluated_mm(part)
    matrix = np.array(part.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world)
    shown = shown @ matrix[:3, :3].T + matrix[:3, 3] * 1000
    assert np.abs(shown - wanted).max() <= 0.01


def test_attach_with_weights_blends_between_jaw_and_skull():
    model = stand_in.make_model()
    baked = bake_face(stand_in.add_neutral(model), model)
    points = np.array([[0, -0.05, 1.55], [0.01, -0.08, 1.55], [0, -0.09, 1.54]])
    tongue = bpy.data.objects.new("Tongue", bpy.data.meshes.new("Tongue"))
    tongue.data.from_pydata(points, [], [])
    bpy.context.scene.collection.objects.link(tongue)
    tongue.location = (0, 0, 0.01)
    share = np.array([0.0, 0.4, 1.0])
    attaching.attach_to_bone(tongue, baked.armature, "jaw", share)
    bpy.context.scene.frame_set(actions.scan_frame(0))
    rest = (points + (0, 0, 0.01)) * 1000
    moved = rest @ model.jaw_poses[0][:3, :3].T + model.jaw_poses[0][:3, 3]
    wanted = (1 - share[:, None]) * rest + share[:, None] * moved
    shown = stand_in.evaluated_mm(tongue) + np.array(tongue.matrix_world.translation) * 1000
    assert np.abs(shown - wanted).max() <= 0.01


def test_action_can_be_left_out():
    model = stand_in.make_model()
    baked = bake_face(stand_in.add_neutral(model), model, action=False, bone_meshes=False)
    assert not baked.actions and not bpy.data.actions
    assert not bpy.context.scene.timeline_markers
    assert not [child for child in baked.armature.children if child.parent_bone]
