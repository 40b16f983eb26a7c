# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of bone and tissue, about round bones with known distances."""

import numpy as np
import pytest

from aim_blender_addon.backend.editing.limits import (
    DEEPEST_MM,
    FIELD_ERROR_MM,
    FIELD_RATE,
    jaw_samples,
    mean_of_neighbours,
    thickness_range,
)
from tests.backend import performance_face, round_bones
from tests.backend.round_bones import RoundBones

NO_TRIANGLES = np.zeros((0, 3), int)


@pytest.mark.parametrize(
    ("rest", "low", "high", "thinnest", "thickest"),
    [
        (10, 10, 10, 5, 18),  # half of the rest; 1.6 times and 2 mm
        (10, 4, 10, 3.6, 18),  # what a scan shows, less a tenth
        (10, 10, 30, 5, 34),  # and a tenth and 1 mm more
        (0.3, 0.3, 0.3, 0.3, 2.48),  # thinner than skin: the rest
        (-2, -2, -2, -2, -1.2),  # inside bone: the rest
    ],
)
def test_the_range_of_thickness(rest, low, high, thinnest, thickest):
    found = thickness_range(*(np.array([float(value)]) for value in (rest, low, high)))
    np.testing.assert_allclose(np.ravel(found), [thinnest, thickest])


def test_skin_far_from_bone_is_not_held_by_it():
    deep = np.array([DEEPEST_MM + 0.1])
    assert np.isinf(thickness_range(deep, deep, deep)[1]).all()


def test_the_excess_of_points_too_near_too_far_and_within():
    limits = round_bones.limits(RoundBones.of(20), NO_TRIANGLES, 3, thinnest=2, thickest=8)
    points = np.array([[21.0, 0, 0], [31, 0, 0], [25, 0, 0]])
    distance = limits.bones.distances(points, np.eye(4))
    excess = limits.excess(distance, np.arange(3))
    np.testing.assert_allclose(excess.amount, [1, -3, 0])
    assert (excess.bone == 0).all()


def test_the_bone_that_is_not_the_nearer_one_keeps_its_floor_only():
    bones = RoundBones.of(20, 20, (50, 0, 0))
    limits = round_bones.limits(bones, NO_TRIANGLES, 1, thinnest=4, thickest=50)
    distance = bones.distances(np.array([[24.0, 0, 0]]), np.eye(4))
    np.testing.assert_allclose(distance, [[4, 6]])
    assert limits.excess(distance, np.zeros(1, int)).amount == 0


def test_points_are_projected_straight_off_and_to_the_bone():
    limits = round_bones.limits(RoundBones.of(20), NO_TRIANGLES, 3, thinnest=2, thickest=8)
    points = np.array([[0.0, 5, 0], [0, 0, 60], [25, 0, 0]])
    found = limits.project_points(points, np.arange(3), np.eye(4))
    np.testing.assert_allclose(found, [[0, 22, 0], [0, 0, 28], [25, 0, 0]], atol=1e-9)


def test_limits_go_with_the_jaw():
    bones = RoundBones.of(1, 10, (100, 0, 0))
    limits = round_bones.limits(bones, NO_TRIANGLES, 1, thinnest=2, thickest=200)
    jaw = round_bones.pose((0, -10, 5))
    centre = jaw[:3, :3] @ [100, 0, 0] + jaw[:3, 3]
    found = limits.project_points(centre[None] + [3, 0, 0], np.zeros(1, int), jaw)
    np.testing.assert_allclose(found, centre[None] + [12, 0, 0], atol=1e-9)


def test_slack_is_never_more_than_the_way_to_a_limit():
    limits = round_bones.limits(RoundBones.of(20), NO_TRIANGLES, 4, thinnest=2, thickest=8)
    points = np.array([[23.0, 0, 0], [27, 0, 0], [30, 0, 0], [21, 0, 0]])
    distance, rows = limits.bones.distances(points, np.eye(4)), np.arange(4)
    exact = limits.exact_slack(distance, rows)
    np.testing.assert_allclose(exact, [1, 1, -2, -1])
    by_fields = limits.slack(distance, rows)
    assert (by_fields <= exact / FIELD_RATE - FIELD_ERROR_MM + 1e-12).all()


def test_samples_of_the_jaw_are_within_its_joint():
    joint = performance_face.JOINT
    samples = jaw_samples(joint)
    assert len(samples) == 12 and not samples[0].any()
    np.testing.assert_allclose([joint.within_limits(jaw) for jaw in samples], samples, atol=1e-9)
    low, high = joint.limits.bounds()
    assert samples[:, 0].max() == high[0]
    assert samples[:, 2].min() == low[2] and samples[:, 2].max() == high[2]


def test_means_over_neighbours_of_a_strip():
    strip = mean_of_neighbours(np.array([[0, 1, 2], [1, 3, 2]]), 5)
    values = np.array([1.0, 2, 3, 4, 7])
    np.testing.assert_allclose(strip @ values, [2.5, 8 / 3, 7 / 3, 2.5, 0])
