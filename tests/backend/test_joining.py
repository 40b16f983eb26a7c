# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two pairs of plates, as two eyes: closed together they close as each would alone."""

from dataclasses import replace

import numpy as np
import pytest

from aim_blender_addon.backend.contact.closing import ClosingOpening, RimStations, WantedGaps
from aim_blender_addon.backend.contact.joining import join_openings
from aim_blender_addon.backend.contact.sheets import Sheet
from aim_blender_addon.backend.contact.yielding import Conditions
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.surface import SurfacePoints
from tests.backend import plates

UP = np.array([0.0, 0, 1])
MIDDLE = 6 * plates.SIDE + 6


def on_vertices(vertices: np.ndarray) -> SurfacePoints:
    weights = np.zeros((len(vertices), 3))
    weights[:, 0] = 1.0
    return SurfacePoints(np.repeat(vertices[:, None], 3, axis=1), weights)


def moved_by(sheet: Sheet, vertices: int, total: int) -> Sheet:
    """The sheet of a copy whose vertices come so many later, in a skin of ``total``."""
    border = np.zeros(total, bool)
    border[sheet.vertices + vertices] = sheet.border[sheet.vertices]
    return replace(
        sheet,
        points=sheet.points + vertices,
        vertices=sheet.vertices + vertices,
        faces=sheet.faces + vertices,
        border=border,
    )


@pytest.fixture(scope="module")
def eyes() -> tuple[list[ClosingOpening], np.ndarray]:
    """Two pairs of plates as lids, 60 mm from each other, and their skin."""
    one, sheets = plates.two(-1.5)
    count = len(one.vertices)
    skin = Mesh.from_triangles(
        np.concatenate([one.vertices, one.vertices + [60.0, 0, 0]]).astype(np.float32),
        np.concatenate([one.triangles, one.triangles + count]),
        "both",
    )
    operator = SurfaceOperator.of(skin.vertices, skin.triangles)
    row, openings = MIDDLE - 3 + np.arange(7), []
    for start in (0, count):
        stations = RimStations(on_vertices(row + start), on_vertices(row + plates.COUNT + start))
        both = tuple(moved_by(sheet, start, 2 * count) for sheet in sheets)
        openings.append(ClosingOpening.of(skin, operator, both, stations, 0.5, UP, UP))
    return openings, skin.vertices.astype(float)


def surfaces(opening: ClosingOpening, seed: int) -> WantedGaps:
    """Gaps of random points."""
    random = np.random.default_rng(seed)
    count = len(opening.both.points)
    asked = random.random(count) < 0.5
    return WantedGaps(random.random(count), asked.astype(float), np.zeros(count))


@pytest.mark.parametrize("asked", [(True, True), (False, True), (True, False)])
def test_two_eyes_close_together_as_each_alone(eyes, asked) -> None:
    openings, rest = eyes
    (group,) = join_openings(openings)
    lids = [WantedGaps(np.full(7, gap), np.ones(7)) for gap in (0.2, 0.6)]
    points = [surfaces(o, n) if asked[n] else None for n, o in enumerate(openings)]
    together = group.closed(rest, points, lids)
    for number, opening in enumerate(openings):
        alone = opening.closed(rest, points[number], lids[number])
        own = np.flatnonzero(np.abs(alone - rest).max(axis=1) > 0)
        assert len(own) > 50
        assert np.abs(together - alone)[own].max() < opening.settings.met_mm


def test_openings_that_share_skin_and_lips_are_closed_alone(eyes) -> None:
    openings, _ = eyes
    lips = replace(openings[0], lids=None)
    numbers = [group.numbers for group in join_openings([lips, *openings])]
    assert numbers == [(0,), (1, 2)]
    numbers = [group.numbers for group in join_openings([openings[0], openings[0]])]
    assert numbers == [(0,), (1,)]


def test_a_fraction_of_a_change_is_made_once(eyes) -> None:
    """Later rounds do not add the same fraction of what is left."""
    opening, rest = eyes[0][0], eyes[1]
    assert opening.lids.heights(rest, UP) == pytest.approx(-1.5)
    moved = opening.closed(rest, None, WantedGaps(np.full(7, -0.5), np.full(7, 0.4)))
    assert opening.lids.heights(moved, UP) == pytest.approx(-1.1, abs=0.06)


def test_what_is_met_and_lies_far_from_what_is_not_is_left() -> None:
    skin = np.zeros((6, 3))
    skin[:, 0] = [0, 1, 5, 9, 20, 30]
    points = on_vertices(np.arange(6))
    change = np.array([0.5, 0.01, 0.02, 0.0, 0.03, -0.01])
    conditions = Conditions(points, points, np.tile(UP, (6, 1)), change, np.zeros(6, bool))
    about = conditions.about(skin, met_mm=0.05, reach_mm=6.0)
    np.testing.assert_array_equal(about.first.corners[:, 0], [0, 1, 2])
    assert len(conditions.about(skin, met_mm=1.0, reach_mm=6.0).change) == 0
    assert conditions.about(skin, met_mm=0.005, reach_mm=6.0) is conditions
