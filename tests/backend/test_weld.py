# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Surfaces closed along their seams, turned and thinned, for meshes that are only read."""

import numpy as np
import trimesh
from scipy.sparse.csgraph import dijkstra

from aim_blender_addon.backend.geometry.edge_graph import edge_graph
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.thinned import thinned
from aim_blender_addon.backend.geometry.topology import edge_use
from aim_blender_addon.backend.geometry.weld import weld
from aim_blender_addon.backend.geometry.winding import wound_alike
from tests.backend.characters import split_along


def ball(subdivisions: int = 3) -> Mesh:
    made = trimesh.creation.icosphere(subdivisions, 50.0)
    return Mesh.from_triangles(made.vertices, made.faces, "ball")


def halves() -> tuple[Mesh, np.ndarray]:
    whole = ball()
    return split_along(whole, (whole.vertices[whole.triangles].mean(axis=1)[:, 2] > 0).astype(int))


def test_a_whole_surface_stays_as_it_is() -> None:
    whole = ball()
    welded = weld(whole.vertices, whole.triangles)
    np.testing.assert_array_equal(welded.triangles, whole.triangles)
    np.testing.assert_array_equal(welded.first, np.arange(len(whole.vertices)))


def test_seams_are_closed() -> None:
    split, of = halves()
    welded = weld(split.vertices, split.triangles)
    assert len(welded.first) == len(ball().vertices) < len(split.vertices)
    np.testing.assert_array_equal(of[welded.first[welded.point]], of)
    surface = Mesh.from_triangles(split.vertices[welded.first], welded.triangles)
    assert (edge_use(surface)[1] == 2).all()


def test_what_a_shape_parts_is_no_seam() -> None:
    split, _ = halves()
    opened = np.zeros_like(split.vertices)
    opened[split.vertices[:, 2] < -1] = opened[split.triangles[-1]] = 0
    upper = np.unique(split.triangles[split.vertices[split.triangles].mean(axis=1)[:, 2] > 0])
    opened[upper] = [0, 0, 3.0]
    welded = weld(split.vertices, split.triangles, opened[None])
    assert len(welded.first) == len(split.vertices)
    together = np.tile(np.float32([0, 0, 3.0]), (len(split.vertices), 1))
    assert len(weld(split.vertices, split.triangles, together[None]).first) == len(ball().vertices)


def test_lips_that_rest_on_each_other_are_no_seam() -> None:
    """Two sheets that meet at an edge and look away from each other."""
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, -0.2], [1, 1, -0.2]], np.float32)
    upper = Mesh.from_triangles(points, [[0, 1, 3], [0, 3, 2]])
    lower = points * np.float32([1, -1, 1])
    lower[2:, 2], lower[2:, 1] = -1.0, -0.1
    both = np.concatenate([points, lower])
    triangles = np.concatenate([upper.triangles, upper.triangles[:, ::-1] + 4])
    assert len(weld(both, triangles).first) == 8


def test_flat_and_doubled_faces_are_left_out_and_leave_no_hole() -> None:
    whole = ball()
    one, other = whole.triangles[5, :2]
    points = whole.vertices.copy()
    points[one] = points[other]  # one collapsed edge: two faces without area
    doubled = np.concatenate(
        [whole.triangles, whole.triangles[40:43], whole.triangles[50:51, ::-1]]
    )
    welded = weld(points, doubled)
    assert len(welded.triangles) == len(whole.triangles) - 2
    surface = Mesh.from_triangles(points[welded.first], welded.triangles)
    assert (edge_use(surface)[1] == 2).all()


def test_faces_that_look_against_their_neighbours_are_turned() -> None:
    whole = ball()
    turned = np.random.default_rng(0).random(len(whole.triangles)) < 0.1
    mixed = np.where(turned[:, None], whole.triangles[:, ::-1], whole.triangles)
    found = wound_alike(whole.vertices, mixed)
    np.testing.assert_array_equal(Mesh.from_triangles(whole.vertices, found).normals, whole.normals)


def test_smooth_fields_and_ways_cross_a_split_seam() -> None:
    split, of = halves()
    whole = ball()
    field = np.sin(whole.vertices / 20.0)
    weight = (whole.vertices[:, 2] > 10).astype(float)
    for bending in (True, False):
        one = SurfaceOperator.of(whole.vertices, whole.triangles)
        two = SurfaceOperator.of(split.vertices, split.triangles)
        expected = one.fill(field, weight, 10.0, bending)
        found = two.fill(field[of], weight[of], 10.0, bending)
        assert np.abs(found - expected[of]).max() < 0.05
    found = dijkstra(edge_graph(split), indices=0)
    expected = dijkstra(edge_graph(whole), indices=of[0])
    np.testing.assert_allclose(found, expected[of], atol=1e-3)


def test_a_thinned_surface_stays_closed_and_near() -> None:
    dense = ball(5)
    thin = thinned(dense, 1500)
    assert len(thin.rows) == 1500
    edges, uses = edge_use(thin.mesh)
    assert (uses == 2).all() and len(thin.rows) - len(edges) + len(thin.mesh.triangles) == 2
    np.testing.assert_array_equal(thin.mesh.vertices, dense.vertices[thin.rows])
    away = np.linalg.norm(thin.places.interpolate(thin.mesh.vertices) - dense.vertices, axis=1)
    assert away.max() < 1.0 and away[thin.rows].max() < 1e-5
