# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Baked expressions in the Asset Browser: what Blender's own pose library applies is the whole expression."""

from dataclasses import replace

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.rig import actions, armature, bake, controls, pose_assets, thumbnail
from tests.addon import stand_in

COUNT = 5


@pytest.fixture
def model():
    return stand_in.make_model(COUNT)


@pytest.fixture
def face(model):
    face = stand_in.add_neutral(model)
    storage.store_model(face, model_to_bytes(model))
    return face


def bake_face(face, model):
    return bake.bake_rig(face, model, bpy.context, bake.BakeOptions())


def make_assets(face):
    assert bpy.ops.aim.expressions_to_assets() == {'FINISHED'}
    return pose_assets.assets_of(face.aim.armature)


def error_of_pose(face, model, name):
    """mm from the rig as it stands to the model's scan ``name``; None for the neutral."""
    names = model.expression_names
    shown = stand_in.evaluated_mm(face.aim.rig)
    if name is None:
        wanted = stand_in.skin(model, np.zeros(len(names)), np.eye(4), np.eye(4))
    else:
        number = names.index(name)
        wanted = stand_in.skin(
            model, np.eye(len(names))[number], model.jaw_poses[number], np.eye(4)
        )
    return np.abs(shown - wanted).max()


def play_all(face, model):
    """Largest difference in mm over the scans of the baked Action."""
    errors = []
    for number, name in enumerate(model.expression_names):
        bpy.context.scene.frame_set(actions.scan_frame(number))
        errors.append(error_of_pose(face, model, name))
    bpy.context.scene.frame_set(1)
    return max(errors)


def stop_playing(face):
    face.aim.armature.animation_data.action = None


def test_blenders_own_pose_library_applies_the_whole_expression(face, model):
    bake_face(face, model)
    assets = make_assets(face)
    stop_playing(face)
    assert set(assets) == {*model.expression_names, "Neutral"}
    for name in model.expression_names:  # each replaces the one before
        face.aim.armature.pose.apply_pose_from_action(assets[name])
        assert error_of_pose(face, model, name) <= 0.01, name
    face.aim.armature.pose.apply_pose_from_action(assets["Neutral"])
    assert error_of_pose(face, model, None) <= 0.01


def test_half_a_pose_is_half_the_expression(face, model):
    bake_face(face, model)
    assets = make_assets(face)
    stop_playing(face)
    face.aim.armature.pose.blend_pose_from_action(assets["jaw open"], blend_factor=0.5)
    stand_in.evaluated_mm(face.aim.rig)
    twin = face.aim.rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert twin.data.shape_keys.key_blocks["jaw open"].value == pytest.approx(0.5)


def test_each_is_an_asset_of_one_frame_with_a_tag_and_a_picture_of_its_own(face, model):
    bake_face(face, model)
    pictures = []
    for name, action in make_assets(face).items():
        assert action.name == name and action.asset_data is not None
        assert tuple(action.frame_range) == (1, 1)
        assert [tag.name for tag in action.asset_data.tags] == [face.name]
        size = tuple(action.preview.image_size)
        assert size == (thumbnail.SIZE, thumbnail.SIZE)
        pixels = np.empty(4 * size[0] * size[1], np.float32)
        action.preview.image_pixels_float.foreach_get(pixels)
        pictures.append(pixels)
    assert 0.3 < np.mean(pictures[0].reshape(-1, 4)[:, 3]) <= 1
    for number, first in enumerate(pictures):
        assert all(np.abs(first - other).max() > 0.05 for other in pictures[:number])


def test_scans_play_on_with_sliders_on_the_bone_and_without(face, model):
    bake_face(face, model)
    assert play_all(face, model) <= 0.01
    make_assets(face)
    assert all(
        controls.is_driven(face.aim.rig.data.shape_keys, name) for name in model.expression_names
    )
    assert play_all(face, model) <= 0.01
    assert bpy.ops.aim.remove_expression_assets() == {'FINISHED'}
    keys = face.aim.rig.data.shape_keys
    assert not any(controls.is_driven(keys, name) for name in model.expression_names)
    assert list(face.aim.armature.pose.bones["jaw"].keys()) == [armature.LIMITS_PROPERTY]
    assert not [action for action in bpy.data.actions if action.asset_data]
    assert play_all(face, model) <= 0.01


def test_a_slider_that_was_up_stays_up(face, model):
    bake.bake_rig(face, model, bpy.context, bake.BakeOptions(action=False))
    make_assets(face)
    face.aim.armature.pose.bones["jaw"]["jaw_forward"] = 0.75
    assert bpy.ops.aim.remove_expression_assets() == {'FINISHED'}
    assert face.aim.rig.data.shape_keys.key_blocks["jaw_forward"].value == 0.75


def test_update_rig_keeps_them_up_to_date(face, model):
    bake_face(face, model)
    before = make_assets(face)
    other = stand_in.named(stand_in.make_model(4, seed=3), ("jaw open", "smile", "frown", "limits"))
    bake_face(face, other)
    after = pose_assets.assets_of(face.aim.armature)
    assert set(after) == {*other.expression_names, "Neutral"}
    assert after["jaw open"] == before["jaw open"]
    assert {action.name for action in bpy.data.actions if action.asset_data} == set(after)
    assert play_all(face, other) <= 0.01
    stop_playing(face)
    for (
        name
    ) in other.expression_names:  # also the one named like the property that is there already
        face.aim.armature.pose.apply_pose_from_action(after[name])
        assert error_of_pose(face, other, name) <= 0.01, name


def test_making_them_again_makes_no_more(face, model):
    bake_face(face, model)
    first = make_assets(face)
    count = len(bpy.data.actions)
    assert make_assets(face) == first
    assert len(bpy.data.actions) == count
    assert len(face.aim.rig.data.shape_keys.animation_data.drivers) == COUNT


def test_a_pose_that_was_changed_by_hand_stays(face, model):
    bake_face(face, model)
    changed = make_assets(face)["jaw_forward"]
    from aim_blender_addon import compat

    curve = compat.all_curves(changed)[0]
    curve.keyframe_points[0].co.y += 0.5
    wanted = curve.keyframe_points[0].co.y
    make_assets(face)
    assert compat.all_curves(changed)[0].keyframe_points[0].co.y == wanted
    assert bpy.ops.aim.remove_expression_assets() == {'FINISHED'}
    assert bpy.data.actions["jaw_forward"].asset_data is None


def test_making_them_is_one_undo_step(face, model):
    bake_face(face, model)
    name = face.name
    bpy.ops.ed.undo_push(message="before")
    make_assets(face)
    bpy.ops.ed.undo_push(message="made")
    bpy.ops.ed.undo()
    face = bpy.data.objects[name]
    assert not pose_assets.has_assets(face.aim.armature)
    assert not [action for action in bpy.data.actions if action.asset_data]
    assert not controls.is_driven(face.aim.rig.data.shape_keys, "jaw open")
    assert play_all(face, model) <= 0.01


def test_own_animation_of_the_shape_keys_is_not_overridden(face, model):
    bake_face(face, model)
    keys = face.aim.rig.data.shape_keys
    keys.animation_data.action = bpy.data.actions.new("Mine")
    with pytest.raises(RuntimeError, match="have animation of their own"):
        bpy.ops.aim.expressions_to_assets()
    assert not keys.animation_data.drivers
    assert not pose_assets.has_assets(face.aim.armature)


def test_a_rig_older_than_its_model_is_updated_first(face, model):
    bake_face(face, model)
    names = ("a", *model.expression_names[1:])
    storage.store_model(face, model_to_bytes(replace(model, expression_names=names)))
    with pytest.raises(RuntimeError, match="update the rig first"):
        bpy.ops.aim.expressions_to_assets()


def test_shapes_that_the_user_drives_stay_the_users(face, model):
    bake_face(face, model)
    keys = face.aim.rig.data.shape_keys
    mine = keys.key_blocks["jaw_forward"].driver_add("value").driver
    mine.expression = "0.25"
    make_assets(face)
    assert not controls.is_driven(keys, "jaw_forward") and controls.is_driven(keys, "jaw open")
    assert len(keys.animation_data.drivers) == COUNT


def test_poll_says_what_is_missing(face, model):
    assert not bpy.ops.aim.expressions_to_assets.poll()
    bake_face(face, model)
    assert bpy.ops.aim.expressions_to_assets.poll()
    assert not bpy.ops.aim.remove_expression_assets.poll()
    bpy.data.objects.remove(face.aim.armature)
    assert not bpy.ops.aim.expressions_to_assets.poll()


def test_a_deleted_armature_leaves_no_dead_drivers(face, model):
    bake_face(face, model)
    make_assets(face)
    bpy.data.objects.remove(face.aim.armature)
    bake_face(face, model)
    assert play_all(face, model) <= 0.01


def test_pictures_show_the_front_of_the_face():
    """A nose towards the viewer is bright in the middle, and what lies behind it is not seen."""
    model = stand_in.make_model(1)
    view = thumbnail.front_view(model.joint)
    assert view.axes == pytest.approx(np.array([[1, 0, 0], [0, -1, 0], [0, 0, 1]]), abs=0.2)
    image = thumbnail.draw(model.neutral, view, 64)
    assert image[32, 32, 3] == 1 and image[32, 0, 3] == 0
    moved = model.neutral.vertices + 60 * view.axes[0].astype(np.float32)
    aside = thumbnail.draw(model.neutral.with_vertices(moved), view, 64)
    columns = [
        np.average(np.arange(64), weights=picture[:, :, 3].sum(0)) for picture in (image, aside)
    ]
    assert columns[1] > columns[0] + 5
