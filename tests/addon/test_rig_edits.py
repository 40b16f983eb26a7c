# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only edits add to a take: what bake and keys put in their place plays as it is, before an undo as after one."""

from collections.abc import Callable

import bpy
import pytest

from aim_blender_addon.bridge.rig import actions, bake, jaw_controls
from aim_blender_addon.operators.performance import edits_watch
from tests.addon import takes
from tools.walking.digest import differences, scene_state


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face with edits on top of a take."""
    made = takes.add_face()
    takes.write(made, layered=True)
    return made


def bake_again(face: bpy.types.Object) -> None:
    bake.bake_rig(face, takes.model(), bpy.context, bake.BakeOptions())


def key_jaw(face: bpy.types.Object) -> None:
    jaw_controls.key(face.aim.armature, 1)


@pytest.mark.parametrize("act", [bake_again, key_jaw])
def test_an_undo_changes_nothing_after_the_action_was_stopped(
    face: bpy.types.Object, act: Callable[[bpy.types.Object], None]
) -> None:
    """From a random walk: Stop the Action, Bake, and a later step taken back."""
    bpy.context.preferences.edit.use_global_undo = True
    face.aim.armature.animation_data_clear()
    act(face)
    bpy.ops.ed.undo_push(message="An Action in the place of edits")
    before = scene_state()
    bpy.context.scene.frame_end += 1
    bpy.ops.ed.undo_push(message="A later step")
    bpy.ops.ed.undo()
    assert not differences(before, scene_state())


def test_the_baked_action_does_not_add_to_a_take_whose_edits_were_deleted(
    face: bpy.types.Object,
) -> None:
    keys, armature = face.aim.rig.data.shape_keys, face.aim.armature
    assert keys.animation_data.action_blend_type == 'ADD'
    for edits in {keys.animation_data.action, armature.animation_data.action}:
        bpy.data.actions.remove(edits)
    bake_again(face)
    bpy.context.scene.frame_set(actions.scan_frame(0))
    assert [block.value for block in keys.key_blocks[1:3]] == pytest.approx([1, 0]), (
        "the scan, not the take"
    )
    assert armature.animation_data.action_blend_type == 'REPLACE'


def test_keys_play_as_they_are_once_edits_are_unlinked(face: bpy.types.Object) -> None:
    keys = face.aim.rig.data.shape_keys
    edits, block = keys.animation_data.action, keys.key_blocks[1]
    keys.animation_data.action = None
    edits_watch.action_changed()  # as the message of Blender's window does
    block.value = 0.25
    block.keyframe_insert("value", frame=takes.COUNT)
    for frame in (1, takes.COUNT):
        bpy.context.scene.frame_set(frame)
        assert block.value == pytest.approx(0.25), "the take does not show below"
    keys.animation_data.action = edits
    edits_watch.action_changed()
    assert keys.animation_data.action_blend_type == 'ADD'
