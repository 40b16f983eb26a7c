# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pulling a face by handles, and constraining a sculpt, on a made-up head with known answers."""

import json
from dataclasses import replace

import numpy as np
import pytest

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.editing.bone_field import BoneField
from aim_blender_addon.backend.editing.constrain import (
    constrain,
    sculpted_patches,
    tissue_volume,
    volume_between,
)
from aim_blender_addon.backend.editing.drag import Drag
from aim_blender_addon.backend.editing.editable_face import EditableFace, EditState
from aim_blender_addon.backend.editing.handle_states import HandleKind, HandleState
from aim_blender_addon.backend.editing.handles import Handles
from aim_blender_addon.backend.editing.jaw_goals import JawGoals
from aim_blender_addon.backend.editing.settings import EditSettings, JawSettings
from aim_blender_addon.backend.errors import EditError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.io.model_file import write_model
from tests.backend import edit_face

CORNER, BROW, CHIN, CHEEK = (26, -45, 75), (0, 45, 80), (0, -60, 90), (60, 0, 50)


@pytest.fixture(scope="module")
def face():
    return edit_face.face()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("edit") / "model.safetensors"
    write_model(path, edit_face.model())
    return path


def pull(face, places, ways, **more):
    """The edit of handles near ``places`` moved by ``ways`` from the rest."""
    vertices = np.array([edit_face.vertex_near(place) for place in places])
    goals = face.rest[vertices] + np.asarray(ways, float)
    return Drag(face, Handles.of(vertices, goals, skin=face.rest, **more)).solve(), vertices


def assert_feasible(face, vertices, jaw):
    """Nothing in a bone, by the bones themselves; thickness in its range, by them where skin is near."""
    pose, rows = face.joint.pose(jaw), np.arange(len(vertices))
    exact = face.bones.measure(vertices, pose)[0]
    assert exact.min() > 0
    away = face.bones.distances(vertices, pose)
    away = np.where(away < 1.5, exact, away)
    assert np.abs(face.limits.excess(away, rows).amount).max() < 0.05


class TestFields:
    def test_a_ball_has_the_distance_to_its_middle(self):
        ball = edit_face.ellipsoid((3, 4, 5), (20, 20, 20), "ball")
        points = np.random.default_rng(0).normal(0, 1, (500, 3))
        points *= np.linspace(5, 40, 500)[:, None] / np.linalg.norm(points, axis=1)[:, None]
        field = BoneField.of(ball, points + [3, 4, 5])
        near = np.abs(np.linspace(5, 40, 500) - 20) < 3
        truth = np.linalg.norm(points, axis=1) - 20
        found = field.distance(points + [3, 4, 5])
        assert np.abs(found - truth)[near].max() < 0.25  # the ball has flat facets
        assert np.abs(found - truth).max() < 1.5
        way = field.outward(points[near] + [3, 4, 5])
        unit = points[near] / np.linalg.norm(points[near], axis=1, keepdims=True)
        assert np.einsum("nc,nc->n", way, unit).min() > 0.95

    def test_the_jaws_field_goes_with_the_jaw(self, face):
        pose = face.joint.pose([0.3, 4, 2, 0])
        still = face.bones.distances(face.rest, np.eye(4))[:, 1]
        moved = face.bones.distances(move_rigidly(face.rest, pose), pose)[:, 1]
        np.testing.assert_allclose(moved, still, atol=1e-6)
        distance, way = face.bones.measure(move_rigidly(face.rest, pose), pose)
        near = still < 15
        np.testing.assert_allclose(distance[near, 1], still[near], atol=0.3)
        np.testing.assert_allclose(np.linalg.norm(way, axis=2), 1, atol=1e-6)


class TestHandles:
    def test_a_handle_in_reach_is_reached_and_far_skin_stays(self, face):
        edit, vertices = pull(face, [BROW], [[0, 4, 0]])
        assert edit.states[0] == HandleState.REACHED
        assert np.linalg.norm(edit.vertices[vertices[0]] - face.rest[vertices[0]] - [0, 4, 0]) < 0.1
        far = np.linalg.norm(face.rest - face.rest[vertices[0]], axis=1) > 80
        assert far.sum() > 500
        assert np.abs(edit.vertices - face.rest)[far].max() < 1e-6
        assert np.abs(edit.jaw).max() < 1e-6
        assert_feasible(face, edit.vertices, edit.jaw)

    def test_points_of_an_expression_bring_the_expression(self, face):
        weights = np.array([0.7, 0.5, 0, 0.3, 0, 0])
        truth = face.posed(face.initial_state(weights))
        motion = np.linalg.norm(truth - face.rest, axis=1)
        vertices = np.argsort(-motion)[:200:10]
        edit = Drag(face, Handles.of(vertices, truth[vertices])).solve()
        assert (edit.states == HandleState.REACHED).all()
        error = np.linalg.norm(edit.vertices - truth, axis=1)
        assert error.mean() < 0.25 * motion.mean()

    def test_the_jaw_turns_with_the_chin(self, face):
        truth = np.array([0.2, 1.0, 0, 0])
        posed = face.posed(face.initial_state(jaw=truth))
        vertices = np.flatnonzero(face.jaw_weight > 0.5)[::12]
        edit = Drag(face, Handles.of(vertices, posed[vertices])).solve()
        incisor = np.append(face.joint.incisor, 1)
        miss = (face.joint.pose(edit.jaw) - face.joint.pose(truth)) @ incisor
        assert np.linalg.norm(miss[:3]) < 3
        assert edit.residual_mm.max() < 0.1

    def test_the_jaw_stays_in_its_joint(self, face):
        edit, _ = pull(face, [CHIN, (20, -62, 75)], [[0, 50, -40], [0, 50, -40]])
        np.testing.assert_allclose(face.joint.within_limits(edit.jaw), edit.jaw, atol=1e-9)
        assert (edit.states != HandleState.REACHED).all()
        assert_feasible(face, edit.vertices, edit.jaw)

    @pytest.mark.parametrize("place", [BROW, CHIN, (0, 60, 70), (20, 50, 70)])
    def test_skin_is_not_pulled_into_bone(self, face, place):
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
        assert_feasible(face, edit.vertices, edit.jaw)

    def test_skin_over_bone_is_not_pulled_off_it(self, face):
        edit, _ = pull(face, [(0, 60, 70)], [[0, 10, 40]])
        assert edit.states[0] in (HandleState.THICK, HandleState.TISSUE)
        assert_feasible(face, edit.vertices, edit.jaw)

    def test_without_the_remainder_only_expressions_answer(self, face):
        vertex = edit_face.vertex_near(BROW)
        goal = face.rest[[vertex]] + [6.0, 0, 0]  # no expression moves the brow sideways
        handles = Handles.of(np.array([vertex]), goal)
        assert (
            Drag(face, handles, settings=EditSettings(remainder=False)).solve().residual_mm[0] > 1
        )
        assert Drag(face, handles).solve().residual_mm[0] < 0.1

    def test_a_pin_holds_what_a_target_would_take_along(self, face):
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

    def test_a_plane_lets_its_point_slide(self, face):
        edit, vertices = pull(
            face, [BROW], [[7.0, 3, 5]], kinds=[HandleKind.PLANE], normals=[[0, 2.0, 0]]
        )
        moved = edit.vertices[vertices[0]] - face.rest[vertices[0]]
        assert abs(moved[1] - 3) < 0.1
        assert abs(moved[0]) < 1
        assert edit.states[0] == HandleState.REACHED

    def test_handles_that_contradict_each_other_say_so(self, face):
        first = edit_face.vertex_near(BROW)
        near = np.linalg.norm(face.rest - face.rest[first], axis=1)
        second = int(np.argsort(near)[1])
        goals = face.rest[[first, second]] + [[0, 15, 0], [0, -15, 0]]
        edit = Drag(face, Handles.of(np.array([first, second]), goals)).solve()
        assert (edit.states == HandleState.CONTRADICTED).all()
        assert np.linalg.norm(edit.vertices - face.rest, axis=1).max() < 20
        assert_feasible(face, edit.vertices, edit.jaw)

    def test_the_way_of_the_mouse_does_not_matter(self, face):
        vertices = np.array([edit_face.vertex_near(place) for place in (CHIN, CORNER, BROW)])
        goals = face.rest[vertices] + [[2.0, -9, -3], [-3, 2, -6], [0, 4, -6]]
        drag = Drag(face, Handles.of(vertices, goals))
        for share in (0.3, 2.0, -1.0, 0.9):
            drag.solve(face.rest[vertices] + share * (goals - face.rest[vertices]))
        after, fresh = drag.solve(goals), Drag(face, Handles.of(vertices, goals)).solve()
        np.testing.assert_allclose(after.vertices, fresh.vertices, atol=1e-6)
        assert (after.states == fresh.states).all()

    def test_a_goal_that_the_jaws_bone_forbids_moves_the_jaw(self, face):
        truth = face.joint.pose([0.3, 2, 0, 0])
        vertex = edit_face.vertex_near(CHIN)
        goal = move_rigidly(face.rest[[vertex]], truth)
        edit = Drag(face, Handles.of(np.array([vertex]), goal)).solve()
        assert edit.residual_mm[0] < 0.1
        assert edit.jaw[0] > 0.1

    def test_a_goal_lets_go_of_a_jaw_that_makes_more_room(self, face):
        rest = np.zeros(4)
        handles = Handles.of(np.array([edit_face.vertex_near(CHIN)]), np.array([[0.0, -50, 60]]))
        goals = JawGoals(face, handles, JawSettings())
        assert len(goals.equations(rest, rest).residual) == 1  # it is in the jaw's bone
        opened = next(
            jaw
            for jaw in np.linspace(0, 0.3, 100)[:, None] * np.eye(4)[0]
            if not len(JawGoals(face, handles, JawSettings()).equations(jaw, rest).residual)
        )
        goals.let_go(np.ones(1))
        assert len(goals.equations(opened, rest).residual) == 1
        goals.let_go(-np.ones(1))
        assert not len(goals.equations(opened, rest).residual)

    def test_a_pull_at_a_mouth_corner_leaves_the_jaw_in_the_middle(self, face):
        edit, _ = pull(face, [CORNER], [[6.0, 3, 0]])
        assert np.abs(edit.jaw[2:]).max() < 0.3

    def test_an_upper_lip_is_pulled_without_the_jaw(self, face):
        vertex = edit_face.vertex_near((0, -16, 95))
        assert face.clean_jaw_weight[vertex] < 0.1
        for way in ([0, 10, 5], [0, 0, 25], [4, -3, 10]):
            edit, _ = pull(face, [face.rest[vertex]], [way])
            moved = face.joint.incisor_motion(face.joint.pose(edit.jaw))
            assert np.linalg.norm(moved) < 0.5

    def test_a_goal_beyond_the_limits_is_followed_as_far_as_it_is_feasible(self, face):
        vertex = edit_face.vertex_near((0, 60, 70))
        outwards = face.model.neutral.normals[vertex].astype(float)
        handles = Handles.of(np.array([vertex]), face.rest[[vertex]] + 40 * outwards)
        everywhere = np.ones(len(face.rest), bool)
        near = handles.projected(face.limits, np.eye(4), everywhere)
        away = face.bones.distances(near.positions, np.eye(4))
        assert abs(face.limits.excess(away, near.vertices).amount[0]) < 0.2
        free = handles.projected(face.limits, np.eye(4), ~everywhere)
        assert np.array_equal(free.positions, handles.positions)

    def test_a_quick_edit_is_feasible_and_says_when_there_is_more(self, face):
        places, ways = [CORNER, CHIN], np.array([[-3.0, 3, 8], [-1, 11, -5]])
        vertices = np.array([edit_face.vertex_near(place) for place in places])
        drag = Drag(face, Handles.of(vertices, face.rest[vertices] + ways))
        quick, full = drag.solve(quick=True), drag.solve()
        assert_feasible(face, quick.vertices, quick.jaw)
        assert quick.unfinished and not full.unfinished
        assert full.residual_mm.max() < quick.residual_mm.max()
        near = face.rest[vertices] + 0.05 * ways
        assert not drag.solve(near, quick=True).unfinished
        assert np.array_equal(drag.solve(near).vertices, drag.solve(near, quick=True).vertices)

    def test_what_the_jaw_parts_does_not_contradict(self):
        rest, goals = np.array([[0.0, 0, 0], [0, -6, 0]]), np.array([[0.0, 0, 0], [0, -34, 0]])
        handles = Handles.of(np.array([0, 1]), goals)
        assert (handles.contradictions(rest, rest) > 0).all()
        assert (handles.contradictions(rest, rest, np.array([0.0, 45])) == 0).all()

    def test_two_handles_on_one_vertex_meet_in_the_middle(self, face):
        vertex = edit_face.vertex_near(BROW)
        goals = face.rest[[vertex, vertex]] + [[0, 4.0, 0], [0, 0, 0]]
        edit = Drag(face, Handles.of(np.array([vertex, vertex]), goals)).solve()
        assert abs((edit.vertices - face.rest)[vertex, 1] - 2) < 0.7

    def test_the_other_side_mirrors(self, face):
        vertex = edit_face.vertex_near(CORNER)
        handles = Handles.of(np.array([vertex]), face.rest[[vertex]] + [4.0, 3, 0])
        both = handles.mirrored(face.model.neutral, face.joint)
        assert len(both) == 2
        np.testing.assert_allclose(both.positions[1], both.positions[0] * [-1, 1, 1], atol=0.1)
        middle = edit_face.vertex_near(CHIN)
        alone = Handles.of(np.array([middle]), face.rest[[middle]])
        assert len(alone.mirrored(face.model.neutral, face.joint)) == 1

    def test_an_edit_starts_from_its_start(self, face):
        start = face.initial_state(np.array([0.5, 0, 0, 0, 0.4, 0]))
        before = face.posed(start)
        vertex = edit_face.vertex_near(BROW)
        edit = Drag(
            face, Handles.of(np.array([vertex]), before[[vertex]] + [0, 3.0, 0]), start
        ).solve()
        below = face.rest[:, 1] < -50
        np.testing.assert_allclose(edit.vertices[below], before[below], atol=0.02)
        assert edit.residual_mm[0] < 0.1

    def test_what_is_stored_gives_the_skin_back(self, face):
        edit, _ = pull(face, [CHIN, BROW], [[3.0, -8, 2], [0, 5, 2]])
        again = face.posed(EditState(edit.weights, edit.jaw, edit.remainder))
        np.testing.assert_allclose(again, edit.vertices, atol=1e-3)

    def test_many_wild_edits_stay_feasible(self, face):
        random = np.random.default_rng(0)
        face_skin = np.flatnonzero(np.linalg.norm(face.displacements, axis=1).max(axis=1) > 1)
        for _ in range(25):
            vertices = random.choice(face_skin, random.integers(1, 6), replace=False)
            ways = random.normal(0, 15, (len(vertices), 3))
            edit = Drag(face, Handles.of(vertices, face.rest[vertices] + ways)).solve()
            assert_feasible(face, edit.vertices, edit.jaw)


class TestBadHandles:
    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"vertices": []}, "no handles"),
            ({"vertices": [0.5]}, "no handles"),
            ({"vertices": [10**6]}, "vertex 1000000"),
            ({"vertices": [-1]}, "vertex -1"),
            ({"positions": [[0, 0]]}, "positions"),
            ({"positions": [[0, 0, np.nan]]}, "finite"),
            ({"positions": [[0, 0, 5000.0]]}, "millimetres"),
            ({"kinds": [7]}, "0 target, 1 pin, 2 plane"),
            ({"kinds": [HandleKind.PLANE]}, "normal"),
            ({"normals": [[0, 1]]}, "normals"),
            ({"normals": [[0, np.nan, 1]]}, "normals"),
        ],
    )
    def test_are_named(self, face, given, words):
        given = {"vertices": [5], "positions": face.rest[[5]]} | given
        with pytest.raises(EditError, match=words):
            Handles.of(**given, skin=face.rest)

    def test_a_model_without_bones_is_refused(self):
        empty = Mesh.from_triangles(np.zeros((0, 3)), np.zeros((0, 3)))
        with pytest.raises(EditError, match="no bones"):
            EditableFace(replace(edit_face.model(), jaw=empty))

    @pytest.mark.parametrize("positions", [[[np.nan, 0, 0]], [[0, 0]], [[0, 0, 0], [0, 0, 0]]])
    def test_a_mouse_place_that_is_none_is_named_and_the_drag_goes_on(self, face, positions):
        drag = Drag(face, Handles.of(np.array([5]), face.rest[[5]]))
        with pytest.raises(EditError, match="finite"):
            drag.solve(positions)
        assert drag.solve(face.rest[[5]]).residual_mm[0] < 0.1

    @pytest.mark.parametrize(
        "start",
        [
            {"weights": np.zeros(4)},
            {"jaw": np.zeros(3)},
            {"weights": np.full(6, np.nan)},
            {"jaw": np.array([0, 0, np.inf, 0])},
        ],
    )
    def test_a_start_that_does_not_fit_is_refused(self, face, start):
        with pytest.raises(EditError, match="start"):
            face.initial_state(**start)


class TestConstrain:
    def test_the_rest_stays(self, face):
        done = constrain(face, face.rest)
        assert done.moved_mm.max() < 0.01
        assert np.abs(done.jaw).max() < 1e-3

    def test_skin_pushed_into_bone_comes_out(self, face):
        place = face.rest[edit_face.vertex_near(BROW)]
        dent = np.exp(-(np.linalg.norm(face.rest - place, axis=1) ** 2) / 400)
        sculpted = face.rest - 25 * dent[:, None] * face.model.neutral.normals
        assert face.bones.distances(sculpted, np.eye(4)).min() < -5
        done = constrain(face, sculpted)
        assert_feasible(face, done.vertices, done.jaw)
        half = constrain(face, sculpted, strength=0.5)
        np.testing.assert_allclose(half.moved_mm, done.moved_mm / 2, atol=1e-6)
        assert constrain(face, sculpted, strength=0).moved_mm.max() == 0

    def test_masked_skin_is_not_moved(self, face):
        sculpted = face.rest * 0.9
        mask = (face.rest[:, 0] > 0).astype(float)
        done = constrain(face, sculpted, mask=mask)
        assert done.moved_mm[mask == 1].max() == 0
        assert done.moved_mm[mask == 0].max() > 1

    def test_the_jaw_of_a_sculpt_is_found(self, face):
        truth = np.array([0.25, 2.0, 0, 0])
        done = constrain(
            face, face.posed(face.initial_state(np.array([0.3, 0, 0, 0, 0, 0]), truth))
        )
        incisor = np.append(face.joint.incisor, 1)
        miss = (face.joint.pose(done.jaw) - face.joint.pose(truth)) @ incisor
        assert np.linalg.norm(miss[:3]) < 1.5

    def test_the_volume_changes_by_no_more_than_allowed(self, face):
        swollen = face.rest + 6 * face.model.neutral.normals
        far = constrain(face, swollen, volume_share=2.0)
        little = constrain(face, swollen, volume_share=0.05)
        assert far.volume_change > 0.1
        assert little.volume_change < 0.06
        assert 0 < little.kept < far.kept

    def test_the_volume_is_that_of_the_sculpted_patch(self, face):
        def dab(place, height):
            far = np.linalg.norm(face.rest - face.rest[edit_face.vertex_near(place)], axis=1)
            return height * np.clip(1 - far / 20, 0, 1)[:, None] * face.model.neutral.normals

        high, low = dab(CHEEK, 9.0), dab((-60, 0, 50), 0.3)
        both = constrain(face, face.rest + high + low, volume_share=0.1)
        alone = constrain(face, face.rest + high, volume_share=0.1)
        assert 0 < alone.kept < 0.9  # of the whole face it would be nothing
        assert abs(both.kept - alone.kept) < 0.01
        kept = np.linalg.norm(both.vertices - face.rest, axis=1)[
            edit_face.vertex_near((-60, 0, 50))
        ]
        assert abs(kept - 0.3) < 0.03  # the other patch pays nothing for it

    def test_the_volume_between_two_balls(self, face):
        grown = face.rest * 1.01
        patch = sculpted_patches(face, grown - face.rest)
        found = volume_between(face, face.rest, grown, patch).sum()
        corners = face.rest[face.model.neutral.triangles]
        inside = np.linalg.det(corners).sum() / 6  # the open neck is a cone to the middle
        assert abs(found / (inside * (1.01**3 - 1)) - 1) < 0.01
        assert (tissue_volume(face, patch) > 0).all()

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda s: s[:-1], "topology"),
            (lambda s: s * np.nan, "not numbers"),
        ],
    )
    def test_bad_sculpts_are_named(self, face, change, words):
        with pytest.raises(EditError, match=words):
            constrain(face, change(face.rest))

    def test_a_mask_that_does_not_fit_is_named(self, face):
        with pytest.raises(EditError, match="mask"):
            constrain(face, face.rest, mask=np.ones(3))


class TestCommand:
    def test_writes_what_was_reached(self, model, tmp_path, face):
        vertex = edit_face.vertex_near(BROW)
        goal = face.rest[[vertex]] + [0, 4.0, 0]
        np.savez(tmp_path / "h.npz", vertex_indices=[vertex], positions=goal)
        out, figures = tmp_path / "r.npz", tmp_path / "f.json"
        given = [
            "edit",
            str(model),
            str(tmp_path / "h.npz"),
            "-o",
            str(out),
            "--json",
            str(figures),
        ]
        assert main(given) == 0
        with np.load(out) as result:
            assert np.linalg.norm(result["vertices"][vertex] - goal) < 0.1
            assert result["jaw"].shape == (4, 4)
            assert result["weights"].shape == (len(face.rest), 6)
            assert result["reached"].tolist() == [0]
        about = json.loads(figures.read_text())
        assert about["reached"] == 1
        assert about["handles"][0]["why"] == "reached"

    def test_symmetric_and_start(self, model, tmp_path, face):
        weights = np.array([0.0, 0.5, 0, 0, 0, 0])
        vertex = edit_face.vertex_near(CORNER)
        goal = face.posed(face.initial_state(weights))[[vertex]] + [3.0, 3, 0]
        np.savez(tmp_path / "h.npz", vertex_indices=[vertex], positions=goal, weights=weights)
        out = tmp_path / "r.npz"
        given = ["edit", str(model), str(tmp_path / "h.npz"), "-o", str(out), "--symmetric"]
        assert main([*given, "--falloff", "15"]) == 0
        with np.load(out) as result:
            assert len(result["left_mm"]) == 2
            brow = edit_face.vertex_near(BROW)
            raised = result["vertices"][brow] - face.rest[brow]
        np.testing.assert_allclose(raised, 0.5 * face.displacements[brow, :, 1], atol=0.1)

    @pytest.mark.parametrize(
        ("arrays", "words"),
        [({"positions": np.zeros((1, 3))}, "vertex_indices"), (None, "cannot be read")],
    )
    def test_bad_files_are_one_sentence(self, model, tmp_path, capsys, arrays, words):
        path = tmp_path / "h.npz"
        if arrays is None:
            path.write_text("no archive")
        else:
            np.savez(path, **arrays)
        assert main(["edit", str(model), str(path), "-o", str(tmp_path / "r.npz")]) == 2
        message = capsys.readouterr().err
        assert words in message
        assert message.count("\n") == 1
