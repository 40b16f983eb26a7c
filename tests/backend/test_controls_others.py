# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controls at the places of others, on a made-up flat face: a brow is lowered by frowns and leaves the lids alone."""

import numpy as np
import pytest

from aim_blender_addon.backend.controls.keep_off import KeepOff
from aim_blender_addon.backend.controls.make import _Maker, _nearest
from aim_blender_addon.backend.controls.others import OtherPlaces
from aim_blender_addon.backend.controls.places import Places
from aim_blender_addon.backend.controls.regions import find_regions
from aim_blender_addon.backend.controls.together import find_together
from aim_blender_addon.backend.editing.editable_face import EditableFace
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.mirror import find_mirror
from tests.backend import edit_face

LEFT, FRONT, UP = np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, 1]])
LID, BROW = np.array([32.0, 0, 0]), np.array([32.0, 0, 12])
CHEEK, NOSTRIL = np.array([[30.0, 0, 0], [14.0, 0, 10]])


@pytest.fixture(scope="module")
def skin():
    x, z = np.meshgrid(np.arange(-60.0, 61, 3), np.arange(-30.0, 61, 3))
    points = np.stack([x, 0 * x, z], axis=-1).reshape(-1, 3)
    at = np.arange(x.size).reshape(x.shape)
    a, b, c, d = (q.ravel() for q in (at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]))
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    return Mesh.from_triangles(points.astype(np.float32), triangles, "skin")


@pytest.fixture(scope="module")
def places():
    points, sources = {}, {}
    for ending, sign in ((".L", 1), (".R", -1)):
        points |= {name + ending: at * (sign, 1, 1) for name, at in _named()}
        rim = np.array([[sign * x, 0, 0] for x in (20.0, 26, 32, 38, 44)])
        sources |= {
            "lid_upper" + ending: rim,
            "brow_mid" + ending: points["brow_mid" + ending][None],
        }
    return Places(points, sources, np.stack([LEFT, UP, FRONT]), 1.0)


def _named():
    return ("lid_upper", LID), ("brow_mid", BROW)


def _shape(skin, *parts):
    """Sums of motions [3] at places, less around them: (place, motion, mm around)."""
    points = skin.vertices.astype(np.float64)
    return sum(
        np.exp(-((np.linalg.norm(points - place, axis=1)[:, None] / wide) ** 2)) * np.array(moved)
        for place, moved, wide in parts
    )


def _ways(skin, places, *shapes):
    """The ways brow down and lid down of both sides, made of shapes of the left and their mirror images."""
    mirror = find_mirror(skin, LEFT, np.zeros(3), _nearest(skin))
    both = np.concatenate([shapes, [mirror.mirrored(shape) for shape in shapes]])
    nothing = np.zeros(len(both))
    regions = find_regions(skin, places)
    maker = _Maker(skin, places, regions, mirror, both, nothing, nothing > 0, True)
    made = {
        stem: maker.keys([f"{stem}.L", f"{stem}.R"], "down", 16.0)
        for stem in ("brow_mid", "lid_upper")
    }
    at = {name: maker.others.at[f"{name}.L"] for name in made}

    def moved(control, place):
        field = made[control][f"{control}.L"].moved.astype(np.float64)
        return float(np.linalg.norm(at[place].interpolate(field), axis=1).max())

    return {stem: keys[f"{stem}.L"].reach for stem, keys in made.items() if keys}, moved


@pytest.fixture(scope="module")
def blink(skin):
    return _shape(skin, (LID, (0, 0, -12), 6), (BROW, (0, 0, -1), 10))


def test_a_frown_lowers_the_brow_and_a_blink_the_lid(skin, places, blink):
    frown = _shape(skin, (BROW, (-2, 0, -4), 10), (LID, (0, 0, -1), 6))
    reach, moved = _ways(skin, places, blink, frown)
    assert reach["brow_mid"] == pytest.approx(4.4, abs=0.6) and reach["lid_upper"] > 10
    assert moved("brow_mid", "brow_mid") == pytest.approx(reach["brow_mid"], rel=0.05)
    assert moved("brow_mid", "lid_upper") < reach["brow_mid"] / 3
    assert moved("lid_upper", "brow_mid") < 2
    frown_alone, _moved = _ways(skin, places, 0 * blink, frown)
    assert reach["brow_mid"] == pytest.approx(frown_alone["brow_mid"], abs=0.1), "no blink in it"


def test_a_brow_that_only_a_squeeze_lowers_goes_down_without_the_lid(skin, places, blink):
    squeeze = _shape(skin, (LID, (0, 0, -10), 6), (BROW, (0, 0, -5), 10))
    reach, moved = _ways(skin, places, squeeze)
    assert reach["brow_mid"] > 4
    assert moved("brow_mid", "brow_mid") == pytest.approx(reach["brow_mid"], rel=0.1)
    assert moved("brow_mid", "lid_upper") < reach["brow_mid"] / 3
    assert moved("lid_upper", "lid_upper") > 8 and moved("lid_upper", "brow_mid") < 2


def test_only_what_a_shape_does_beyond_the_control_s_own_place_costs_reach(skin):
    points, sources = {}, {}
    for ending, sign in ((".L", 1), (".R", -1)):
        points |= {
            f"cheek{ending}": CHEEK * (sign, 1, 1),
            f"nostril{ending}": NOSTRIL * (sign, 1, 1),
        }
    sources = {name: point[None] for name, point in points.items()}
    places = Places(points, sources, np.stack([LEFT, UP, FRONT]), 1.0)
    puff = _shape(skin, (CHEEK, (0, -6, 0), 12), (NOSTRIL, (0, -4, 0), 8))
    sneer = _shape(skin, (CHEEK, (0, -2, 0), 12), (NOSTRIL, (0, 0, 8), 8))
    others = OtherPlaces(skin, places, find_regions(skin, places), np.stack([puff, sneer]))
    far, costs = others.moved_mm("cheek.L")
    assert far.min() > 0.3, "both move the nose within the cheek's skin"
    assert costs[0] == 0 and 0 < costs[1] < far[1]


def test_a_face_that_no_control_moves_has_no_pairs():
    face = EditableFace(edit_face.model())
    assert find_together([], KeepOff.of(face), None) == []
