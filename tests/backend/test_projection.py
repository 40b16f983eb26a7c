# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin projected into its limits, about round bones with known answers."""

import numpy as np

from aim_blender_addon.backend.editing.known_slack import KnownSlack
from aim_blender_addon.backend.editing.limits import TissueLimits
from aim_blender_addon.backend.editing.projection import TOLERANCE_MM, Projected, project
from aim_blender_addon.backend.editing.surroundings import FADING, with_surroundings
from tests.backend import round_bones
from tests.backend.round_bones import RoundBones

STILL = np.eye(4)


def ball_of_skin(radius: float = 25.0) -> tuple[TissueLimits, np.ndarray]:
    """Skin 5 mm off a skull of 20 mm that may be 2 to 8 mm thick."""
    skin, triangles = round_bones.ball(radius)
    return round_bones.limits(RoundBones.of(20), triangles, len(skin), 2, 8), skin


def thickness(limits: TissueLimits, points: np.ndarray) -> np.ndarray:
    return limits.bones.distances(points, STILL)[:, 0]


def test_feasible_skin_stays():
    limits, skin = ball_of_skin()
    done = project(limits, skin, STILL, skin)
    assert done.feasible and not done.creased
    np.testing.assert_array_equal(done.points, skin)


def test_a_point_alone_is_pushed_off_the_bone_and_back_to_it():
    limits, skin = ball_of_skin()
    pulled = skin.copy()
    pulled[0] *= 10 / 25
    pulled[7] *= 40 / 25
    done = project(limits, pulled, STILL, skin, soft=False)
    assert done.feasible
    np.testing.assert_allclose(
        done.points[[0, 7]], skin[[0, 7]] * [[22 / 25], [28 / 25]], atol=0.01
    )
    np.testing.assert_allclose(done.pushed[[0, 7]], [12, -12], atol=0.01)
    rest = np.setdiff1d(np.arange(len(skin)), [0, 7])
    np.testing.assert_array_equal(done.points[rest], skin[rest])


def test_the_surroundings_go_along_and_fade():
    limits, skin = ball_of_skin()
    dent = skin[3] * (-4 / 25)
    moved = with_surroundings(limits, np.array([3]), dent[None])
    np.testing.assert_allclose(moved[3], dent)
    size = np.linalg.norm(moved, axis=1) / np.linalg.norm(dent)
    neighbours = limits.neighbour_mean[3].indices
    assert 0 < size[neighbours].max() < FADING
    assert (size[np.linalg.norm(skin - skin[3], axis=1) > 40] == 0).all()


def test_skin_pressed_in_widely_comes_out_smoothly():
    limits, skin = ball_of_skin()
    pressed = skin - 9 * np.clip(skin[:, :1] / 25, 0, 1) * [1, 0, 0]
    done = project(limits, pressed, STILL, skin)
    assert done.feasible
    assert thickness(limits, done.points).min() > 2 - 2 * TOLERANCE_MM
    assert thickness(limits, done.points).max() < 8 + 2 * TOLERANCE_MM


def test_what_two_bones_push_to_and_fro_goes_back_to_its_safe_place():
    bones = RoundBones.of(20, 20, (42, 0, 0))  # 2 mm apart, where skin needs 2 to both
    skin = np.array([[21.0, 0, 0], [0, 25, 0]])
    limits = round_bones.limits(bones, np.array([[0, 1, 0]]), 2, 2, 100)
    safe = np.array([[0.0, 25, 0], [0, 25, 0]])
    done = project(limits, skin, STILL, safe, soft=False)
    assert done.feasible
    assert bones.distances(done.points, STILL).min() > 0.4
    assert np.linalg.norm(done.points[0] - skin[0]) > 5


def test_what_finds_no_place_is_told():
    bones = RoundBones.of(20, 20, (42, 0, 0))
    skin = np.array([[21.0, 0, 0], [0, 25, 0]])
    limits = round_bones.limits(bones, np.array([[0, 1, 0]]), 2, 2, 100)
    assert not project(limits, skin, STILL, skin, soft=False).feasible


def test_known_slack_is_exhausted_by_motion_in_head_or_jaw():
    points, jaw = np.zeros((3, 3)), round_bones.pose((0, -3, 0))
    known = KnownSlack(points, STILL, np.array([1.0, 5.0, -1.0]))
    moved = points + [2, 0, 0]
    np.testing.assert_array_equal(known.exhausted(moved, STILL), [True, False, True])
    np.testing.assert_array_equal(known.exhausted(points, jaw), [True, False, True])
    known.record(np.array([0, 2]), moved[[0, 2]], STILL, np.array([1.0, 1.0]))
    assert not known.exhausted(moved, STILL).any()


def test_what_is_known_spares_measuring_and_changes_nothing():
    limits, skin = ball_of_skin()
    known = KnownSlack.nothing(skin, STILL)
    project(limits, skin, STILL, skin, known)
    pulled = skin + 4 * np.sin(skin / 7)
    fresh, again = project(limits, pulled, STILL, skin), project(limits, pulled, STILL, skin, known)
    np.testing.assert_allclose(again.points, fresh.points, atol=1e-9)


def test_only_many_points_pushed_far_are_a_crease():
    few, many = np.zeros(50), np.zeros(50)
    few[:9], many[:10] = 2.5, -2.5
    assert not Projected(np.zeros((50, 3)), few, True).creased
    assert Projected(np.zeros((50, 3)), many, True).creased
