# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw bone posed by three controls, and jaw poses pinned to scans."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.jaw.pins import usual_bite
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.data.head_space import head_space
from aim_blender_addon.bridge.face import jaw_pins
from aim_blender_addon.bridge.rig import jaw_controls
from aim_blender_addon.operators.jaw.jaw import active_scan

from . import faces, stand_in


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face whose list has a scan."""
    model = stand_in.named(stand_in.make_model(3), ("jaw_open", "smile", "brows"))
    obj = stand_in.add_neutral(model)
    storage.store_model(obj, model_to_bytes(model))
    faces.select([obj])
    assert bpy.ops.aim.bake() == {'FINISHED'}
    for number, name in enumerate(model.expression_names):
        scan = obj.aim.scans.add()
        scan.name, scan.fitted = name, True
        scan.jaw_pose = model.jaw_poses[number].astype(float).ravel()
    return obj


@pytest.fixture
def jaw(face: bpy.types.Object) -> bpy.types.PropertyGroup:
    """The controls, on the armature; nothing plays."""
    face.aim.armature.animation_data.action = None
    jaw_controls.reset(face.aim.armature)
    return face.aim.armature.aim


def test_controls_are_read_off_the_bone(face: bpy.types.Object, jaw) -> None:
    bone = face.aim.armature.pose.bones["jaw"]
    bone.rotation_euler.x = 0.2
    assert jaw.jaw_open == pytest.approx(0.2, abs=1e-6)
    jaw.jaw_open, jaw.jaw_side = 0.3, 4.0
    assert (jaw.jaw_open, jaw.jaw_side) == pytest.approx((0.3, 4.0), abs=1e-4)
    assert jaw.jaw_forward == pytest.approx(0.0, abs=1e-4)
    assert bone.rotation_euler.x == pytest.approx(0.3, abs=1e-6)


def test_the_posed_bone_moves_as_the_joint_says(face: bpy.types.Object, jaw) -> None:
    model = storage.load_model(face)
    jaw.jaw_open, jaw.jaw_forward = 0.25, 1.0
    bpy.context.view_layer.update()
    shown = jaw_controls.shown_pose(face.aim.armature)
    path = jaw.jaw_measures[2]
    expected = model.joint.pose([0.25, 1.0 + path * 0.25, 0.0, 0.0])
    np.testing.assert_allclose(shown, expected, atol=2e-3)


def test_limits_hold_and_free_does_not(face: bpy.types.Object, jaw) -> None:
    jaw.jaw_open = np.radians(55)
    assert jaw.jaw_open == pytest.approx(np.radians(38), abs=1e-4)
    face.aim.armature.pose.bones["jaw"]["limits"] = 0.0
    jaw.jaw_open = np.radians(55)
    assert jaw.jaw_open == pytest.approx(np.radians(55), abs=1e-4)


def test_reset_and_keyframe(face: bpy.types.Object, jaw) -> None:
    jaw.jaw_open = 0.3
    bpy.context.scene.frame_set(12)
    jaw.jaw_open = 0.3
    assert bpy.ops.aim.key_jaw() == {'FINISHED'}
    assert bpy.ops.aim.reset_jaw() == {'FINISHED'}
    assert jaw.jaw_open == 0.0
    bpy.context.scene.frame_set(13)
    assert jaw.jaw_open == pytest.approx(0.3, abs=1e-5)


def test_a_pinned_pose_is_what_the_rig_shows(face: bpy.types.Object, jaw) -> None:
    face.aim.active_scan = 1
    jaw.jaw_open, jaw.jaw_side = 0.2, -3.0
    assert bpy.ops.aim.pin_jaw() == {'FINISHED'}
    pins = jaw_pins.read_pins(face, head_space(face, bpy.context), bpy.context)
    assert list(pins) == ["smile"]
    bpy.context.view_layer.update()
    shown = jaw_controls.shown_pose(face.aim.armature)
    np.testing.assert_allclose(pins["smile"]["matrix"], shown, atol=1e-4)
    assert bpy.ops.aim.reset_jaw() == {'FINISHED'}
    assert bpy.ops.aim.show_scan_jaw() == {'FINISHED'}
    assert (jaw.jaw_open, jaw.jaw_side) == pytest.approx((0.2, -3.0), abs=1e-3)
    assert bpy.ops.aim.unpin_jaw() == {'FINISHED'}
    assert not jaw_pins.read_pins(face, head_space(face, bpy.context), bpy.context)


def test_the_jaw_of_a_scan_is_shown_as_it_was_fitted(face: bpy.types.Object, jaw) -> None:
    face.aim.active_scan = 0
    assert bpy.ops.aim.show_scan_jaw() == {'FINISHED'}
    bpy.context.view_layer.update()
    expected = storage.load_model(face).jaw_poses[0]
    np.testing.assert_allclose(jaw_controls.shown_pose(face.aim.armature), expected, atol=2e-3)


def test_marks_are_read_where_they_were_moved(face: bpy.types.Object, jaw) -> None:
    face.aim.active_scan = 2
    space = head_space(face, bpy.context)
    assert bpy.ops.aim.mark_incisors() == {'FINISHED'}
    scan = active_scan(face)
    incisor = storage.load_model(face).joint.incisor
    found = jaw_pins.read_pins(face, space, bpy.context)["brows"]
    np.testing.assert_allclose(found["upper_incisor"], incisor, atol=1e-3)
    scan.lower_mark.location.z -= 10.0 / space.mm_per_unit
    bpy.context.view_layer.update()
    moved = jaw_pins.read_pins(face, space, bpy.context)["brows"]
    difference = np.subtract(found["lower_incisor"], moved["lower_incisor"])
    assert np.linalg.norm(difference) == pytest.approx(10.0, abs=1e-3)
    bpy.data.objects.remove(scan.lower_mark)
    assert not jaw_pins.read_pins(face, space, bpy.context)


def test_a_bite_is_read_with_the_marks_until_it_is_deleted(face: bpy.types.Object, jaw) -> None:
    space, joint = head_space(face, bpy.context), storage.load_model(face).joint
    assert bpy.ops.aim.mark_bite() == {'FINISHED'}
    found = jaw_pins.read_pins(face, space, bpy.context)[face.name]
    apart = np.subtract(found["upper_incisor"], found["lower_incisor"])
    np.testing.assert_allclose(apart, -usual_bite(joint), atol=1e-3)
    face.aim.upper_bite.location.x += 3.0 / space.mm_per_unit
    assert bpy.ops.aim.mark_bite() == {'FINISHED'}  # those that are there stay
    bpy.context.view_layer.update()
    moved = jaw_pins.read_pins(face, space, bpy.context)[face.name]
    way = np.subtract(moved["upper_incisor"], found["upper_incisor"])
    assert np.linalg.norm(way) == pytest.approx(3.0, abs=1e-3)
    bpy.data.objects.remove(face.aim.upper_bite)
    assert not jaw_pins.read_pins(face, space, bpy.context)


def test_the_open_scan_that_is_known_least_is_named_until_it_is_marked(face, jaw) -> None:
    shut, half, wide = face.aim.scans
    for scan, degrees, uncertain in ((shut, 0.0, 9.0), (half, 12.0, 3.0), (wide, 22.0, 4.0)):
        scan.jaw_degrees, scan.jaw_uncertain_mm = degrees, uncertain
    assert jaw_pins.least_known(face) == wide
    face.aim.active_scan = 0
    assert bpy.ops.aim.mark_incisors(scan=wide.name) == {'FINISHED'}
    assert active_scan(face) == wide and wide.jaw_pin == 'MARKS'
    assert jaw_pins.least_known(face) == half
    half.use = False
    assert jaw_pins.least_known(face) is None
    with pytest.raises(RuntimeError, match="no scan gone"):
        bpy.ops.aim.mark_incisors(scan="gone")
    assert active_scan(face) == wide


def test_what_keeps_the_jaw_from_being_posed_is_said() -> None:
    stranger = faces.new_face()
    faces.select([stranger])
    with pytest.raises(RuntimeError, match="Bake the rig first"):
        bpy.ops.aim.pin_jaw()
    with pytest.raises(RuntimeError, match="not pinned"):
        bpy.ops.aim.unpin_jaw()


def test_undo_takes_a_pin_back(face: bpy.types.Object, jaw) -> None:
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.aim.pin_jaw('EXEC_DEFAULT', True) == {'FINISHED'}
    name = face.name
    bpy.ops.ed.undo()
    assert bpy.data.objects[name].aim.scans[0].jaw_pin == 'NONE'
