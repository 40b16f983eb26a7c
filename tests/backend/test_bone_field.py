# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Distances to bones on grids."""

import numpy as np
import pytest

from aim_blender_addon.backend.contact.bone_field import BoneField
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from tests.backend import edit_face


@pytest.fixture(scope="module")
def face():
    return edit_face.face()


def test_a_ball_has_the_distance_to_its_middle():
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


def test_the_jaws_field_goes_with_the_jaw(face):
    pose = face.joint.pose([0.3, 4, 2, 0])
    still = face.bones.distances(face.rest, np.eye(4))[:, 1]
    moved = face.bones.distances(move_rigidly(face.rest, pose), pose)[:, 1]
    np.testing.assert_allclose(moved, still, atol=1e-6)
    distance, way = face.bones.measure(move_rigidly(face.rest, pose), pose)
    near = still < 15
    np.testing.assert_allclose(distance[near, 1], still[near], atol=0.3)
    np.testing.assert_allclose(np.linalg.norm(way, axis=2), 1, atol=1e-6)


def test_what_touches_is_measured_by_the_bones_and_told_its_ways_out(face):
    pose = face.joint.pose([0.2, 2, 1, 0])
    points = np.concatenate([face.model.skull.vertices[::20], face.rest[::40]]).astype(float)
    points[:8] *= 0.99
    distance, way = face.bones.touching(points, pose, 1.0)
    exact, direction = face.bones.measure(points, pose)
    near = exact < 1.0
    assert near.any() and not near.all()
    np.testing.assert_allclose(distance[near], exact[near])
    np.testing.assert_allclose(way[near], direction[near])
    assert not way[exact > 3].any()
