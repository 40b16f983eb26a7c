# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jaw and weights that follow handles: on a made-up head, and on a flat face with known answers."""

from types import SimpleNamespace

import numpy as np
import pytest

from aim_blender_addon.backend.editing.editable_face import EditState
from aim_blender_addon.backend.editing.handles import Handles
from aim_blender_addon.backend.editing.jaw_goals import JawGoals
from aim_blender_addon.backend.editing.limits import Excess
from aim_blender_addon.backend.editing.settings import EditSettings, JawSettings
from aim_blender_addon.backend.editing.weights import WeightsSolver, jaw_sigmas
from aim_blender_addon.backend.geometry.kernels import compact
from tests.backend import edit_face, performance_face
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


def flat_face(jaw_weight: float = 0.0):
    """A row of skin every 5 mm that one expression lifts by 10 mm, far from all bone; its scan's jaw is at rest."""
    rest = np.stack([np.arange(-100.0, 101, 5), np.zeros(41), np.full(41, 90.0)], axis=1)
    count = len(rest)

    def covariance(points, settings):
        parts = zip(settings.variance, settings.reach_mm, strict=True)
        return sum(part * compact(rest, points, reach) for part, reach in parts)

    chin = np.array([20])
    return SimpleNamespace(
        rest=rest,
        joint=performance_face.JOINT,
        displacements=np.tile(np.array([0, 10.0, 0])[None, :, None], (count, 1, 1)),
        scan_jaws=np.zeros((1, 4)),
        clean_jaw_weight=np.full(count, jaw_weight),
        chin=chin,
        pressable=np.zeros(0, int),
        covariance=covariance,
        chin_covariance=lambda settings: covariance(rest[chin], settings),
        bones=SimpleNamespace(distances=lambda points, pose: np.full((len(points), 2), 50.0)),
        limits=SimpleNamespace(
            excess=lambda distance, rows: Excess(np.zeros(len(rows)), np.zeros(len(rows), int)),
            project_points=lambda points, rows, pose: points,
        ),
        reachable_jaw=lambda jaw, initial, shape: performance_face.JOINT.within_limits(jaw),
    ), EditSettings()


def solved(face, settings, rows, ways, sigma=1e-4):
    """Jaw [4] and increments [V] of the one expression, for handles moved from the rest."""
    initial = EditState(np.zeros((len(face.rest), 1)), np.zeros(4), np.zeros_like(face.rest))
    handles = Handles.of(np.array(rows), face.rest[rows] + ways)
    solver = WeightsSolver(face, handles, initial, np.zeros_like(face.rest), settings)
    jaw, increments = solver.solve(handles, np.zeros((len(rows), 3)), np.full(len(rows), sigma))
    return jaw, increments[:, 0]


def test_one_handle_brings_the_expression_that_moves_it_so():
    face, settings = flat_face()
    jaw, increments = solved(face, settings, [20], [[0, 6.0, 0]])
    assert increments[20] == pytest.approx(0.6, abs=1e-4)
    assert np.abs(jaw).max() < 1e-6


def test_weights_fade_with_their_covariance_and_end():
    face, settings = flat_face()
    _, increments = solved(face, settings, [20], [[0, 6.0, 0]])
    distance = np.abs(face.rest[:, 0])
    free = distance <= settings.free_within * face.joint.length
    alike = face.covariance(face.rest[[20]], settings)[:, 0]
    np.testing.assert_allclose(increments[free], 0.6 * alike[free] / alike[20], atol=1e-4)
    assert (increments[distance >= settings.still_beyond * face.joint.length] == 0).all()
    assert (np.diff(increments[20:]) <= 0).all()


def test_what_no_expression_moves_brings_none():
    face, settings = flat_face()
    _, increments = solved(face, settings, [20], [[6.0, 0, 0]])
    assert np.abs(increments).max() < 1e-6


def test_two_handles_are_both_followed():
    face, settings = flat_face()
    _, increments = solved(face, settings, [17, 23], [[0, 2.0, 0], [0, 4.0, 0]])
    np.testing.assert_allclose(increments[[17, 23]], [0.2, 0.4], atol=2e-3)


def test_weights_beyond_their_limits_are_hardly_shown():
    face, settings = flat_face()
    _, allowed = solved(face, settings, [20], [[0, 14.0, 0]], sigma=0.2)
    _, beyond = solved(face, settings, [20], [[0, 90.0, 0]], sigma=0.2)
    assert allowed[20] == pytest.approx(1.4, abs=0.02)
    assert beyond[20] < settings.most_shown


def test_a_jaw_is_held_still_by_handles_on_other_skin_and_free_on_the_chin():
    settings = JawSettings()
    face, _ = flat_face()
    stray, still = jaw_sigmas(face, np.array([20]), settings)
    np.testing.assert_allclose(stray, settings.stray_mm)
    side = settings.side_mm * settings.still_side
    np.testing.assert_allclose(still, [settings.still_mm, settings.still_mm, side, side])
    chin, _ = flat_face(jaw_weight=1.0)
    below = 1.1 * settings.free_far_below * face.joint.length
    chin.rest[20] = face.joint.incisor - below * face.joint.up
    stray, still = jaw_sigmas(chin, np.array([20]), settings)
    np.testing.assert_allclose(stray, settings.stray_mm * np.array([30, 30, 30, 1]))
    assert still[0] > 1e3 and still[1] > 1e3
    np.testing.assert_allclose(still[2:], settings.side_mm * np.array([30, 1]))


def test_the_jaw_opens_more_freely_with_the_jaw_weight():
    found = [
        jaw_sigmas(flat_face(w)[0], np.array([20]), JawSettings())[1] for w in (0, 0.3, 0.6, 0.8)
    ]
    opening, sliding = np.array(found)[:, :2].T
    assert (np.diff(opening) > 0).all()
    assert sliding[0] == sliding[1] == sliding[2] < sliding[3]
