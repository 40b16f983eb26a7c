# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other side of a face, by its polygons or by its surface."""

import numpy as np
import pytest
import trimesh

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.mirror import Mirror, barycentric, find_mirror
from tests.backend import synthetic_head

LEFT = np.array([0.96, 0.2, -0.1])  # about


def mirror_of(mesh: Mesh) -> Mirror:
    surface = trimesh.Trimesh(mesh.vertices, mesh.triangles, process=False)

    def nearest(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        places, _, triangles = trimesh.proximity.closest_point(surface, points)
        return places, triangles

    return find_mirror(mesh, LEFT, np.array([2.0, 0, 0]), nearest)


@pytest.fixture(scope="module")
def head() -> Mesh:
    return synthetic_head.head()


@pytest.fixture(scope="module")
def cut_differently(head: Mesh) -> Mesh:
    """The same surface in triangles that are not alike on both sides."""
    return Mesh.from_triangles(head.vertices, head.triangles, "cut")


def motion(points: np.ndarray) -> np.ndarray:
    """A one-sided smile with all three directions in it."""
    return np.exp(-(((points - (30, -45, 75)) / 25) ** 2).sum(axis=1))[:, None] * (5, 3, 1)


def test_pairs_by_polygons_are_exact(head: Mesh) -> None:
    mirror = mirror_of(head)
    assert mirror.paired.all()
    other = mirror.corners[:, 0]
    np.testing.assert_array_equal(other[other], np.arange(len(other)))
    np.testing.assert_allclose(head.vertices[other] * (-1, 1, 1), head.vertices, atol=0.05)


def test_pairs_survive_a_lopsided_face(head: Mesh) -> None:
    points = head.vertices.astype(float)
    pull = 6 * np.exp(-(((points - (40, -20, 70)) / 30) ** 2).sum(axis=1))
    lopsided = head.with_vertices(points + pull[:, None] * (1, 0.5, 0.3))
    np.testing.assert_array_equal(mirror_of(lopsided).corners[:, 0], mirror_of(head).corners[:, 0])


def test_a_motion_is_mirrored_as_the_formula_says(head: Mesh) -> None:
    points = head.vertices.astype(float)
    expected = motion(points * (-1, 1, 1)) * (-1, 1, 1)
    np.testing.assert_allclose(mirror_of(head).mirrored(motion(points)), expected, atol=0.05)


def test_without_pairs_the_surface_tells(cut_differently: Mesh) -> None:
    mirror = mirror_of(cut_differently)
    assert not mirror.paired.any()
    points = cut_differently.vertices.astype(float)
    expected = motion(points * (-1, 1, 1)) * (-1, 1, 1)
    np.testing.assert_allclose(mirror.mirrored(motion(points)), expected, atol=0.15)
    assert np.abs(mirror.weights.sum(axis=1) - 1).max() < 1e-9


def test_one_side_becomes_both(head: Mesh) -> None:
    mirror, points = mirror_of(head), head.vertices.astype(float)
    both = mirror.from_side(motion(points), left=True, seam=8.0)
    np.testing.assert_allclose(mirror.mirrored(both), both, atol=1e-2)
    left = points[:, 0] > 5
    np.testing.assert_allclose(both[left], motion(points)[left], atol=1e-6)
    other = mirror.from_side(motion(points), left=False, seam=8.0)
    far = np.abs(points[:, 0]) > 60
    np.testing.assert_allclose(other[far], 0, atol=0.3)


def test_shares_of_a_triangle() -> None:
    corners = np.array([[[0, 0, 0], [4.0, 0, 0], [0, 4, 0]]] * 2)
    shares = barycentric(corners, np.array([[1.0, 1, 0], [9, 0, 0]]))
    np.testing.assert_allclose(shares[0], (0.5, 0.25, 0.25))
    assert shares[1].min() >= 0 and shares[1].sum() == pytest.approx(1)
