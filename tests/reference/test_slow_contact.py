# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Covariances and yielding skin against slow versions that follow their formula with dense matrices."""

import numpy as np
import pytest
from scipy.optimize import minimize

from aim_blender_addon.backend.contact.settings import YIELDING
from aim_blender_addon.backend.contact.touching import touch
from aim_blender_addon.backend.contact.yielding import Conditions, join, make_yielding
from aim_blender_addon.backend.geometry.edge_graph import edge_graph
from aim_blender_addon.backend.geometry.kernels import LENGTHS, AlongSkin, compact, nearness
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.surface import SurfacePoints
from tests.backend import plates

RANDOM = np.random.default_rng(5)


def wendland(distance: float, reach: float) -> float:
    part = distance / reach
    return (1 - part) ** 4 * (4 * part + 1) if part < 1 else 0.0


def test_compact_covariances_are_those_of_the_distances() -> None:
    first, second = RANDOM.normal(size=(12, 3)) * 40, RANDOM.normal(size=(7, 3)) * 40
    expected = [[wendland(np.linalg.norm(a - b), 60.0) for b in second] for a in first]
    np.testing.assert_allclose(compact(first, second, 60.0), expected, atol=1e-6)
    assert compact(first, first, 60.0).diagonal().min() > 1 - 1e-6


def test_nearness_is_one_minus_the_product_over_the_handles() -> None:
    points, handles = RANDOM.normal(size=(15, 3)) * 30, RANDOM.normal(size=(3, 3)) * 30
    expected = []
    for point in points:
        far = 1.0
        for handle in handles:
            part = np.clip((np.linalg.norm(point - handle) - 10) / 30, 0, 1)
            far *= part**2 * (3 - 2 * part)
        expected.append(1 - far)
    np.testing.assert_allclose(nearness(points, handles, 10.0, 40.0), expected)


def test_covariances_along_the_skin_solve_the_surfaces_equation_twice() -> None:
    skin, _ = plates.two(0.4)
    rest = skin.vertices.astype(float)
    operator = SurfaceOperator.of(rest, skin.triangles)
    chosen, length = np.array([3, 90, 200]), 2.0
    mass = np.diag(operator.mass)
    solved = np.linalg.inv(mass + length**2 * operator.stiffness.toarray())
    field = (solved @ mass @ solved)[:, chosen]
    field /= np.mean([field[row, column] for column, row in enumerate(chosen)])
    taper = [
        [wendland(np.linalg.norm(a - rest[c]), LENGTHS * length) for c in chosen] for a in rest
    ]
    found = AlongSkin(operator, rest, length).columns(chosen)
    np.testing.assert_allclose(found, field * taper, atol=1e-6)
    assert (found[169:, :2] == 0).all()  # the other plate is not reached


def on_vertices(vertices: np.ndarray) -> SurfacePoints:
    return SurfacePoints(np.tile(vertices[:, None], 3), np.tile([1.0, 0, 0], (len(vertices), 1)))


def dense_compliance(skin: Mesh, operator: SurfaceOperator, felt: float) -> np.ndarray:
    """[S, S]: F M F with F = (M + l^2 L)^-1; both sides take the same, at every place."""
    mass = np.diag(operator.mass)
    solved = np.linalg.inv(mass + felt**2 * operator.stiffness.toarray())
    return solved @ mass @ solved


@pytest.mark.parametrize("pushes", [False, True])
def test_forces_are_those_of_the_smallest_motion(pushes: bool) -> None:
    """Of all forces, those whose energy minus work is least; pushing ones are not below zero."""
    skin, sheets = plates.two(0.4)
    operator = SurfaceOperator.of(skin.vertices, skin.triangles)
    felt = 20.0  # then all of both plates moves
    yielding = make_yielding(skin, operator, sheets, 0.5, felt)
    first = np.array([84, 70, 98, 58])
    up = np.tile([0.0, 0, 1], (4, 1))
    change = np.array([0.4, -0.1, 0.3, 0.2])
    conditions = Conditions(
        on_vertices(first), on_vertices(first + 169), up, change, np.full(4, pushes)
    )
    moved = yielding.yielded(skin.vertices.astype(float), conditions) - skin.vertices

    compliance = dense_compliance(skin, operator, felt)
    between = np.zeros((4, len(skin.vertices)))
    between[np.arange(4), first], between[np.arange(4), first + 169] = 1.0, -1.0
    system = between @ compliance @ between.T
    system += YIELDING.ridge * np.diag(system).mean() * np.eye(4)
    scale = np.abs(change).max() / system.max()
    found = minimize(
        lambda force: force @ system @ force * scale / 2 - change @ force,
        np.zeros(4),
        jac=lambda force: scale * (system @ force) - change,
        bounds=[(0, None)] * 4 if pushes else None,
        method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-12, "maxiter": 5000, "maxfun": 50_000},
    )
    force = scale * found.x
    assert not pushes or force[1] == 0
    expected = compliance @ between.T @ force
    np.testing.assert_allclose(moved[:, 2], expected, atol=1e-4)
    np.testing.assert_allclose(moved[:, :2], 0, atol=1e-12)


def test_gaps_of_sheets_are_those_to_all_triangles() -> None:
    skin, sheets = plates.two(0.4)
    points = skin.vertices + 0.1 * RANDOM.normal(size=skin.vertices.shape)
    for own, other, found in zip(sheets, sheets[::-1], touch(sheets, points), strict=True):
        inner = np.flatnonzero(np.isfinite(found.gap))
        assert len(inner) > 50
        for row in inner[::20]:
            point, corners = points[own.points[row]], points[other.faces]
            nearest = min(_distance(point, triangle) for triangle in corners)
            assert abs(found.gap[row]) == pytest.approx(nearest, abs=0.02)


def _distance(point: np.ndarray, triangle: np.ndarray) -> float:
    """To the nearest of many points of a triangle [3, 3]."""
    u, v = np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 21))
    u, v = u[u + v <= 1], v[u + v <= 1]
    inside = triangle[0] + u[:, None] * (triangle[1] - triangle[0])
    inside = inside + v[:, None] * (triangle[2] - triangle[0])
    return float(np.linalg.norm(inside - point, axis=1).min())


def test_edges_of_the_graph_are_those_of_the_triangles() -> None:
    skin, _ = plates.two(0.4)
    graph = edge_graph(skin)
    expected = {}
    for triangle in skin.triangles.tolist():
        for first, second in zip(triangle, triangle[1:] + triangle[:1], strict=True):
            length = np.linalg.norm(skin.vertices[first].astype(float) - skin.vertices[second])
            expected[first, second] = expected[second, first] = length
    assert graph.nnz == len(expected)
    for (first, second), length in expected.items():
        assert graph[first, second] == pytest.approx(length)


def test_joined_conditions_keep_their_order() -> None:
    parts = [
        Conditions(on_vertices(v), on_vertices(v + 1), np.zeros((len(v), 3)), v * 0.1, v > 3)
        for v in (np.array([1, 2]), np.array([5]))
    ]
    both = join(parts)
    np.testing.assert_allclose(both.change, [0.1, 0.2, 0.5])
    assert both.first.corners[:, 0].tolist() == [1, 2, 5]
    assert both.pushes.tolist() == [False, False, True]
    assert both.worst == 0.5
