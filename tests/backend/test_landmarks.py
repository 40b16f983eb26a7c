# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The face's frame and landmarks: any orientation, any cut of the head, hand-set points kept."""

import functools
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from aim_blender_addon.backend.anatomy.head.frame import FaceFrame, face_frame
from aim_blender_addon.backend.anatomy.head.landmarks import (
    complete_landmarks,
    find_landmarks,
    frame_of,
)
from aim_blender_addon.backend.anatomy.head.profile import farthest, plane_section, prominence
from aim_blender_addon.backend.errors import ScanError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.sampling import dense_samples, random_samples
from aim_blender_addon.backend.io.mesh_files import read_mesh
from aim_blender_addon.backend.retargeting.arkit_head import arkit_head
from tests.backend.synthetic_head import cut, rotation
from tests.shared_data import make_actor, requires_shared

HEAD = arkit_head()


@functools.cache
def _neutral(seed: int) -> Mesh:
    return read_mesh(make_actor(seed) / "neutral.obj")


@functools.cache
def _found(seed: int) -> dict[str, np.ndarray]:
    return find_landmarks(_neutral(seed))


def _degrees(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b, -1, 1))))


def _ball(radius: float = 50.0) -> Mesh:
    ball = trimesh.creation.icosphere(3, radius)
    return Mesh.from_triangles(ball.vertices, ball.faces, "ball")


def test_vertices_in_another_order_take_no_memory_without_end():
    places = np.random.default_rng(0).normal(0, 60, (4000, 3))
    triangles = np.random.default_rng(1).integers(0, 4000, (8000, 3))
    mesh = Mesh.from_triangles(places, triangles, "shuffled")
    with pytest.raises(ScanError, match="'shuffled' do not fit the order of its vertices"):
        find_landmarks(mesh)


def test_dense_samples_are_no_farther_apart_than_asked():
    ball = _ball()
    samples = dense_samples(ball.vertices, ball.triangles, 3.0)
    assert np.allclose(samples.barycentric.sum(axis=1), 1)
    assert np.abs(np.linalg.norm(samples.points, axis=1) - 50).max() < 1.0
    steps = np.linalg.norm(samples.points[:, None] - samples.points[None, ::37], axis=2)
    steps[steps == 0] = np.inf
    assert steps.min(axis=0).max() < 3.0


def test_random_samples_are_the_same_each_time():
    ball = _ball()
    first, second = (random_samples(ball.vertices, ball.triangles, 100) for _ in range(2))
    assert np.array_equal(first.points, second.points)


def test_plane_section_of_a_ball_is_a_circle():
    ball = _ball()
    ends = plane_section(ball.vertices.astype(float) + [3.0, 0, 0], ball.triangles)
    radius = np.linalg.norm(ends, axis=2)
    assert np.abs(radius - np.sqrt(50**2 - 3**2)).max() < 1.0


def test_prominence_tells_bumps_from_hollows():
    down = np.linspace(60, -60, 241)
    line = np.stack([down, 10 * np.exp(-((down / 8) ** 2))], axis=1)
    assert np.argmax(prominence(line, 40)) == 120
    assert prominence(line, 40)[120] == pytest.approx(10, abs=0.1)
    assert np.argmin(prominence(line * [1, -1], 40)) == 120
    assert farthest(line, 10, 230, 1) == 120


def test_broken_coordinates_are_told():
    ball = _ball()
    with pytest.raises(ScanError, match="coordinates"):
        face_frame(ball.with_vertices(ball.vertices * np.nan))


def test_frame_goes_to_the_mesh_and_back():
    turn = rotation([1, 2, 3], 50)
    frame = FaceFrame(*turn, np.array([1.0, 2, 3]))
    points = np.random.default_rng(0).normal(size=(5, 3))
    assert np.allclose(frame.to_mesh(frame.to_local(points)), points)


def test_a_skin_is_searched_once_whatever_its_name():
    """Another skin is looked at anew, and a frame that was found cannot be changed."""
    head = Mesh.from_triangles(HEAD.skin.vertices, HEAD.skin.triangles, "Anna")
    frame = face_frame(head)
    assert face_frame(replace(head, vertices=head.vertices.copy(), name="Bert")) is frame
    moved = face_frame(head.with_vertices(head.vertices + [0, 0, 50]))
    assert np.allclose(moved.origin, frame.origin + [0, 0, 50], atol=0.5)
    with pytest.raises(ValueError, match="read-only"):
        frame.origin += 1


def test_a_skin_without_a_face_is_named_each_time():
    for name in ("ball", "egg"):
        with pytest.raises(ScanError, match=f"No face was found in '{name}'"):
            face_frame(replace(_ball(), name=name))


@requires_shared
@pytest.mark.parametrize(
    ("seed", "part", "axis", "degrees", "unit"),
    [
        (0, "bust", [1, 0, 0], 90, 1.0),  # Z up
        (3, "head", [0.3, -1, 0.5], 155, 1.0),
        (3, "mask", [1, 0.2, -2], 250, 0.1),  # lying down, in centimetres
    ],
)
def test_frame_of_any_cut_in_any_orientation(seed, part, axis, degrees, unit):
    neutral = _neutral(seed)
    place = neutral.vertices.astype(np.float64)
    keep = {
        "bust": np.ones(len(place), bool),
        "head": place[:, 1] > -90,
        "mask": (place[:, 1] > -80) & (place[:, 2] > 35),
    }[part]
    turn = rotation(axis, degrees)
    scan = cut(neutral.with_vertices((place @ turn.T + [50, -300, 80]) * unit), keep)
    frame = face_frame(scan)
    left, up, _ = frame.left_up_front @ turn
    assert _degrees(left, np.array([1.0, 0, 0])) < 1.5
    assert _degrees(up, np.array([0, 1.0, 0])) < 6
    middle = place[np.abs(place[:, 0]) < 4]
    tip = (frame.origin / unit - [50, -300, 80]) @ turn
    assert np.linalg.norm(tip - middle[middle[:, 2].argmax()]) < 5
    assert frame.scale == pytest.approx(0.95 * unit, rel=0.15)


@requires_shared
def test_landmarks_lie_on_the_skin_and_in_their_order():
    neutral, found = _neutral(3), _found(3)
    surface = dense_samples(neutral.vertices, neutral.triangles, 1.0).points
    distance = cKDTree(surface).query(np.array(list(found.values())))[0]
    away = dict(zip(found, distance, strict=True))
    # The lips of the neutral are parted: where they would meet there is no skin.
    assert all(mm < 2.5 for name, mm in away.items() if name != "stomion"), away
    down = [
        "glabella",
        "nasion",
        "rhinion",
        "pronasale",
        "subnasale",
        "upper_lip",
        "stomion",
        "lower_lip",
    ]
    down += ["supramentale", "pogonion", "gnathion", "menton"]
    heights = [found[name][1] for name in down]
    assert heights == sorted(heights, reverse=True)
    for pair in ("eye_inner", "eye_outer", "cheilion", "alare", "tragion", "zygion", "gonion"):
        left, right = found[f"{pair}_left"], found[f"{pair}_right"]
        assert left[0] > 5 > -5 > right[0], pair
        assert np.linalg.norm(left * [-1, 1, 1] - right) < 9, pair
    assert found["eye_outer_left"][0] > found["eye_inner_left"][0] > found["nasion"][0]
    assert {"vertex", "opisthocranion"} <= found.keys()


@requires_shared
def test_landmarks_are_those_of_the_turned_head():
    neutral, turn = _neutral(0), rotation([1, 1, 0], 120)
    turned = find_landmarks(neutral.with_vertices(neutral.vertices @ turn.T))
    for name, point in _found(0).items():
        assert np.linalg.norm(turned[name] @ turn - point) < 4.0, name


@requires_shared
def test_points_set_by_hand_stay_and_carry_others():
    neutral = _neutral(3)
    given = {
        "tragion_left": _found(3)["tragion_left"] + [0, 0, -9],
        "stomion": _found(3)["stomion"],
    }
    completed = complete_landmarks(neutral, given)
    for name, point in given.items():
        assert np.allclose(completed[name], point)
    assert completed.keys() == _found(3).keys()


def test_a_frame_can_be_set_by_hand():
    given = {
        "eye_outer_left": [45.0, 30, 90],
        "eye_outer_right": [-45.0, 30, 90],
        "nasion": [0.0, 33, 100],
        "pronasale": [0.0, 0, 125],
        "menton": [0.0, -79, 100],
    }
    frame = frame_of(_ball(), given)
    assert np.allclose(frame.left_up_front, np.eye(3))
    assert frame.scale == pytest.approx(1.0)
    with pytest.raises(ScanError):
        frame_of(_ball(), {name: given[name] for name in ("nasion", "menton")})


@requires_shared
def test_a_landmark_without_a_place_is_told():
    with pytest.raises(ScanError, match="'nasion'"):
        complete_landmarks(_neutral(3), {"nasion": np.array([np.nan, 0, 0])})
