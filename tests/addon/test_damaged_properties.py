# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom properties of ours that a script, a copy or another version has damaged: a sentence, never a traceback."""

import bpy
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.rig import actions, controls, pose_assets
from aim_blender_addon.bridge.shapes import session, shapes
from aim_blender_addon.bridge.view import translucent
from tests.addon import faces, stand_in

OTHERS = [
    "",
    "text",
    "{",
    "[]",
    "5",
    '{"shape": 5}',
    '["a"]',
    5,
    1.5,
    [1, 2],
    {"a": 1},
    b"\x01\x02",
]


@pytest.fixture
def face():
    model = stand_in.make_model()
    face = stand_in.add_neutral(model)
    storage.store_model(face, model_to_bytes(model))
    assert bpy.ops.aim.bake() == {'FINISHED'}
    return face


def attempt(operator, **settings):
    """What an operator says instead of doing its work; "" where it does it."""
    try:
        operator(**settings)
    except RuntimeError as error:
        assert "Traceback" not in str(error), str(error)
        return str(error)
    return ""


@pytest.mark.parametrize("value", OTHERS)
def test_record_of_a_sculpted_shape(face, value):
    keys = face.aim.rig.data.shape_keys
    keys[session._SESSION] = value
    assert "press Keep or Revert" in attempt(bpy.ops.aim.bake)
    assert "press Revert to end the sculpting" in attempt(bpy.ops.aim.commit_shape)
    assert attempt(bpy.ops.aim.revert_shape) == ""
    assert attempt(bpy.ops.aim.bake) == "" and session._SESSION not in keys


@pytest.mark.parametrize("value", OTHERS)
def test_model(face, value):
    del face.data[storage.MODEL_KEY]
    face.data[storage.MODEL_KEY] = value
    for operator in (bpy.ops.aim.bake, bpy.ops.aim.expressions_to_assets):
        text = attempt(operator)
        assert "model" in text and "Head" in text
    assert attempt(bpy.ops.aim.remove_model) == ""


@pytest.mark.parametrize("value", OTHERS)
def test_everything_else(face, value):
    rig, armature = face.aim.rig, face.aim.armature
    keys = rig.data.shape_keys
    assert attempt(bpy.ops.aim.expressions_to_assets) == ""
    for owner, name in (
        (armature, actions._BAKED_ACTION),
        (keys, actions._BAKED_ACTION),
        (armature, pose_assets._ASSETS),
        (armature, pose_assets._SAVED),
        (keys, controls._POSED),
        (armature, shapes._JAW_BEFORE),
        (keys, shapes._MOTION),
        (keys, shapes._JAWS),
        (keys, "aim_shapes"),
        (keys, "aim_sculpted"),
        (rig, "aim_groups"),
        (rig, translucent._BEFORE),
        (face.data, storage.FINGERPRINT_KEY),
    ):
        if name in owner:
            del owner[name]
        owner[name] = value
    faces.select([rig])
    attempt(bpy.ops.aim.expressions_to_assets)
    attempt(bpy.ops.aim.remove_expression_assets)
    shapes.pick(rig, keys.key_blocks[1].name)
    shapes.show_alone(face, True)
    armature[shapes._JAW_BEFORE] = value
    shapes.show_all(face)
    translucent.show(face, bpy.context)
    translucent.hide(face, bpy.context)
    assert attempt(bpy.ops.aim.bake) == ""
    keys.animation_data.action = None  # what is no longer known as ours is the user's
    assert attempt(bpy.ops.aim.expressions_to_assets) == ""
