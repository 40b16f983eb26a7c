# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signed distances to a cube, whose answers are known."""

import numpy as np
import pytest
import trimesh

from aim_blender_addon.backend.contact.bone_surface import BoneSurface
from aim_blender_addon.backend.geometry.mesh import Mesh


def cube(faces: slice = slice(None), flip: bool = False) -> BoneSurface:
    """From -5 to 5 mm; without some of its faces, or with all of them inside out."""
    box = trimesh.creation.box((10, 10, 10)).subdivide()
    triangles = box.faces[faces]
    mesh = Mesh.from_triangles(box.vertices, triangles[:, ::-1] if flip else triangles, "cube")
    return BoneSurface(mesh, 1.0, 8)


POINTS = np.array([[8.0, 1, 2], [0, -9, 1], [4, 1, 0], [0, 0, -3], [8, 9, 0]])
DISTANCES = [3, 4, -1, -2, 5]


@pytest.mark.parametrize("flip", [False, True])
def test_distances_inside_and_outside(flip):
    np.testing.assert_allclose(cube(flip=flip).distances(POINTS), DISTANCES, atol=1e-6)


def test_directions_lead_off_the_bone():
    distance, direction = cube().measure(POINTS)
    expected = [[1, 0, 0], [0, -1, 0], [1, 0, 0], [0, 0, -1], [0.6, 0.8, 0]]
    np.testing.assert_allclose(direction, expected, atol=1e-6)
    assert np.abs(POINTS - distance[:, None] * direction).max(axis=1) == pytest.approx(5)


def test_lines_meet_what_they_reach_and_no_more():
    start = np.array([[8.0, 1, 2], [8, 1, 2], [8, 1, 2], [4, 1, 0], [4, 1, 0], [4, 1, 0]])
    end = np.array([[6.0, 1, 2], [4, 1, 2], [-8, 1, 2], [4.5, 1, 0], [6, 1, 0], [4, 1, 0]])
    bone = cube()
    np.testing.assert_array_equal(bone.crossed(start, end), [False, True, True, False, True, False])
    rows, back = bone.gone_through(start, end)
    np.testing.assert_array_equal(rows, [2])  # in by one side and out by the other
    np.testing.assert_allclose(back, [[13.0, 0, 0]], atol=1e-5)


def test_without_points_nothing_is_inside():
    assert cube().inside(np.zeros((0, 3))).shape == (0,)


def test_in_a_bone_with_a_hole_crossings_are_counted():
    inside = cube(slice(0, -1)).inside(np.array([[0.5, 0.2, 0.3], [9, 1, 1]]))
    assert inside.tolist() == [True, False]


def test_a_grid_has_the_same_distances_where_it_is_chosen():
    chosen = np.zeros((9, 9, 9), bool)
    chosen[2:7] = True
    values = cube().on_grid(np.full(3, -8.0), 2.0, chosen)
    nodes = np.argwhere(chosen) * 2.0 - 8
    np.testing.assert_allclose(values[chosen], cube().distances(nodes), atol=1e-5)
    assert (values[~chosen] == 0).all()
