# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes that turn: bones from eyeballs, target and free look, lids that follow and are not cut."""

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from aim_blender_addon.bridge.face.sample import parts_of
from aim_blender_addon.bridge.rig import eye_bones, look
from aim_blender_addon.bridge.rig.eyes import kept_balls
from aim_blender_addon.bridge.rig.lids import OUTSIDE, lid_keys
from aim_blender_addon.bridge.rig.own_bones import EYES, TARGET, bone_name, find_bone, pose_bone
from tests.addon import faces
from tests.addon.test_rig_parts import needs_package, neutral, seen  # noqa: F401

pytestmark = needs_package


@pytest.fixture
def eyes(neutral):  # noqa: F811
    """The sample actor with eyes that turn."""
    faces.select([neutral.aim.rig])
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    return neutral


def turn(face, yaw=0.0, pitch=0.0):
    """Let the eyes look freely; degrees."""
    armature = face.aim.armature
    pose_bone(armature, TARGET)[eye_bones.LOOK_AT] = 0.0
    armature.aim.look_yaw, armature.aim.look_pitch = np.radians(yaw), np.radians(pitch)
    armature.update_tag()
    bpy.context.view_layer.update()


def test_eyes_turn_about_the_centres_of_their_balls(eyes):
    balls = kept_balls(eyes.aim.armature)
    assert set(balls) == {"left", "right"}
    eye = parts_of(eyes)["left eye"]
    rest = seen(eye)
    turn(eyes, yaw=20)
    centre = np.array(balls["left"].centre)
    there = seen(eye) - centre
    angle = np.radians(20)
    about_up = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    print(np.abs(there - (rest - centre) @ about_up.T).max())
    print(lid_keys(eyes.aim.rig.data.shape_keys), [m.name for m in eyes.aim.rig.modifiers])
