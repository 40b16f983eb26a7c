# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes with known answers: balls fitted to eyeballs and guessed from lids, looks, lids that follow."""

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.eyes import lids, shutting, taken_blinks
from aim_blender_addon.backend.anatomy.eyes.ball import Ball, fit_ball
from aim_blender_addon.backend.anatomy.eyes.estimate import ball_behind
from aim_blender_addon.backend.anatomy.eyes.find import find_eyes
from aim_blender_addon.backend.anatomy.eyes.look import (
    look_of_curves,
    look_of_direction,
    rotation,
    turned_like,
)
from aim_blender_addon.backend.anatomy.eyes.outside import coarser, outside_of, signed_distance
from aim_blender_addon.backend.anatomy.head.rims import Rims
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.errors import RigError
from aim_blender_addon.backend.geometry.mesh import Mesh, vertex_areas

#: A face that looks along -Y, Z up.
JOINT = JawJoint(np.array([52.0, 5, -25]), np.array([-52.0, 5, -25]), np.array([0, -78.0, -68]))
AXES = np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, 1]])
CENTRE = np.array([31.0, -70.0, 12.0])


def eyeball(centre=CENTRE, radius=12.0, rings=24, around=32, cornea=1.4, stretch=(1, 1, 1)):
    """A ball with a cornea that bulges along -Y, where its rings are dense."""
    polar = np.pi * np.linspace(0, 1, rings + 1)[1:-1] ** 1.5
    turn = 2 * np.pi * np.arange(around) / around
    angle, around_it = np.meshgrid(polar, turn, indexing="ij")
    far = radius + cornea * np.clip(1 - (angle / np.radians(32)) ** 2, 0, 1)
    points = far[..., None] * np.stack(
        [np.sin(angle) * np.cos(around_it), -np.cos(angle), np.sin(angle) * np.sin(around_it)], -1
    )
    at = np.arange((rings - 1) * around).reshape(rings - 1, around)
    beside = np.roll(at, -1, axis=1)
    quads = np.stack([at[:-1], beside[:-1], beside[1:], at[1:]], -1).reshape(-1, 4)
    vertices = points.reshape(-1, 3) * np.array(stretch) + np.asarray(centre)
    return Mesh(
        vertices.astype(np.float32),
        quads.ravel().astype(np.int32),
        np.full(len(quads), 4, np.int32),
        "eye",
    )


def joined(*meshes):
    """One mesh of several."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([m.face_vertices + s for m, s in zip(meshes, starts, strict=False)]).astype(
            np.int32
        ),
        np.concatenate([mesh.face_sizes for mesh in meshes]),
        "joined",
    )


def lid_skin(ball_radius=12.0, hole=((-50, 50), (-16, 12)), thick=0.4):
    """Skin on a ball about an eye, with an opening between corners and rims in degrees."""
    wide = np.radians(np.linspace(-80, 80, 65))
    high = np.radians(np.linspace(-70, 70, 57))
    aside, up = np.meshgrid(wide, high, indexing="ij")
    far = ball_radius + 1.8 + thick
    points = CENTRE + far * np.stack(
        [np.cos(up) * np.sin(aside), -np.cos(up) * np.cos(aside), np.sin(up)], -1
    )
    at = np.arange(aside.size).reshape(aside.shape)
    quads = np.stack([at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]], -1).reshape(-1, 4)
    middle = np.degrees([aside.ravel()[quads].mean(1), up.ravel()[quads].mean(1)])
    low, tall = np.mean(hole[1]), np.ptp(hole[1]) / 2
    inside = (middle[0] / hole[0][1]) ** 2 + ((middle[1] - low) / tall) ** 2 < 1
    kept = quads[~inside]
    return Mesh(
        points.reshape(-1, 3).astype(np.float32),
        kept.ravel().astype(np.int32),
        np.full(len(kept), 4, np.int32),
        "skin",
    )


def test_a_cornea_does_not_shift_the_ball():
    mesh = eyeball()
    ball = fit_ball(mesh.vertices, vertex_areas(mesh))
    assert np.linalg.norm(ball.centre - CENTRE) < 0.15
    assert ball.radius == pytest.approx(12, abs=0.1)


def test_half_an_eyeball_with_noise_still_tells_its_centre():
    mesh = eyeball()
    front = mesh.vertices[:, 1] < CENTRE[1]
    noise = np.random.default_rng(1).normal(0, 0.05, (front.sum(), 3))
    ball = fit_ball(mesh.vertices[front] + noise, vertex_areas(mesh)[front])
    assert np.linalg.norm(ball.centre - CENTRE) < 0.5


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((50, 3)),
        np.random.default_rng(0).uniform(-12, 12, (200, 3)),
        np.random.default_rng(0).uniform(-12, 12, (200, 3)) * (1, 1, 0),
        np.full((20, 3), np.nan),
        np.eye(3),
    ],
    ids=["a point", "a cloud", "a plate", "missing numbers", "three points"],
)
def test_what_is_no_ball_is_refused(points):
    with pytest.raises(RigError, match="lie on no ball"):
        fit_ball(points)


def test_eyes_are_found_in_any_mesh_with_what_turns_with_them():
    left, right = eyeball(), eyeball(CENTRE * (-1, 1, 1))
    iris = eyeball(CENTRE, 8.0, 12, 12, 0.0)
    tooth = eyeball((4, -75, -60), 5.0, 8, 8, 0.0)
    found = find_eyes([joined(tooth, left, iris), right], JOINT)
    assert set(found.balls) == {"left", "right"}
    np.testing.assert_allclose(found.balls["right"].centre, CENTRE * (-1, 1, 1), atol=0.15)
    own = len(tooth.vertices)
    assert list(found.vertices[0]["left"]) == list(
        range(own, own + len(left.vertices) + len(iris.vertices))
    )
    assert len(found.vertices[1]["right"]) == len(right.vertices)
    assert not len(found.vertices[0]["right"])


@pytest.mark.parametrize(
    ("radius", "first", "last"),
    [(12.6, 30, 55), (14.4, 48, 56), (11.98, 30, 55), (11.6, 35, 80), (11.98, 24, 62)],
    ids=[
        "tear line",
        "tear line before the ball",
        "tear line in the ball",
        "pocket of the lids",
        "wide tear line",
    ],
)
def test_a_strip_along_the_lids_does_not_turn(radius, first, last):
    strip = eyeball(CENTRE, radius, 24, 32, 0.0)
    around = np.degrees(np.arccos((CENTRE - strip.vertices)[:, 1] / radius))
    kept = ((around > first) & (around < last))[strip.face_vertices.reshape(-1, 4)].all(1)
    used, corners = np.unique(strip.face_vertices.reshape(-1, 4)[kept], return_inverse=True)
    ring = Mesh(
        strip.vertices[used],
        corners.ravel().astype(np.int32),
        np.full(kept.sum(), 4, np.int32),
        "tear line",
    )
    found = find_eyes([joined(eyeball(), ring)], JOINT)
    assert len(found.vertices[0]["left"]) == len(eyeball().vertices)
    np.testing.assert_allclose(found.balls["left"].centre, CENTRE, atol=0.15)


@pytest.mark.parametrize(
    ("radius", "first", "last"),
    [(11.9, -1, 29), (11.9, 14, 30), (11.7, 20, 181), (11.9, 60, 181), (8.0, 40, 80)],
    ids=["iris", "iris with a wide pupil", "inner white", "back", "deep inside"],
)
def test_what_lies_inside_the_ball_turns_with_it(radius, first, last):
    whole = eyeball(CENTRE, radius, 36, 32, 0.0)
    around = np.degrees(np.arccos(np.clip((CENTRE - whole.vertices)[:, 1] / radius, -1, 1)))
    kept = ((around > first) & (around < last))[whole.face_vertices.reshape(-1, 4)].all(1)
    used, corners = np.unique(whole.face_vertices.reshape(-1, 4)[kept], return_inverse=True)
    part = Mesh(
        whole.vertices[used],
        corners.ravel().astype(np.int32),
        np.full(kept.sum(), 4, np.int32),
        "part",
    )
    found = find_eyes([joined(eyeball(), part)], JOINT)
    assert len(found.vertices[0]["left"]) == len(eyeball().vertices) + len(used)


def test_one_eye_and_none():
    assert set(find_eyes([eyeball()], JOINT).balls) == {"left"}
    far = eyeball((0, 0, 500))
    assert not find_eyes([far], JOINT).balls


def test_the_outside_has_the_cornea_and_a_missing_back():
    mesh = eyeball(rings=48, around=48)
    front = mesh.vertices[:, 1] < CENTRE[1] + 4
    outside = outside_of(Ball(CENTRE, 12.0), mesh, np.flatnonzero(front), AXES)
    far = np.linalg.norm(outside.vertices - CENTRE, axis=1)
    assert far[1] == pytest.approx(13.4, abs=0.1) and far[-1] == pytest.approx(12, abs=0.02), (
        "between flat facets"
    )
    off = signed_distance(mesh.vertices[front], Ball(CENTRE, 12.0), outside, AXES)
    assert np.abs(off).max() < 0.08
    corners = outside.vertices[outside.triangles]
    volume = np.linalg.det(corners - CENTRE).sum() / 6
    assert volume == pytest.approx(4 / 3 * np.pi * 12**3, rel=0.05), "faces point outwards"


def test_a_coarser_outside_stays_within_a_twentieth_of_a_millimetre():
    mesh = eyeball(rings=48, around=48)
    ball = Ball(CENTRE, 12.0)
    fine = outside_of(ball, mesh, np.arange(len(mesh.vertices)), AXES)
    found = coarser(fine, ball)
    assert len(found.triangles) < 0.26 * len(fine.triangles)
    corners = found.vertices[found.triangles].astype(np.float64)
    shares = np.array([(1, 0, 0), (1, 1, 1), (1, 1, 0), (2, 1, 1)], np.float64)
    shares /= shares.sum(axis=1, keepdims=True)
    points = np.einsum("kc,tcx->tkx", shares, corners).reshape(-1, 3)
    before = (points - CENTRE) @ AXES[1] > 4.5  # where lids are
    off = signed_distance(points[before], ball, fine, AXES)
    assert np.abs(off).max() < 0.05
    assert abs(off.mean()) < 0.02
    assert np.linalg.det(corners - CENTRE).sum() > 0, "faces point outwards"


def test_a_ball_is_guessed_behind_lids_on_it():
    across = np.linspace(0.05, 0.95, 21)
    aside = np.radians(70) * (2 * across - 1)
    rims = []
    for up in (np.radians(14), -np.radians(18)):
        height = up * (1 - (2 * across - 1) ** 2)
        far = 12.0 * (1 + 0.11 * (1 - np.linspace(-1, 1, 21) ** 2))
        rims.append(
            CENTRE
            + far[:, None]
            * np.stack(
                [np.cos(height) * np.sin(aside), -np.cos(height) * np.cos(aside), np.sin(height)], 1
            )
        )
    ball = ball_behind(Rims(across, *rims), AXES[1])
    assert np.linalg.norm(ball.centre - CENTRE) < 1.5
    assert ball.radius == pytest.approx(12, abs=1.5)


@pytest.mark.parametrize("look", [(0.3, 0.0), (0.0, -0.4), (-0.5, 0.2)])
def test_a_look_and_its_direction_are_one(look):
    axes = JOINT.head_axes
    there = rotation(np.array(look), axes) @ axes[1]
    np.testing.assert_allclose(look_of_direction(there, axes), look, atol=1e-12)
    to_left, up = (there @ axes[0], there @ axes[2])
    assert np.sign(to_left) == np.sign(look[0]) and np.sign(np.round(up, 9)) == np.sign(look[1])


def test_curves_of_the_look_turn_the_eyes():
    names = ("eyeLookOutLeft", "eyeLookInRight", "eyeLookDownLeft")
    look = look_of_curves(names, np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    assert look[0, 0, 0] == pytest.approx(0.65) and look[0, 1, 0] == pytest.approx(0.55)
    assert look[1, 0, 1] == pytest.approx(-0.61) and look[1, 1, 1] == 0
    assert look_of_curves(("jawOpen",), np.zeros((2, 1))) is None


def test_the_files_own_curves_tell_the_signs_of_its_angles():
    told = np.random.default_rng(2).normal(0, 0.3, (50, 2, 2))
    turned = 1.1 * told * (-1, 1)
    np.testing.assert_allclose(turned_like(turned, told), 1.1 * told)
    np.testing.assert_allclose(turned_like(turned, None), turned)


def test_the_opening_between_lids_is_seen_from_the_ball():
    ball = Ball(CENTRE, 12.0)
    skin = lid_skin()
    opening = lids.find_opening(skin, np.ones(len(skin.vertices), bool), ball, AXES)
    assert np.degrees(opening.aside[[0, -1]]) == pytest.approx([-50, 50], abs=4)
    assert np.degrees(opening.upper.max()) == pytest.approx(12, abs=3)
    assert np.degrees(opening.lower.min()) == pytest.approx(-16, abs=3)


def test_shut_lids_and_a_bare_hole_are_no_opening():
    ball = Ball(CENTRE, 12.0)
    shut = lid_skin(hole=((-1, 1), (-1, 1)))
    bare = lid_skin(hole=((-300, 300), (-300, 300)))
    for skin in (shut, bare):
        assert lids.find_opening(skin, np.ones(len(skin.vertices), bool), ball, AXES) is None


def test_lids_follow_the_look_along_the_ball():
    ball, skin = Ball(CENTRE, 12.0), lid_skin()
    is_skin = np.ones(len(skin.vertices), bool)
    opening = lids.find_opening(skin, is_skin, ball, AXES)
    shapes = lids.follow_shapes(skin, ball, opening, AXES, "left")
    upper, lower = lids.rim_vertices(skin, is_skin, ball, opening, AXES)
    middle = len(upper) // 2
    assert shapes["down"][upper[middle], 2] < -3 and -4.5 < shapes["down"][lower[middle], 2] < -1
    assert shapes["up"][upper[middle], 2] > 1.5
    moved = skin.vertices + shapes["down"]
    before, after = (np.linalg.norm(p - CENTRE, axis=1) for p in (skin.vertices, moved))
    np.testing.assert_allclose(before, after, atol=1e-3)
    corners = np.abs(lids.angles(skin.vertices, ball, AXES)[0]) > np.radians(52)
    assert np.abs(shapes["down"][corners]).max() < 0.05


@pytest.mark.parametrize("rest", [8, 16, 21], ids=["hanging", "usual", "wide"])
def test_the_upper_lid_goes_with_the_eye_to_its_lowest_look(rest):
    """What it covers of the iris at rest it covers there, and it never meets the lower lid, however it hangs."""
    ball, skin = Ball(CENTRE, 12.0), lid_skin(hole=((-50, 50), (-18, rest)))
    is_skin = np.ones(len(skin.vertices), bool)
    opening = lids.find_opening(skin, is_skin, ball, AXES)
    rims = lids.rim_vertices(skin, is_skin, ball, opening, AXES)
    moved = skin.vertices + lids.follow_shapes(skin, ball, opening, AXES, "left")["down"]
    middle = len(rims[0]) // 2
    upper, lower = (np.degrees(lids.angles(moved[rim[[middle]]], ball, AXES)[1][0]) for rim in rims)
    assert upper < -np.degrees(lids.full_look("down")) + 29
    assert upper > lower


def test_a_shape_that_shuts_the_lids_is_told():
    ball, skin = Ball(CENTRE, 12.0), lid_skin()
    is_skin = np.ones(len(skin.vertices), bool)
    opening = lids.find_opening(skin, is_skin, ball, AXES)
    aside, up, _far = lids.angles(skin.vertices, ball, AXES)
    is_upper = up > opening.middle(aside)
    gap = np.interp(aside, opening.aside, opening.upper - opening.lower)
    blink = lids._turned_up(skin.vertices, ball, AXES, np.where(is_upper, -gap, 0.0))
    shares = lids.closings(skin, is_skin, ball, opening, AXES, np.stack([blink, -0.3 * blink]))
    assert shares[0] == pytest.approx(1, abs=0.25) and shares[1] == pytest.approx(-0.3 * shares[0])


def test_what_a_blink_leaves_open_is_shut():
    ball, skin = Ball(CENTRE, 12.0), lid_skin()
    is_skin = np.ones(len(skin.vertices), bool)
    opening = lids.find_opening(skin, is_skin, ball, AXES)
    aside, up, _far = lids.angles(skin.vertices, ball, AXES)
    gap = np.interp(aside, opening.aside, opening.upper - opening.lower)
    by = np.where(up > opening.middle(aside), -0.8 * gap, 0.0)
    blink = lids._turned_up(skin.vertices, ball, AXES, by)
    face = (skin, is_skin, ball, opening, AXES)
    left = shutting.gaps_mm(skin.with_vertices(skin.vertices + blink), *face[1:])
    more = shutting.shutting_shape(*face, blink)
    shut = skin.with_vertices(skin.vertices + blink + more)
    assert left.max() > 0.8 and shutting.gaps_mm(shut, *face[1:]).max() < 0.05
    assert np.linalg.norm(more, axis=1).max() < left.max(), "both lids share it"
    assert not shutting.shutting_shape(*face, blink + more).any(), "shut lids stay as they are"


def test_lids_go_aside_with_the_eye():
    ball, skin = Ball(CENTRE, 12.0), lid_skin()
    opening = lids.find_opening(skin, np.ones(len(skin.vertices), bool), ball, AXES)
    for side, outward in (("left", 1), ("right", -1)):
        shapes = lids.follow_shapes(skin, ball, opening, AXES, side)
        assert 0.3 < outward * (shapes["out"] @ AXES[0]).sum() / np.abs(shapes["out"]).sum()
        assert outward * (shapes["in"] @ AXES[0]).sum() < 0


@pytest.mark.parametrize("known", [True, False])
def test_lids_of_a_take_that_gape_where_it_means_them_shut_are_shut(known):
    """Nearly shut at the peak, once shut wholly, once half shut: by the source's blink, or by the gap alone."""
    ball, skin = Ball(CENTRE, 12.0), lid_skin()
    is_skin = np.ones(len(skin.vertices), bool)
    opening = lids.find_opening(skin, is_skin, ball, AXES)
    aside, up, _far = lids.angles(skin.vertices, ball, AXES)
    gap = np.interp(aside, opening.aside, opening.upper - opening.lower)
    turned = [
        lids._turned_up(
            skin.vertices, ball, AXES, np.where(up > opening.middle(aside), -share * gap, 0.0)
        )
        for share in (0.0, 0.5, 0.95, 0.95, 0.95)
    ]
    rest = shutting.shutting_shape(skin, is_skin, ball, opening, AXES, turned[2])
    for number, share in ((2, 0.6), (3, 1.0), (4, 0.6)):
        turned[number] = turned[number] + share * rest
    blinks = np.array([0.0, 0.5, 0.95, 1.0, 0.8]) if known else None
    taken = taken_blinks.TakenLids(
        skin, is_skin, ball, opening, AXES, turned.__getitem__, 5, blinks
    )
    shapes, values = taken_blinks.shut_shapes(taken)
    shown = [taken.gaps(turned[n] + np.tensordot(values[n], shapes, 1)).max() for n in range(5)]
    before = [taken.gaps(moved).max() for moved in turned]
    assert before[3] < 0.03 and before[2] > 0.2 and shown[2] < 0.05
    assert not values[[0, 1, 3]].any(), "what is open stays open, and what is shut is let be"
    assert 1 <= len(shapes) <= 3 and np.linalg.norm(shapes, axis=2).max() < 1.5
    if known:
        assert 0.05 < shown[4] < before[4], "a blink on its way is shut on its way"
    else:
        assert shown[4] < 0.05


def test_the_blinks_of_a_source_are_read_by_their_names():
    values = np.arange(6.0).reshape(2, 3)
    names = ("JawOpen", "EyeBlinkRight", "EyeBlinkLeft")
    np.testing.assert_array_equal(taken_blinks.source_blinks(names, values), values[:, [2, 1]])
    assert taken_blinks.source_blinks(("JawOpen", "EyeBlinkRight"), values[:, :2]) is None
