# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two sheets of skin with a known gap."""

import numpy as np
import pytest

from aim_blender_addon.backend.contact.closing import ClosingOpening
from aim_blender_addon.backend.contact.settings import SHEET
from aim_blender_addon.backend.contact.sheets import make_sheets
from aim_blender_addon.backend.contact.touching import touch
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.retargeting.arkit_head import arkit_head
from tests.backend import plates


@pytest.mark.parametrize("depth", [0.4, -0.3, -1.5])
def test_the_gap_is_the_distance_of_the_plates(depth):
    skin, sheets = plates.two(depth)
    for found in touch(sheets, skin.vertices.astype(float)):
        inner = np.isfinite(found.gap)
        assert inner.sum() > 50
        np.testing.assert_allclose(found.gap[inner], -depth, atol=1e-6)


def test_the_normal_is_that_of_the_other_sheet():
    skin, sheets = plates.two(0.4)
    below, above = touch(sheets, skin.vertices.astype(float))
    np.testing.assert_allclose(below.normal[np.isfinite(below.gap)][:, 2], 1)
    np.testing.assert_allclose(above.normal[np.isfinite(above.gap)][:, 2], -1)


def test_the_nearest_place_is_opposite():
    skin, sheets = plates.two(0.4)
    points = skin.vertices.astype(float)
    found = touch(sheets, points)[0]
    inner = np.isfinite(found.gap)
    opposite = points[sheets[0].points] + [0, 0, 0.4]
    np.testing.assert_allclose(found.nearest.interpolate(points)[inner], opposite[inner], atol=1e-6)


def test_sheets_far_apart_have_no_gap():
    skin, sheets = plates.two(-SHEET.largest_gap_mm - 0.1)
    far = touch(sheets, skin.vertices.astype(float))
    assert all(np.isinf(side.gap).all() for side in far)


def test_places_that_face_another_way_have_a_distance_but_no_gap():
    skin, sheets = plates.two(-1.0)
    turned = skin.vertices.astype(float)
    beside = turned[plates.COUNT :, 0] - 6
    angle = np.radians(70)  # of the second plate, about the middle line of the first
    turned[plates.COUNT :, 0] = 6 + np.cos(angle) * beside
    turned[plates.COUNT :, 2] += np.sin(angle) * beside
    found = touch(sheets, turned)[0]
    middle = np.flatnonzero(sheets[0].points - plates.COUNT >= 6 * plates.SIDE)[:3]
    assert np.isinf(found.gap[middle]).all()
    assert (found.distance[middle] < 1.5).all()


def test_beyond_the_border_of_the_other_sheet_there_is_no_gap():
    skin, sheets = plates.two(-0.5)
    moved = skin.vertices.astype(float)
    moved[: plates.COUNT, 0] += 4.0
    found = touch(sheets, moved)[0]
    beside = moved[sheets[0].points, 0] < 3.5
    assert beside.any() and np.isinf(found.gap[beside]).all()


def test_a_sheet_ends_at_its_reach():
    _, (sheet, _) = plates.two(0.4)
    x, y = np.divmod(sheet.points - plates.COUNT, plates.SIDE)
    assert np.hypot(x - 6, y - 6).max() < SHEET.reach_mm
    assert set(sheet.points) <= set(sheet.vertices)
    assert not sheet.border[sheet.points].any()


def test_lips_that_rest_on_each_other_are_two_sheets():
    """Near the corners an edge lies as near to the other lip's vertices as to its own."""
    head = arkit_head()
    upper, lower = make_sheets(head.skin, head.rims["mouth"])
    side = head.linings["mouth"].side
    assert (side[upper.points] >= 0).all() and (side[lower.points] <= 0).all()


@pytest.mark.parametrize(("at_rest", "moves"), [(3.0, 0.0), (-1.0, 0.9)])
def test_both_sides_of_one_lip_may_come_nearer(at_rest: float, moves: float):
    """Plates that rest 3 mm across a lip and thin it to 1 mm stay; plates 1 mm apart that pass by 1 mm are parted."""
    skin, sheets = plates.two(at_rest)
    operator = SurfaceOperator.of(skin.vertices, skin.triangles)
    opening = ClosingOpening.of(skin, operator, sheets, None, 0.5, np.array([0.0, 0.0, 1.0]))
    posed = plates.two(1.0)[0].vertices.astype(float)
    apart = opening.closed(posed, None, None) - posed
    middle = plates.COUNT + 6 * plates.SIDE + 6
    assert abs(apart[middle, 2] - apart[middle - plates.COUNT, 2]) == pytest.approx(moves, abs=0.1)
