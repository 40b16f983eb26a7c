# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points of two lips that meet, and lids on a ball."""

import numpy as np

from aim_blender_addon.backend.anatomy.eyes.ball import Ball
from aim_blender_addon.backend.contact.skin_pairs import SkinPairs, off_ball
from tests.backend import plates


def test_plates_pushed_into_each_other_meet_at_their_depth():
    skin, sheets = plates.two(-1.0)
    pairs = SkinPairs.between(skin, sheets)
    apart = skin.vertices.astype(float)
    assert not len(pairs.met(apart).points)
    deep = apart.copy()
    deep[plates.COUNT :, 2] -= 1.4
    met = pairs.met(deep)
    assert len(met.points) > 100
    np.testing.assert_allclose(met.gap, -0.4, atol=1e-6)
    np.testing.assert_allclose(met.least, 0.0)
    apart_by = np.einsum("nc,nc->n", deep[met.points] - met.places.interpolate(deep), met.normal)
    np.testing.assert_allclose(apart_by, met.gap, atol=1e-6)


def test_plates_that_rest_in_each_other_may_stay_so():
    skin, sheets = plates.two(0.3)
    pairs = SkinPairs.between(skin, sheets)
    rest = skin.vertices.astype(float)
    assert not len(pairs.met(rest).points)
    assert not len(pairs.met(rest, 0.1).points)  # both sides of one lip


def test_a_point_in_an_eyeball_is_told_the_way_out():
    ball = Ball(np.array([1.0, 2.0, 3.0]), 12.0, 0.0)
    distance, way = off_ball(ball, np.array([[1.0, 2.0, 14.0], [1.0, 17.0, 3.0]]))
    np.testing.assert_allclose(distance, [-1.0, 3.0])
    np.testing.assert_allclose(way, [[0, 0, 1], [0, 1, 0]])
