# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of a rig one by one: solo, locks, sculpting with a copy, mirror, reset, pose, combination."""

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.jobs.arkit import ArkitRequest, ArkitResult
from aim_blender_addon.backend.worker.messages import Finished
from aim_blender_addon.bridge.data import shape_keys, storage
from aim_blender_addon.bridge.rig import controls, jaw_controls
from aim_blender_addon.bridge.shapes import session
from aim_blender_addon.bridge.shapes import shapes as bridge_shapes
from aim_blender_addon.jobs import environment
from tests.addon import faces, stand_in
from tests.addon.models import FakeWorker, finished

NAMES = ("jaw_open", "smileLeft", "brows")


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face whose jaw and sliders rest and play nothing; ``smileLeft`` is picked."""
    model = stand_in.named(stand_in.make_model(3), NAMES)
    # A person's left is +X where the face looks along -Y.
    obj = stand_in.add_neutral(model)
    storage.store_model(obj, model_to_bytes(model))
    faces.select([obj])
    assert bpy.ops.aim.bake() == {'FINISHED'}
    obj.aim.armature.animation_data.action = None
    keys(obj).animation_data_clear()
    jaw_controls.reset(obj.aim.armature)
    for block in keys(obj).key_blocks:
        block.value = 0.0
    bridge_shapes.pick(obj.aim.rig, "smileLeft")
    return obj


def keys(face: bpy.types.Object) -> bpy.types.Key:
    return face.aim.rig.data.shape_keys


def shown(face: bpy.types.Object) -> np.ndarray:
    return stand_in.evaluated_mm(face.aim.rig)


def points(face: bpy.types.Object, name: str) -> np.ndarray:
    return shape_keys.read_points(keys(face).key_blocks[name])


def push(face: bpy.types.Object, name: str, offset: float = 0.004) -> None:
    """A sculpt stroke's result."""
    block = keys(face).key_blocks[name]
    moved = shape_keys.read_points(block)
    moved[100] += offset
    shape_keys.write_points(block, moved)


def test_solo_shows_one_shape_with_its_jaw_and_leaves_the_sliders(face: bpy.types.Object) -> None:
    bridge_shapes.pick(face.aim.rig, "jaw_open")
    keys(face).key_blocks["brows"].value = 0.7
    before = shown(face)
    assert bpy.ops.aim.solo_shape() == {'FINISHED'}
    model = storage.load_model(face)
    expected = stand_in.skin(model, np.array([1.0, 0, 0]), model.jaw_poses[0], np.eye(4))
    # Scans may open the jaw along other ways than bone limits let pass.
    assert np.abs(shown(face) - expected).max() < 0.5
    assert keys(face).key_blocks["brows"].value == pytest.approx(0.7)
    assert bpy.ops.aim.solo_shape() == {'FINISHED'}
    np.testing.assert_allclose(shown(face), before, atol=1e-4)


def test_solo_without_jaw(face: bpy.types.Object) -> None:
    bridge_shapes.pick(face.aim.rig, "jaw_open")
    face.aim.shapes.with_jaw = False
    bpy.ops.aim.solo_shape()
    model = storage.load_model(face)
    expected = stand_in.skin(model, np.array([1.0, 0, 0]), np.eye(4), np.eye(4))
    np.testing.assert_allclose(shown(face), expected, atol=1e-2)


def test_locks_leave_the_picked_shape_free(face: bpy.types.Object) -> None:
    assert bpy.ops.aim.lock_other_shapes() == {'FINISHED'}
    assert {b.name for b in keys(face).key_blocks if not b.lock_shape} == {"smileLeft"}
    bpy.ops.aim.lock_other_shapes()
    assert not any(block.lock_shape for block in keys(face).key_blocks)


def test_a_sculpted_shape_is_kept_through_another_bake(face: bpy.types.Object) -> None:
    assert bpy.ops.aim.sculpt_shape() == {'FINISHED'}
    assert face.aim.rig.mode == 'SCULPT' and face.aim.rig.show_only_shape_key
    assert bpy.ops.aim.lock_other_shapes.poll() is False
    push(face, "smileLeft")
    sculpted = points(face, "smileLeft")
    assert bpy.ops.aim.commit_shape() == {'FINISHED'}
    assert face.aim.rig.mode == 'OBJECT' and not face.aim.rig.show_only_shape_key
    assert session.BEFORE not in face.aim.rig.data.attributes
    assert not any(block.lock_shape for block in keys(face).key_blocks)
    assert bpy.ops.aim.bake() == {'FINISHED'}
    np.testing.assert_allclose(points(face, "smileLeft"), sculpted, atol=1e-6)
    bridge_shapes.pick(face.aim.rig, "smileLeft")
    assert bpy.ops.aim.reset_shape() == {'FINISHED'}
    assert np.abs(points(face, "smileLeft") - sculpted).max() == pytest.approx(0.004, abs=1e-5)
    assert shape_keys.sculpted_names(face.aim.rig.data) == []


def test_revert_brings_the_shape_back_also_after_saving(face: bpy.types.Object, tmp_path) -> None:
    before = points(face, "smileLeft")
    bpy.ops.aim.sculpt_shape()
    push(face, "smileLeft")
    bpy.ops.object.mode_set(mode='OBJECT')
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "face.blend"))
    face = storage.face_object(bpy.context)
    assert session.being_sculpted(keys(face)) == "smileLeft"
    assert bpy.ops.aim.revert_shape() == {'FINISHED'}
    np.testing.assert_array_equal(points(face, "smileLeft"), before)
    assert bpy.ops.aim.revert_shape.poll() is False


def test_nothing_writes_the_rig_while_a_shape_is_sculpted(face: bpy.types.Object) -> None:
    bpy.ops.aim.sculpt_shape()
    bpy.ops.object.mode_set(mode='OBJECT')
    push(face, "smileLeft")
    sculpted = points(face, "smileLeft")
    assert bpy.ops.aim.bake.poll() is False and bpy.ops.aim.apply_anatomy.poll() is False
    face.aim.anatomy.chin = 2.0
    np.testing.assert_array_equal(points(face, "smileLeft"), sculpted)


def test_sculpting_survives_a_renamed_shape(face: bpy.types.Object) -> None:
    bpy.ops.aim.sculpt_shape()
    bpy.ops.object.mode_set(mode='OBJECT')
    keys(face).key_blocks["smileLeft"].name = "other"
    with pytest.raises(RuntimeError, match="no shape key smileLeft any more"):
        bpy.ops.aim.commit_shape()
    assert session.being_sculpted(keys(face)) == "smileLeft"
    assert bpy.ops.aim.revert_shape() == {'FINISHED'}
    assert not session.being_sculpted(keys(face))


def test_flipping_twice_changes_nothing_and_sides_change_places(face: bpy.types.Object) -> None:
    before = points(face, "smileLeft")
    assert bpy.ops.aim.mirror_shape(how='FLIP') == {'FINISHED'}
    flipped = points(face, "smileLeft")
    rest = points(face, keys(face).reference_key.name)
    ring = rest.copy()
    ring[:, 0] = 2 * stand_in.CENTRE[0] / 1000 - ring[:, 0]
    other = np.linalg.norm(rest[:, None] - ring, axis=2).argmin(axis=0)
    expected = (before - rest)[other] * (-1, 1, 1)
    np.testing.assert_allclose(flipped - rest, expected, atol=2e-5)
    bpy.ops.aim.mirror_shape(how='FLIP')
    np.testing.assert_allclose(points(face, "smileLeft"), before, atol=4e-5)


def test_left_to_right_keeps_the_left(face: bpy.types.Object) -> None:
    before = points(face, "smileLeft")
    bpy.ops.aim.mirror_shape(how='LEFT_TO_RIGHT')
    after = points(face, "smileLeft")
    heights = points(face, "Basis")[:, 0] - stand_in.CENTRE[0] / 1000
    np.testing.assert_allclose(after[heights > 0.01], before[heights > 0.01], atol=1e-6)
    assert np.abs(after[heights < -0.01] - before[heights < -0.01]).max() > 1e-3


def test_the_other_sides_shape_is_made(face: bpy.types.Object) -> None:
    bpy.ops.aim.mirror_shape(how='OTHER')
    assert "smileRight" in keys(face).key_blocks
    assert face.aim.rig.active_shape_key.name == "smileLeft"
    bridge_shapes.pick(face.aim.rig, "smileRight")
    bpy.ops.aim.mirror_shape(how='OTHER')
    model = storage.load_model(face)
    at = model.evaluate()
    wanted = (at.skin + at.displacements[1]) / 1000
    np.testing.assert_allclose(points(face, "smileLeft"), wanted, atol=5e-5)
    bridge_shapes.pick(face.aim.rig, "brows")
    with pytest.raises(RuntimeError, match="has no side"):
        bpy.ops.aim.mirror_shape(how='OTHER')


def test_reset_names_the_shapes_when_one_was_renamed(face: bpy.types.Object) -> None:
    keys(face).key_blocks["smileLeft"].name = "grin"
    with pytest.raises(RuntimeError, match="smileLeft"):
        bpy.ops.aim.reset_shape()


def test_reset_refuses_the_model_of_another_actor(face: bpy.types.Object) -> None:
    other = stand_in.named(stand_in.make_model(3, rings=24), NAMES)
    storage.store_model(face, model_to_bytes(other))
    before = points(face, "smileLeft")
    with pytest.raises(RuntimeError, match="load the model that belongs"):
        bpy.ops.aim.reset_shape()
    np.testing.assert_array_equal(points(face, "smileLeft"), before)


def test_a_shape_of_the_pose_shows_the_same_with_the_jaw_at_rest(face: bpy.types.Object) -> None:
    keys(face).key_blocks["smileLeft"].value = 0.6
    keys(face).key_blocks["brows"].value = 0.3
    face.aim.armature.aim.jaw_open = 0.3
    expected = shown(face)
    assert bpy.ops.aim.shape_from_pose(name="new", jaw='SHAPE') == {'FINISHED'}
    for block in keys(face).key_blocks:
        block.value = float(block.name == "new")
    jaw_controls.reset(face.aim.armature)
    np.testing.assert_allclose(shown(face), expected, atol=2e-3)


def test_a_shape_beside_the_jaws_pose_shows_the_same_when_solo(face: bpy.types.Object) -> None:
    keys(face).key_blocks["smileLeft"].value = 0.6
    face.aim.armature.aim.jaw_open = 0.3
    expected = shown(face)
    bpy.ops.aim.shape_from_pose(name="new", jaw='POSE')
    jaw_controls.reset(face.aim.armature)
    bpy.ops.aim.solo_shape()
    np.testing.assert_allclose(shown(face), expected, atol=2e-3)


@pytest.mark.parametrize(("how", "expected"), [('PRODUCT', 0.4), ('MIN', 0.5)])
def test_a_combination_follows_both_shapes(
    face: bpy.types.Object, how: str, expected: float
) -> None:
    face.aim.shapes.second = "brows"
    assert bpy.ops.aim.combine_shapes(how=how) == {'FINISHED'}
    block = keys(face).key_blocks["smileLeft_brows"]
    assert face.aim.rig.active_shape_key == block
    keys(face).key_blocks["smileLeft"].value = 0.5
    keys(face).key_blocks["brows"].value = 0.8
    twin = face.aim.rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert twin.data.shape_keys.key_blocks[block.name].value == pytest.approx(expected)


def test_a_combination_of_shapes_that_the_jaw_bone_drives(face: bpy.types.Object) -> None:
    controls.set_up(face.aim.armature, keys(face), ("smileLeft",))
    face.aim.shapes.second = "brows"
    bpy.ops.aim.combine_shapes(how='PRODUCT')
    face.aim.armature.pose.bones["jaw"]["smileLeft"] = 1.0
    keys(face).key_blocks["brows"].value = 0.5
    face.aim.armature.update_tag()
    bpy.context.view_layer.update()
    twin = face.aim.rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert twin.data.shape_keys.key_blocks["smileLeft_brows"].value == pytest.approx(0.5)


def test_a_combination_is_sculpted_on_its_two_shapes(face: bpy.types.Object) -> None:
    face.aim.shapes.second = "brows"
    bpy.ops.aim.combine_shapes()
    face.aim.shapes.with_jaw = False
    bpy.ops.aim.sculpt_shape()
    model = storage.load_model(face)
    expected = stand_in.skin(model, np.array([0, 1.0, 1.0]), np.eye(4), np.eye(4))
    np.testing.assert_allclose(shown(face), expected, atol=1e-2)
    push(face, "smileLeft_brows")
    bpy.ops.aim.commit_shape()
    added = points(face, "smileLeft_brows") - points(face, "Basis")
    assert np.flatnonzero(np.abs(added).max(axis=1) > 1e-5).tolist() == [100]


def test_polls_say_why(face: bpy.types.Object) -> None:
    face.aim.shapes.second = "smileLeft"
    assert bpy.ops.aim.combine_shapes.poll() is False
    face.aim.rig.active_shape_key_index = 0
    for name in ("solo_shape", "sculpt_shape", "mirror_shape", "reset_shape"):
        assert getattr(bpy.ops.aim, name).poll() is False, name


def test_still_shapes_are_measured(face: bpy.types.Object) -> None:
    face.aim.rig.shape_key_add(name="nothing", from_mix=False)
    bpy.ops.aim.measure_shapes()
    moved = bridge_shapes.motions(keys(face))
    assert moved["nothing"] == 0.0
    at = storage.load_model(face).evaluate()
    largest = np.linalg.norm(at.displacements[1], axis=1).max()
    assert moved["smileLeft"] == pytest.approx(largest, abs=2e-3)


def test_undo_takes_a_mirrored_shape_back(face: bpy.types.Object) -> None:
    before = points(face, "smileLeft")
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.aim.mirror_shape(how='FLIP')
    bpy.ops.ed.undo_push(message="flipped")
    assert np.abs(points(face, "smileLeft") - before).max() > 1e-3
    bpy.ops.ed.undo()
    face = next(obj for obj in bpy.data.objects if obj.aim.is_face)
    np.testing.assert_array_equal(points(face, "smileLeft"), before)


def test_arkit_shapes_come_under_their_names_and_again(face: bpy.types.Object) -> None:
    from aim_blender_addon.bridge.shapes.making import write_arkit

    rest = points(face, "Basis")
    names, still = ["jawOpen", "tongueOut"], np.zeros((2, 4))
    write_arkit(face, names, np.stack([rest + 0.01, rest]), still, bpy.context)
    keys(face).key_blocks["jawOpen"].value = 0.4
    write_arkit(face, names, np.stack([rest + 0.02, rest]), still, bpy.context)
    assert keys(face).key_blocks["jawOpen"].value == pytest.approx(0.4)
    np.testing.assert_allclose(points(face, "jawOpen"), rest + 0.02, atol=1e-6)
    assert bpy.ops.aim.bake() == {'FINISHED'}
    np.testing.assert_allclose(points(face, "jawOpen"), rest + 0.02, atol=1e-6)


def test_arkit_shapes_never_replace_an_actors_own(face: bpy.types.Object) -> None:
    from aim_blender_addon.backend.errors import RigError
    from aim_blender_addon.bridge.shapes.making import write_arkit

    rest = points(face, "Basis")
    with pytest.raises(RigError, match="a shape of its own called brows"):
        names = ["jawOpen", "brows"]
        write_arkit(face, names, np.stack([rest, rest]), np.zeros((2, 4)), bpy.context)
    assert "jawOpen" not in keys(face).key_blocks


def arkit_answer(face: bpy.types.Object) -> Finished:
    """What the worker says when ARKit's shapes are made: the first opens by a centimetre."""
    rest = storage.load_model(face).neutral.vertices
    skins = np.stack([rest + (0, 0, -10), *[rest] * 51]).astype(np.float32)
    names = ["jawOpen", *(f"other{number}" for number in range(51))]
    jaws = np.zeros((52, 4))
    return finished(ArkitResult(tuple(names), ("scans",) * 52, skins, skins, jaws))


@pytest.mark.parametrize("place", ['RIG', 'OBJECT'])
def test_arkit_shapes_of_the_worker_land_where_they_should(
    face: bpy.types.Object, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    worker = FakeWorker(arkit_answer(face))
    monkeypatch.setattr(environment, "worker", lambda _context: worker)
    monkeypatch.setattr(environment, "disabled_reason", lambda _context: "")
    before = {obj.name for obj in bpy.data.objects}
    assert bpy.ops.aim.make_arkit_shapes(place=place) == {'FINISHED'}
    assert isinstance(worker.requests[0], ArkitRequest)
    added = {obj.name for obj in bpy.data.objects} - before
    obj = face.aim.rig if place == 'RIG' else bpy.data.objects[added.pop()]
    assert not added
    block = obj.data.shape_keys.key_blocks["jawOpen"]
    assert len(obj.data.shape_keys.key_blocks) == (56 if place == 'RIG' else 53)
    moved = shape_keys.difference(block)
    np.testing.assert_allclose(moved, np.tile((0, 0, -0.01), (len(moved), 1)), atol=1e-5)


#: Open, forward, side and shift of an actor's jawOpen and jawLeft.
JAWS = np.array([[0.4, 3.0, 0.0, 0.0], [-0.02, 2.0, 6.0, 0.5], [0.0, 0.0, 0.0, 0.0]])


def with_arkit(face: bpy.types.Object) -> None:
    """Three of ARKit's shapes on the rig, of which two move the jaw."""
    from aim_blender_addon.bridge.shapes.making import write_arkit

    rest = points(face, "Basis")
    names = ["jawOpen", "jawLeft", "tongueOut"]
    write_arkit(face, names, np.stack([rest] * 3), JAWS, bpy.context)


def shown_jaw(face: bpy.types.Object) -> np.ndarray:
    """[4] the joint's parameters of the jaw bone as Blender shows it."""
    bpy.context.view_layer.update()
    armature = face.aim.armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return storage.load_model(face).joint.parameters(jaw_controls.shown_pose(armature))


def test_the_bone_that_takes_the_shapes_jaw_is_hidden(face: bpy.types.Object) -> None:
    with_arkit(face)
    helper = face.aim.armature.pose.bones["jaw shapes"]
    assert (helper if hasattr(helper, "hide") else helper.bone).hide


def test_arkits_jaw_shapes_move_the_jaw_bone(face: bpy.types.Object) -> None:
    with_arkit(face)
    blocks = keys(face).key_blocks
    blocks["jawOpen"].value = 1.0
    np.testing.assert_allclose(shown_jaw(face), JAWS[0], atol=5e-3)
    blocks["jawOpen"].value, blocks["jawLeft"].value = 0.5, 0.5
    np.testing.assert_allclose(shown_jaw(face), 0.5 * (JAWS[0] + JAWS[1]), atol=0.05)
    blocks["jawOpen"].value = blocks["jawLeft"].value = 0.0
    jaw_controls.write(face.aim.armature, 0, 0.2)  # posed by hand on top
    assert shown_jaw(face)[0] == pytest.approx(0.2, abs=0.01)
    blocks["jawOpen"].value = 0.5
    assert shown_jaw(face)[0] == pytest.approx(0.4, abs=0.02)


def test_a_pose_of_the_model_is_shown_as_it_is_while_arkits_jaw_is_open(
    face: bpy.types.Object,
) -> None:
    with_arkit(face)
    keys(face).key_blocks["jawOpen"].value = 0.5
    bpy.context.view_layer.update()
    wanted = np.array([0.3, 4.0, 2.0, 0.0])
    pose = storage.load_model(face).joint.pose(wanted)
    jaw_controls.show_pose(face.aim.armature, pose)
    np.testing.assert_allclose(shown_jaw(face), wanted, atol=5e-3)


def test_arkits_shapes_and_the_actors_own_never_play_together(face: bpy.types.Object) -> None:
    with_arkit(face)
    blocks, armature = keys(face).key_blocks, face.aim.armature
    assert face.aim.shapes.shown_set == "ARKIT"
    assert blocks["brows"].mute and not blocks["jawOpen"].mute
    blocks["jawOpen"].value = 1.0
    face.aim.shapes.shown_set = "OWN"
    assert blocks["jawOpen"].mute and not blocks["brows"].mute
    assert abs(shown_jaw(face)[0]) < 1e-3
    face.aim.shapes.shown_set = "ARKIT"
    assert shown_jaw(face)[0] == pytest.approx(0.4, abs=0.01)
    drivers = armature.animation_data.drivers
    scripted = [curve.driver for curve in drivers if curve.driver.type == 'SCRIPTED']
    assert scripted and all(driver.is_simple_expression for driver in scripted)


def test_arkits_jaw_is_kept_by_another_bake_and_in_the_file(
    face: bpy.types.Object, tmp_path: Path
) -> None:
    with_arkit(face)
    keys(face).key_blocks["jawOpen"].value = 1.0
    assert bpy.ops.aim.bake() == {'FINISHED'}
    face.aim.armature.animation_data.action = None
    jaw_controls.reset(face.aim.armature)
    np.testing.assert_allclose(shown_jaw(face), JAWS[0], atol=5e-3)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    name = face.name
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    np.testing.assert_allclose(shown_jaw(bpy.data.objects[name]), JAWS[0], atol=5e-3)


def test_arkit_shapes_need_a_model(face: bpy.types.Object) -> None:
    storage.remove_model(face)
    assert bpy.ops.aim.make_arkit_shapes.poll() is False


def test_reset_uses_the_model_as_it_is_now(face: bpy.types.Object) -> None:
    model = storage.load_model(face)
    storage.store_model(face, model_to_bytes(replace(model, heads=0.5 * model.heads)))
    bpy.ops.aim.reset_shape()
    moved = np.linalg.norm(points(face, "smileLeft") - points(face, "Basis"), axis=1) * 1000
    halved = 0.5 * np.linalg.norm(model.evaluate().displacements[1], axis=1)
    np.testing.assert_allclose(moved, halved, atol=2e-3)
