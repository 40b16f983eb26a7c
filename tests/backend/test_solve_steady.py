# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads that jump away and back in a take, and first heads in pictures of a face that moves much."""

import numpy as np
import pytest

from aim_blender_addon.backend.geometry.meeting import meet_rays
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.solving import views
from aim_blender_addon.backend.solving.pose import FramePose
from aim_blender_addon.backend.solving.steady import steady, turn_between
from tests.backend import synthetic_head

CAMERA = np.array([[2000.0, 0, 960, 0], [0, 2000, 540, 0], [0, 0, 1, 900]])


def frame(degrees: float, trust: float = 1.0) -> FramePose:
    head = np.eye(4)
    head[:3, :3] = synthetic_head.rotation([0, 1, 0], degrees)
    return FramePose(head, np.zeros(4), np.zeros(1), np.full(20, trust))


def turns(frames) -> list:
    ahead = np.eye(4)
    return [
        None if one is None else round(np.degrees(turn_between(ahead, one.head))) for one in frames
    ]


def test_a_head_that_jumps_is_solved_again_from_its_neighbours() -> None:
    frames = [frame(d) for d in (0, 1, 2, 29, 4, 5)]
    found = list(steady(frames, lambda one: one, lambda _old, head: FramePose(head, *REST)))
    assert turns(found) == [0, 1, 2, 3, 4, 5]


def test_a_jump_that_stays_is_a_gap_only_where_it_explains_less() -> None:
    for trust, wanted in ((0.3, None), (1.0, 29)):
        frames = [frame(d) for d in (0, 1, 2)] + [frame(29, trust)] + [frame(d) for d in (4, 5)]
        found = list(steady(frames, lambda one: one, lambda _old, _head: None))
        assert turns(found) == [0, 1, 2, wanted, 4, 5]


def test_two_wrong_frames_in_a_row_are_found_and_a_fast_turn_is_none() -> None:
    def again(_old: FramePose, head: np.ndarray) -> FramePose:
        return FramePose(head, *REST)

    wrong = [frame(d) for d in (0, 1, 40, 41, 4, 5, 6)]
    assert max(turns(steady(wrong, lambda one: one, again))) <= 6
    fast = [frame(d) for d in (0, 12, 24, 36, 40, 41, 28, 14, 0)]
    assert turns(steady(fast, lambda one: one, again)) == turns(fast)


def test_gaps_stay_and_short_takes_pass() -> None:
    assert turns(steady([None, frame(3), None], lambda one: one, None)) == [None, 3, None]
    assert not list(steady([], lambda one: one, None))


def test_rays_meet_where_two_cameras_tell_it() -> None:
    places = np.random.default_rng(0).uniform(-50, 50, (6, 3)) + (0, 0, 900)
    origins = np.array([[-300.0, 0, 0], [300, 0, 0]])
    owner = np.concatenate([np.arange(6), np.arange(5)])  # the second does not see the last point
    starts = np.repeat(origins, (6, 5), axis=0)
    rays = places[owner] - starts
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    found = meet_rays(owner, starts, rays, 7)
    np.testing.assert_allclose(found[:5], places[:5], atol=1e-6)
    assert np.isnan(found[5:]).all(), "seen once, and never"


@pytest.mark.parametrize("degrees", [0, 35])
def test_an_open_mouth_hardly_turns_the_first_head_of_one_picture(degrees: float) -> None:
    random = np.random.default_rng(1)
    rest = random.uniform((-60, -80, -30), (60, 80, 0), (150, 3))
    rest[:, 2] -= 40 * (1 - (rest[:, 0] / 70) ** 2)  # a face is no plane
    moved = rest + np.where(rest[:, 1:2] > 20, (0.0, 22.0, 8.0), 0.0)
    head = np.eye(4)
    head[:3, :3] = synthetic_head.rotation([0.2, 1, 0], degrees)
    image = move_rigidly(moved, head) @ CAMERA[:, :3].T + CAMERA[:, 3]
    pixels = image[:, :2] / image[:, 2:]
    found = views.place_far_head(CAMERA, pixels, rest)
    assert np.degrees(turn_between(found, head)) < 12
    exact = move_rigidly(rest, head) @ CAMERA[:, :3].T + CAMERA[:, 3]
    found = views.place_far_head(CAMERA, exact[:, :2] / exact[:, 2:], rest)
    assert np.degrees(turn_between(found, head)) < 4, "a near camera bends the picture"
    assert np.linalg.norm(found[:3, 3] - head[:3, 3]) < 60


REST = (np.zeros(4), np.zeros(1), np.ones(20))
