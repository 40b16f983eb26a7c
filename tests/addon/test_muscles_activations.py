# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activations read back from a rig: in the list, as colours of the curves, as an Action of a range."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.bridge.muscles import activations, curves
from tests.addon import muscle_face
from tests.addon.recorder import draw

pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face with flesh that smiles."""
    obj = muscle_face.with_flesh()
    obj.aim.rig.data.shape_keys.key_blocks["smile"].value = 0.8
    return obj


def colour(face: bpy.types.Object, name: str) -> np.ndarray:
    """[3] of a muscle's curve, as Blender evaluates it."""
    bpy.context.view_layer.update()
    curve = curves.curve_of(face.aim.muscles.muscles[name])
    twin = curve.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array(twin.color[:3])


def test_a_pose_gives_each_muscle_an_activation_and_a_colour(face: bpy.types.Object) -> None:
    bpy.ops.aim.show_muscles()
    assert bpy.ops.aim.read_activations(what='POSE') == {'FINISHED'}
    found = {item.name: item.activation for item in face.aim.muscles.muscles}
    known = {name: value for name, value in found.items() if value >= 0}
    assert known and max(known.values()) <= 1.0 and max(known.values()) > 0.02
    most, least = max(known, key=known.get), min(known, key=known.get)
    assert all(
        curve.driver.is_valid
        for curve in curves.curve_of(face.aim.muscles.muscles[most]).animation_data.drivers
    )
    red = [colour(face, name) @ [1, -1, 0] for name in (most, least)]
    assert red[0] > red[1]
    assert any(f"{known[most]:.2f}" in text for text in _rows(face))
    assert bpy.ops.aim.forget_activations() == {'FINISHED'}
    assert not activations.are_known(face)
    with pytest.raises(RuntimeError, match="Read the activations first"):
        bpy.ops.aim.forget_activations()


def _rows(face: bpy.types.Object) -> list[str]:
    return [f"{item.activation:.2f}" for item in face.aim.muscles.muscles]


@pytest.mark.one_blender
def test_a_range_becomes_an_action_whose_colours_play(face: bpy.types.Object) -> None:
    bpy.ops.aim.show_muscles()
    scene, keys = bpy.context.scene, face.aim.rig.data.shape_keys
    scene.frame_start, scene.frame_end = 1, 3
    for frame in (1, 3):
        keys.key_blocks["smile"].value = 0.45 * (frame - 1)
        keys.key_blocks["smile"].keyframe_insert("value", frame=frame)
    assert bpy.ops.aim.read_activations(what='RANGE') == {'FINISHED'}
    assert activations.are_known(face) and activations.is_made(face.animation_data.action)
    values = {}
    for frame in (1, 3):
        scene.frame_set(frame)
        values[frame] = {item.name: item.activation for item in face.aim.muscles.muscles}
    most = max(values[3], key=values[3].get)
    assert values[3][most] > values[1][most] + 0.02
    scene.frame_set(1)
    before = colour(face, most) @ [1, -1, 0]
    scene.frame_set(3)
    assert colour(face, most) @ [1, -1, 0] > before
    settings = face.aim.muscles
    assert 0 < settings.explained < 1 and settings.explained_frame in (2, 3)
    texts = draw(bpy.types.AIM_PT_muscles_simulate).texts
    assert any(f"in frame {settings.explained_frame}" in text for text in texts)
    assert "aim.forget_activations" in draw(bpy.types.AIM_PT_muscles_simulate).operators
