# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pulling a face by handles, on a made-up head with known answers."""

import numpy as np
import pytest

from aim_blender_addon.backend.editing.drag import Drag
from aim_blender_addon.backend.editing.editable_face import EditState
from aim_blender_addon.backend.editing.handle_states import HandleKind, HandleState
from aim_blender_addon.backend.editing.handles import Handles
from aim_blender_addon.backend.editing.settings import EditSettings
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from tests.backend import edit_face
from tests.backend.edit_face import BROW, CHIN, CORNER


@pytest.fixture(scope="module")
def face():
    return edit_face.face()


def pull(face, places, ways, **more):
    """The edit of handles near ``places`` moved by ``ways`` from the rest."""
    vertices = np.array([edit_face.vertex_near(place) for place in places])
    goals = face.rest[vertices] + np.asarray(ways, float)
    return Drag(face, Handles.of(vertices, goals, skin=face.rest, **more)).solve(), vertices


def test_a_handle_in_reach_is_reached_and_far_skin_stays(face):
    edit, vertices = pull(face, [BROW], [[0, 4, 0]])
    assert edit.states[0] == HandleState.REACHED
    assert np.linalg.norm(edit.vertices[vertices[0]] - face.rest[vertices[0]] - [0, 4, 0]) < 0.1
    far = np.linalg.norm(face.rest - face.rest[vertices[0]], axis=1) > 80
    assert far.sum() > 500
    assert np.abs(edit.vertices - face.rest)[far].max() < 1e-6
    assert np.abs(edit.jaw).max() < 1e-6
    edit_face.assert_feasible(face, edit.vertices, edit.jaw)


def test_points_of_an_expression_bring_the_expression(face):
    weights = np.array([0.7, 0.5, 0, 0.3, 0, 0])
    truth = face.posed(face.initial_state(weights))
    motion = np.linalg.norm(truth - face.rest, axis=1)
    vertices = np.argsort(-motion)[:200:10]
    edit = Drag(face, Handles.of(vertices, truth[vertices])).solve()
    assert (edit.states == HandleState.REACHED).all()
    error = np.linalg.norm(edit.vertices - truth, axis=1)
    assert error.mean() < 0.25 * motion.mean()


def test_the_jaw_turns_with_the_chin(face):
    truth = np.array([0.2, 1.0, 0, 0])
    posed = face.posed(face.initial_state(jaw=truth))
    vertices = np.flatnonzero(face.jaw_weight > 0.5)[::12]
    edit = Drag(face, Handles.of(vertices, posed[vertices])).solve()
    incisor = np.append(face.joint.incisor, 1)
    miss = (face.joint.pose(edit.jaw) - face.joint.pose(truth)) @ incisor
    assert np.linalg.norm(miss[:3]) < 3
    assert edit.residual_mm.max() < 0.1


def test_the_jaw_stays_in_its_joint(face):
    edit, _ = pull(face, [CHIN, (20, -62, 75)], [[0, 50, -40], [0, 50, -40]])
    np.testing.assert_allclose(face.joint.within_limits(edit.jaw), edit.jaw, atol=1e-9)
    assert (edit.states != HandleState.REACHED).all()
    edit_face.assert_feasible(face, edit.vertices, edit.jaw)


@pytest.mark.parametrize("place", [BROW, CHIN, (0, 60, 70), (20, 50, 70)])
def test_skin_is_not_pulled_into_bone(face, place):
    vertex = edit_face.vertex_near(place)
    inwards = -40 * face.model.neutral.normals[vertex]
    edit, _ = pull(face, [place], [inwards])
    assert edit.states[0] in (
        HandleState.BONE,
        HandleState.THIN,
        HandleState.JAW,
        HandleState.TISSUE,
    )
    assert edit.residual_mm[0] > 5
    edit_face.assert_feasible(face, edit.vertices, edit.jaw)


def test_skin_over_bone_is_not_pulled_off_it(face):
    edit, _ = pull(face, [(0, 60, 70)], [[0, 10, 40]])
    assert edit.states[0] in (HandleState.THICK, HandleState.TISSUE)
    edit_face.assert_feasible(face, edit.vertices, edit.jaw)


def test_without_the_remainder_only_expressions_answer(face):
    vertex = edit_face.vertex_near(BROW)
    goal = face.rest[[vertex]] + [6.0, 0, 0]  # no expression moves the brow sideways
    handles = Handles.of(np.array([vertex]), goal)
    assert Drag(face, handles, settings=EditSettings(remainder=False)).solve().residual_mm[0] > 1
    assert Drag(face, handles).solve().residual_mm[0] < 0.1


def test_a_pin_holds_what_a_target_would_take_along(face):
    free, vertices = pull(face, [CORNER, (-26, -45, 75)], [[5, 5, 0], [0, 0, 0]])
    assert np.linalg.norm(free.vertices[vertices[1]] - face.rest[vertices[1]]) < 0.1
    alone, _ = pull(face, [CHIN], [[0, 0, 6]])
    held, _ = pull(
        face,
        [CHIN, (20, -62, 75)],
        [[0, 0, 6], [0, 0, 0]],
        kinds=[HandleKind.TARGET, HandleKind.PIN],
    )
    side = edit_face.vertex_near((20, -62, 75))
    assert np.linalg.norm(alone.vertices[side] - face.rest[side]) > 1
    assert np.linalg.norm(held.vertices[side] - face.rest[side]) < 0.1


def test_a_plane_lets_its_point_slide(face):
    edit, vertices = pull(
        face, [BROW], [[7.0, 3, 5]], kinds=[HandleKind.PLANE], normals=[[0, 2.0, 0]]
    )
    moved = edit.vertices[vertices[0]] - face.rest[vertices[0]]
    assert abs(moved[1] - 3) < 0.1
    assert abs(moved[0]) < 1
    assert edit.states[0] == HandleState.REACHED


def test_handles_that_contradict_each_other_say_so(face):
    first = edit_face.vertex_near(BROW)
    near = np.linalg.norm(face.rest - face.rest[first], axis=1)
    second = int(np.argsort(near)[1])
    goals = face.rest[[first, second]] + [[0, 15, 0], [0, -15, 0]]
    edit = Drag(face, Handles.of(np.array([first, second]), goals)).solve()
    assert (edit.states == HandleState.CONTRADICTED).all()
    assert np.linalg.norm(edit.vertices - face.rest, axis=1).max() < 20
    edit_face.assert_feasible(face, edit.vertices, edit.jaw)


def test_the_way_of_the_mouse_does_not_matter(face):
    vertices = np.array([edit_face.vertex_near(place) for place in (CHIN, CORNER, BROW)])
    goals = face.rest[vertices] + [[2.0, -9, -3], [-3, 2, -6], [0, 4, -6]]
    drag = Drag(face, Handles.of(vertices, goals))
    for share in (0.3, 2.0, -1.0, 0.9):
        drag.solve(face.rest[vertices] + share * (goals - face.rest[vertices]))
    after, fresh = drag.solve(goals), Drag(face, Handles.of(vertices, goals)).solve()
    np.testing.assert_allclose(after.vertices, fresh.vertices, atol=1e-6)
    assert (after.states == fresh.states).all()


def test_a_goal_that_the_jaws_bone_forbids_moves_the_jaw(face):
    truth = face.joint.pose([0.3, 2, 0, 0])
    vertex = edit_face.vertex_near(CHIN)
    goal = move_rigidly(face.rest[[vertex]], truth)
    edit = Drag(face, Handles.of(np.array([vertex]), goal)).solve()
    assert edit.residual_mm[0] < 0.1
    assert edit.jaw[0] > 0.1


def test_a_pull_at_a_mouth_corner_leaves_the_jaw_in_the_middle(face):
    edit, _ = pull(face, [CORNER], [[6.0, 3, 0]])
    assert np.abs(edit.jaw[2:]).max() < 0.3


def test_an_upper_lip_is_pulled_without_the_jaw(face):
    vertex = edit_face.vertex_near((0, -16, 95))
    assert face.clean_jaw_weight[vertex] < 0.1
    for way in ([0, 10, 5], [0, 0, 25], [4, -3, 10]):
        edit, _ = pull(face, [face.rest[vertex]], [way])
        moved = face.joint.incisor_motion(face.joint.pose(edit.jaw))
        assert np.linalg.norm(moved) < 0.5


def test_a_quick_edit_is_feasible_and_says_when_there_is_more(face):
    places, ways = [CORNER, CHIN], np.array([[-3.0, 3, 8], [-1, 11, -5]])
    vertices = np.array([edit_face.vertex_near(place) for place in places])
    drag = Drag(face, Handles.of(vertices, face.rest[vertices] + ways))
    quick, full = drag.solve(quick=True), drag.solve()
    edit_face.assert_feasible(face, quick.vertices, quick.jaw)
    assert quick.unfinished and not full.unfinished
    assert full.residual_mm.max() < quick.residual_mm.max()
    near, drag = face.rest[vertices] + 0.05 * ways, Drag(face, drag.handles)
    assert not drag.solve(near, quick=True).unfinished
    assert np.array_equal(drag.solve(near).vertices, drag.solve(near, quick=True).vertices)


def test_what_the_mouse_passed_changes_nothing_once_it_rests(face):
    vertex = edit_face.vertex_near(CHIN)
    inwards = -15 * face.model.neutral.normals[vertex].astype(float)
    start = face.rest[[vertex]]
    handles = Handles.of(np.array([vertex]), start)
    straight, wandering = Drag(face, handles), Drag(face, handles)
    for share in (0.3, 0.7, 1.0, 1.2, 0.6):
        wandering.solve(start + share * inwards, quick=True)
    ends = [drag.solve(start + inwards).vertices for drag in (straight, wandering)]
    np.testing.assert_allclose(*ends, atol=1e-6)


def test_pushes_are_taken_on_and_given_back(face):
    vertex = edit_face.vertex_near((0, 60, 70))
    inwards = -15 * face.model.neutral.normals[vertex].astype(float)
    start = face.rest[[vertex]]
    drag = Drag(face, Handles.of(np.array([vertex]), start))
    for share in np.linspace(0, 1, 7):
        pressed = drag.solve(start + share * inwards, quick=True)
    alone = Drag(face, drag.handles).solve(start + inwards, quick=True)
    edit_face.assert_feasible(face, pressed.vertices, pressed.jaw)
    assert pressed.unfinished and pressed.states[0] == alone.states[0]
    assert np.abs(pressed.vertices - alone.vertices).max() < 1.5
    for share in np.linspace(1, 0, 7):
        back = drag.solve(start + share * inwards, quick=True)
    assert np.abs(back.vertices - face.rest).max() < 0.3


def test_two_handles_on_one_vertex_meet_in_the_middle(face):
    vertex = edit_face.vertex_near(BROW)
    goals = face.rest[[vertex, vertex]] + [[0, 4.0, 0], [0, 0, 0]]
    edit = Drag(face, Handles.of(np.array([vertex, vertex]), goals)).solve()
    assert abs((edit.vertices - face.rest)[vertex, 1] - 2) < 0.7


def test_an_edit_starts_from_its_start(face):
    start = face.initial_state(np.array([0.5, 0, 0, 0, 0.4, 0]))
    before = face.posed(start)
    vertex = edit_face.vertex_near(BROW)
    edit = Drag(face, Handles.of(np.array([vertex]), before[[vertex]] + [0, 3.0, 0]), start).solve()
    below = face.rest[:, 1] < -50
    np.testing.assert_allclose(edit.vertices[below], before[below], atol=0.02)
    assert edit.residual_mm[0] < 0.1


def test_what_is_stored_gives_the_skin_back(face):
    edit, _ = pull(face, [CHIN, BROW], [[3.0, -8, 2], [0, 5, 2]])
    again = face.posed(EditState(edit.weights, edit.jaw, edit.remainder))
    np.testing.assert_allclose(again, edit.vertices, atol=1e-3)


def test_many_wild_edits_stay_feasible(face):
    random = np.random.default_rng(0)
    face_skin = np.flatnonzero(np.linalg.norm(face.displacements, axis=1).max(axis=1) > 1)
    for _ in range(25):
        vertices = random.choice(face_skin, random.integers(1, 6), replace=False)
        ways = random.normal(0, 15, (len(vertices), 3))
        edit = Drag(face, Handles.of(vertices, face.rest[vertices] + ways)).solve()
        edit_face.assert_feasible(face, edit.vertices, edit.jaw)
