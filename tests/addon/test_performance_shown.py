# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A take over what the user has shows, or what hides it is named; nothing of the user's is lost."""

import bpy
import pytest

from aim_blender_addon import compat
from aim_blender_addon.bridge.performance import layers
from aim_blender_addon.bridge.performance.shown.findings import Reason
from tests.addon.takes import add_face, hidden, write


@pytest.fixture
def face():
    return add_face()


def own_action(owner, name, *paths):
    action = bpy.data.actions.new(name)
    compat.assign_action(owner, action)
    for path, index in paths:
        curve = compat.action_curves(action, owner).new(path, index=index)
        curve.keyframe_points.insert(1, 0.3)
        curve.keyframe_points.insert(20, 1.0)
    return action


def value(face, name, frame):
    """What the evaluated shape key shows."""
    bpy.context.scene.frame_set(frame)
    rig = face.aim.rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return rig.data.shape_keys.key_blocks[name].value


@pytest.mark.parametrize("layered", [True, False])
def test_plain_take_shows(face, layered):
    written = write(face, layered)
    assert hidden(face, written) == {} and not written.set_aside
    name = face.aim.rig.data.shape_keys.key_blocks[1].name
    assert value(face, name, 12) == pytest.approx(0.8, abs=1e-4)


@pytest.mark.parametrize("layered", [True, False])
def test_older_action_on_the_face_makes_room(face, layered):
    keys = face.aim.rig.data.shape_keys
    name = keys.key_blocks[1].name
    own = own_action(keys, "Old Face", (f'key_blocks["{name}"].value', 0))
    written = write(face, layered)
    assert written.set_aside == (layers.SetAside("Old Face", False, "Old Face (below the take)"),)
    assert hidden(face, written) == {}
    assert value(face, name, 12) == pytest.approx(0.8, abs=1e-4)
    track = next(track for track in keys.animation_data.nla_tracks if "Old Face" in track.name)
    assert track.mute and track.strips[0].action == own and own.users


@pytest.mark.parametrize("layered", [True, False])
def test_action_of_the_body_plays_on_below_the_take(face, layered, tmp_path):
    armature = face.aim.armature
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode='EDIT')
    spine = armature.data.edit_bones.new("spine")
    spine.head, spine.tail = (0, 0, 1), (0, 0, 1.2)
    bpy.ops.object.mode_set(mode='OBJECT')
    armature.pose.bones["spine"].rotation_mode = 'XYZ'
    body = own_action(
        armature,
        "Body",
        ('pose.bones["spine"].rotation_euler', 0),
        ('pose.bones["jaw"].rotation_euler', 0),
    )
    written = write(face, layered)
    assert written.set_aside == (layers.SetAside("Body", True, "Body (below the take)"),)
    assert hidden(face, written) == {}
    bpy.context.scene.frame_set(20)
    assert armature.pose.bones["spine"].rotation_euler.x == pytest.approx(1.0, abs=1e-4)
    write(face, layered)
    path = str(tmp_path / "a.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert "Body" in bpy.data.actions and bpy.data.actions["Body"].users
    armature = bpy.data.objects["Head Armature"]
    bpy.context.scene.frame_set(20)
    assert armature.pose.bones["spine"].rotation_euler.x == pytest.approx(1.0, abs=1e-4)
    assert len(compat.all_curves(bpy.data.actions["Body"])) == 2 and body is not None


def test_action_that_moves_something_else_stays_above(face):
    armature = face.aim.armature
    body = own_action(armature, "Body", ("location", 0))
    written = write(face, True)
    assert not written.set_aside and armature.animation_data.action == body


def test_layer_written_again_keeps_its_place(face):
    keys = face.aim.rig.data.shape_keys
    write(face, True)
    mine = keys.animation_data.nla_tracks.new()
    mine.name = "Mine"
    write(face, True)
    assert [track.name for track in keys.animation_data.nla_tracks] == ["AIM Take", "Mine"]
    assert len(keys.animation_data.nla_tracks["AIM Take"].strips) == 1


def test_take_that_was_edited_by_hand_is_kept(face):
    keys = face.aim.rig.data.shape_keys
    first = write(face, False).actions
    for action in first:
        compat.all_curves(action)[-1].keyframe_points[2].co.y += 0.1
    names = [action.name for action in first]
    write(face, True)
    assert all(bpy.data.actions[name].use_fake_user for name in names)
    assert hidden(face, write(face, True)) == {} and keys is not None


@pytest.mark.parametrize("layered", [True, False])
@pytest.mark.parametrize(
    ("reason", "spoil"),
    [
        (Reason.ABSOLUTE, lambda rig, keys: setattr(keys, "use_relative", False)),
        (Reason.SOLO, lambda rig, keys: setattr(rig, "show_only_shape_key", True)),
        (Reason.MUTED, lambda rig, keys: setattr(keys.key_blocks[1], "mute", True)),
        (Reason.LIMITED, lambda rig, keys: setattr(keys.key_blocks[1], "slider_max", 0.3)),
        (Reason.DRIVEN, lambda rig, keys: keys.key_blocks[1].driver_add("value")),
        (
            Reason.AT_REST,
            lambda rig, keys: setattr(rig.parent.data, "pose_position", 'REST'),
        ),
        (
            Reason.NO_MODIFIER,
            lambda rig, keys: setattr(rig.modifiers[0], "show_viewport", False),
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_hides_a_take_is_named(face, reason, spoil, layered):
    rig = face.aim.rig
    keys = rig.data.shape_keys
    spoil(rig, keys)
    found = hidden(face, write(face, layered))
    assert reason in found
    if reason in {Reason.MUTED, Reason.LIMITED, Reason.DRIVEN}:
        assert found[reason] == (keys.key_blocks[1].name,)


def test_track_above_that_hides_the_take_is_named(face):
    keys = face.aim.rig.data.shape_keys
    name = keys.key_blocks[1].name
    written = write(face, True)
    own = bpy.data.actions.new("Above")
    curve = compat.action_curves(own, keys).new(f'key_blocks["{name}"].value')
    curve.keyframe_points.insert(1, 0.25)
    track = keys.animation_data.nla_tracks.new()
    strip = compat.add_strip(track, "Above", 1, own, keys)
    strip.frame_end = 30
    assert hidden(face, written) == {Reason.OTHER_ANIMATION: (name,)}
