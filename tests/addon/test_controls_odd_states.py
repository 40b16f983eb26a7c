# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face controls after what users do: names changed, bones made anew, rigs duplicated, scaled and flipped."""

from dataclasses import replace

import bpy
import numpy as np
import pytest

from aim_blender_addon.bridge.controls import controls
from aim_blender_addon.bridge.controls.bones import find_controls
from aim_blender_addon.bridge.controls.keys import control_keys
from aim_blender_addon.bridge.controls.mend import find_lost
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.rig.armature import editing_bones
from aim_blender_addon.panels.controls import AIM_PT_controls
from tests.addon import faces, recorder
from tests.addon.test_controls import baked, result, values, write

ON = pytest.approx(1.0)


@pytest.fixture
def face():
    face = baked()
    write(face)
    faces.select([face])
    return face


def pull(armature, control, z=0.005):
    armature.pose.bones[find_controls(armature)[control]].location.z = z


def lost(face):
    return find_lost(face.aim.rig, face.aim.armature)


def duplicate_rig(face):
    """Skin and armature without the neutral, as a user duplicates a rig; the armature."""
    bpy.ops.object.select_all(action='DESELECT')
    for obj in (face.aim.rig, face.aim.armature):
        obj.select_set(True)
    bpy.context.view_layer.objects.active = face.aim.armature
    assert bpy.ops.object.duplicate() == {'FINISHED'}
    return bpy.context.view_layer.objects.active


def test_update_rig_mends_renamed_controls(face):
    armature = face.aim.armature
    pull(armature, "brow_mid.L")
    armature.pose.bones["brow_mid.L"].name = "Braue.L"
    armature.data.bones["lip_lower"].name = "Lippe"
    assert set(lost(face).renamed) == {"brow_mid.L", "lip_lower"}
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    assert not lost(face).can_mend
    pull(armature, "lip_lower")
    assert values(face)["brow_mid.L up"] == values(face)["lip_lower up"] == ON


def test_the_panel_names_what_is_lost_and_offers_to_mend_it(face):
    layout = recorder.draw(AIM_PT_controls)
    assert "aim.mend_face_controls" not in layout.operators and '["lip_seal"]' in layout.props
    face.aim.armature.data.bones["brow_mid.L"].name = "Braue.L"
    layout = recorder.draw(AIM_PT_controls)
    assert "aim.mend_face_controls" in layout.operators
    assert "brow_mid.L" in " ".join(layout.texts)


def test_swapped_names_of_controls_are_mended_by_the_button(face):
    armature = face.aim.armature
    for old, new in (("brow_mid.L", "x"), ("brow_mid.R", "brow_mid.L"), ("x", "brow_mid.R")):
        armature.data.bones[old].name = new
    assert bpy.ops.aim.mend_face_controls() == {'FINISHED'}
    pull(armature, "brow_mid.L")
    shown = values(face)
    assert shown["brow_mid.L up"] == ON and shown["brow_mid.R up"] == 0


def test_a_control_that_was_deleted_is_named(face):
    armature = face.aim.armature
    with editing_bones(armature, bpy.context) as edited:
        edited.remove(edited["brow_mid.R"])
    assert lost(face).gone == ("brow_mid.R",) and not lost(face).can_mend
    assert bpy.ops.aim.mend_face_controls() == {'FINISHED'}
    with editing_bones(armature, bpy.context) as edited:
        bone = edited.new("brow_mid.R")
        bone.tail = (0, 0, 0.01)
    assert bpy.ops.aim.mend_face_controls() == {'FINISHED'}
    assert not lost(face).gone, "a bone of that name takes its place"
    pull(armature, "brow_mid.R")
    assert values(face)["brow_mid.R up"] == ON


def test_a_jaw_made_anew_gets_seal_and_lip_back(face):
    armature = face.aim.armature
    assert armature.pose.bones["MCH-lip_lower"].constraints
    with editing_bones(armature, bpy.context) as edited:
        edited.remove(edited["jaw"])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    jaw = armature.pose.bones["jaw"]
    assert not lost(face).on_jaw
    jaw.rotation_euler.x, jaw["lip_seal"] = 0.3, 1.0
    assert values(face)["lip_seal left 1 straight"] > 0.5
    before = armature.pose.bones["lip_lower"].matrix.translation.copy()
    jaw.rotation_euler.x = 0.0
    bpy.context.view_layer.update()
    assert (armature.pose.bones["lip_lower"].matrix.translation - before).length > 1e-3


def test_keys_that_the_user_renamed_stay_ours(face):
    block = face.aim.rig.data.shape_keys
    for key in list(block.key_blocks):
        if key.name.startswith("ctl_"):
            key.name = f"mine {key.name}"
    face.aim.rig.shape_key_add(name="ctl_brow_mid_up.L", from_mix=False)
    assert len(control_keys(block)) == 9
    assert "mine ctl_lip_lower_up" in control_keys(block).values()
    write(face)
    assert sum("ctl_" in key.name for key in block.key_blocks) == 10, "none is made twice"
    assert bpy.ops.aim.remove_face_controls() == {'FINISHED'}
    assert [key.name for key in block.key_blocks if "ctl_" in key.name] == ["ctl_brow_mid_up.L"]


def test_what_is_done_to_a_duplicated_rig_leaves_the_original(face):
    own, block = face.aim.armature, face.aim.rig.data.shape_keys
    twin = duplicate_rig(face)
    assert bpy.ops.aim.remove_face_controls() == {'FINISHED'}
    assert not find_controls(twin) and len(find_controls(own)) == 3
    assert len(control_keys(block)) == 9 and face.aim.armature == own
    faces.select([own])
    pull(own, "lip_lower")
    assert values(face)["lip_lower up"] == ON
    assert bpy.ops.aim.remove_face_controls() == {'FINISHED'}
    assert not control_keys(block)


def test_parts_are_attached_to_the_duplicate_that_is_active(face):
    twin = duplicate_rig(face)
    bpy.ops.mesh.primitive_ico_sphere_add(radius=0.004, location=np.array(face.location))
    ball = bpy.context.active_object
    twin.select_set(True)
    bpy.context.view_layer.objects.active = twin
    assert bpy.ops.aim.attach_to_bone(bone='JAW') == {'FINISHED'}
    assert ball.parent == twin


def test_a_duplicate_that_shares_its_mesh_is_refused(face):
    bpy.ops.object.select_all(action='DESELECT')
    for obj in (face.aim.rig, face.aim.armature):
        obj.select_set(True)
    bpy.context.view_layer.objects.active = face.aim.armature
    bpy.ops.object.duplicate(linked=True)
    with pytest.raises(RuntimeError, match="shares its mesh"):
        bpy.ops.aim.remove_face_controls()
    assert len(control_keys(face.aim.rig.data.shape_keys)) == 9


def test_keyed_controls_survive_update_rig(face):
    armature = face.aim.armature
    bone = armature.pose.bones["lip_lower"]
    for frame, z in ((1, 0.0), (11, 0.005)):
        bone.location.z = z
        bone.keyframe_insert("location", index=2, frame=frame)
    armature.pose.bones["jaw"]["lip_seal"] = 0.5
    armature.pose.bones["jaw"].keyframe_insert('["lip_seal"]', frame=1)
    assert bpy.ops.aim.bake() == {'FINISHED'}
    bpy.context.scene.frame_set(11)
    assert values(face)["lip_lower up"] == ON
    assert armature.pose.bones["jaw"]["lip_seal"] == 0.5


@pytest.mark.parametrize("place", [controls.FACE, controls.BOARD])
def test_a_pose_pasted_flipped_moves_the_other_side(place):
    face = baked()
    armature = write(face, place)
    faces.select([armature])
    bpy.ops.object.mode_set(mode='POSE')
    bpy.ops.pose.select_all(action='SELECT')
    pull(armature, "brow_mid.L")
    bpy.ops.pose.copy()
    bpy.ops.pose.transforms_clear()
    bpy.ops.pose.paste(flipped=True)
    bpy.ops.object.mode_set(mode='OBJECT')
    shown = values(face)
    assert shown["brow_mid.R up"] == ON and shown["brow_mid.L up"] == 0


def test_a_corner_drawn_aslant_stays_on_its_skin():
    face = baked()
    made = result(face)
    moved = np.zeros((2, len(face.data.vertices), 3), np.float32)
    moved[0, 10], moved[1, 10] = (0, 0, 10.0), (8.0, 0, 0)
    back = (10.0 / np.hypot(10.0, 8.0) - 1) * moved.sum(axis=0)
    aslant = replace(
        made,
        names=("mouth_corner.L",),
        points=made.points[:1],
        axes=made.axes[:1],
        jaw_weights=np.array([0.5]),
        owners=("mouth_corner.L",) * 2,
        ways=("up", "out"),
        numbers=np.array([(2, 1), (0, -1)]),
        reaches=np.array([10.0, 8.0]),
        moved=moved,
        pairs_moved=back[None],
        seal_roles=(*made.seal_roles, "left 0 up"),
        seal_moved=np.concatenate([made.seal_moved, made.seal_moved[:1]]),
    )
    controls.write(face, storage.load_model(face), aslant, controls.FACE, bpy.context)
    armature, rig = face.aim.armature, face.aim.rig
    bone = armature.pose.bones["mouth_corner.L"]

    def places():
        bpy.context.view_layer.update()
        shown = rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices[10].co
        return 1000 * np.array(shown), 1000 * np.array(bone.matrix.translation)

    skin, control = places()
    for up, out in ((1, 0), (0.6, 0.6), (1, 1), (1, 0.5), (0.5, 1), (3, 3)):
        bone.location = (-0.008 * out, 0, 0.01 * up)
        now = places()
        far = np.linalg.norm(now[0] - skin)
        assert far < 10.2, "no farther than the larger way"
        assert np.linalg.norm((now[0] - skin) - (now[1] - control)) < (1.5 if up < 3 else 3.0)
    bone.location = (0, 0, 0.005)
    jaw = armature.pose.bones["jaw"]
    jaw["lip_seal"], jaw.rotation_euler.x = 1.0, np.radians(10)
    armature.update_tag()
    assert values(face)["lip_seal left 0 up"] == pytest.approx(0.25, abs=1e-3), "half of both"
