# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Freely sculpted shape keys brought to what anatomy allows by the real worker, compared, and taken back."""

import math

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.geometry.skinning import skin_with_jaw
from aim_blender_addon.bridge.data import shape_keys, storage
from aim_blender_addon.operators.sculpt import constrain_watch

from . import faces, sculpt_face, stand_in
from .sculpt_face import CHEEK, shown, vertex_near


@pytest.fixture
def face(one_worker: None) -> bpy.types.Object:
    """A baked face."""
    return sculpt_face.make()


@pytest.fixture
def rig(face):
    """The rig with a key "dent" that presses a cheek deep into the bone."""
    rig = face.aim.rig
    faces.select([rig])
    key = rig.shape_key_add(name="dent", from_mix=False)
    press(rig, key, CHEEK, (-18, 36, 0), 22)
    rig.active_shape_key_index = rig.data.shape_keys.key_blocks.find("dent")
    key.value = 1.0
    return rig


def press(rig, key, offset, way, reach) -> None:
    """Add a round dent to a key, mm."""
    points = shape_keys.read_points(key).astype(float) * 1000
    rest = shape_keys.read_points(rig.data.shape_keys.reference_key).astype(float) * 1000
    middle = rest[vertex_near(storage.face_of(rig), offset)]
    near = np.exp(-(np.linalg.norm(rest - middle, axis=1) ** 2) / (2 * reach**2))
    points += near[:, None] * way
    key.points.foreach_set("co", (points / 1000).astype(np.float32).ravel())


def key_of(rig) -> np.ndarray:
    """[V, 3] mm: the points of "dent"."""
    return shape_keys.read_points(rig.data.shape_keys.key_blocks["dent"]) * 1000


def test_a_dent_into_bone_is_brought_back_and_compared(face, rig):
    settings, sculpted = face.aim.sculpt, key_of(rig)
    assert bpy.ops.aim.constrain_key() == {'FINISHED'}
    after = key_of(rig)
    moved = np.linalg.norm(after - sculpted, axis=1)
    assert moved.max() > 5.0 and settings.moved_max_mm == pytest.approx(moved.max(), rel=0.25)
    far = np.linalg.norm(sculpted - sculpted[moved.argmax()], axis=1) > 110
    assert moved[far].max() < 0.5
    skull = stand_in.RADII * 0.85  # its facets lie a little inside of that
    depth = [np.linalg.norm((p - stand_in.CENTRE) / skull, axis=1).min() for p in (sculpted, after)]
    assert depth[0] < 0.85 and depth[1] > 0.92, depth
    assert settings.before_key == "dent" and not settings.shows_before
    assert bpy.ops.aim.compare_sculpt() == {'FINISHED'}
    np.testing.assert_allclose(key_of(rig), sculpted, atol=1e-4)
    with pytest.raises(RuntimeError, match="turn off Compare first"):
        bpy.ops.aim.constrain_key()
    assert bpy.ops.aim.compare_sculpt() == {'FINISHED'}
    np.testing.assert_allclose(key_of(rig), after, atol=1e-4)


def test_strength_mask_and_group_are_respected(face, rig):
    settings, sculpted = face.aim.sculpt, key_of(rig)
    settings.solve_jaw = False
    settings.strength = 0.0
    assert bpy.ops.aim.constrain_key() == {'FINISHED'}
    np.testing.assert_allclose(key_of(rig), sculpted, atol=1e-2)
    settings.strength = 1.0
    deepest = vertex_near(face, CHEEK)
    mask = rig.data.attributes.new(".sculpt_mask", 'FLOAT', 'POINT')
    values = np.zeros(len(sculpted), np.float32)
    values[deepest] = 1.0
    mask.data.foreach_set("value", values)
    group = rig.vertex_groups.new(name="kept")
    neighbour = int(np.linalg.norm(sculpted - sculpted[deepest], axis=1).argsort()[1])
    group.add((neighbour,), 1.0, 'REPLACE')
    settings.keep_group = "kept"
    assert bpy.ops.aim.constrain_key() == {'FINISHED'}
    moved = np.linalg.norm(key_of(rig) - sculpted, axis=1)
    assert moved[[deepest, neighbour]].max() < 1e-2 and moved.max() > 2.0
    settings.keep_group = "gone"
    with pytest.raises(RuntimeError, match="has no vertex group gone any more"):
        bpy.ops.aim.constrain_key()


def test_a_sculpt_on_an_expression_of_the_model_changes_only_what_was_sculpted(face, rig):
    """Without a stroke nothing is moved, as far as the expression itself keeps its limits."""
    keys = rig.data.shape_keys.key_blocks
    keys["dent"].value = 0.0
    rig.active_shape_key_index = keys.find("brows")
    before = shape_keys.read_points(keys["brows"]) * 1000
    face.aim.sculpt.solve_jaw = False
    assert bpy.ops.aim.constrain_key() == {'FINISHED'}
    after = shape_keys.read_points(keys["brows"]) * 1000
    assert np.linalg.norm(after - before, axis=1).mean() < 0.3
    assert face.aim.sculpt.before_key == "brows"


def test_a_sculpted_chin_turns_the_jaw_and_blender_shows_it(face, rig):
    keys, bone = rig.data.shape_keys.key_blocks, face.aim.armature.pose.bones["jaw"]
    model = storage.load_model(face)
    pose = model.joint.pose([0.2, 0, 0, 0])
    weight = model.evaluate().jaw_weight.astype(float)
    opened = skin_with_jaw(model.neutral.vertices.astype(float), pose, weight)
    keys["dent"].points.foreach_set("co", (opened / 1000).astype(np.float32).ravel())
    rig.data.update()
    before = shown(face)
    assert bpy.ops.aim.constrain_key() == {'FINISHED'}
    assert bone.rotation_euler.x > math.radians(4)
    assert np.linalg.norm(shown(face) - before, axis=1).mean() < 0.5
    assert bpy.ops.aim.compare_sculpt() == {'FINISHED'}
    assert abs(bone.rotation_euler.x) < 1e-6


def test_constraining_is_one_undo_step_and_survives_saving(face, rig, tmp_path):
    bpy.ops.ed.undo_push(message="before")
    names, sculpted = (face.name, rig.name), key_of(rig)
    assert bpy.ops.aim.constrain_key() == {'FINISHED'}
    bpy.ops.ed.undo_push(message="constrained")
    after = key_of(bpy.data.objects[names[1]])
    bpy.ops.ed.undo()
    np.testing.assert_allclose(key_of(bpy.data.objects[names[1]]), sculpted, atol=1e-4)
    bpy.ops.ed.redo()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "sculpt.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "sculpt.blend"))
    np.testing.assert_allclose(key_of(bpy.data.objects[names[1]]), after, atol=1e-4)
    assert bpy.ops.aim.compare_sculpt() == {'FINISHED'}
    np.testing.assert_allclose(key_of(bpy.data.objects[names[1]]), sculpted, atol=1e-4)


def test_in_sculpt_mode_the_mode_is_kept(face, rig):
    sculpted = key_of(rig)
    bpy.ops.object.mode_set(mode='SCULPT')
    assert bpy.ops.aim.constrain_key() == {'FINISHED'}
    assert rig.mode == 'SCULPT'
    assert np.linalg.norm(key_of(rig) - sculpted, axis=1).max() > 5.0
    bpy.ops.object.mode_set(mode='OBJECT')
    assert np.linalg.norm(key_of(rig) - sculpted, axis=1).max() > 5.0


def test_what_keeps_a_key_from_being_constrained_is_said(face, rig):
    with pytest.raises(RuntimeError, match="Constrain a sculpt first"):
        bpy.ops.aim.compare_sculpt()
    assert bpy.ops.aim.constrain_key() == {'FINISHED'}
    rig.shape_key_remove(rig.data.shape_keys.key_blocks["dent"])
    with pytest.raises(RuntimeError, match="was constrained is gone"):
        bpy.ops.aim.compare_sculpt()
    rig.active_shape_key_index = 0
    with pytest.raises(RuntimeError, match="Pick the sculpted shape key"):
        bpy.ops.aim.constrain_key()
    rig.active_shape_key_index = 1
    bpy.ops.object.mode_set(mode='EDIT')
    with pytest.raises(RuntimeError, match="Leave Edit Mode"):
        bpy.ops.aim.constrain_key()


def test_only_what_was_sculpted_is_constrained_on_leaving(face, rig, monkeypatch):
    asked = []
    monkeypatch.setattr(constrain_watch, "_constrain", lambda: asked.append(True))
    monkeypatch.setattr(bpy.app.timers, "register", lambda call, **_more: call(), raising=False)
    monkeypatch.setattr(bpy.app.timers, "is_registered", lambda call: False, raising=False)

    def visit(change: bool) -> int:
        bpy.ops.object.mode_set(mode='SCULPT')
        constrain_watch.mode_changed()
        if change:
            press(rig, rig.active_shape_key, CHEEK, (0, 1, 0), 20)
        bpy.ops.object.mode_set(mode='OBJECT')
        constrain_watch.mode_changed()
        return len(asked)

    assert visit(True) == 0  # nobody asked for it
    face.aim.sculpt.constrain_on_leaving = True
    assert visit(False) == 0
    assert visit(True) == 1
