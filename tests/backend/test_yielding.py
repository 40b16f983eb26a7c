# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin that yields to conditions, and sheets closed to wanted gaps, on two plates with known answers."""

import numpy as np
import pytest

from aim_blender_addon.backend.contact.closing import (
    ClosingOpening,
    RimStations,
    WantedGaps,
    lips_as_in_rest,
)
from aim_blender_addon.backend.contact.sheets import touch
from aim_blender_addon.backend.contact.yielding import Conditions, join, make_yielding
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.geometry.surface import SurfacePoints
from tests.backend import plates

MIDDLE = 6 * plates.SIDE + 6
UP = np.array([0.0, 0, 1])


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


def closing(depth: float, lids: bool = False) -> tuple[ClosingOpening, np.ndarray]:
    """The plates as lips, or as lids with stations on their middle lines."""
    skin, sheets = plates.two(depth)
    row = MIDDLE - 3 + np.arange(7)
    stations = RimStations(on_vertices(*row), on_vertices(*(row + plates.COUNT))) if lids else None
    operator = SurfaceOperator.of(skin.vertices, skin.triangles)
    opening = ClosingOpening.of(skin, operator, sheets, stations, 0.5, UP)
    return opening, skin.vertices.astype(float)


def gaps(opening: ClosingOpening, skin: np.ndarray) -> np.ndarray:
    found = np.concatenate([side.gap for side in touch(opening.sheets, skin)])
    return found[np.isfinite(found)]


def wanted(opening: ClosingOpening, gap: float, weight: float = 1.0):
    return tuple(
        WantedGaps(np.full(len(sheet.points), gap), np.full(len(sheet.points), weight))
        for sheet in opening.sheets
    )


def test_one_condition_is_met_up_to_the_ridge_and_fades():
    skin, rest = yielding(0.5)
    moved = skin.yielded(rest, apart(1.0, False)) - rest
    assert moved[MIDDLE, 2] - moved[MIDDLE + plates.COUNT, 2] == pytest.approx(1 / 1.01, abs=1e-6)
    assert moved[MIDDLE, 2] == pytest.approx(-moved[MIDDLE + plates.COUNT, 2], abs=1e-6)
    assert 0 < moved[MIDDLE + 3, 2] < 0.5 * moved[MIDDLE, 2]
    assert np.abs(moved[:, :2]).max() == 0


def test_the_first_sheet_takes_its_share():
    """The first of the sheets is the second plate."""
    skin, rest = yielding(0.85)
    moved = np.abs(skin.yielded(rest, apart(1.0, False)) - rest)[:, 2]
    total = moved[MIDDLE] + moved[MIDDLE + plates.COUNT]
    assert total == pytest.approx(1 / 1.01, abs=1e-6)
    assert moved[MIDDLE + plates.COUNT] / total == pytest.approx(0.85, abs=0.01)


def test_a_condition_that_only_pushes_does_not_pull():
    skin, rest = yielding(0.5)
    np.testing.assert_array_equal(skin.yielded(rest, apart(-0.2, True)), rest)
    assert np.abs(skin.yielded(rest, apart(-0.2, False)) - rest).max() > 0.05
    both = join([apart(-0.2, True), apart(0.3, True)])
    moved = skin.yielded(rest, both) - rest
    assert moved[MIDDLE, 2] - moved[MIDDLE + plates.COUNT, 2] == pytest.approx(0.3 / 1.01, abs=1e-6)


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
