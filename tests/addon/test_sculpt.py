# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles on a baked rig, solved by the real worker: the skin that Blender shows is the one that was solved."""

import math
import time
from dataclasses import replace
from types import SimpleNamespace

import bpy
import numpy as np
import pytest

from aim_blender_addon import compat
from aim_blender_addon.backend.geometry.skinning import skin_with_jaw
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.sculpt import handles as handle_view
from aim_blender_addon.bridge.sculpt import rig_parts
from aim_blender_addon.bridge.sculpt.edit_state import read_edit_state
from aim_blender_addon.bridge.sculpt.rig_parts import RigParts
from aim_blender_addon.jobs import edit_session, environment
from aim_blender_addon.operators.sculpt import handle_solve

from . import faces, sculpt_face, stand_in
from .recorder import draw
from .sculpt_face import BROW, CHEEK, CHIN, NAMES, shown, vertex_near


@pytest.fixture
def face(one_worker: None) -> bpy.types.Object:
    """A baked face."""
    return sculpt_face.make()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list:
    """The worker's answers, as they are written to the rig."""
    seen = []
    write = handle_solve.write_answer

    def spy(rig, answer, beside):
        seen.append(answer)
        write(rig, answer, beside)

    monkeypatch.setattr(handle_solve, "write_answer", spy)
    return seen


def place(face: bpy.types.Object, offset: tuple[float, float, float], kind: str = 'TARGET'):
    """A handle on that vertex."""
    vertex = vertex_near(face, offset)
    assert bpy.ops.aim.place_handle(vertex=vertex, kind=kind) == {'FINISHED'}
    return face.aim.sculpt.handles[-1]


def test_a_dragged_point_is_where_it_shall_be_and_blender_shows_what_was_solved(face, answers):
    keys = face.aim.rig.data.shape_keys.key_blocks
    keys["smile"].value, keys["brows"].value = 0.4, 0.2
    extra = face.aim.rig.shape_key_add(name="own", from_mix=False)
    points = np.array([v.co for v in extra.points]) + (0.0, -0.001, 0.0005)
    extra.points.foreach_set("co", points.ravel().astype(np.float32))
    extra.value = 0.7
    face.aim.armature.pose.bones["jaw"].rotation_euler.x = 0.1
    before = shown(face)
    handle = place(face, CHEEK)
    np.testing.assert_allclose(handle.goal, before[handle.vertex], atol=1e-2)
    assert bpy.ops.aim.drag_handle(offset=(0.5, -2.0, 1.5)) == {'FINISHED'}
    assert handle.reason == 'REACHED' and handle.left_mm < 0.1
    after = shown(face)
    goal = before[handle.vertex] + (0.5, -2.0, 1.5)
    assert np.linalg.norm(after[handle.vertex] - goal) < 0.11
    model, answer = storage.load_model(face), answers[-1]
    weight = model.evaluate().jaw_weight.astype(float)
    solved = skin_with_jaw(answer.shape.astype(float), answer.jaw, weight)
    assert np.abs(after - solved).max() < 0.01
    assert keys["Sculpt"].value == 1.0 and keys["smile"].value == pytest.approx(0.4)


def test_sliders_stay_usable_and_handles_are_followed_again(face):
    handle = place(face, CHEEK)
    assert bpy.ops.aim.drag_handle(offset=(0, -2, 0)) == {'FINISHED'}
    edited = shown(face)
    face.aim.rig.data.shape_keys.key_blocks["smile"].value = 0.5
    moved = shown(face)
    assert np.abs(moved - edited).max() > 0.5  # the slider does what it does
    assert bpy.ops.aim.solve_handles() == {'FINISHED'}
    assert handle.left_mm < 0.1
    assert np.linalg.norm(shown(face)[handle.vertex] - np.array(handle.goal)) < 0.11


def test_what_a_panel_sets_is_followed_at_once(face):
    handle = place(face, CHEEK)
    assert bpy.ops.aim.solve_handles() == {'FINISHED'}
    start = shown(face)[handle.vertex]
    handle.offset = (0.0, -1.5, 0.0)
    assert np.linalg.norm(shown(face)[handle.vertex] - start - (0, -1.5, 0)) < 0.11
    handle.use = False
    assert np.linalg.norm(shown(face)[handle.vertex] - start) < 0.01


def test_the_other_side_goes_along(face):
    face.aim.sculpt.use_symmetry = True
    before = shown(face)
    handle = place(face, CHEEK)
    other = vertex_near(face, (-45, -70, 10))
    assert bpy.ops.aim.drag_handle(offset=(1.0, -2.0, 0.5)) == {'FINISHED'}
    moved = shown(face)[[handle.vertex, other]] - before[[handle.vertex, other]]
    np.testing.assert_allclose(moved, [(1.0, -2.0, 0.5), (-1.0, -2.0, 0.5)], atol=0.25)
    assert [image.vertex for image in handle_view.images(face)] == [other]


def test_the_jaw_turns_as_a_bone_and_taking_back_brings_it_back(face):
    before, bone = shown(face), face.aim.armature.pose.bones["jaw"]
    place(face, BROW, 'PIN')
    place(face, CHIN)
    assert bpy.ops.aim.drag_handle(offset=(0, 2, -9)) == {'FINISHED'}
    assert bone.rotation_euler.x > math.radians(1)
    assert bpy.ops.aim.reset_edit() == {'FINISHED'}
    assert np.abs(shown(face) - before).max() < 0.01 and abs(bone.rotation_euler.x) < 1e-6
    assert [handle.reason for handle in face.aim.sculpt.handles] == ['NEW', 'NEW']


def test_kept_edits_add_up(face):
    handle = place(face, CHEEK)
    assert bpy.ops.aim.drag_handle(offset=(0, -2, 0)) == {'FINISHED'}
    vertex, once = handle.vertex, shown(face)
    assert bpy.ops.aim.keep_edit() == {'FINISHED'}
    assert not len(face.aim.sculpt.handles)
    assert np.abs(shown(face) - once).max() < 1e-6
    handle = place(face, CHEEK)
    assert handle.vertex == vertex
    assert bpy.ops.aim.drag_handle(offset=(0, -1, 0)) == {'FINISHED'}
    assert np.linalg.norm(shown(face)[vertex] - once[vertex] - (0, -1, 0)) < 0.15
    assert bpy.ops.aim.remove_handle() == {'FINISHED'}
    assert np.abs(shown(face) - once).max() < 0.01


def test_a_removed_handle_lets_go(face):
    first, _second = place(face, CHEEK), place(face, BROW)
    assert bpy.ops.aim.drag_handle(index=0, offset=(0, -1, 0)) == {'FINISHED'}
    alone = shown(face)
    assert bpy.ops.aim.drag_handle(index=1, offset=(0, -2, 1)) == {'FINISHED'}
    face.aim.sculpt.active_handle = 1
    assert bpy.ops.aim.remove_handle() == {'FINISHED'}
    assert len(face.aim.sculpt.handles) == 1
    away = np.linalg.norm(shown(face)[first.vertex] - alone[first.vertex])
    assert away < 0.15


def test_an_edit_is_one_undo_step(face):
    place(face, CHEEK)
    bpy.ops.ed.undo_push(message="before")
    name, before = face.name, shown(face)
    assert bpy.ops.aim.drag_handle(offset=(0, -2, 0)) == {'FINISHED'}
    bpy.ops.ed.undo_push(message="drag")
    bpy.ops.ed.undo()
    face = bpy.data.objects[name]
    assert np.abs(shown(face) - before).max() < 1e-6
    assert face.aim.sculpt.handles[0].reason == 'NEW'
    bpy.ops.ed.redo()
    face = bpy.data.objects[name]
    assert face.aim.sculpt.handles[0].reason == 'REACHED'
    assert np.abs(shown(face) - before).max() > 1.0


def follow(live, face, seconds: float = 20.0) -> None:
    """Step until what is shown is for where the handles are."""
    end = time.monotonic() + seconds
    while not live.settled:
        assert time.monotonic() < end
        live.step()
        time.sleep(0.002)


def test_a_live_drag_follows_the_newest_place_and_cancel_is_exact(face):
    handle = place(face, CHEEK)
    assert bpy.ops.aim.drag_handle(offset=(0, -1, 0)) == {'FINISHED'}
    before, points = shown(face), read_edit_state(RigParts.of(face), "Sculpt").own
    goal, reason = tuple(handle.goal), handle.reason
    live = handle_solve.LiveSolve(bpy.context, face)
    for step in range(1, 9):
        handle.goal = np.array(goal) + (0, -0.2 * step, 0.1 * step)
        live.step()
    follow(live, face)
    assert live.answers < 8  # places that the mouse has left are not solved
    assert np.linalg.norm(shown(face)[handle.vertex] - np.array(handle.goal)) < 0.11
    handle.goal = np.array(goal) + (0, 1, 0)
    live.step()
    live.cancel()
    assert np.array_equal(read_edit_state(RigParts.of(face), "Sculpt").own, points)
    assert np.abs(shown(face) - before).max() < 1e-6
    assert tuple(handle.goal) == goal and handle.reason == reason
    assert bpy.ops.aim.solve_handles() == {'FINISHED'}  # the worker still has the face


def test_a_cancelled_first_drag_leaves_no_shape_key(face):
    handle = place(face, CHEEK)
    assert bpy.ops.aim.solve_handles() == {'FINISHED'}
    face.aim.rig.shape_key_remove(face.aim.rig.data.shape_keys.key_blocks["Sculpt"])
    live = handle_solve.LiveSolve(bpy.context, face)
    handle.goal = np.array(handle.goal) + (0, -1, 0)
    follow(live, face)
    assert "Sculpt" in face.aim.rig.data.shape_keys.key_blocks
    live.cancel()
    assert "Sculpt" not in face.aim.rig.data.shape_keys.key_blocks


def test_handles_that_contradict_each_other_say_so(face):
    first = place(face, CHEEK)
    points = storage.load_model(face).neutral.vertices
    near = np.linalg.norm(points - points[first.vertex], axis=1)
    neighbour = int(near.argsort()[1])
    assert bpy.ops.aim.place_handle(vertex=neighbour) == {'FINISHED'}
    second = face.aim.sculpt.handles[1]
    assert bpy.ops.aim.drag_handle(index=0, offset=(0, -25, 0)) == {'FINISHED'}
    assert bpy.ops.aim.drag_handle(index=1, offset=(0, 25, 0)) == {'FINISHED'}
    first = face.aim.sculpt.handles[0]
    assert {first.reason, second.reason} == {'CONTRADICTED'}
    assert "another handle pulls the other way" in handle_solve.outcome(first)


def test_a_handle_where_no_bone_holds_the_skin_is_told_of(face, monkeypatch):
    vertex = vertex_near(face, CHEEK)
    said = []
    monkeypatch.setattr(
        edit_session, "places", lambda _face: np.full(10_000, 1 + (len(said) > 0), np.uint8)
    )
    from aim_blender_addon.operators.sculpt import handles

    operator = SimpleNamespace(report=lambda kind, text: said.append((kind, text)))
    assert bpy.ops.aim.place_handle(vertex=vertex) == {'FINISHED'}
    for _ in range(2):
        handles.AIM_OT_place_handle._warn(operator, face, face.aim.sculpt.handles[0])
    assert [kind for kind, _ in said] == [{'WARNING'}] * 2
    assert "eyelid" in said[0][1] and "inside mouth" in said[1][1]


def test_a_mesh_with_more_vertices_is_named_with_the_way_back(face):
    place(face, CHEEK)
    mesh = face.aim.rig.data
    count = len(mesh.vertices)
    faces.select([face.aim.rig])
    bpy.ops.object.mode_set(mode='EDIT')
    bpy.ops.mesh.select_all(action='SELECT')
    bpy.ops.mesh.subdivide()
    with pytest.raises(RuntimeError, match="Leave Edit Mode"):
        bpy.ops.aim.drag_handle(offset=(0, -1, 0))
    bpy.ops.object.mode_set(mode='OBJECT')
    said = f"has {len(mesh.vertices)} vertices and its model {count}: undo .* or press Update Rig"
    with pytest.raises(RuntimeError, match=said):
        bpy.ops.aim.drag_handle(offset=(0, -1, 0))
    with pytest.raises(RuntimeError, match=said):
        bpy.ops.aim.edit_face()
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert bpy.ops.aim.drag_handle(offset=(0, -1, 0)) == {'FINISHED'}


def test_renamed_and_removed_keys_of_the_model_are_named_and_nothing_is_lost(face):
    keys = face.aim.rig.data.shape_keys.key_blocks
    keys["smile"].value = 0.6
    keys["smile"].name = "my smile"
    face.aim.rig.shape_key_remove(keys["brows"])
    before = shown(face)
    assert bpy.ops.aim.edit_face() == {'FINISHED'}
    assert rig_parts.missing_keys(RigParts.of(face)) == ["smile", "brows"]
    handle = place(face, CHEEK)
    assert bpy.ops.aim.drag_handle(offset=(0, -1, 0)) == {'FINISHED'}
    goal = before[handle.vertex] + (0, -1, 0)
    assert np.linalg.norm(shown(face)[handle.vertex] - goal) < 0.11


def test_the_working_key_that_was_removed_is_made_again(face):
    place(face, CHEEK)
    assert bpy.ops.aim.drag_handle(offset=(0, -1, 0)) == {'FINISHED'}
    edited = shown(face)
    face.aim.rig.shape_key_remove(face.aim.rig.data.shape_keys.key_blocks["Sculpt"])
    assert bpy.ops.aim.solve_handles() == {'FINISHED'}
    assert np.abs(shown(face) - edited).max() < 0.01


def test_a_model_of_another_actor_is_refused(face):
    other = stand_in.named(stand_in.make_model(3), NAMES)
    wider = other.neutral.with_vertices(
        (other.neutral.vertices - stand_in.CENTRE) * (1.1, 1, 1) + stand_in.CENTRE
    )
    storage.store_model(face, model_to_bytes(replace(other, neutral=wider)))
    with pytest.raises(RuntimeError, match="was not baked from the model of Head .* Update Rig"):
        bpy.ops.aim.edit_face()


def test_a_model_without_bones_is_refused(face):
    model = storage.load_model(face)
    empty = model.skull.vertices[:0], model.skull.face_vertices[:0], model.skull.face_sizes[:0]
    none = type(model.skull)(*empty, "skull")
    storage.store_model(face, model_to_bytes(replace(model, skull=none, jaw=none)))
    with pytest.raises(RuntimeError, match="has no bones to hold the skin: pick or estimate"):
        bpy.ops.aim.edit_face()


def test_the_working_key_is_none_of_the_models(face):
    place(face, CHEEK)
    face.aim.sculpt.key_name = "smile"
    with pytest.raises(RuntimeError, match="smile is a shape key of the model"):
        bpy.ops.aim.drag_handle(offset=(0, -1, 0))
    face.aim.sculpt.key_name = " "
    assert bpy.ops.aim.drag_handle(offset=(0, -1, 0)) == {'FINISHED'}
    assert face.aim.sculpt.key_name == "Sculpt"


def test_what_keeps_a_face_from_being_edited_is_said(face):
    face.aim.rig.show_only_shape_key = True
    with pytest.raises(RuntimeError, match="Solo Active Shape Key"):
        bpy.ops.aim.edit_face()
    face.aim.rig.show_only_shape_key = False
    with pytest.raises(RuntimeError, match="Place a handle first"):
        bpy.ops.aim.drag_handle()
    with pytest.raises(RuntimeError, match="has no vertex 99999"):
        bpy.ops.aim.place_handle(vertex=99999)
    bpy.data.objects.remove(face.aim.rig)
    faces.select([face])
    with pytest.raises(RuntimeError, match="Bake the rig first"):
        bpy.ops.aim.edit_face()


@pytest.mark.one_blender
def test_a_worker_that_was_stopped_makes_the_face_ready_again(face):
    place(face, CHEEK)
    assert bpy.ops.aim.edit_face() == {'FINISHED'}
    assert edit_session.is_open(face)
    environment.stop_worker()
    assert not edit_session.is_open(face)
    assert bpy.ops.aim.drag_handle(offset=(0, -1, 0)) == {'FINISHED'}
    assert edit_session.is_open(face)
    assert bpy.ops.aim.leave_edit() == {'FINISHED'}
    assert not edit_session.is_open(face) and len(face.aim.sculpt.handles) == 1


def test_the_stored_model_is_not_read_again_at_every_grab(face, monkeypatch):
    assert bpy.ops.aim.edit_face() == {'FINISHED'}
    place(face, CHEEK)
    monkeypatch.setattr(edit_session, "model_bytes", None)
    monkeypatch.setattr(storage, "model_bytes", None)
    request, _beside = handle_solve.grab_request(handle_solve.RigParts.of(face))
    assert request.face.model is None and request.face.key == storage.model_fingerprint(face)
    monkeypatch.undo()
    del face.data[storage.FINGERPRINT_KEY]  # a file of an earlier version
    assert storage.model_fingerprint(face) == request.face.key
    data = storage.model_bytes(face)
    storage.store_model(face, data + b" ")
    assert storage.model_fingerprint(face) != request.face.key


def test_a_turned_head_takes_the_handles_along(face):
    skull = face.aim.armature.pose.bones["skull"]
    skull.rotation_euler.z = 0.3
    bpy.context.view_layer.update()
    handle = place(face, CHEEK)
    rest = storage.load_model(face).neutral.vertices[handle.vertex]
    np.testing.assert_allclose(handle.goal, rest, atol=1e-2)
    before = shown(face)[handle.vertex]
    assert bpy.ops.aim.drag_handle(offset=(0, -2, 0)) == {'FINISHED'}
    moved = shown(face)[handle.vertex] - before
    assert np.linalg.norm(moved) == pytest.approx(2.0, abs=0.12)
    rig = RigParts.of(face)
    seen = handle_view.in_world(rig, np.array(handle.goal))
    there = handle_view.seen_place(rig, handle.vertex, bpy.context)
    assert (seen - there).length * 1000 < 0.12


def test_state_survives_saving(face, tmp_path):
    place(face, CHEEK)
    assert bpy.ops.aim.drag_handle(offset=(0, -2, 0)) == {'FINISHED'}
    name, edited = face.name, shown(face)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "edit.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "edit.blend"))
    face = bpy.data.objects[name]
    assert not edit_session.is_open(face)
    assert np.abs(shown(face) - edited).max() < 1e-6
    handle = face.aim.sculpt.handles[0]
    assert handle.reason == 'REACHED' and handle.offset[1] == pytest.approx(-2.0, abs=1e-4)
    assert bpy.ops.aim.reset_edit() == {'FINISHED'}
    assert np.abs(shown(face) - edited).max() > 1.0


def test_the_panel_draws_in_every_state(face):
    panel = bpy.types.AIM_PT_sculpt
    assert "aim.edit_face" in draw(panel).operators
    assert bpy.ops.aim.edit_face() == {'FINISHED'}
    assert "aim.place_handle" in draw(panel).operators
    place(face, CHEEK, 'PLANE')
    assert bpy.ops.aim.drag_handle(offset=(0, -1, 0)) == {'FINISHED'}
    face.aim.rig.active_shape_key_index = 1
    drawn = draw(panel)
    assert {"aim.keep_edit", "aim.reset_edit", "aim.constrain_key"} <= set(drawn.operators)
    assert "reached" in drawn.texts
    action = bpy.data.actions.new("talk")
    compat.assign_action(face.aim.armature, action)
    bone = face.aim.armature.pose.bones["jaw"]
    bone.keyframe_insert("rotation_euler", frame=1)
    assert any(text.startswith("An Action moves the jaw") for text in draw(panel).texts)
    bpy.data.objects.remove(face.aim.rig)
    faces.select([face])
    assert "Bake the rig first" in draw(panel).texts
    assert not draw(panel).operators
