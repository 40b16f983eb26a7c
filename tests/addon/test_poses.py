# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own poses: saved from what the rig shows, mirrored, halved, sorted into a catalog."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import shape_keys, storage
from aim_blender_addon.bridge.poses import halves
from aim_blender_addon.bridge.rig import catalogs, controls, jaw_controls, pose_assets
from aim_blender_addon.bridge.rig.eye_bones import BLINK_LINES
from aim_blender_addon.bridge.rig.own_bones import SEAL, SEALS
from aim_blender_addon.bridge.shapes import making
from tests.addon import faces, stand_in, test_controls, test_eyes

NAMES = ("jaw open", "smile", "wink_L", "wink_R", "smirk")
MIDDLE = stand_in.CENTRE[0]


@pytest.fixture
def face():
    """A rig whose smile is even, with winks of each side and a lopsided smirk."""
    model = stand_in.named(stand_in.make_model(len(NAMES)), NAMES)
    face = stand_in.add_neutral(model)
    storage.store_model(face, model_to_bytes(model))
    faces.select([face])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    rig = face.aim.rig
    rest = shape_keys.read_points(rig.data.shape_keys.reference_key)
    across = rest[:, 0] * 1000 - MIDDLE
    up, aside = np.zeros_like(rest), np.zeros_like(rest)
    up[:, 2], aside[:, 0] = 0.004, 0.003 * np.sign(across)
    left = np.clip(across / 20, 0, 1)[:, None]
    right = np.clip(-across / 20, 0, 1)[:, None]
    moved = {
        "smile": up + aside,
        "wink_L": left * up,
        "wink_R": 1.5 * right * up,  # another eye, another wink
        "smirk": (0.3 + 0.7 * left) * up,
    }
    for name, motion in moved.items():
        shape_keys.write_points(rig.data.shape_keys.key_blocks[name], rest + motion)
    return face


def save(name, **settings):
    assert bpy.ops.aim.save_expression(name=name, **settings) == {'FINISHED'}
    return storage.face_object(bpy.context).aim.pose


def apply(face, action):
    face.aim.armature.pose.apply_pose_from_action(action)
    return stand_in.evaluated_mm(face.aim.rig)


def rest(face):
    """Everything at rest; the skin there."""
    bones = face.aim.armature.pose.bones
    for bone in bones:
        bone.location, bone.rotation_euler = (0, 0, 0), (0, 0, 0)
    for name in [key for key in bones["jaw"].keys() if key != "limits"]:
        bones["jaw"][name] = 0.0
    for block in face.aim.rig.data.shape_keys.key_blocks:
        block.value = 0.0
    face.aim.armature.update_tag()
    return stand_in.evaluated_mm(face.aim.rig)


def image(skin):
    """The mirror image of a skin, vertex by vertex: the head of the tests is even."""
    other = skin * (-1, 1, 1) + (2 * MIDDLE, 0, 0)
    neutral = stand_in.make_model(1).neutral.vertices
    flipped = neutral * (-1, 1, 1) + (2 * MIDDLE, 0, 0)
    partner = np.array([np.argmin(((flipped - point) ** 2).sum(axis=1)) for point in neutral])
    return other[partner]


def test_what_shows_comes_back_and_nothing_moves_by_saving(face):
    keys, jaw = face.aim.rig.data.shape_keys.key_blocks, face.aim.armature.pose.bones["jaw"]
    keys["smile"].value, keys["wink_L"].value = 0.7, 0.4
    jaw.rotation_euler[0], jaw.location[1] = 0.2, 0.002
    before = stand_in.evaluated_mm(face.aim.rig)
    action = save("Grin")
    np.testing.assert_allclose(stand_in.evaluated_mm(face.aim.rig), before, atol=1e-3)
    assert np.abs(rest(face) - before).max() > 4
    np.testing.assert_allclose(apply(face, action), before, atol=1e-3)
    assert action.name == "Grin" and action.asset_data.catalog_id == catalogs.catalog_id("Head")
    pixels = np.empty(4 * action.preview.image_size[0] ** 2, np.float32)
    action.preview.image_pixels_float.foreach_get(pixels)
    assert pixels.reshape(-1, 4)[:, 3].mean() > 0.3


def test_a_shape_renamed_after_a_pose_was_saved_keeps_no_pose_from_being_saved(face):
    save("Grin")
    face.aim.rig.data.shape_keys.key_blocks["wink_L"].name = "wink mine"
    face.aim.armature.pose.bones["jaw"]["smile"] = 1.0
    face.aim.armature.update_tag()
    before = stand_in.evaluated_mm(face.aim.rig)
    save("Grin again")
    np.testing.assert_allclose(stand_in.evaluated_mm(face.aim.rig), before, atol=1e-3)


def test_a_saved_pose_replaces_another_and_the_scans_do_too(face):
    assert bpy.ops.aim.expressions_to_assets() == {'FINISHED'}
    own = face.aim.rig.shape_key_add(name="mine", from_mix=False)
    points = shape_keys.read_points(own)
    shape_keys.write_points(own, points + np.float32(0.005))
    own.value = 1.0
    first = save("First")
    neutral = rest(face)
    face.aim.armature.pose.bones["jaw"]["smile"] = 1.0
    face.aim.armature.update_tag()
    second = save("Second")
    wanted = stand_in.evaluated_mm(face.aim.rig)
    assert np.abs(apply(face, first) - neutral).max() > 4
    np.testing.assert_allclose(apply(face, second), wanted, atol=1e-3)
    apply(face, first)
    scanned = pose_assets.assets_of(face.aim.armature)
    np.testing.assert_allclose(apply(face, scanned["Neutral"]), neutral, atol=1e-3)
    assert save("First") == first and len(pose_assets.saved_of(face.aim.armature)) == 2


def test_only_what_moves_leaves_the_rest_alone(face):
    keys, jaw = face.aim.rig.data.shape_keys.key_blocks, face.aim.armature.pose.bones["jaw"]
    keys["wink_L"].value = 1.0
    action = save("Wink", only_moving=True)
    rest(face)
    jaw["smile"], jaw.rotation_euler[0] = 0.5, 0.1
    apply(face, action)
    assert jaw["smile"] == 0.5 and jaw.rotation_euler[0] == pytest.approx(0.1)
    assert jaw["wink_L"] == 1.0
    assert {curve.data_path for curve in pose_curves(action)} == {'pose.bones["jaw"]["wink_L"]'}


def pose_curves(action):
    from aim_blender_addon import compat

    return compat.all_curves(action)


def test_mirror_by_names_by_motion_and_by_a_shape_of_its_own(face):
    keys, jaw = face.aim.rig.data.shape_keys.key_blocks, face.aim.armature.pose.bones["jaw"]
    count = len(keys)
    keys["wink_L"].value, keys["smile"].value = 0.8, 0.5
    jaw.rotation_euler = (0.2, 0.0, 0.05)
    jaw.location = (0.001, 0.002, 0.0)
    save("wink left")
    assert bpy.ops.aim.mirror_expression() == {'FINISHED'}
    action = face.aim.pose
    assert action.name == "wink right"
    apply(face, action)
    assert jaw["wink_R"] == pytest.approx(0.8) and jaw["smile"] == pytest.approx(0.5)
    assert jaw["wink_L"] == 0.0 and len(keys) == count
    assert list(jaw.rotation_euler) == pytest.approx([0.2, 0.0, -0.05])
    assert list(jaw.location) == pytest.approx([-0.001, 0.002, 0.0])

    rest(face)
    jaw["smirk"] = 1.0
    face.aim.armature.update_tag()
    first = save("Smirk")
    shown = apply(face, first)
    assert bpy.ops.aim.mirror_expression() == {'FINISHED'}
    assert len(keys) == count + 1 and "smirk mirrored" in keys
    np.testing.assert_allclose(apply(face, face.aim.pose), image(shown), atol=0.01)
    assert bpy.ops.aim.mirror_expression() == {'FINISHED'}  # back again, and no more shapes
    assert len(keys) == count + 1
    np.testing.assert_allclose(apply(face, face.aim.pose), shown, atol=0.01)


def test_halves_of_an_even_smile(face):
    keys = face.aim.rig.data.shape_keys.key_blocks
    neutral = stand_in.evaluated_mm(face.aim.rig)
    across = neutral[:, 0] - MIDDLE
    keys["smile"].value = 1.0
    keys["wink_R"].value = 0.5
    whole = stand_in.evaluated_mm(face.aim.rig)
    action = save("Smile")
    for side, sign in ((halves.LEFT, 1), (halves.RIGHT, -1)):
        face.aim.pose = action
        assert bpy.ops.aim.halve_expression(side=side) == {'FINISHED'}
        assert face.aim.pose.name == f"Smile {side.lower()}"
        half = apply(face, face.aim.pose)
        far = sign * across > halves.SEAM_MM / 2 + 0.1
        other = sign * across < -halves.SEAM_MM / 2 - 0.1
        np.testing.assert_allclose(half[far], whole[far], atol=0.01)
        np.testing.assert_allclose(half[other], neutral[other], atol=0.01)
    assert face.aim.armature.pose.bones["jaw"]["wink_R"] == pytest.approx(0.5)
    count = len(keys)
    face.aim.pose = action
    assert bpy.ops.aim.halve_expression(side=halves.RIGHT) == {'FINISHED'}
    assert len(keys) == count


def test_a_shape_with_the_jaw_in_it_leaves_the_jaw_whole(face):
    rig, armature = face.aim.rig, face.aim.armature
    points = shape_keys.read_points(rig.data.shape_keys.reference_key)
    moved = np.stack([points + np.float32(0.004), points + np.float32(0.002)])
    jaws = np.array([[0.3, 2.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]])
    making.write_arkit(face, ["jawOpen", "jawLeft"], moved, jaws, bpy.context)
    keys, jaw = rig.data.shape_keys.key_blocks, armature.pose.bones["jaw"]
    keys["jawOpen"].value, keys["jawLeft"].value, jaw.rotation_euler[2] = 0.8, 0.5, 0.02
    whole = stand_in.evaluated_mm(rig)
    pose = jaw_controls.shown_pose(armature)
    action = save("Open")
    np.testing.assert_allclose(stand_in.evaluated_mm(rig), whole, atol=1e-3)
    assert bpy.ops.aim.halve_expression(side=halves.LEFT) == {'FINISHED'}
    half = apply(face, face.aim.pose)
    np.testing.assert_allclose(jaw_controls.shown_pose(armature), pose, atol=1e-3)
    far = whole[:, 0] - MIDDLE > 20
    np.testing.assert_allclose(half[far], whole[far], atol=0.02)
    face.aim.pose = action
    assert bpy.ops.aim.mirror_expression() == {'FINISHED'}
    with pytest.raises(RuntimeError, match="shows one shape alone"):
        rig.show_only_shape_key = True
        save("Solo")


def test_controls_are_saved_mirrored_and_halved():
    face = test_controls.baked()
    armature = test_controls.write(face)
    bones = armature.pose.bones
    bones["brow_mid.L"].location.z, bones["lip_lower"].location.z = 0.004, 0.005
    jaw = bones["jaw"]
    for name in (SEAL, *SEALS.values()):
        jaw[name] = 0.0
    jaw[SEAL], jaw[SEALS["left"]] = 0.4, 0.7
    armature.update_tag()
    action = save("Up")
    assert bpy.ops.aim.mirror_expression() == {'FINISHED'}
    rest(face)
    apply(face, face.aim.pose)
    assert bones["brow_mid.R"].location.z == pytest.approx(0.004)
    assert bones["brow_mid.L"].location.z == 0.0
    assert bones["lip_lower"].location.z == pytest.approx(0.005)
    sealed = [jaw[name] for name in (SEAL, SEALS["left"], SEALS["right"])]
    assert sealed == pytest.approx([0.4, 0.0, 0.7])
    face.aim.pose = action
    assert bpy.ops.aim.halve_expression(side=halves.LEFT) == {'FINISHED'}
    apply(face, face.aim.pose)
    assert bones["brow_mid.L"].location.z == pytest.approx(0.004)
    assert bones["lip_lower"].location.z == 0.0
    sealed = [jaw[name] for name in (SEAL, SEALS["left"], SEALS["right"])]
    assert sealed == pytest.approx([0.0, 0.7, 0.0])
    keys = face.aim.rig.data.shape_keys.key_blocks
    assert np.abs(shape_keys.difference(keys["Up left"])).max() > 1e-3  # what the lip showed
    assert bpy.ops.aim.expressions_to_assets() == {'FINISHED'}
    apply(face, pose_assets.assets_of(armature)["Neutral"])
    assert bones["brow_mid.L"].location.z == 0.0


def test_the_look_is_saved_and_mirrored():
    face = test_eyes.baked()
    for name, centre in (("Eye L", test_eyes.LEFT), ("Eye R", test_eyes.RIGHT)):
        test_eyes.add_eye(face, test_eyes.ball(centre), name)
    faces.select([face.aim.rig])
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    armature = face.aim.armature
    target = armature.pose.bones["eye_target"]
    target[BLINK_LINES["right"]] = 0.5
    test_eyes.look_freely(face, np.radians(20), np.radians(-10))
    save("Look", only_moving=True)
    assert bpy.ops.aim.mirror_expression() == {'FINISHED'}
    armature.aim.look_yaw, armature.aim.look_pitch = 0.0, 0.0
    target[BLINK_LINES["right"]] = 0.0
    apply(face, face.aim.pose)
    assert np.degrees(armature.aim.look_yaw) == pytest.approx(-20.0, abs=0.01)
    assert np.degrees(armature.aim.look_pitch) == pytest.approx(-10.0, abs=0.01)
    assert [target[BLINK_LINES[side]] for side in ("left", "right")] == [0.5, 0.0]


def test_animated_shapes_keep_their_animation(face):
    keys = face.aim.rig.data.shape_keys
    keys.key_blocks["smile"].value = 0.6
    keys.key_blocks["smile"].keyframe_insert("value", frame=1)
    before = stand_in.evaluated_mm(face.aim.rig)
    action = save("Taken")
    assert "Taken" in keys.key_blocks and not controls.is_driven(keys, "smile")
    keys.key_blocks["smile"].value = 0.0
    np.testing.assert_allclose(apply(face, action), before, atol=1e-3)


def test_saving_is_one_undo_step(face):
    name = face.name
    face.aim.rig.data.shape_keys.key_blocks["smirk"].value = 0.5
    bpy.ops.ed.undo_push(message="before")
    save("Smirk")
    assert bpy.ops.aim.halve_expression(side=halves.LEFT) == {'FINISHED'}
    bpy.ops.ed.undo_push(message="saved")
    bpy.ops.ed.undo()
    face = bpy.data.objects[name]
    keys = face.aim.rig.data.shape_keys
    assert not pose_assets.poses_of(face.aim.armature) and "Smirk left" not in keys.key_blocks
    assert keys.key_blocks["smirk"].value == 0.5 and not controls.driven(keys)


def test_update_rig_and_removed_scans_leave_saved_poses(face):
    keys = face.aim.rig.data.shape_keys
    keys.key_blocks["smile"].value = 1.0
    action = save("Smile")
    assert bpy.ops.aim.halve_expression(side=halves.LEFT) == {'FINISHED'}
    shown = apply(face, face.aim.pose)
    assert bpy.ops.aim.expressions_to_assets() == {'FINISHED'}
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert bpy.ops.aim.remove_expression_assets() == {'FINISHED'}
    assert set(pose_assets.poses_of(face.aim.armature)) == {action, face.aim.pose}
    face.aim.armature.animation_data.action = None
    keys = face.aim.rig.data.shape_keys
    assert controls.is_driven(keys, "smile") and controls.is_driven(keys, "Smile left")
    np.testing.assert_allclose(apply(face, face.aim.pose), shown, atol=0.01)


def test_a_linked_rig_is_refused(face, tmp_path):
    save("Mine")
    path = tmp_path / "rig.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(str(path), link=True) as (_there, here):
        here.objects = ["Head", "Head Rig", "Head Armature"]
    for obj in here.objects:
        bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = bpy.data.objects["Head Rig"]
    with pytest.raises(RuntimeError, match="linked from another file"):
        bpy.ops.aim.save_expression()
    linked = bpy.data.objects["Head Rig"]
    own = linked.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    assert own.override_library is not None
    bpy.context.view_layer.objects.active = own
    with pytest.raises(RuntimeError, match="linked from another file"):
        bpy.ops.aim.save_expression()


def test_the_catalog_is_written_into_the_library(face, tmp_path):
    save("Unsaved")
    assert not list(tmp_path.iterdir())
    library = tmp_path / "library"
    (library / "heads").mkdir(parents=True)
    file = library / catalogs.FILE
    line = "11111111-2222-5333-8444-555555555555:Other/Things:Other-Things\n"
    file.write_text("VERSION 1\n" + line)
    bpy.ops.preferences.asset_library_add(directory=str(library))
    bpy.ops.wm.save_as_mainfile(filepath=str(library / "heads" / "head.blend"))
    save("Saved")
    save("Again")
    own = f"{catalogs.catalog_id('Head')}:Faces/Head:Faces-Head\n"
    assert file.read_text() == "VERSION 1\n" + line + own
    file.write_text("VERSION 7\n")
    assert bpy.ops.aim.save_expression(name="Other") == {'FINISHED'}
    assert file.read_text() == "VERSION 7\n"
