# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several takes on one face, one after another: the last one shows, and none is lost."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.bridge.data.name_lists import read_names
from aim_blender_addon.bridge.data.shape_keys import CORRECTIVES
from aim_blender_addon.bridge.performance import layers, writing
from tests.addon import stand_in, takes
from tests.addon.takes import add_face, write


@pytest.fixture
def face():
    return add_face()


def write_with_correctives(face, name, layered, shift):
    """The take with a corrective of ``shift`` mm that is fully on, and what shows of it."""
    rig = face.aim.rig
    take = writing.Performance(
        name,
        takes.FRAMES,
        np.ones(takes.COUNT, bool),
        takes.model().expression_names[:2],
        takes.poses(),
        takes.poses(),
        takes.curves(),
        np.full((1, len(rig.data.vertices), 3), shift),
        np.ones((takes.COUNT, 1)),
        layered=layered,
    )
    written = writing.write_performance(rig, face.aim.armature, take, 1000.0)
    bpy.context.scene.frame_set(6)
    apart = np.abs(stand_in.evaluated_mm(rig) - takes.vertices()[5]).max()
    return written, float(apart)


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("layered", [True, False])
def test_second_take_shows_and_the_first_is_kept(face, layered, again):
    """Correctives of an earlier take do not add to a later one, whether either is layered or not."""
    keys = face.aim.rig.data.shape_keys
    _, apart = write_with_correctives(face, "One", layered, 5.0)
    assert apart > 4.9
    written, apart = write_with_correctives(face, "Two", again, 0.0)
    assert apart < 0.01
    if layered:
        assert layers.SetAside("One", False, is_take=True) in written.set_aside
        assert keys.animation_data.nla_tracks["AIM One"].mute
        keys.animation_data.nla_tracks["AIM One"].mute = False
    assert {"One", "Two"} <= {action.name for action in bpy.data.actions}
    assert write_with_correctives(face, "Two", again, 0.0)[1] < 0.01
    assert write_with_correctives(face, "One", layered, 5.0)[1] > 4.9


def test_edits_of_one_take_do_not_move_another(face):
    keys = face.aim.rig.data.shape_keys
    write_with_correctives(face, "One", True, 0.0)
    keys.key_blocks[3].keyframe_insert("value", frame=1)
    edits = keys.animation_data.action
    written, apart = write_with_correctives(face, "Two", True, 0.0)
    assert layers.SetAside(edits.name, False) in written.set_aside and edits.use_fake_user
    assert keys.animation_data.action not in (None, edits) and apart < 0.01
    write_with_correctives(face, "One", True, 0.0)
    assert keys.animation_data.action == edits


@pytest.mark.parametrize("name", ["A" * 70, "顔" * 30, "Ä" * 40])
def test_takes_with_long_names_are_apart_and_give_way(face, name):
    """Blender cuts names at 63 bytes: correctives and tracks of such takes are found again all the same."""
    keys = face.aim.rig.data.shape_keys
    for end in ("one", "two", "one", "two"):
        assert write_with_correctives(face, name + end, True, 0.0)[1] < 0.01
    tracks = [track for track in keys.animation_data.nla_tracks if track.name.startswith("AIM ")]
    assert sorted(track.mute for track in tracks) == [False, True]
    made = read_names(keys, CORRECTIVES)
    assert len(made) == 2 and all(block in keys.key_blocks for block in made)


@pytest.mark.parametrize("layered", [True, False])
def test_duplicate_of_a_character_keeps_its_take(face, layered):
    """A duplicate plays the Action of the first: writing that take anew leaves it to the duplicate."""
    rig = face.aim.rig
    first = write(face, layered).actions[0]
    copy = rig.copy()
    copy.data = rig.data.copy()
    bpy.context.scene.collection.objects.link(copy)
    for _ in range(2):
        again = write(face, layered).actions[0]
        assert again != first and len([a for a in bpy.data.actions if a.name[:4] == "Take"]) <= 3
    animation = copy.data.shape_keys.animation_data
    played = animation.nla_tracks["AIM Take"].strips[0].action if layered else animation.action
    assert played == first
