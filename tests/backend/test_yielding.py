# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin that yields to conditions, and sheets closed to wanted gaps, on two plates with known answers."""

from dataclasses import replace

import numpy as np
import pytest

from aim_blender_addon.backend.contact.closing import (
    ClosingOpening,
    RimStations,
    WantedGaps,
    lips_as_in_rest,
)
from aim_blender_addon.backend.contact.settings import LIDS, LIPS, YIELDING, ClosingSettings
from aim_blender_addon.backend.contact.touching import touch
from aim_blender_addon.backend.contact.yielding import Conditions, forces, join, make_yielding
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.geometry.surface import SurfacePoints
from tests.backend import plates

MIDDLE = 6 * plates.SIDE + 6
UP = np.array([0.0, 0, 1])
WITH_RIDGE = 1 + YIELDING.ridge


def on_vertices(*vertices: int) -> SurfacePoints:
    rows = np.array(vertices)[:, None]
    return SurfacePoints(np.tile(rows, 3), np.tile([1.0, 0, 0], (len(vertices), 1)))


def apart(change: float, pushes: bool) -> Conditions:
    """The middles of both plates moved apart along z."""
    return Conditions(
        on_vertices(MIDDLE),
        on_vertices(MIDDLE + plates.COUNT),
        UP[None],
        np.array([change]),
        np.array([pushes]),
    )


def yielding(upper_share: float):
    skin, sheets = plates.two(0.4)
    operator = SurfaceOperator.of(skin.vertices, skin.triangles)
    return make_yielding(skin, operator, sheets, upper_share), skin.vertices.astype(float)


def closing(
    depth: float, lids: bool = False, settings: ClosingSettings = LIDS
) -> tuple[ClosingOpening, np.ndarray]:
    """The plates as lips or as lids, these with stations on their middle lines; closed as lids are, exactly."""
    skin, sheets = plates.two(depth)
    row = MIDDLE - 3 + np.arange(7)
    stations = RimStations(on_vertices(*row), on_vertices(*(row + plates.COUNT))) if lids else None
    operator = SurfaceOperator.of(skin.vertices, skin.triangles)
    opening = ClosingOpening.of(skin, operator, sheets, stations, 0.5, UP)
    return replace(opening, settings=settings), skin.vertices.astype(float)


def gaps(opening: ClosingOpening, skin: np.ndarray) -> np.ndarray:
    found = np.concatenate([side.gap for side in touch(opening.sheets, skin)])
    return found[np.isfinite(found)]


def wanted(opening: ClosingOpening, gap: float, weight: float = 1.0):
    count = len(opening.both.points)
    return WantedGaps(np.full(count, gap), np.full(count, weight))


def test_one_condition_is_met_up_to_the_ridge_and_fades():
    skin, rest = yielding(0.5)
    moved = skin.yielded(rest, apart(1.0, False)) - rest
    assert moved[MIDDLE, 2] - moved[MIDDLE + plates.COUNT, 2] == pytest.approx(
        1 / WITH_RIDGE, abs=1e-6
    )
    assert moved[MIDDLE, 2] == pytest.approx(-moved[MIDDLE + plates.COUNT, 2], abs=1e-6)
    assert 0 < moved[MIDDLE + 3, 2] < 0.5 * moved[MIDDLE, 2]
    assert np.abs(moved[:, :2]).max() == 0


def test_the_first_sheet_takes_its_share():
    """The first of the sheets is the second plate."""
    skin, rest = yielding(0.85)
    moved = np.abs(skin.yielded(rest, apart(1.0, False)) - rest)[:, 2]
    total = moved[MIDDLE] + moved[MIDDLE + plates.COUNT]
    assert total == pytest.approx(1 / WITH_RIDGE, abs=1e-6)
    assert moved[MIDDLE + plates.COUNT] / total == pytest.approx(0.85, abs=0.01)


def test_a_condition_that_only_pushes_does_not_pull():
    skin, rest = yielding(0.5)
    np.testing.assert_array_equal(skin.yielded(rest, apart(-0.2, True)), rest)
    assert np.abs(skin.yielded(rest, apart(-0.2, False)) - rest).max() > 0.05
    both = join([apart(-0.2, True), apart(0.3, True)])
    moved = skin.yielded(rest, both) - rest
    assert moved[MIDDLE, 2] - moved[MIDDLE + plates.COUNT, 2] == pytest.approx(
        0.3 / WITH_RIDGE, abs=1e-6
    )


def test_no_condition_moves_nothing():
    skin, rest = yielding(0.5)
    none = Conditions(
        SurfacePoints(np.zeros((0, 3), int), np.zeros((0, 3))),
        SurfacePoints(np.zeros((0, 3), int), np.zeros((0, 3))),
        np.zeros((0, 3)),
        np.zeros(0),
        np.zeros(0, bool),
    )
    assert skin.yielded(rest, none) is rest and none.worst == 0


def test_sheets_in_each_other_are_moved_just_apart():
    opening, _ = closing(-0.2)  # at rest they are apart
    passed = closing(0.4)[1]
    moved = opening.closed(passed, None, None)
    assert gaps(opening, passed).max() < -0.39
    assert np.abs(gaps(opening, moved)).max() < 0.05
    # Both plates yield alike, and along their normals only.
    np.testing.assert_allclose((moved - passed)[:, :2], 0.0, atol=1e-9)
    assert (moved - passed)[MIDDLE, 2] == pytest.approx(-0.2, abs=0.03)


def test_sheets_that_rest_in_each_other_stay_so():
    opening, rest = closing(0.4)
    np.testing.assert_array_equal(opening.closed(rest, None, None), rest)


@pytest.mark.parametrize("gap", [0.0, 0.5])
def test_lips_come_as_near_as_wanted(gap):
    opening, rest = closing(-1.2)
    moved = opening.closed(rest, wanted(opening, gap), None)
    assert np.median(gaps(opening, moved)) == pytest.approx(gap, abs=0.05)
    assert gaps(opening, moved).min() > -0.05


def test_lips_that_nearly_touch_and_are_hardly_pressed_are_left():
    opening, rest = closing(-0.1, settings=LIPS)
    np.testing.assert_array_equal(opening.closed(rest, wanted(opening, 0.0), None), rest)
    opening, _ = closing(-0.2, settings=LIPS)  # at rest they are apart
    pressed = closing(0.04)[1]
    np.testing.assert_array_equal(opening.closed(pressed, None, None), pressed)


def test_gaps_beyond_interest_may_be_left_out_and_no_others():
    """Plates that lie in each other on one half: gaps below the one of interest are those of a full search."""
    opening, rest = closing(-0.3)
    rest[: plates.COUNT, 2] += 0.1 * (rest[: plates.COUNT, 0] - 6)
    full, quick = opening.both.touch(rest), opening.both.touch(rest, up_to=0.0)
    inside = full.gap < 0
    assert 20 < inside.sum() <= np.isfinite(quick.gap).sum() < np.isfinite(full.gap).sum()
    np.testing.assert_array_equal(quick.gap[inside], full.gap[inside])


def test_lips_beside_skin_that_touches_stay_where_they_are():
    """One half of a plate touches; 1.5 mm away a gap of half a millimetre is left, farther off none is."""
    opening, rest = closing(-1.2, settings=LIPS)
    rest[: plates.COUNT, 2] += np.where(rest[: plates.COUNT, 0] < 6, 1.2, 0.8)
    moved = np.abs(opening.closed(rest, wanted(opening, 0.0), None) - rest).max(axis=1)
    column = np.round(rest[: plates.COUNT, 0])
    middle = np.abs(rest[: plates.COUNT, 1] - 6) < 1.5
    assert moved[: plates.COUNT][middle & (column == 6)].max() < 0.1
    assert moved[: plates.COUNT][middle & (column == 9)].min() > 0.1


@pytest.mark.parametrize(("front", "moves"), [(UP, True), (-UP, False)])
def test_a_lid_that_slides_is_only_pushed_before_the_other_one(front, moves):
    """The first of the sheets is the upper lid; it is pushed along z out of the lower one."""
    opening, _ = closing(-0.2)
    opening, passed = replace(opening, front=front), closing(0.4)[1]
    count = len(opening.both.points)
    slides = WantedGaps(np.zeros(count), np.zeros(count), None, np.ones(count, bool))
    moved = np.abs(opening.closed(passed, slides, None) - passed).max()
    assert (moved > 0.1) == moves and (moves or moved == 0)


def test_linings_are_not_pushed_along_the_mouth():
    """Both plates as walls of a lining that face each other from side to side."""
    opening, _ = closing(-0.2)
    passed = closing(0.4)[1]
    across = {"up": np.array([0.0, 1, 0]), "front": np.array([1.0, 0, 0])}
    for lining, moves in ((np.ones(len(passed), bool), False), (np.zeros(len(passed), bool), True)):
        walls = replace(opening, lining=lining, **across)
        assert (np.abs(walls.closed(passed, None, None) - passed).max() > 0.1) == moves


def test_what_a_push_lets_go_pushes_again_where_it_must():
    """Forces of random conditions are the least that meet them: none pulls, and none is missing."""
    random = np.random.default_rng(3)
    for _ in range(10):
        factor = random.normal(size=(20, 20))
        compliance, change = factor @ factor.T + np.eye(20), random.normal(size=20)
        force = forces(compliance.copy(), change, np.ones(20, bool))
        met = compliance @ force - change
        assert force.min() >= 0 and met.min() > -1e-9
        assert np.abs(force * met).max() < 1e-9


def test_lids_are_led_to_the_heights_of_their_stations():
    opening, rest = closing(-1.5, lids=True)
    upside_down = RimStations(opening.lids.lower, opening.lids.upper)
    assert opening.lids.heights(rest, UP) == pytest.approx(-1.5)
    assert opening.lids.open_heights(rest, UP) == pytest.approx(0)
    assert upside_down.open_heights(rest, UP) == pytest.approx(1.5)
    moved = opening.closed(rest, None, WantedGaps(np.full(7, -0.5), np.ones(7)))
    assert opening.lids.heights(moved, UP) == pytest.approx(-0.5, abs=0.06)


def test_open_lids_are_only_kept_apart():
    opening, rest = closing(-1.5, lids=True)
    moved = opening.closed(rest, None, WantedGaps(np.zeros(7), np.zeros(7)))
    np.testing.assert_array_equal(moved, rest)


def test_parted_lips_are_laid_on_each_other_midway():
    skin, _ = plates.two(0.0)
    row = MIDDLE - 3 * plates.SIDE + plates.SIDE * np.arange(7)
    stations = RimStations(on_vertices(*row), on_vertices(*(row + plates.COUNT)))
    rest = skin.vertices.astype(float)
    first = np.arange(len(rest)) < plates.COUNT
    posed = rest + np.where(first, 7.0, -3.0)[:, None] * UP
    laid = lips_as_in_rest(skin, stations, np.array([1.0, 0, 0]), posed)
    near = np.abs(rest[:, 1] - 6) < 6
    np.testing.assert_allclose(laid[near], rest[near] + 2 * UP, atol=1e-9)
