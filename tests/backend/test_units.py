# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The size of a face is found in any orientation and extent, and wrong units are named."""

import numpy as np
import pytest

from aim_blender_addon.backend.errors import ScanError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.mesh_files import read_mesh
from aim_blender_addon.backend.scans.head_part import find_head
from aim_blender_addon.backend.scans.units import (
    MM_PER_UNIT,
    check_face_size,
    face_width,
    fitting_unit,
    format_length,
)
from tests.backend.synthetic_head import cut, head, rotation
from tests.shared_data import SHARED, make_actor, requires_shared

TURNS = {
    "y up": np.eye(3),
    "z up": rotation([1, 0, 0], 90),
    "upside down": rotation([0, 0, 1], 180),
    "lying askew": rotation([3, 1, 2], 77),
}


def _bust(wide: float = 230, deep: float = 90, low: float = 260) -> Mesh:
    """The head on a neck and shoulders: the egg's lower rings drawn down and out."""
    mesh = head("bust")
    points = mesh.vertices.astype(np.float64)
    below = np.clip((-60 - points[:, 1]) / 44, 0, 1)[:, None]
    turn = np.arctan2(points[:, 0], points[:, 2])
    neck = np.stack([52 * np.sin(turn), -60 - 0 * turn, 55 * np.cos(turn)], axis=1)
    end = np.stack([wide * np.sin(turn), 0 * turn - low, deep * np.cos(turn)], axis=1)
    drawn = np.where(below < 0.5, neck, neck + (end - neck) * (2 * below - 1))
    drawn[:, 1] = -60 - (low - 60) * below[:, 0]
    return mesh.with_vertices(np.where(below > 0, drawn, points))


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS.keys())
def test_width_in_any_orientation(turn):
    mesh = head(turn=turn)
    assert face_width(mesh) == pytest.approx(138, abs=6)
    assert abs(find_head(mesh).left @ turn[:, 0]) > 0.99
    check_face_size(mesh)


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS.keys())
def test_shoulders_do_not_count(turn):
    bust = _bust()
    whole = np.ptp(bust.vertices[:, 0])
    turned = bust.with_vertices(bust.vertices @ turn.T)
    assert whole > 400
    assert face_width(turned) == pytest.approx(138, abs=10)
    above = bust.vertices[:, 1] > -50
    part = find_head(turned).vertices
    assert part[above].all() and part[bust.vertices[:, 1] < -150].sum() == 0


def test_head_without_shoulders_is_kept_whole():
    assert find_head(head()).vertices.all()


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS.keys())
def test_face_only_mask(turn):
    mesh = head()
    mask = cut(mesh, (mesh.vertices[:, 2] > 20) & (mesh.vertices[:, 1] < 70))
    mask = mask.with_vertices(mask.vertices @ turn.T + [1000, 0, 50])
    assert face_width(mask) == pytest.approx(135, abs=8)
    check_face_size(mask)


@pytest.mark.parametrize(
    ("factor", "unit"),
    [(0.1, "centimetres"), (0.001, "metres"), (1 / 25.4, "inches")],
)
def test_small_numbers_name_their_unit(factor, unit):
    for mesh in (head("anna"), _bust()):
        with pytest.raises(ScanError, match=f"'{mesh.name}'.* mm wide.*fit {unit}"):
            check_face_size(mesh.with_vertices(mesh.vertices * factor))


@pytest.mark.parametrize("assumed", ["cm", "m"])
def test_millimetres_taken_for_more(assumed):
    factor = MM_PER_UNIT[assumed]
    mesh = head("anna")
    scaled = mesh.with_vertices(mesh.vertices * factor)
    with pytest.raises(ScanError, match="fit millimetres, so set the scan unit to millimetres"):
        check_face_size(scaled, factor)


def test_no_unit_fits():
    mesh = head("anna")
    with pytest.raises(ScanError, match="'anna' is 55 mm wide.*scale"):
        check_face_size(mesh.with_vertices(mesh.vertices * 0.4))
    with pytest.raises(ScanError, match="'anna' is 0 mm wide"):
        check_face_size(mesh.with_vertices(np.zeros_like(mesh.vertices)))


def test_nothing_to_measure():
    spoilt = head("anna").vertices.copy()
    spoilt[7] = np.nan
    none = np.zeros(0, np.int32)
    for measure in (face_width, check_face_size):
        with pytest.raises(ScanError, match="'anna'.*valid position.*export the scan again"):
            measure(head("anna").with_vertices(spoilt))
        with pytest.raises(ScanError, match="'points' has no faces"):
            measure(Mesh(head().vertices, none, none, "points"))


@pytest.mark.parametrize(
    ("units", "name"),
    [(150, "millimetres"), (15, "centimetres"), (5.9, "inches"), (0.15, "metres"), (60, None)],
)
def test_fitting_unit(units, name):
    assert fitting_unit(units) == name


@pytest.mark.parametrize(
    ("mm", "text"), [(140_000, "140 m"), (1350, "1.35 m"), (138.4, "138 mm"), (5.53, "5.5 mm")]
)
def test_lengths_read_well(mm, text):
    assert format_length(mm) == text


@requires_shared
@pytest.mark.parametrize("seed", [0, 3])
def test_actor_heads(seed):
    neutral = read_mesh(make_actor(seed) / "neutral.obj")
    width = face_width(neutral)
    assert 145 < width < 175
    turned = neutral.with_vertices(neutral.vertices @ rotation([1, 2, 0.5], 100).T)
    assert face_width(turned) == pytest.approx(width, abs=3)
    # shoulders are 220 to 250 mm wide, the face alone is 140 to 150
    y, z = neutral.vertices[:, 1], neutral.vertices[:, 2]
    mask = cut(neutral, (y > -95) & (y < 75) & (z > 20))
    assert 130 < face_width(mask) < 160


@requires_shared
@pytest.mark.parametrize("name", ["male_caucasian", "toon_child"])
def test_characters_with_broad_shoulders(name):
    with np.load(SHARED / "data" / "characters" / f"{name}.npz") as data:
        mesh = Mesh.from_triangles(data["V"] * 1000, data["F"], name)
    assert np.ptp(mesh.vertices[:, 0]) > 360
    assert 130 < face_width(mesh) < 190
    check_face_size(mesh)
    with pytest.raises(ScanError, match="fit metres"):
        check_face_size(mesh.with_vertices(mesh.vertices / 1000))
