# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face controls: how far expressions reach, with known answers, and names that mirror."""

import numpy as np
import pytest

from aim_blender_addon.backend.controls.mapping import find_way
from aim_blender_addon.backend.controls.table import CONTROLS, axis_of, side_of

UP = np.array([0.0, 0, 1])


def test_a_way_reaches_what_one_expression_does() -> None:
    at = np.array([[0, 0, 5.0], [0, 0, -3], [4, 0, 0]])
    way = find_way(at, UP, 20.0, np.zeros(3))
    assert way.reach == pytest.approx(5.0)
    np.testing.assert_allclose(way.values @ at, [0, 0, 5], atol=0.15)


def test_a_way_is_a_mean_of_two_that_go_aside() -> None:
    at = np.array([[6.0, 0, 6], [-6, 0, 6]])
    way = find_way(at, UP, 20.0, np.zeros(2))
    assert way.reach == pytest.approx(6.0), "values that are not negative sum to one"
    np.testing.assert_allclose(way.values @ at, [0, 0, 6], atol=0.1)


def test_a_way_stops_at_its_limit_and_where_nothing_moves() -> None:
    at = np.array([[0.0, 0, 9]])
    assert find_way(at, UP, 4.0, np.zeros(1)).reach == pytest.approx(4.0)
    assert find_way(at, -UP, 4.0, np.zeros(1)) is None
    assert find_way(np.zeros((0, 3)), UP, 4.0, np.zeros(0)) is None


def test_local_expressions_are_preferred() -> None:
    at = np.array([[0.0, 0, 5], [0, 0, 5]])
    values = find_way(at, UP, 20.0, np.array([3.0, 0.1])).values
    assert values[1] > 4 * values[0]


def test_names_and_ways_mirror() -> None:
    names = [name for control in CONTROLS for name in control.names()]
    assert len(names) == len(set(names))
    for name in names:
        if side_of(name) == "left":
            other = name[:-2] + ".R"
            assert other in names
            axis, sign = axis_of(name, "out")
            assert axis_of(other, "out") == (axis, -sign) and axis_of(other, "up") == (2, 1)
