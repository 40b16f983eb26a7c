# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's side of editing: faces kept ready, handles that follow the mouse, and skin that no bone holds."""

import numpy as np
import pytest
import trimesh

from aim_blender_addon.backend.editing import session as sessions
from aim_blender_addon.backend.editing.constrain import constrain
from aim_blender_addon.backend.editing.handle_states import HandleKind, HandleState, SkinPlace
from aim_blender_addon.backend.editing.handles import Handles, Mirror
from aim_blender_addon.backend.editing.places import openness, skin_places, survey_if_found
from aim_blender_addon.backend.editing.session import EditSession, PreparedFace, state_of_rig
from aim_blender_addon.backend.errors import EditError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.skinning import skin_with_jaw
from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.io.model_file import model_to_bytes
from tests.backend import edit_face
from tests.backend.edit_face import BROW, CORNER
from tests.shared_data import make_actor, requires_shared


@pytest.fixture(scope="module")
def face():
    return edit_face.face()


@pytest.fixture
def session(face, monkeypatch):
    """A session for which making the face ready costs nothing a second time."""
    monkeypatch.setattr(sessions, "EditableFace", lambda model, progress: face)
    monkeypatch.setattr(
        sessions, "skin_places", lambda mesh, marks: np.zeros(len(mesh.vertices), np.uint8)
    )
    return EditSession()


def grabbed(session, face, way=(0, 0, 0), symmetric=False, falloff=10.0, place=CORNER):
    """One handle taken hold of at rest: the first answer, and its goal."""
    vertex = edit_face.vertex_near(place)
    goal = face.rest[vertex] + way
    handles = Handles.of(np.array([vertex]), goal[None], skin=face.rest)
    ready = PreparedFace(face, np.zeros(len(face.rest), np.uint8))
    return session.grab(ready, handles, face.initial_state(), symmetric, falloff), goal


def test_an_answer_is_what_a_shape_key_holds(session, face):
    answer, goal = grabbed(session, face, (2, 1, 0))
    shown = skin_with_jaw(answer.shape.astype(float), answer.jaw, face.jaw_weight)
    np.testing.assert_allclose(shown[answer.vertices[0]], goal, atol=0.1)
    np.testing.assert_allclose(answer.points, shown[answer.vertices], atol=1e-3)
    np.testing.assert_allclose(answer.initial_points[0], face.rest[answer.vertices[0]], atol=1e-6)


def test_following_the_mouse_ends_where_grabbing_there_does(session, face):
    answer, goal = grabbed(session, face)
    for step in range(1, 4):
        answer = session.solve([goal + np.array([step, 0.5 * step, 0])])
    again, _goal = grabbed(EditSession(), face, (3, 1.5, 0))
    np.testing.assert_allclose(answer.shape, again.shape, atol=1e-4)


def test_the_mirror_image_follows_the_mouse(session, face):
    answer, goal = grabbed(session, face, symmetric=True)
    assert len(answer.vertices) == 2
    answer = session.solve([goal + (2.0, 1.0, 0.5)])
    left = face.joint.left
    ways = answer.goals - face.rest[answer.vertices]
    np.testing.assert_allclose(ways[1], ways[0] - 2 * (ways[0] @ left) * left, atol=1e-6)
    assert (answer.states == HandleState.REACHED).all()


def test_mirrored_positions_are_those_of_mirrored_handles(face):
    rows = np.array([edit_face.vertex_near(CORNER), edit_face.vertex_near(BROW)])
    goals = face.rest[rows] + np.array([[1.0, 2, 3], [0, 1, 0]])
    handles = Handles.of(rows, goals, np.array([HandleKind.TARGET, HandleKind.PIN]), skin=face.rest)
    mirror = Mirror.of(handles, face.model.neutral, face.joint)
    both = handles.mirrored(face.model.neutral, face.joint)
    np.testing.assert_allclose(mirror.positions(goals), both.positions)
    assert len(np.unique(both.vertices)) == len(both.vertices)


def test_without_falloff_only_expressions_move_the_skin(session, face):
    local = grabbed(session, face, (0, 0, 6))[0]
    alone = grabbed(session, face, (0, 0, 6), falloff=0.0)[0]
    assert alone.residual_mm[0] > local.residual_mm[0]


def test_a_start_shows_what_the_rig_shows_whoever_made_it(face):
    random = np.random.default_rng(0)
    weights = random.uniform(0, 0.5, len(face.scan_jaws))
    local = np.broadcast_to(weights, (len(face.rest), len(weights)))
    shape = face.rest + face.displacement(local) + random.normal(0, 0.2, face.rest.shape)
    pose = face.joint.pose([0.1, 1.0, 0.5, 0.0])
    start = state_of_rig(face, shape.astype(np.float32), weights, pose)
    shown = skin_with_jaw(shape, pose, face.jaw_weight)
    np.testing.assert_allclose(face.posed(start), shown, atol=1e-3)
    with pytest.raises(EditError, match=f"has 3 vertices and .* has {len(face.rest)}"):
        state_of_rig(face, shape[:3], weights, pose)


def test_faces_are_kept_by_their_models_and_the_oldest_goes(session):
    model = model_to_bytes(edit_face.model())
    first = session.prepare("a", "Anna", model)
    assert session.prepare("a", "Anna", None) is first
    session.prepare("b", "Bert", model)
    assert session.prepare("a", "Anna", None) is first
    session.prepare("c", "Cleo", model)
    with pytest.raises(EditError, match="Bert is not ready for editing any more"):
        session.prepare("b", "Bert", None)


def test_what_cannot_be_followed_is_said(session, face):
    with pytest.raises(EditError, match="No handles are held"):
        session.solve([[0, 0, 0]])
    grabbed(session, face)
    with pytest.raises(EditError, match="1 handles are not 1 points"):
        session.solve([[0, 0, 0], [1, 1, 1]])
    with pytest.raises(EditError, match="are not 1 points"):
        session.solve([[np.nan, 0, 0]])


def test_a_jaw_that_is_not_to_be_found_stays(face):
    pose = face.joint.pose([0.2, 0, 0, 0])
    sculpted = skin_with_jaw(face.rest, pose, face.jaw_weight)
    assert constrain(face, sculpted).jaw[0] > 0.1
    assert constrain(face, sculpted, solve_jaw=False).jaw[0] == 0.0


def test_skin_that_sees_nothing_but_skin_is_inside():
    outer = trimesh.creation.icosphere(subdivisions=3, radius=50)
    inner = trimesh.creation.icosphere(subdivisions=2, radius=20)
    both = trimesh.util.concatenate([outer, inner])
    clear = openness(Mesh.from_triangles(both.vertices, both.faces, "ball in ball"))
    assert clear[: len(outer.vertices)].min() == 1.0
    assert clear[len(outer.vertices) :].max() == 0.0


@requires_shared
def test_eyelids_lie_around_the_eyes_and_lips_meet_inside():
    neutral = read_actor(make_actor(3)).neutral
    places = skin_places(neutral, survey_if_found(neutral).landmarks)
    lids = neutral.vertices[places == SkinPlace.EYELID]
    assert 0.01 < len(lids) / len(places) < 0.12
    for side in (1, -1):
        one = lids[side * lids[:, 0] > 0]
        assert len(one) and np.ptp(one[:, 0]) < 50 and np.ptp(one[:, 1]) < 25
    tip = neutral.vertices[:, 2].argmax()
    assert places[tip] == SkinPlace.SKIN and (places == SkinPlace.INSIDE).any()
