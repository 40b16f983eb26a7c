# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids of the sample actor's rig: they follow the look, are not cut by the eyeball, and stay shut in a blink."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.eyes import lids
from aim_blender_addon.backend.live.stream import Frame
from aim_blender_addon.backend.sample.head import find_package, load_sample_head, z_up
from aim_blender_addon.bridge.data import shape_keys, storage
from aim_blender_addon.bridge.data.driven_keys import driver_of
from aim_blender_addon.bridge.data.drivers import follow
from aim_blender_addon.bridge.data.shape_keys import key_path
from aim_blender_addon.bridge.direct.target import find_target
from aim_blender_addon.bridge.face.sample import parts_of
from aim_blender_addon.bridge.performance.writing import Performance, write_performance
from aim_blender_addon.bridge.rig.eyes import kept_balls, update_eyes
from aim_blender_addon.bridge.rig.lid_keys import lid_keys
from aim_blender_addon.bridge.rig.own_bones import CONTROL, TARGET, pose_bone
from tests.addon import eye_contact, faces, kept_scene, stand_in
from tests.addon.test_rig_parts import make_neutral, needs_package

pytestmark = needs_package
LOOKS = [(0, -28), (0, 28), (28, 0), (-20, -20)]
#: Half of what the iris spans at the middle of an eye, degrees: 11.7 mm across a ball of 24 [Ruefer2005].
IRIS = 29

#: Shape keys of the left eye: name, the sample head's unit, and how much of it.
OWN = (
    ("wink", "eyeBlinkLeft", 0.85),
    ("wide", "eyeWideLeft", 1.0),
    ("EyeLookDown_L", "eyeLookDownLeft", 1.0),
)


def make_face():
    """The sample actor with eyes, and shape keys of its own: one that shuts the left one nearly, and others."""
    neutral = make_neutral()
    rig = neutral.aim.rig
    head = z_up(load_sample_head(find_package(), 0))
    rest = None
    for name, unit, share in OWN:
        key = rig.shape_key_add(name=name, from_mix=False)
        key.value = 0.0
        rest = shape_keys.read_points(rig.data.shape_keys.reference_key) if rest is None else rest
        moved = share * np.asarray(head.units[list(head.unit_names).index(unit)])
        shape_keys.write_points(key, rest + moved / 1000)
    faces.select([rig])
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    return neutral


@pytest.fixture
def face():
    return kept_scene.begin(make_face)


def contact_of(face):
    ball = kept_balls(face.aim.armature)["left"]
    model = storage.load_model(face)
    axes = model.joint.head_axes
    everything = np.ones(len(model.neutral.vertices), bool)
    opening = lids.find_opening(model.neutral, everything, ball, axes)
    eye = parts_of(face)["left eye"]
    return eye_contact.Contact(face, "left", ball, axes, eye, parts=2), opening


def test_lids_follow_are_not_cut_and_stay_shut(face):
    contact, opening = contact_of(face)
    keys = face.aim.rig.data.shape_keys
    down = keys.key_blocks[lid_keys(keys)["down left"]]
    for yaw, pitch in LOOKS:
        eye_contact.look(face, yaw, pitch)
        assert contact.cut_mm() < 0.1, (yaw, pitch)
    eye_contact.look(face, 0, -50)
    assert down.value == pytest.approx(1, abs=1e-3)
    keys.key_blocks["wink"].value = 1.0
    for yaw, pitch in LOOKS:
        eye_contact.look(face, yaw, pitch)
        assert contact.cut_mm() < 0.1, (yaw, pitch)
        assert contact.gap_mm(opening) < 0.2, (yaw, pitch)
    keys.key_blocks["wide"].value = 1.0
    eye_contact.look(face, 0, 0)
    assert contact.gap_mm(opening) < 0.2, "wide eyes do not open shut lids"
    target = pose_bone(face.aim.armature, TARGET)
    target["blinks_shut"] = 0.0
    eye_contact.look(face, 0, 0)
    assert contact.gap_mm(opening) > 0.5, "as it was scanned"
    keys.key_blocks["wide"].value = target["blinks_shut"] = 0.0
    target["blinks_shut"] = 1.0
    eye_contact.look(face, 0, -30)
    assert down.value < 0.2, "shut lids do not follow"
    assert keys.key_blocks[lid_keys(keys)["down right"]].value > 0.5, "the other eye's do"


def test_no_white_shows_over_the_iris_however_far_eyes_look_down(face):
    """A person's upper lid goes down with the eye; curves that play directly leave it to do so."""
    contact, _opening = contact_of(face)
    own = face.aim.rig.data.shape_keys.key_blocks["EyeLookDown_L"]
    for pitch in (-20, -35, -50):
        for value in (0.0, np.clip(np.radians(-pitch) / 0.61, 0, 1)):
            own.value = value
            eye_contact.look(face, 0, pitch)
            lower, upper = contact.opening_up()
            assert upper < pitch + IRIS - 2, (pitch, value)
            assert upper - lower > 3, "and the eye is not shut"
            assert contact.cut_mm() < 0.1, (pitch, value)
    find_target(bpy.context).show(Frame(0.0, {"eyeLookDownLeft": 1.0}))
    bpy.context.view_layer.update()
    assert contact.opening_up()[1] < np.degrees(-0.61) + IRIS - 2, "live, too"


def test_the_rigs_own_shapes_of_a_look_are_shown_once(face):
    keys = face.aim.rig.data.shape_keys
    own, down = (keys.key_blocks[name] for name in ("EyeLookDown_L", lid_keys(keys)["down left"]))
    most = [np.linalg.norm(shape_keys.difference(key), axis=1).max() for key in (own, down)]
    assert most[1] == pytest.approx(most[0] * 50 / np.degrees(0.61), rel=0.05), "the actor's lids"
    eye_contact.look(face, 0, -np.degrees(0.61) / 2)
    assert down.value == pytest.approx(np.degrees(0.61) / 100, abs=0.01)
    own.value = 0.5
    eye_contact.look(face, 0, -np.degrees(0.61) / 2)
    assert down.value < 0.01, "a curve shows it already"


def test_the_blink_line_moves_on_the_eyeball_and_only_when_shut(face):
    contact, opening = contact_of(face)
    keys = face.aim.rig.data.shape_keys
    target = pose_bone(face.aim.armature, TARGET)
    line = keys.key_blocks[lid_keys(keys)["line up left"]]
    target["blink_line_left"] = 1.0
    eye_contact.look(face, 0, 0)
    assert line.value == 0.0, "open lids stay"
    keys.key_blocks["wink"].value = 1.0
    heights = {}
    for value in (-1.0, 0.0, 0.5, 1.0):
        target["blink_line_left"] = value
        eye_contact.look(face, 0, 0)
        assert contact.cut_mm() < 0.1 and contact.gap_mm(opening) < 0.2, value
        heights[value] = line_mm(face)
    assert heights[1.0] - heights[0.0] > 2.0, heights
    assert heights[-1.0] < heights[0.0] < heights[0.5] < heights[1.0]
    assert "line up right" not in lid_keys(keys), "no shape shuts the right eye"


def test_a_scan_of_shut_eyes_with_noise_and_a_gap_shuts_them_wholly(face):
    """Both eyes at once, as a person is scanned; the lids stay half a millimetre apart, and the skin is noisy."""
    rig = face.aim.rig
    head = z_up(load_sample_head(find_package(), 0))
    names = list(head.unit_names)
    units = [head.units[names.index(f"eyeBlink{side}")] for side in ("Left", "Right")]
    key = rig.shape_key_add(name="eyes closed", from_mix=False)
    key.value = 0.0
    moved = 0.74 * np.sum(units, axis=0)
    noise = np.random.default_rng(0).normal(0, 0.1, moved.shape)
    rest = shape_keys.read_points(rig.data.shape_keys.reference_key)
    shape_keys.write_points(key, rest + (moved + noise) / 1000)
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    contact, opening = contact_of(face)
    target = pose_bone(face.aim.armature, TARGET)
    key = rig.data.shape_keys.key_blocks["eyes closed"]
    for value in (0.92, 1.0):
        key.value, target["blinks_shut"] = value, 1.0
        for yaw, pitch in ((0, 0), (-20, -20)):
            eye_contact.look(face, yaw, pitch)
            assert contact.gap_mm(opening) < 0.2 and contact.cut_mm() < 0.1, (value, yaw, pitch)
        assert contact.white_mm2(0.8) < 0.7, "the corners too: less than two rays"
    target["blinks_shut"] = 0.0
    key.value = 1.0
    eye_contact.look(face, 0, 0)
    assert contact.gap_mm(opening) + contact.white_mm2(0.8) > 0.3, "as it was scanned"
    lines = {"line up left", "line up right", "line down left", "line down right"}
    assert lines <= set(lid_keys(rig.data.shape_keys)), "both eyes have a blink line by it"


def test_lids_go_with_the_eye_where_a_scan_of_the_look_lags(face):
    keys = face.aim.rig.data.shape_keys
    contact, _opening = contact_of(face)
    eye_contact.look(face, 0, -29)
    assert contact.cut_mm() < 0.1
    assert "more down left" in lid_keys(keys) and "more down right" not in lid_keys(keys)
    assert keys.key_blocks[lid_keys(keys)["more down left"]].value == pytest.approx(
        29 / 50, abs=0.01
    )
    upper = shape_keys.difference(keys.key_blocks[lid_keys(keys)["more down left"]])
    assert np.linalg.norm(upper, axis=1).max() * 1000 > 1.5, (
        "the sample's look down is a third of it"
    )


def test_shapes_that_shut_lids_alike_share_keys_and_a_brow_has_none(face):
    rig, armature = face.aim.rig, face.aim.armature
    blink = shape_keys.read_points(rig.data.shape_keys.key_blocks["wink"])
    for name in ("wink again", "lid", "brow"):
        key = rig.shape_key_add(name=name, from_mix=False)
        key.value = 0.0
        shape_keys.write_points(key, blink)
    keys = rig.data.shape_keys
    # Bones that are there stand in for those of the controls.
    for name, bone, control in (("lid", "skull", "lid_upper.L"), ("brow", "jaw", "brow_mid.L")):
        armature.data.bones[bone][CONTROL] = control
        follow(keys.driver_add(key_path(name)), armature, f'pose.bones["{bone}"].location[2]')
    update_eyes(face, storage.load_model(face), bpy.context)
    keys = rig.data.shape_keys
    shutting = {role: name for role, name in lid_keys(keys).items() if role.startswith("shut")}
    read = {
        role: {v.targets[0].data_path for v in driver_of(keys, name).driver.variables}
        for role, name in shutting.items()
    }
    assert not [role for role, paths in read.items() if key_path("brow") in paths]
    of_wide = [role for role, paths in read.items() if key_path("wide") in paths]
    assert len(of_wide) == 1, "the shapes that shut are alike"
    assert {key_path(name) for name in ("wink", "wink again", "lid")} <= read[of_wide[0]]
    hold = keys.key_blocks[shutting[of_wide[0]]]
    for name in ("wink", "wink again"):
        keys.key_blocks["wide"].value, keys.key_blocks[name].value = 0.5, 1.0
        eye_contact.look(face, 0, 0)
        assert hold.value == pytest.approx(0.5), name
    assert hold.value <= 0.5 + 1e-6, "two that shut take back no more than one"


def test_no_driver_of_the_file_needs_python(face):
    owners = [*bpy.data.objects, *bpy.data.shape_keys, *bpy.data.armatures, *bpy.data.meshes]
    drivers = [
        curve.driver
        for owner in owners
        if owner.animation_data is not None
        for curve in owner.animation_data.drivers
    ]
    assert len(drivers) > 15
    for driver in drivers:
        assert driver.is_valid, driver.expression
        assert driver.type == 'AVERAGE' or driver.is_simple_expression, driver.expression


def line_mm(face):
    """Mean height of the skin that the blink moves most."""
    moved = shape_keys.difference(face.aim.rig.data.shape_keys.key_blocks["wink"])
    rim = np.argsort(-np.linalg.norm(moved, axis=1))[:12]
    return stand_in.evaluated_mm(face.aim.rig)[rim, 2].mean()


@pytest.mark.parametrize("known", [True, False])
def test_a_take_with_correctives_shuts_what_its_blink_leaves_open(face, known):
    """Of another face, whose blink is told, and of a solve, which tells no blink."""
    contact, opening = contact_of(face)
    rig, count = face.aim.rig, len(face.aim.rig.data.vertices)
    still = np.tile(np.eye(4), (4, 1, 1))
    blinks = np.array([0.0, 0.5, 0.95, 0.0])
    tiny = np.zeros((1, count, 3))
    tiny[0, 0] = 0.1
    take = Performance(
        "take",
        np.arange(1.0, 5.0),
        np.ones(4, bool),
        ["wink", "wide"],
        still,
        still,
        np.array([[0.0, 0.0], [0.6, 0.0], [1.0, 0.4], [0.0, 0.0]]),
        tiny,
        np.ones((4, 1)),
        blinks=np.stack([blinks, 0 * blinks], axis=1) if known else None,
    )
    written = write_performance(rig, face.aim.armature, take, 1000.0)
    more = [name for name in written.keys if "lids" in name]
    assert more and all(name.endswith("lids left") for name in more), "the right eye does not blink"
    keys = rig.data.shape_keys.key_blocks
    assert set(more) <= set(shape_keys.listed_names(rig.data.shape_keys, shape_keys.CORRECTIVES))
    bpy.context.scene.frame_set(3)
    assert pose_bone(face.aim.armature, TARGET)["blinks_shut"] == 0
    assert contact.gap_mm(opening) < 0.2
    assert contact.cut_mm() < 0.1
    for name in more:
        keys[name].mute = True
    bpy.context.scene.frame_set(3)
    assert contact.gap_mm(opening) > 0.3, "the take without them"
    for frame in (1, 2, 4):
        bpy.context.scene.frame_set(frame)
        assert all(keys[name].value == 0 for name in more), "open lids are as they were made"
