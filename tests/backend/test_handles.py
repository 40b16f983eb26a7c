# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles: which are refused, what they ask for, and their mirror images."""

from dataclasses import replace

import numpy as np
import pytest

from aim_blender_addon.backend.editing.drag import Drag
from aim_blender_addon.backend.editing.editable_face import EditableFace
from aim_blender_addon.backend.editing.handle_states import HandleKind
from aim_blender_addon.backend.editing.handles import Handles
from aim_blender_addon.backend.errors import EditError
from aim_blender_addon.backend.geometry.mesh import Mesh
from tests.backend import edit_face
from tests.backend.edit_face import CHIN, CORNER


@pytest.fixture(scope="module")
def face():
    return edit_face.face()


def test_a_goal_beyond_the_limits_is_followed_as_far_as_it_is_feasible(face):
    vertex = edit_face.vertex_near((0, 60, 70))
    outwards = face.model.neutral.normals[vertex].astype(float)
    handles = Handles.of(np.array([vertex]), face.rest[[vertex]] + 40 * outwards)
    everywhere = np.ones(len(face.rest), bool)
    near = handles.projected(face.limits, np.eye(4), everywhere)
    away = face.bones.distances(near.positions, np.eye(4))
    assert abs(face.limits.excess(away, near.vertices).amount[0]) < 0.2
    free = handles.projected(face.limits, np.eye(4), ~everywhere)
    assert np.array_equal(free.positions, handles.positions)


def test_what_the_jaw_parts_does_not_contradict():
    rest, goals = np.array([[0.0, 0, 0], [0, -6, 0]]), np.array([[0.0, 0, 0], [0, -34, 0]])
    handles = Handles.of(np.array([0, 1]), goals)
    assert (handles.contradictions(rest, rest) > 0).all()
    assert (handles.contradictions(rest, rest, np.array([0.0, 45])) == 0).all()


def test_the_other_side_mirrors(face):
    vertex = edit_face.vertex_near(CORNER)
    handles = Handles.of(np.array([vertex]), face.rest[[vertex]] + [4.0, 3, 0])
    both = handles.mirrored(face.model.neutral, face.joint)
    assert len(both) == 2
    np.testing.assert_allclose(both.positions[1], both.positions[0] * [-1, 1, 1], atol=0.1)
    middle = edit_face.vertex_near(CHIN)
    alone = Handles.of(np.array([middle]), face.rest[[middle]])
    assert len(alone.mirrored(face.model.neutral, face.joint)) == 1


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
def test_are_named(face, given, words):
    given = {"vertices": [5], "positions": face.rest[[5]]} | given
    with pytest.raises(EditError, match=words):
        Handles.of(**given, skin=face.rest)


def test_a_model_without_bones_is_refused():
    empty = Mesh.from_triangles(np.zeros((0, 3)), np.zeros((0, 3)))
    with pytest.raises(EditError, match="no bones"):
        EditableFace(replace(edit_face.model(), jaw=empty))


@pytest.mark.parametrize("positions", [[[np.nan, 0, 0]], [[0, 0]], [[0, 0, 0], [0, 0, 0]]])
def test_a_mouse_place_that_is_none_is_named_and_the_drag_goes_on(face, positions):
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
def test_a_start_that_does_not_fit_is_refused(face, start):
    with pytest.raises(EditError, match="start"):
        face.initial_state(**start)
