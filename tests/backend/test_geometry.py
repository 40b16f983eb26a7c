# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Geometry with known answers: Laplacian fields, rays, nearest points, meshes."""

import numpy as np
import trimesh

from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rays import cast_to_bones
from aim_blender_addon.backend.geometry.surface import closest_weights, nearest_points


def _ball(radius: float, subdivisions: int = 3) -> Mesh:
    ball = trimesh.creation.icosphere(subdivisions, radius)
    return Mesh.from_triangles(ball.vertices, ball.faces, "ball")


def _sheet(count: int = 21, height: float = 0.0) -> Mesh:
    x, y = np.meshgrid(np.linspace(0, 10, count), np.linspace(0, 10, count), indexing="ij")
    points = np.stack([x.ravel(), y.ravel(), np.full(x.size, height)], axis=1)
    corner = (np.arange(count - 1)[:, None] * count + np.arange(count - 1)).ravel()
    quads = np.stack([corner, corner + count, corner + count + 1, corner + 1], axis=1)
    return Mesh(
        points.astype(np.float32),
        quads.ravel().astype(np.int32),
        np.full(len(quads), 4, np.int32),
        "sheet",
    )


def test_polygons_become_fans():
    mesh = Mesh(
        np.zeros((7, 3), np.float32),
        np.array([0, 1, 2, 3, 4, 4, 5, 6], np.int32),
        np.array([5, 3], np.int32),
    )
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3], [0, 3, 4], [4, 5, 6]]


def test_normals_of_a_ball_point_outwards():
    ball = _ball(50)
    np.testing.assert_allclose(ball.normals, ball.vertices / 50, atol=0.02)


def test_eigenfunctions_of_a_ball_begin_with_its_three_axes():
    ball = _ball(10)
    functions = SurfaceOperator.of(ball.vertices, ball.triangles).eigenfunctions(3)
    axes = ball.vertices / 10 * np.sqrt(3)  # mean square one
    turn, *_ = np.linalg.lstsq(axes, functions, rcond=None)
    np.testing.assert_allclose(axes @ turn, functions, atol=0.02)
    np.testing.assert_allclose((functions**2).mean(axis=0), 1, atol=0.05)


def test_eigenfunctions_are_the_same_every_time():
    ball = _ball(10)
    operator = SurfaceOperator.of(ball.vertices, ball.triangles)
    np.testing.assert_array_equal(operator.eigenfunctions(8), operator.eigenfunctions(8))


def test_smoothing_keeps_a_constant_and_flattens_a_spike():
    sheet = _sheet()
    operator = SurfaceOperator.of(sheet.vertices, sheet.triangles)
    spike = np.zeros((len(sheet.vertices), 2))
    spike[:, 0], spike[220, 1] = 3.0, 1.0
    smooth = operator.smoothed(spike, 1.0)
    np.testing.assert_allclose(smooth[:, 0], 3.0)
    assert smooth[:, 1].max() < 0.3
    assert np.isclose(operator.mass @ smooth[:, 1], operator.mass @ spike[:, 1])


def test_filling_keeps_what_is_known_and_goes_on_without_a_kink():
    """Inside a hole the bending fill continues a slope; the membrane fill stays between its rim's values."""
    sheet = _sheet(31)
    operator = SurfaceOperator.of(sheet.vertices, sheet.triangles)
    slope = sheet.vertices[:, :1] * 2.0
    hole = np.linalg.norm(sheet.vertices[:, :2] - 5, axis=1) < 2.5
    weight = np.where(hole, 0.0, 1e4)
    for bending in (True, False):
        filled = operator.fill(slope, weight, 1.0, bending)
        np.testing.assert_allclose(filled[hole], slope[hole], atol=0.15)
        np.testing.assert_allclose(filled[~hole], slope[~hole], atol=0.05)


def test_rays_measure_the_depth_of_a_shell():
    skin, skull = _ball(60, 4), _ball(52, 4)
    far = Mesh.from_triangles(_ball(5).vertices + [200, 0, 0], _ball(5).triangles, "jaw")
    hits = cast_to_bones(skin.vertices, skin.normals, skull, far)
    assert hits.hit.all() and not hits.on_jaw.any()
    np.testing.assert_allclose(hits.depth, 8.0, atol=0.15)


def test_bone_that_is_too_deep_is_no_bone():
    skin, core = _ball(60), _ball(20)
    assert not cast_to_bones(skin.vertices, skin.normals, core, core, deepest=30.0).hit.any()


def test_the_nearer_bone_wins():
    skin, outer, inner = _ball(60), _ball(52), _ball(50)
    assert cast_to_bones(skin.vertices, skin.normals, inner, outer).on_jaw.all()


def test_nearest_points_carry_fields_over():
    sheet = _sheet()
    points = np.random.default_rng(0).uniform(1, 9, (200, 3))
    on_sheet = nearest_points(sheet, points)
    np.testing.assert_allclose(
        on_sheet.interpolate(sheet.vertices)[:, :2], points[:, :2], atol=1e-5
    )
    np.testing.assert_allclose(on_sheet.weights.sum(axis=1), 1)


def test_lips_that_touch_are_told_apart_by_their_normals():
    """Two sheets 0.1 mm apart facing each other: a point between goes to the one that faces its way."""
    lower, upper = _sheet(height=0.0), _sheet(height=0.1)
    both = Mesh(
        np.concatenate([lower.vertices, upper.vertices]),
        np.concatenate([lower.face_vertices, upper.face_vertices[::-1] + len(lower.vertices)]),
        np.concatenate([lower.face_sizes, upper.face_sizes]),
    )
    points = np.random.default_rng(0).uniform(1, 9, (50, 3))
    points[:, 2] = 0.09  # nearer to the upper sheet
    up = np.tile([0.0, 0.0, 1.0], (50, 1))
    assert (nearest_points(both, points, up).corners < len(lower.vertices)).all()
    assert (nearest_points(both, points, -up).corners >= len(lower.vertices)).all()


def test_the_nearest_place_of_a_triangle_is_inside_on_an_edge_or_at_a_corner():
    triangle = np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0]])
    points = np.array([[1.0, 1, 2], [2, -1, 0], [3, 3, 1], [-1, -1, 0], [9, -1, 0]])
    shares, square = closest_weights(points, np.tile(triangle, (5, 1, 1)))
    places = [[1.0, 1, 0], [2, 0, 0], [2, 2, 0], [0, 0, 0], [4, 0, 0]]
    np.testing.assert_allclose(shares @ triangle, places, atol=1e-9)
    np.testing.assert_allclose(square, [4, 1, 3, 2, 26], atol=1e-9)


def test_triangles_without_area_have_nearest_places_too():
    flat = np.array([[[0.0, 0, 0], [2, 0, 0], [4, 0, 0]], [[1.0, 1, 1]] * 3])
    shares, square = closest_weights(np.array([[3.0, 2, 0], [1, 1, 4]]), flat)
    np.testing.assert_allclose(square, [4, 9], atol=1e-9)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (shares >= 0).all()
