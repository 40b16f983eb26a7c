# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face controls on a rig: bones, bounds, drivers without Python, mirrored poses, updates, names already there."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.jobs.controls import ControlsResult
from aim_blender_addon.bridge.controls import controls
from aim_blender_addon.bridge.controls.bones import find_controls
from aim_blender_addon.bridge.controls.keys import control_keys
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.rig import jaw_controls

from . import faces, stand_in

NAMES = ("brow_mid.L", "brow_mid.R", "lip_lower")


def baked() -> bpy.types.Object:
    """A face with a rig."""
    model = stand_in.make_model(3)
    face = stand_in.add_neutral(model)
    storage.store_model(face, model_to_bytes(model))
    faces.select([face])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    return face


def result(face: bpy.types.Object) -> ControlsResult:
    """Three controls that go up by 5 mm and take three vertices along; the lip also goes down by 2.

    Both brows at once take another vertex along, and a seal of one tooth yet another.
    """
    count = len(face.data.vertices)
    moved = np.zeros((4, count, 3), np.float32)
    moved[[0, 1, 2], [10, 20, 30], 2] = 5.0
    moved[3, 30, 2] = -2.0
    pair, seal = np.zeros((1, count, 3), np.float32), np.zeros((4, count, 3), np.float32)
    pair[0, 40, 1] = seal[0, 50, 2] = 4.0
    seal[1, 50, 2] = 2.0
    seal[2, 50, 0] = seal[3, 50, 1] = 1.0
    axes = np.array([[-1.0, 0, 0], [0, -1, 0], [0, 0, 1]])
    return ControlsResult(
        NAMES,
        stand_in.CENTRE + np.array([[30.0, -80, 50], [-30, -80, 50], [0, -80, -40]]),
        np.tile(axes, (3, 1, 1)),
        np.array([0.0, 0.0, 0.6]),
        (*NAMES, "lip_lower"),
        ("up", "up", "up", "down"),
        np.array([(2, 1), (2, 1), (2, 1), (2, -1)]),
        np.array([5.0, 5.0, 5.0, 2.0]),
        moved,
        np.array([[0, 1]], np.int32),
        pair,
        ("left 1 straight", "left 1 square", "left 0 side", "left 0 forward"),
        seal,
        storage.load_model(face).joint.pose(np.array([np.radians(20), 4.0, 0, 0])),
        storage.load_model(face).joint.pose(np.array([0, 10.0, 14.0, 0])),
        0.0,
        (),
        np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
        True,
    )


def write(face: bpy.types.Object, place: str = controls.FACE) -> bpy.types.Object:
    """Put the controls on; the armature."""
    controls.write(face, storage.load_model(face), result(face), place, bpy.context)
    return face.aim.armature


def values(face: bpy.types.Object) -> dict[str, float]:
    """Of the controls' shape keys, as Blender evaluates them, by role."""
    bpy.context.view_layer.update()
    keys = face.aim.rig.data.shape_keys
    shown = keys.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return {role: shown.key_blocks[name].value for role, name in control_keys(keys).items()}


def test_needs_a_rig() -> None:
    faces.new_face()
    with pytest.raises(RuntimeError, match="Bake the rig first"):
        bpy.ops.aim.remove_face_controls()


def test_controls_move_the_skin_within_their_bounds() -> None:
    face = baked()
    rest = stand_in.evaluated_mm(face.aim.rig)
    armature = write(face)
    np.testing.assert_allclose(stand_in.evaluated_mm(face.aim.rig), rest, atol=1e-3)
    brow = armature.pose.bones["brow_mid.L"]
    brow.location.z = 0.003
    moved = stand_in.evaluated_mm(face.aim.rig) - rest
    np.testing.assert_allclose(moved[10], [0, 0, 3], atol=1e-2)
    brow.location.z = 1.0
    assert values(face)["brow_mid.L up"] == pytest.approx(1.0), "no farther than the limit"
    limit = next(c for c in brow.constraints if c.type == 'LIMIT_LOCATION')
    assert limit.use_transform_limit and limit.owner_space == 'LOCAL'
    assert limit.max_z == pytest.approx(0.005) and limit.min_z == 0.0
    assert list(brow.lock_location) == [True, True, False]
    brow.location.z = -1.0
    assert values(face)["brow_mid.L up"] == 0.0


def test_drivers_need_no_python_and_other_shapes_stay_free() -> None:
    face = baked()
    write(face)
    keys = face.aim.rig.data.shape_keys
    ours = set(control_keys(keys).values())
    for curve in keys.animation_data.drivers:
        driver = curve.driver
        assert driver.type == 'AVERAGE' or driver.is_simple_expression, driver.expression
        assert driver.is_valid
        assert any(name in curve.data_path for name in ours)
    assert len(keys.animation_data.drivers) == len(ours) == 9


def test_two_ways_at_once_have_a_shape_of_both() -> None:
    face = baked()
    armature = write(face)
    armature.pose.bones["brow_mid.L"].location.z = 0.005
    assert values(face)["brow_mid.L up with brow_mid.R up"] == 0.0
    armature.pose.bones["brow_mid.R"].location.z = 0.0025
    assert values(face)["brow_mid.L up with brow_mid.R up"] == pytest.approx(0.5)


def test_the_seal_follows_slider_and_jaw() -> None:
    face = baked()
    armature = write(face)
    jaw = armature.pose.bones["jaw"]
    straight, square = "lip_seal left 1 straight", "lip_seal left 1 square"
    jaw["lip_seal_left"] = 1.0
    armature.update_tag()
    assert values(face)[straight] == pytest.approx(0.0, abs=1e-6), "the jaw is shut"
    jaw.rotation_euler.x = np.radians(10)
    assert values(face)[straight] == pytest.approx(0.5, abs=1e-3)
    assert values(face)[square] == pytest.approx(0.25, abs=1e-3)
    jaw.rotation_euler.x = np.radians(30)
    assert values(face)[straight] == pytest.approx(1.0), "no farther"
    jaw["lip_seal_left"], jaw["lip_seal_right"] = 0.0, 1.0
    armature.update_tag()
    assert values(face)[straight] == 0.0, "the other side's"
    jaw["lip_seal"] = 1.0
    armature.update_tag()
    assert values(face)[straight] == pytest.approx(1.0)


def test_the_seal_follows_a_jaw_to_the_side_and_forward() -> None:
    face = baked()
    armature = write(face)
    armature.pose.bones["jaw"]["lip_seal"] = 1.0
    for open_degrees, side, forward in ((0, 7, 0), (0, -14, 5), (20, 0, 0), (10, 3, 8)):
        opening = np.radians(open_degrees)
        joint = storage.load_model(face).joint
        pose = joint.pose(np.array([opening, forward + opening / np.radians(20) * 4, side, 0]))
        jaw_controls.show_pose(armature, pose)
        shown = values(face)
        assert shown["lip_seal left 0 side"] == pytest.approx(side / 14, abs=0.01)
        assert shown["lip_seal left 0 forward"] == pytest.approx(forward / 10, abs=0.02)


def test_a_pose_pasted_flipped_is_mirrored() -> None:
    face = baked()
    armature = write(face)
    faces.select([armature])
    bpy.ops.object.mode_set(mode='POSE')
    left = armature.pose.bones["brow_mid.L"]
    left.location = (0.0, 0.0, 0.002)
    bpy.ops.pose.select_all(action='SELECT')
    bpy.ops.pose.copy()
    bpy.ops.pose.paste(flipped=True)
    bpy.ops.object.mode_set(mode='OBJECT')
    assert armature.pose.bones["brow_mid.R"].location.z == pytest.approx(0.002)


def test_keys_of_controls_survive_updates() -> None:
    face = baked()
    armature = write(face)
    lip = armature.pose.bones["lip_lower"]
    lip.location.z = -0.002
    lip.keyframe_insert("location", frame=1)
    armature.data.bones["brow_mid.L"].name = "mine.L"
    faces.select([face])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    assert values(face)["lip_lower down"] == pytest.approx(1.0)
    write(face, controls.BOARD)
    assert find_controls(armature)["brow_mid.L"] == "mine.L"
    assert len(find_controls(armature)) == 3
    assert values(face)["lip_lower down"] == pytest.approx(1.0)
    assert len(control_keys(face.aim.rig.data.shape_keys)) == 9


def test_names_already_there_get_another_for_both_sides() -> None:
    face = baked()
    armature = face.aim.armature
    from aim_blender_addon.bridge.rig.armature import editing_bones

    with editing_bones(armature, bpy.context) as edited:
        edited.new("brow_mid.R").tail = (0, 0, 0.1)
    write(face)
    found = find_controls(armature)
    assert found["brow_mid.R"] == "face_brow_mid.R"
    assert bpy.utils.flip_name(found["brow_mid.R"]) == found["brow_mid.L"]


def test_remove_takes_bones_and_shape_keys() -> None:
    face = baked()
    before = [block.name for block in face.aim.rig.data.shape_keys.key_blocks]
    armature = write(face)
    faces.select([face])
    assert bpy.ops.aim.remove_face_controls() == {'FINISHED'}
    assert [bone.name for bone in armature.data.bones] == ["skull", "jaw"]
    assert [block.name for block in face.aim.rig.data.shape_keys.key_blocks] == before
    assert "lip_seal" not in armature.pose.bones["jaw"]
    with pytest.raises(RuntimeError, match="Make the face controls first"):
        bpy.ops.aim.remove_face_controls()
