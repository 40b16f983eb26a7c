# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Baking again brings a rig up to date and leaves alone what the user made of it; what cannot be baked says why."""

from dataclasses import replace

import bpy
import numpy as np
import pytest

from aim_blender_addon import compat
from aim_blender_addon.backend.errors import RigError
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import shape_keys, storage
from aim_blender_addon.bridge.rig import actions, attaching, bake
from aim_blender_addon.bridge.view import display
from tests.addon import stand_in

DATA = ("objects", "meshes", "armatures", "actions", "collections", "materials", "scenes")


@pytest.fixture
def model():
    return stand_in.make_model()


@pytest.fixture
def face(model):
    return stand_in.add_neutral(model)


def bake_face(face, model, **options):
    return bake.bake_rig(face, model, bpy.context, bake.BakeOptions(**options))


def blocks():
    return {kind: sorted(getattr(bpy.data, kind).keys()) for kind in DATA}


def error_of_scan(baked, model, number):
    bpy.context.scene.frame_set(actions.scan_frame(number))
    weights = np.eye(len(model.expression_names))[number]
    wanted = stand_in.skin(model, weights, model.jaw_poses[number], np.eye(4))
    return np.abs(stand_in.evaluated_mm(baked.mesh) - wanted).max()


def test_nothing_piles_up(face, model):
    first = bake_face(face, model)
    before, pointers = blocks(), (first.mesh, first.armature, first.mesh.data, *first.actions)
    second = bake_face(face, model)
    assert blocks() == before
    assert (second.mesh, second.armature, second.mesh.data, *second.actions) == pointers
    assert first.is_new and not second.is_new
    assert len(second.mesh.modifiers) == 1 and len(second.mesh.vertex_groups) == 2
    assert len(second.armature.pose.bones["jaw"].constraints) == 2
    assert len(second.armature.animation_data.drivers) == 2


def test_mirrored_neutral_keeps_its_mesh(model):
    face = stand_in.add_neutral(model)
    face.data.transform(((-1, 0, 0, 0), (0, -1, 0, 0), (0, 0, -1, 0), (0, 0, 0, 1)))
    face.data.flip_normals()
    face.scale = (-1, -1, -1)
    first = bake_face(face, model).mesh.data
    assert bake_face(face, model).mesh.data == first


def test_new_fit_reaches_the_rig(face, model):
    first = bake_face(face, model)
    keys = first.mesh.data.shape_keys
    keys.key_blocks["jaw open"].slider_max = 1.5
    mine = first.mesh.shape_key_add(name="mine", from_mix=False)
    mine.value = 0.0
    mine.relative_key = keys.key_blocks["jaw open"]
    difference = np.zeros((len(mine.points), 3), np.float32)
    difference[5] = (0.01, 0, 0)
    mine.points.foreach_set("co", (shape_keys.read_points(mine.relative_key) + difference).ravel())
    other = stand_in.make_model(4, seed=3)
    other = replace(other, expression_names=("jaw open", "smile", "frown", "pucker"))
    other.joint.hinge_left[1] += 6
    second = bake_face(face, other)
    assert second.mesh.data.shape_keys == keys
    assert set(keys.key_blocks.keys()) == {"Basis", "mine", *other.expression_names}
    assert keys.key_blocks["jaw open"].slider_max == 1.5
    kept = shape_keys.read_points(mine) - shape_keys.read_points(mine.relative_key)
    assert np.abs(kept - difference).max() < 1e-6
    assert [marker.name for marker in bpy.context.scene.timeline_markers] == list(
        other.expression_names
    )
    assert max(error_of_scan(second, other, number) for number in range(4)) <= 0.01


def test_teeth_stay_in_place_when_the_joint_moves(face, model):
    first = bake_face(face, model)
    tooth = bpy.data.objects.new("Tooth", None)
    tooth.location, tooth.scale = (0.01, -0.09, 1.54), (2, 2, 2)
    bpy.context.scene.collection.objects.link(tooth)
    attaching.attach_to_bone(tooth, first.armature, "jaw")
    before = tooth.matrix_basis.copy()
    model.joint.hinge_left[1] += 6
    model.joint.incisor[2] -= 8
    bpy.context.scene.frame_set(11)
    bake_face(face, model)
    bpy.context.scene.frame_set(11)
    moved = model.jaw_poses[0] @ (10, -90, 1540, 1)
    assert np.abs(np.array(tooth.matrix_world.translation) * 1000 - moved[:3]).max() <= 0.01
    assert tooth.matrix_basis == before


def test_other_topology_replaces_the_mesh_and_keeps_the_objects(face, model):
    first = bake_face(face, model)
    denser = stand_in.make_model(3, rings=24)
    face.data.clear_geometry()
    from aim_blender_addon.bridge.data import meshes

    meshes.fill_mesh(face.data, denser.neutral, 0.001)
    second = bake_face(face, denser)
    assert (second.mesh, second.armature) == (first.mesh, first.armature)
    assert error_of_scan(second, denser, 0) <= 0.01
    assert len([mesh for mesh in bpy.data.meshes if mesh.name.startswith("Head Rig")]) == 3


def test_animation_of_the_user_stays(face, model):
    first = bake_face(face, model)
    mine = bpy.data.actions.new("Mine")
    compat.assign_action(first.armature, mine)
    curve = compat.action_curves(mine, first.armature).new('pose.bones["jaw"].location', index=0)
    curve.keyframe_points.insert(1, 0.001)
    second = bake_face(face, model)
    assert second.armature.animation_data.action == mine and not second.plays
    assert second.actions == first.actions


def test_baked_action_changed_by_the_user_stays(face, model):
    first = bake_face(face, model)
    changed = first.actions[0]
    curve = compat.action_curves(changed, first.armature)[0]
    curve.keyframe_points[2].co.y = 0.004
    second = bake_face(face, model)
    assert second.armature.animation_data.action == changed
    assert curve.keyframe_points[2].co.y == pytest.approx(0.004)
    assert second.actions[0] != changed
    third = bake_face(face, model)
    assert third.actions == second.actions


def test_renamed_and_posed_rig_is_brought_up_to_date(face, model):
    first = bake_face(face, model)
    first.mesh.name, first.armature.name, face.name = "Skin of Ann", "Bones of Ann", "Ann"
    first.armature.location = (0, 3, 0)
    first.mesh.modifiers[0].name = "my own name"
    bpy.context.view_layer.objects.active = first.armature
    bpy.ops.object.mode_set(mode='POSE')
    bpy.context.scene.frame_set(11)
    model.joint.incisor[2] -= 4
    before = blocks()
    second = bake_face(face, model)
    assert blocks() == before
    curves = [curve for action in second.actions for curve in compat.all_curves(action)]
    assert len(curves) == 6 + len(model.expression_names)
    assert first.armature.mode == 'POSE' and tuple(first.armature.location) == (0, 3, 0)
    assert error_of_scan(second, model, 0) <= 0.01


def test_deleted_rig_is_made_again(face, model):
    bake_face(face, model)
    before = blocks()
    for obj in bpy.data.objects:
        obj.select_set(obj in (face.aim.rig, face.aim.armature))
    bpy.ops.object.delete()
    again = bake_face(face, model)
    assert again.is_new and again.mesh.users_collection
    assert blocks()["objects"] == before["objects"] and blocks()["meshes"] == before["meshes"]
    assert error_of_scan(again, model, 0) <= 0.01


def test_duplicated_face_gets_a_rig_of_its_own(face, model):
    first = bake_face(face, model)
    twin = face.copy()
    twin.data = face.data.copy()
    bpy.context.scene.collection.objects.link(twin)
    second = bake_face(twin, model)
    assert second.is_new and second.mesh != first.mesh and second.armature != first.armature
    assert first.mesh.users_collection and face.aim.rig == first.mesh
    assert bake_face(twin, model).mesh == second.mesh


def test_deleted_armature_is_made_again(face, model):
    first = bake_face(face, model)
    bpy.data.objects.remove(first.armature)
    second = bake_face(face, model)
    assert second.mesh == first.mesh and second.mesh.parent == second.armature
    assert len(second.mesh.modifiers) == 1
    assert error_of_scan(second, model, 0) <= 0.01


def test_bake_goes_on_after_reopening(face, model, tmp_path):
    bake_face(face, model)
    before = blocks()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "face.blend"))
    face = bpy.data.objects["Head"]
    again = bake_face(face, model)
    assert blocks() == before and not again.is_new
    assert error_of_scan(again, model, 0) <= 0.01


def test_colours_follow_a_new_bake(face, model):
    baked = bake_face(face, model)
    display.show(baked.mesh, 'THICKNESS', None, False, bpy.context)
    model.evaluate().thickness[:] = 4.0
    bake_face(face, model)
    display.refresh(baked.mesh)
    shown = np.empty(4 * len(baked.mesh.data.vertices), np.float32)
    baked.mesh.data.color_attributes["aim_display"].data.foreach_get("color", shown)
    assert np.ptp(shown.reshape(-1, 4), axis=0).max() < 1e-6


# ------------------------------------------------------------------------------------ what cannot be baked


def assert_refused(face, model, words):
    before = blocks()
    with pytest.raises(RigError, match=words):
        bake_face(face, model)
    assert blocks() == before


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Scan 2 has no name"),
        ("ü" * 32, "64 bytes long"),
        ("jaw open", "Two scans are named jaw open"),
    ],
)
def test_names(face, model, name, words):
    names = list(model.expression_names)
    names[1] = name
    assert_refused(face, replace(model, expression_names=tuple(names)), words)


def test_scan_named_like_the_rest_shape(face, model):
    model = replace(model, expression_names=("Basis", *model.expression_names[1:]))
    baked = bake_face(face, model)
    assert error_of_scan(baked, model, 0) <= 0.01
    assert bake_face(face, model).mesh.data.shape_keys.reference_key.name == "Basis (rest)"


def test_neutral_with_other_vertices(face, model):
    face.modifiers.new("Subdivision", 'SUBSURF')
    assert_refused(face, model, "has 2498 vertices and its model 610")


def test_neutral_with_other_faces(face, model):
    face.data.flip_normals()
    assert_refused(face, model, "faces of Head are not those")


def test_edit_mode(face, model):
    bpy.ops.object.mode_set(mode='EDIT')
    assert_refused(face, model, "Head is in Edit Mode")
    bpy.ops.object.mode_set(mode='OBJECT')


def test_linked_neutral(face, model, tmp_path):
    path = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(path, link=True) as (_there, here):
        here.objects = ["Head"]
    bpy.context.scene.collection.objects.link(here.objects[0])
    assert_refused(here.objects[0], model, "is linked from")


# ----------------------------------------------------------------------------------------- the operator


def test_operator_bakes_the_stored_model(face, model):
    with pytest.raises(RuntimeError, match="Fit the face first"):
        bpy.ops.aim.bake()
    storage.store_model(face, model_to_bytes(model))
    assert bpy.ops.aim.bake() == {'FINISHED'}
    baked = face.aim.rig
    assert bpy.context.active_object == baked and face.hide_get()
    assert bpy.ops.aim.bake() == {'FINISHED'}, "with the rig active and the neutral hidden"
    assert face.aim.rig == baked
    bpy.context.view_layer.objects.active = face.aim.armature
    assert bpy.ops.aim.bake() == {'FINISHED'}, "with the armature active"


def test_operator_says_that_a_stored_model_is_damaged(face):
    storage.store_model(face, b"not a model")
    before = blocks()
    with pytest.raises(RuntimeError, match="Head"):
        bpy.ops.aim.bake()
    assert blocks() == before


def test_operator_says_what_is_wrong(face, model):
    storage.store_model(face, model_to_bytes(model))
    face.data.flip_normals()
    with pytest.raises(RuntimeError, match="faces of Head"):
        bpy.ops.aim.bake()
    bpy.ops.object.select_all(action='DESELECT')
    bpy.context.view_layer.objects.active = None
    face.aim.is_face = False
    with pytest.raises(RuntimeError, match="Add scans first"):
        bpy.ops.aim.bake()


def test_neutral_of_another_size(face, model):
    face.scale = (10, 10, 10)
    bpy.context.view_layer.update()
    assert_refused(face, model, "set its scale, the Scan Unit and the scene's unit back")
