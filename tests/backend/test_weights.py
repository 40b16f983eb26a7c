# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jaw and weights that follow handles."""

import numpy as np
import pytest

from aim_blender_addon.backend.editing.handles import Handles
from aim_blender_addon.backend.editing.jaw_goals import JawGoals
from aim_blender_addon.backend.editing.settings import JawSettings
from tests.backend import edit_face
from tests.backend.edit_face import CHIN


@pytest.fixture(scope="module")
def face():
    return edit_face.face()


def test_a_goal_lets_go_of_a_jaw_that_makes_more_room(face):
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
