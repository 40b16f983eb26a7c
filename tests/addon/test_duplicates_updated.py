# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Update Rig while a duplicate of a rig is active: the duplicate is updated, and the original stays as it was."""

from dataclasses import replace

import bpy
import numpy as np
import pytest

from aim_blender_addon import compat
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import shape_keys, storage
from aim_blender_addon.bridge.rig import actions, duplicates
from aim_blender_addon.bridge.rig.objects import BONE
from tests.addon import faces, stand_in
from tests.addon.test_panels import draw


@pytest.fixture
def face():
    """A face with a rig, and a later model that moves the skin otherwise."""
    model = stand_in.make_model(3)
    face = stand_in.add_neutral(model)
    storage.make_face(face, bpy.context)
    storage.store_model(face, model_to_bytes(model))
    faces.select([face])
    assert bpy.ops.aim.bake() == {'FINISHED'}
    later = stand_in.make_model(3, seed=1)
    later = replace(later, jaw_poses=later.jaw_poses[::-1].copy())
    storage.store_model(face, model_to_bytes(later))
    return face


def duplicate(*objects, linked=False):
    faces.select(list(objects))
    assert bpy.ops.object.duplicate(linked=linked) == {'FINISHED'}
    bpy.context.view_layer.objects.active = bpy.context.selected_objects[0]
    return bpy.context.selected_objects


def curves(owner):
    """Keys of the Action that an object or its shape keys play."""
    action = owner.animation_data.action
    found = compat.action_curves(action, owner)
    return action, [[tuple(point.co) for point in curve.keyframe_points] for curve in found]


def state(skin, armature):
    """What an update changes of a rig."""
    keys = skin.data.shape_keys
    points = np.array([shape_keys.read_points(key) for key in keys.key_blocks])
    shown = {obj for obj in bpy.data.objects if obj.get(BONE) and obj.parent == armature}
    return points.tobytes(), curves(armature), curves(keys), shown


@pytest.mark.parametrize("plays", ["a copy", "the same Action"])
def test_a_duplicate_with_its_armature_is_updated_alone(face, plays):
    rig, armature = face.aim.rig, face.aim.armature
    before = state(rig, armature)
    twin, own = sorted(duplicate(rig, armature), key=lambda obj: obj.type, reverse=True)
    if plays == "the same Action":
        for owner, first in ((own, armature), (twin.data.shape_keys, rig.data.shape_keys)):
            compat.assign_action(owner, first.animation_data.action)
    assert twin.name in draw(bpy.types.AIM_PT_bake).texts
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert (face.aim.rig, face.aim.armature) == (rig, armature)
    assert state(rig, armature) == before
    points, *played, shown = state(twin, own)
    assert points != before[0] and len(shown) == 2
    for owner, (action, keys), (first, first_keys) in zip(
        (own, twin.data.shape_keys), played, before[1:3], strict=True
    ):
        assert actions.plays_baked(owner) and action != first and len(keys) == len(first_keys)
    assert played[0][1] != before[1][1], "the jaw moves as the new model says"

    again = state(twin, own)
    faces.select([rig])
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert state(twin, own) == again and state(rig, armature)[0] == points


def test_a_skin_duplicated_without_its_armature_is_refused(face):
    before = state(face.aim.rig, face.aim.armature)
    (twin,) = duplicate(face.aim.rig)
    with pytest.raises(RuntimeError, match=f"{twin.name} is a duplicate of the skin alone"):
        bpy.ops.aim.bake()
    assert state(face.aim.rig, face.aim.armature) == before


def test_an_armature_that_shares_its_bones_is_refused(face):
    before = state(face.aim.rig, face.aim.armature)
    for obj in duplicate(face.aim.rig, face.aim.armature):
        if obj.type == 'ARMATURE':
            obj.data = face.aim.armature.data
    with pytest.raises(RuntimeError, match="shares its bones with .* make it a single user first"):
        bpy.ops.aim.bake()
    assert state(face.aim.rig, face.aim.armature) == before


def test_a_duplicated_neutral_gets_a_rig_of_its_own(face):
    before = state(face.aim.rig, face.aim.armature)
    face.hide_set(False)
    (twin,) = duplicate(face)
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert twin.aim.rig not in (None, face.aim.rig)
    assert duplicates.skin_of(twin, twin.aim.armature) == twin.aim.rig
    assert state(face.aim.rig, face.aim.armature) == before


def test_neutral_and_rig_duplicated_together_are_a_face_of_their_own(face):
    rig, armature = face.aim.rig, face.aim.armature
    before = state(rig, armature)
    face.hide_set(False)
    twins = duplicate(face, rig, armature)
    twin = next(obj for obj in twins if obj.aim.is_face)
    bpy.context.view_layer.objects.active = twin
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert {twin.aim.rig, twin.aim.armature} < set(twins)
    assert state(rig, armature) == before
    assert state(twin.aim.rig, twin.aim.armature)[0] != before[0]
