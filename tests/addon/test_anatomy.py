# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tissue sliders, a painted region and moved bones on a rig and its stored model."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import shape_keys, storage
from aim_blender_addon.bridge.data.head_space import head_space
from aim_blender_addon.bridge.face import anatomy
from aim_blender_addon.bridge.face.bones import show_estimated_bones
from aim_blender_addon.bridge.rig import jaw_controls
from tests.addon import faces, stand_in

NAMES = ("jaw_open", "smile", "brows")


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face with bones as objects."""
    model = stand_in.named(stand_in.make_model(3), NAMES)
    obj = stand_in.add_neutral(model)
    storage.store_model(obj, model_to_bytes(model))
    faces.select([obj])
    show_estimated_bones(obj, model.skull, model.jaw, head_space(obj, bpy.context))
    faces.select([obj])
    assert bpy.ops.aim.bake() == {'FINISHED'}
    return obj


def rest(face: bpy.types.Object) -> np.ndarray:
    """[V, 3] mm: the rig at rest."""
    return 1000.0 * shape_keys.read_points(face.aim.rig.data.shape_keys.reference_key)


def chin(face: bpy.types.Object) -> np.ndarray:
    """[V] share of the chin's region."""
    return anatomy.anatomy_of(face).regions["chin"]


def test_a_slider_shows_on_the_rig_and_leaves_the_model(face: bpy.types.Object) -> None:
    before, stored = rest(face), storage.model_bytes(face)
    face.aim.anatomy.chin = 2.0
    share, normal = chin(face), storage.load_model(face).evaluate().normal
    assert share.max() > 0.8
    np.testing.assert_allclose(rest(face) - before, 2 * share[:, None] * normal, atol=3e-3)
    assert storage.model_bytes(face) == stored
    face.aim.anatomy.chin = 0.0
    np.testing.assert_allclose(rest(face), before, atol=1e-3)


def test_apply_changes_model_and_rig_alike(face: bpy.types.Object) -> None:
    face.aim.anatomy.chin = 2.0
    previewed = rest(face)
    assert bpy.ops.aim.apply_anatomy() == {'FINISHED'}
    model = storage.load_model(face)
    assert model.fitted is not None
    np.testing.assert_allclose(model.neutral.vertices, rest(face), atol=1e-3)
    assert np.abs(rest(face) - previewed).max() < 0.5
    at = model.evaluate()
    smile = 1000.0 * shape_keys.read_points(face.aim.rig.data.shape_keys.key_blocks["smile"])
    np.testing.assert_allclose(smile, at.skin + at.displacements[1], atol=2e-3)


def test_applying_twice_is_applying_once(face: bpy.types.Object) -> None:
    face.aim.anatomy.cheeks = 3.0
    bpy.ops.aim.apply_anatomy()
    once = rest(face)
    bpy.ops.aim.apply_anatomy()
    np.testing.assert_allclose(rest(face), once, atol=1e-3)


def test_sliders_say_what_a_loaded_model_holds(face: bpy.types.Object, tmp_path) -> None:
    face.aim.anatomy.cheeks = 3.0
    assert not anatomy.are_applied(face)
    bpy.ops.aim.apply_anatomy()
    assert anatomy.are_applied(face)
    applied, path = rest(face), str(tmp_path / "face.safetensors")
    bpy.ops.aim.save_model(filepath=path)
    bpy.ops.aim.reset_anatomy()
    assert anatomy.are_applied(face) and face.aim.anatomy.cheeks == 0
    bpy.ops.aim.load_model(filepath=path)
    assert face.aim.anatomy.cheeks == pytest.approx(3.0) and anatomy.are_applied(face)
    bpy.ops.aim.apply_anatomy()
    np.testing.assert_allclose(rest(face), applied, atol=1e-3)


def test_reset_brings_back_what_was_fitted(face: bpy.types.Object) -> None:
    before, model = rest(face), storage.load_model(face)
    face.aim.anatomy.cheeks = 3.0
    face.aim.jaw.location.z += 0.004
    bpy.ops.aim.apply_anatomy()
    assert np.abs(rest(face) - before).max() > 1
    assert bpy.ops.aim.reset_anatomy() == {'FINISHED'}
    np.testing.assert_allclose(rest(face), before, atol=1e-3)
    assert face.aim.anatomy.cheeks == 0
    assert storage.load_model(face).fitted is None
    space = head_space(face, bpy.context)
    assert anatomy.moved_bones(face, model, space, bpy.context) == [None, None]


def test_a_moved_jaw_moves_skin_joint_and_bone(face: bpy.types.Object) -> None:
    model = storage.load_model(face)
    bone = np.array(face.aim.armature.data.bones["jaw"].head_local)
    face.aim.jaw.location.y -= 0.005
    assert bpy.ops.aim.apply_anatomy() == {'FINISHED'}
    edited = storage.load_model(face)
    np.testing.assert_allclose(edited.joint.pivot - model.joint.pivot, (0, -5, 0), atol=2e-2)
    moved = np.array(face.aim.armature.data.bones["jaw"].head_local) - bone
    np.testing.assert_allclose(1000 * moved, (0, -5, 0), atol=5e-2)
    way = edited.neutral.vertices - model.neutral.vertices
    weight = model.evaluate().jaw_weight
    assert np.linalg.norm(way[weight > 0.95], axis=1).max() > 4.9
    assert np.abs(way[model.neutral.vertices[:, 2] > 1680]).max() < 0.1
    # Every scan's jaw opens as far as before, about the new joint.
    shown = np.degrees(edited.joint.parameters(edited.jaw_poses[0])[0])
    assert shown == pytest.approx(
        np.degrees(model.joint.parameters(model.jaw_poses[0])[0]), abs=0.1
    )


def test_the_rig_plays_the_edited_face(face: bpy.types.Object) -> None:
    face.aim.anatomy.chin = 2.0
    face.aim.jaw.location.y -= 0.004
    bpy.ops.aim.apply_anatomy()
    model = storage.load_model(face)
    face.aim.armature.animation_data.action = None
    keys = face.aim.rig.data.shape_keys
    keys.animation_data_clear()
    for block in keys.key_blocks:
        block.value = float(block.name == "jaw_open")
    jaw_controls.show_pose(face.aim.armature, model.jaw_poses[0])
    face.aim.armature.pose.bones["jaw"]["limits"] = 0.0
    face.aim.armature.update_tag()
    expected = stand_in.skin(model, np.array([1.0, 0, 0]), model.jaw_poses[0], np.eye(4))
    np.testing.assert_allclose(stand_in.evaluated_mm(face.aim.rig), expected, atol=2e-2)


def test_a_painted_region_is_thickened(face: bpy.types.Object) -> None:
    before = rest(face)
    assert bpy.ops.aim.paint_tissue() == {'FINISHED'}
    rig = face.aim.rig
    assert rig.mode == 'WEIGHT_PAINT'
    group = rig.vertex_groups[face.aim.anatomy.painted]
    group.add([40, 41], 1.0, 'REPLACE')
    bpy.ops.object.mode_set(mode='OBJECT')
    face.aim.anatomy.painted_mm = 2.0
    way = np.linalg.norm(rest(face) - before, axis=1)
    assert np.flatnonzero(way > 0.01).tolist() == [40, 41]
    np.testing.assert_allclose(way[[40, 41]], 2.0, atol=2e-3)


def test_a_bone_of_other_vertices_is_named_and_nothing_happens(face: bpy.types.Object) -> None:
    stored, before = storage.model_bytes(face), rest(face)
    other = faces.new_object(faces.jaw(), "Other Jaw")
    face.aim.jaw = other
    with pytest.raises(RuntimeError, match="Other Jaw has .* vertices and the jaw of the model"):
        bpy.ops.aim.apply_anatomy()
    assert storage.model_bytes(face) == stored
    np.testing.assert_array_equal(rest(face), before)


def test_a_mesh_edited_since_the_fit_is_named(face: bpy.types.Object) -> None:
    stored = storage.model_bytes(face)
    face.data.vertices.add(1)
    face.aim.anatomy.chin = 1.0
    with pytest.raises(RuntimeError, match="vertices and its model"):
        bpy.ops.aim.apply_anatomy()
    assert storage.model_bytes(face) == stored


def test_sculpted_and_own_shapes_survive_an_edit(face: bpy.types.Object) -> None:
    own = face.aim.rig.shape_key_add(name="own", from_mix=False)
    moved = shape_keys.read_points(own)
    moved[7] += 0.01
    shape_keys.write_points(own, moved)
    face.aim.anatomy.chin = 2.0
    bpy.ops.aim.apply_anatomy()
    added = shape_keys.difference(face.aim.rig.data.shape_keys.key_blocks["own"])
    assert np.flatnonzero(np.abs(added).max(axis=1) > 1e-5).tolist() == [7]


def test_undo_takes_an_applied_edit_back(face: bpy.types.Object) -> None:
    before = rest(face)
    bpy.ops.ed.undo_push(message="before")
    face.aim.anatomy.chin = 2.0
    bpy.ops.aim.apply_anatomy()
    bpy.ops.ed.undo_push(message="applied")
    bpy.ops.ed.undo()
    face = next(obj for obj in bpy.data.objects if obj.aim.is_face)
    assert storage.load_model(face).fitted is None
    np.testing.assert_allclose(rest(face), before, atol=1e-5)


def test_without_a_model_there_is_nothing_to_change(face: bpy.types.Object) -> None:
    storage.remove_model(face)
    assert bpy.ops.aim.apply_anatomy.poll() is False
    face.aim.anatomy.chin = 1.0  # does nothing, and says nothing


def test_looking_at_bones_tells_inside_from_outside() -> None:
    look = anatomy.look_at([faces.skull(), faces.jaw()])
    distance, way = look(np.array([[0, 8.0, 25.0], [0, 8.0, 110.0], [0, 8.0, 99.5]]))
    assert distance[0] < -50 and distance[2] < 0
    assert distance[1] == pytest.approx(10.0, abs=0.2)
    np.testing.assert_allclose(way[1:], [[0, 0, 1], [0, 0, 1]], atol=0.2)
