# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routines on meshes against slow versions that follow their definition, one vertex or triangle after the other."""

from collections import Counter, defaultdict

import numpy as np
import pytest
import trimesh

from aim_blender_addon.backend.anatomy.bones.check import winding
from aim_blender_addon.backend.anatomy.tissue.bone_below import _fraction_of_neighbours
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.geometry.membrane import Membrane
from aim_blender_addon.backend.geometry.mesh import Mesh, area_vectors
from aim_blender_addon.backend.geometry.rays import DEEPEST_MM, GRAZING, cast_to_bones
from aim_blender_addon.backend.geometry.surface import nearest_points
from aim_blender_addon.backend.geometry.topology import (
    border_vertices,
    component_labels,
    edge_use,
)


@pytest.fixture(scope="module")
def rough_ball() -> Mesh:
    """A closed surface of 320 triangles, uneven like a scan."""
    ball = trimesh.creation.icosphere(2, 40.0)
    noise = np.random.default_rng(1).uniform(0.92, 1.08, (len(ball.vertices), 1))
    return Mesh.from_triangles(ball.vertices * noise, ball.faces, "rough ball")


@pytest.fixture(scope="module")
def polygons() -> Mesh:
    """A triangle, a quad and a pentagon in a strip, and a loose triangle."""
    corners = [0, 1, 2, 1, 3, 4, 2, 3, 5, 6, 7, 4, 8, 9, 10]
    points = np.random.default_rng(2).normal(size=(11, 3))
    return Mesh(
        points.astype(np.float32), np.array(corners, np.int32), np.array([3, 4, 5, 3], np.int32)
    )


def polygons_of(mesh: Mesh) -> list[list[int]]:
    """The vertex numbers of each polygon."""
    corners, found = mesh.face_vertices.tolist(), []
    for size in mesh.face_sizes.tolist():
        found.append(corners[:size])
        corners = corners[size:]
    return found


def test_edges_are_counted_as_polygon_by_polygon(polygons: Mesh) -> None:
    uses: Counter = Counter()
    for polygon in polygons_of(polygons):
        for first, second in zip(polygon, polygon[1:] + polygon[:1], strict=True):
            uses[min(first, second), max(first, second)] += 1
    edges, counts = edge_use(polygons)
    assert dict(zip(map(tuple, edges.tolist()), counts.tolist(), strict=True)) == dict(uses)


def test_the_border_is_where_an_edge_has_one_triangle(polygons: Mesh) -> None:
    triangles = polygons.triangles
    uses: Counter = Counter()
    for a, b, c in triangles.tolist():
        uses.update(frozenset(edge) for edge in ((a, b), (b, c), (c, a)))
    expected = np.zeros(len(polygons.vertices), bool)
    for edge, count in uses.items():
        expected[list(edge)] |= count == 1
    np.testing.assert_array_equal(border_vertices(triangles, len(expected)), expected)


def test_parts_are_those_of_a_walk_along_the_edges(polygons: Mesh) -> None:
    edges, _ = edge_use(polygons)
    beside = defaultdict(list)
    for first, second in edges.tolist():
        beside[first].append(second)
        beside[second].append(first)
    expected = [-1] * len(polygons.vertices)
    for start in range(len(expected)):
        waiting = [start] if expected[start] < 0 else []
        while waiting:
            vertex = waiting.pop()
            if expected[vertex] < 0:
                expected[vertex] = start
                waiting += beside[vertex]
    assert component_labels(len(expected), edges).tolist() == expected


def test_vertex_normals_are_sums_of_area_vectors(rough_ball: Mesh) -> None:
    total = np.zeros((len(rough_ball.vertices), 3))
    points = rough_ball.vertices.astype(np.float64)
    for triangle in rough_ball.triangles:
        a, b, c = points[triangle]
        total[triangle] += np.cross(b - a, c - a)
    total /= np.linalg.norm(total, axis=1, keepdims=True)
    np.testing.assert_allclose(rough_ball.normals, total, atol=1e-6)


def test_the_fraction_of_bony_neighbours_is_that_of_a_count(rough_ball: Mesh) -> None:
    edges, _ = edge_use(rough_ball)
    chosen = np.random.default_rng(3).random(len(rough_ball.vertices)) < 0.4
    for vertex, fraction in enumerate(_fraction_of_neighbours(chosen, edges)):
        around = [b if a == vertex else a for a, b in edges.tolist() if vertex in (a, b)]
        assert fraction == pytest.approx(chosen[around].mean())


def closest_point(point: np.ndarray, triangle: np.ndarray) -> np.ndarray:
    """The point of a triangle [3, 3] nearest to a point [3]: its inside, else the nearest of its three sides."""
    a, b, c = triangle
    normal = np.cross(b - a, c - a)
    foot = point - normal * ((point - a) @ normal) / (normal @ normal)
    sides = [(a, b), (b, c), (c, a)]
    if all(np.cross(end - start, foot - start) @ normal >= 0 for start, end in sides):
        return foot
    ends = []
    for start, end in sides:
        along = np.clip((point - start) @ (end - start) / ((end - start) @ (end - start)), 0, 1)
        ends.append(start + along * (end - start))
    return min(ends, key=lambda end: np.linalg.norm(point - end))


def test_nearest_points_are_those_of_a_search_through_all_triangles(rough_ball: Mesh) -> None:
    points = np.random.default_rng(4).normal(size=(10, 3)) * 40
    corners = rough_ball.vertices.astype(np.float64)[rough_ball.triangles]
    found = nearest_points(rough_ball, points, candidates=len(corners))
    np.testing.assert_allclose(found.weights.sum(axis=1), 1)
    places = found.interpolate(rough_ball.vertices.astype(np.float64))
    for point, place in zip(points, places, strict=True):
        closest = min(np.linalg.norm(point - closest_point(point, t)) for t in corners)
        assert np.linalg.norm(point - place) == pytest.approx(closest, abs=1e-6)


def ray_depth(origin: np.ndarray, direction: np.ndarray, triangle: np.ndarray) -> float:
    """Distance along a ray to a triangle [3, 3] (Moeller and Trumbore); infinite where it misses or grazes."""
    a, b, c = triangle
    system = np.stack([b - a, c - a, -direction], axis=1)
    normal = np.cross(b - a, c - a)
    if abs(normal @ direction) < GRAZING * np.linalg.norm(normal):
        return np.inf
    u, v, distance = np.linalg.solve(system, origin - a)
    inside = u >= 0 and v >= 0 and u + v <= 1 and 0 <= distance <= DEEPEST_MM
    return distance if inside else np.inf


def test_bone_below_is_that_of_a_ray_against_every_triangle(rough_ball: Mesh) -> None:
    skull = rough_ball.with_vertices(0.8 * rough_ball.vertices)
    shift = np.array([12.0, 0, 0], np.float32)
    jaw = rough_ball.with_vertices(0.5 * rough_ball.vertices + shift)
    hits = cast_to_bones(rough_ball.vertices, rough_ball.normals, skull, jaw)
    compared = 0
    for vertex in range(0, len(rough_ball.vertices), 13):
        origin = rough_ball.vertices[vertex].astype(np.float64)
        direction = -rough_ball.normals[vertex].astype(np.float64)
        of_bones = [
            min(
                ray_depth(origin, direction, triangle)
                for triangle in bone.vertices.astype(np.float64)[bone.triangles]
            )
            for bone in (skull, jaw)
        ]
        if np.isfinite(min(of_bones)) and np.isfinite(hits.depth[vertex]):
            assert hits.depth[vertex] == pytest.approx(min(of_bones), abs=1e-3)
            assert hits.on_jaw[vertex] == (of_bones[1] < of_bones[0])
            compared += 1
    assert compared > 8


def cotangent_laplacian(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Dense stiffness [V, V] of linear elements: half the cotangents of the angles opposite each edge."""
    stiffness = np.zeros((len(points), len(points)))
    for triangle in triangles:
        for corner in range(3):
            k, i, j = np.roll(triangle, -corner)
            first, second = points[i] - points[k], points[j] - points[k]
            weight = first @ second / np.linalg.norm(np.cross(first, second)) / 2
            stiffness[i, j] -= weight
            stiffness[j, i] -= weight
            stiffness[i, i] += weight
            stiffness[j, j] += weight
    return stiffness


def even_ball() -> Mesh:
    """A ball whose triangles are all acute, so that its own edges are the Delaunay ones."""
    ball = trimesh.creation.icosphere(2, 30.0)
    return Mesh.from_triangles(ball.vertices, ball.faces, "even ball")


def test_the_stiffness_is_that_of_the_cotangents() -> None:
    ball = even_ball()
    points = ball.vertices.astype(np.float64)
    operator = SurfaceOperator.of(ball.vertices, ball.triangles)
    expected = cotangent_laplacian(points, ball.triangles)
    np.testing.assert_allclose(operator.stiffness.toarray(), expected, atol=1e-6)
    areas = np.linalg.norm(area_vectors(points, ball.triangles), axis=1) / 2
    assert operator.area == pytest.approx(areas.sum(), rel=1e-6)


def test_a_filled_field_solves_the_dense_system() -> None:
    ball = even_ball()
    operator = SurfaceOperator.of(ball.vertices, ball.triangles)
    random = np.random.default_rng(5)
    weight = (random.random(len(ball.vertices)) < 0.3).astype(float)
    values = random.normal(size=(len(weight), 2))
    stiffness = cotangent_laplacian(ball.vertices.astype(np.float64), ball.triangles)
    data = np.diag(weight * operator.mass)
    for bending, energy in (
        (False, 5.0**2 * stiffness),
        (True, 5.0**4 * stiffness @ np.diag(1 / operator.mass) @ stiffness),
    ):
        expected = np.linalg.solve(energy + data, data @ values)
        found = operator.fill(values, weight, 5.0, bending=bending)
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_membrane_without_scipy_solves_the_dense_system() -> None:
    ball = even_ball()
    membrane = Membrane(ball.vertices, ball.triangles)
    random = np.random.default_rng(6)
    weight = (random.random(len(ball.vertices)) < 0.3).astype(float)
    values = random.normal(size=(len(weight), 2)) * weight[:, None]
    stiffness = cotangent_laplacian(ball.vertices.astype(np.float64), ball.triangles)
    data = np.diag(weight * membrane.mass)
    expected = np.linalg.solve(5.0**2 * stiffness + data, data @ values)
    np.testing.assert_allclose(membrane.fill(values, weight, 5.0), expected, atol=1e-3)


def test_the_winding_number_is_the_sum_of_solid_angles() -> None:
    ball = even_ball()
    points = np.array([[0.0, 0, 0], [10, 5, -3], [60, 0, 0], [0, -80, 20]])
    corners = ball.vertices.astype(np.float64)[ball.triangles]
    for point, found in zip(points, winding(ball, points), strict=True):
        total = 0.0
        for a, b, c in corners - point:
            sizes = [np.linalg.norm(side) for side in (a, b, c)]
            below = (
                np.prod(sizes) + a @ b * sizes[2] + b @ c * sizes[0] + c @ a * sizes[1]
            )  # van Oosterom and Strackee
            total += 2 * np.arctan2(a @ np.cross(b, c), below)
        assert found == pytest.approx(total / (4 * np.pi), abs=0.02)
