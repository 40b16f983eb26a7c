# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settle Shape: the flesh corrects picked shapes, and what is refused."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.bridge.data import shape_keys
from aim_blender_addon.bridge.shapes import shapes
from tests.addon import faces, muscle_face, stand_in

pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face with flesh."""
    return muscle_face.with_flesh()


def sculpt(face: bpy.types.Object, name: str, mm: float) -> bpy.types.ShapeKey:
    """A new shape: a corner of the mouth pulled in, and the key picked."""
    rig = face.aim.rig
    block = rig.shape_key_add(name=name, from_mix=False)
    rest = shape_keys.read_points(rig.data.shape_keys.reference_key)
    away = np.linalg.norm(1000 * rest - muscle_face.LANDMARKS["cheilion_left"], axis=1)
    moved = np.exp(-((away / 18) ** 2))[:, None] * [0, mm / 1000, 0]
    shape_keys.write_points(block, rest + moved)
    block.value = 0.0
    shapes.pick(rig, name)
    return block


def motion(block: bpy.types.ShapeKey) -> np.ndarray:
    return 1000 * np.linalg.norm(shape_keys.difference(block), axis=1)


def test_flesh_corrects_the_picked_shape_alone(face: bpy.types.Object, capfd) -> None:
    """What was pushed in comes back in part, other shapes and values stay, and undo brings it back."""
    block = sculpt(face, "pressed", 8.0)
    keys = face.aim.rig.data.shape_keys
    before, others = motion(block), shape_keys.read_points(keys.key_blocks["smile"])
    bpy.ops.ed.undo_push(message="Sculpted")
    assert bpy.ops.aim.settle_shape() == {'FINISHED'}
    after = motion(keys.key_blocks["pressed"])
    assert 0.2 * before.max() < after.max() < 0.98 * before.max()
    far = before < 0.01
    assert after[far].mean() < 0.1
    np.testing.assert_array_equal(shape_keys.read_points(keys.key_blocks["smile"]), others)
    assert keys.key_blocks["pressed"].value == 0
    assert "pressed moved by up to" in capfd.readouterr().out
    again = after.copy()
    assert bpy.ops.aim.settle_shape(firmness=20.0) == {'FINISHED'}
    firm = np.abs(motion(keys.key_blocks["pressed"]) - again).max()
    assert firm < 0.5 * np.abs(after - before).max()


def test_a_scan_keeps_its_jaw_bone(face: bpy.types.Object) -> None:
    """The jaw of a scan stays with the bone: its shape has no motion of the jaw afterwards, and a bake keeps it."""
    rig = face.aim.rig
    shapes.pick(rig, "jaw_open")
    assert bpy.ops.aim.settle_shape() == {'FINISHED'}
    block = rig.data.shape_keys.key_blocks["jaw_open"]
    assert motion(block).max() < 4.0
    assert "jaw_open" in shape_keys.sculpted_names(rig.data)


def test_several_and_what_is_shown(face: bpy.types.Object) -> None:
    rig = face.aim.rig
    keys = rig.data.shape_keys
    for name, mm in (("pressed", 8.0), ("pulled", -6.0)):
        sculpt(face, name, mm).value = 0.5
    before = [motion(keys.key_blocks[name]) for name in ("pressed", "pulled")]
    assert bpy.ops.aim.settle_shape(what='SEVERAL') == {'FINISHED'}
    after = [motion(keys.key_blocks[name]) for name in ("pressed", "pulled")]
    assert all(np.abs(a - b).max() > 0.02 for a, b in zip(before, after, strict=True))
    keys.key_blocks["smile"].value = 0.8
    shown = stand_in.evaluated_mm(rig)
    shapes.pick(rig, "pressed")
    pulled = motion(keys.key_blocks["pulled"])
    assert bpy.ops.aim.settle_shape(what='SHOWN') == {'FINISHED'}
    np.testing.assert_array_equal(motion(keys.key_blocks["pulled"]), pulled)
    assert 1e-3 < np.abs(stand_in.evaluated_mm(rig) - shown).max() < 10


@pytest.mark.one_blender
def test_a_shape_that_holds_the_jaw_is_settled_with_it(face: bpy.types.Object) -> None:
    """A shape with an open mouth in it keeps it: the worker finds the jaw."""
    rig, keys = face.aim.rig, face.aim.rig.data.shape_keys
    shapes.pick(rig, "jaw_open")
    bpy.ops.aim.solo_shape()
    opened = stand_in.evaluated_mm(rig)
    bpy.ops.aim.solo_shape()
    block = rig.shape_key_add(name="jawOpen", from_mix=False)
    shape_keys.write_points(block, (opened / 1000).astype(np.float32))
    block.value = 0.0
    for name in ("jawOpen", "jaw_open"):
        shapes.pick(rig, name)
        assert bpy.ops.aim.settle_shape() == {'FINISHED'}
    shapes.pick(rig, "jaw_open")
    bpy.ops.aim.solo_shape()
    known = stand_in.evaluated_mm(rig)
    found = 1000 * shape_keys.read_points(keys.key_blocks["jawOpen"])
    assert np.linalg.norm(known - opened, axis=1).max() > 0.5
    assert np.linalg.norm(found - known, axis=1).max() < 0.5


def test_what_shows_nothing_alone_is_refused(face: bpy.types.Object) -> None:
    rig = face.aim.rig
    faces.select([face])
    rig.active_shape_key_index = 0
    with pytest.raises(RuntimeError, match="Pick a shape in the list first"):
        bpy.ops.aim.settle_shape()
    sculpt(face, "pressed", 8.0)
    with pytest.raises(RuntimeError, match="No shape of .* is in use"):
        bpy.ops.aim.settle_shape(what='SEVERAL')
    with pytest.raises(RuntimeError, match="pressed is not in use"):
        bpy.ops.aim.settle_shape(what='SHOWN')
    face.aim.shapes.second = "smile"
    assert bpy.ops.aim.combine_shapes() == {'FINISHED'}
    with pytest.raises(RuntimeError, match="corrects pressed and smile"):
        bpy.ops.aim.settle_shape()
