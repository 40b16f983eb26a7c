# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertex order, mirror planes and smooth steps on small shapes with a known answer."""

import functools

import numpy as np
import pytest
import trimesh

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.sampling import dense_samples, random_samples
from aim_blender_addon.backend.geometry.smooth import falling, smooth_step
from aim_blender_addon.backend.geometry.symmetry import (
    MirrorPlane,
    half_sphere,
    mirror_planes,
    refine_plane,
)
from aim_blender_addon.backend.geometry.topology import edge_use
from aim_blender_addon.backend.scans.vertex_order import Neighbours, compare, neighbours
from tests.backend.synthetic_head import rotation


@functools.cache
def egg() -> Mesh:
    """An egg that only its plane x = 0 mirrors onto itself."""
    ball = trimesh.creation.icosphere(3, 1.0)
    points = ball.vertices * [60.0, 100, 80]
    points[:, 2] += 25 * np.exp(-(((points[:, 1] - 40) / 30) ** 2)) * (points[:, 2] > 0)
    return Mesh.from_triangles(points, ball.faces, "egg")


@functools.cache
def prepared() -> Neighbours:
    return neighbours(egg(), edge_use(egg())[0])


def test_a_turned_scan_of_another_size_is_the_same() -> None:
    turn = rotation([1, 2, 0], 35)
    found = compare(prepared(), 1.2 * egg().vertices @ turn.T + [10, 0, 5])
    assert found.scale == pytest.approx(1.2, abs=1e-5)
    assert found.edge_scale == pytest.approx(1.2, abs=1e-5)
    assert found.degrees == pytest.approx(35, abs=0.01)
    assert not found.mirrored and not len(found.torn) and not found.misplaced


def test_a_mirror_image_is_told_from_a_turned_scan() -> None:
    assert compare(prepared(), egg().vertices * [1, 1, -1]).mirrored


def test_swapped_vertices_are_torn_off() -> None:
    vertices = egg().vertices.copy()
    far = [int(vertices[:, 1].argmax()), int(vertices[:, 1].argmin())]
    vertices[far] = vertices[far[::-1]]
    found = compare(prepared(), vertices)
    assert sorted(found.torn.tolist()) == sorted(far)
    assert found.misplaced >= 2


def test_shuffled_vertices_are_misplaced_all_over() -> None:
    shuffled = np.random.default_rng(0).permutation(egg().vertices)
    assert compare(prepared(), shuffled).misplaced > 0.5 * len(shuffled)


def test_a_point_has_no_size() -> None:
    assert compare(prepared(), np.zeros_like(egg().vertices)).scale == 0


def test_the_mirror_plane_of_a_turned_egg_is_found() -> None:
    turn = rotation([0, 1, 1], 40)
    points = egg().vertices @ turn.T + [30, 0, 0]
    best = mirror_planes(random_samples(points, egg().triangles, 1500), count=1)[0]
    assert abs(best.normal @ turn @ [1, 0, 0]) > 0.9999
    assert best.heights(np.array([[30.0, 0, 0]]))[0] == pytest.approx(0, abs=0.3)
    assert best.residual < 0.5


def test_a_tilted_plane_is_refined() -> None:
    samples = random_samples(egg().vertices, egg().triangles, 4000)
    tilted = MirrorPlane(np.array([1.0, 0.1, 0.05]) / np.linalg.norm([1, 0.1, 0.05]), 3.0, np.inf)
    refined = refine_plane(tilted, samples)
    np.testing.assert_allclose(np.abs(refined.normal), [1, 0, 0], atol=0.01)
    assert abs(refined.offset) < 0.2


def test_reflected_points_are_as_far_on_the_other_side() -> None:
    plane = MirrorPlane(np.array([0.6, 0.8, 0]), 2.0, 0.0)
    points = np.random.default_rng(1).normal(size=(10, 3))
    np.testing.assert_allclose(plane.heights(plane.reflect(points)), -plane.heights(points))
    np.testing.assert_allclose(plane.reflect(plane.reflect(points)), points)


def test_directions_of_a_half_sphere_are_spread_evenly() -> None:
    directions = half_sphere(200)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1)
    assert directions[:, 2].min() > 0
    np.testing.assert_allclose(directions.mean(axis=0), [0, 0, 0.5], atol=0.02)


def test_samples_lie_on_their_triangles_and_as_many_as_their_area() -> None:
    samples = random_samples(egg().vertices, egg().triangles, 2000)
    corners = egg().vertices[egg().triangles[samples.triangle]]
    mixed = np.einsum("nk,nkc->nc", samples.barycentric, corners)
    np.testing.assert_allclose(samples.points, mixed, atol=1e-4)
    assert abs((samples.points[:, 0] > 0).mean() - 0.5) < 0.02
    dense = dense_samples(egg().vertices, egg().triangles, 5.0)
    np.testing.assert_allclose(dense.barycentric.sum(axis=1), 1)
    assert len(dense.points) > 4 * len(egg().triangles)


def test_a_smooth_step_goes_from_zero_to_one_without_kinks() -> None:
    np.testing.assert_allclose(smooth_step(np.array([-1, 0, 0.5, 1, 2.0])), [0, 0, 0.5, 1, 1])
    slope = np.diff(smooth_step(np.linspace(-0.1, 1.1, 121))) / 0.01
    assert slope[0] == slope[-1] == 0 and slope.max() == pytest.approx(1.5, abs=0.01)
    np.testing.assert_allclose(falling(np.array([1.0, 2, 3, 4, 5]), (2, 4)), [1, 1, 0.5, 0, 0])
