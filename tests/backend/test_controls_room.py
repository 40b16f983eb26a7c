# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Room before bone shared among controls: sums of two and three stay out, one alone goes as far as before."""

import numpy as np
import pytest

from aim_blender_addon.backend.controls.keep_off import KeepOff
from aim_blender_addon.backend.controls.room import Room, share_room
from tests.backend import edit_face

AXES = (("a", 2), ("b", 2), ("c", 0), ("c", 0))


@pytest.fixture(scope="module")
def keep_off():
    return KeepOff.of(edit_face.face())


@pytest.fixture(scope="module")
def moved(keep_off):
    """Four ways that bring a cheek towards bone, each by less than its room; the last two are of one axis."""
    rest = keep_off.face.rest
    at = edit_face.vertex_near(edit_face.CHEEK)
    bone = keep_off.distances[at].argmin()
    inward = -keep_off.face.bones.outward(rest[at][None], np.eye(4), np.array([bone]))[0]
    near = np.exp(-((np.linalg.norm(rest - rest[at], axis=1) / 12) ** 2))
    room = keep_off.distances[at, bone]
    shares = (0.7, 0.55, 0.45, 0.2)
    aside = np.cross(inward, (0, 1, 0))
    return [near[:, None] * (share * room * inward + 2 * aside) for share in shares]


def test_sums_of_two_and_three_are_led_out_of_bone(keep_off, moved):
    before = Room(np.array(moved), AXES, keep_off)
    assert before.sum((0, 1)).depth > 1.0 and before.sum((0, 1, 2)).depth > 3.0
    assert all(2 not in pair or 3 not in pair for pair in before.pairs), "one axis goes one way"
    shared = share_room(moved, AXES, keep_off, None)
    after = Room(np.array(shared), AXES, keep_off)
    for ways in (*after.pairs, (0, 1, 2), (0, 1, 3)):
        assert after.sum(ways).depth < 0.3
    for one, now in zip(moved, shared, strict=True):
        assert keep_off.depth_mm(now) < 0.05
        kept = np.linalg.norm(now, axis=1).max() / np.linalg.norm(one, axis=1).max()
        assert kept > 0.4, "no way is lost"


def test_a_way_that_shares_its_skin_with_none_stays_as_it_is(keep_off, moved):
    rest = keep_off.face.rest
    far = np.linalg.norm(rest - rest[edit_face.vertex_near(edit_face.BROW)], axis=1) < 10
    alone = far[:, None] * np.array([0.0, 3.0, 0.0])
    shared = share_room([*moved, alone], (*AXES, ("d", 1)), keep_off, None)
    np.testing.assert_array_equal(shared[4], alone)


def test_no_way_of_the_mouth_needs_no_room(keep_off):
    """Expressions may move brows alone."""
    assert share_room([], (), keep_off, None) == []
