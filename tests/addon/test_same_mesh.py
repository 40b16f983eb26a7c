# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a mesh is the model's, on meshes made for it."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.bridge.data.meshes import fill_mesh, read_polygons
from aim_blender_addon.bridge.data.same_mesh import has_polygons, same_polygons

POINTS = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [2, 0, 0]], np.float32)


def made(corners: list[int], sizes: list[int], points: np.ndarray = POINTS) -> Mesh:
    return Mesh(points, np.array(corners, np.int32), np.array(sizes, np.int32), "made")


FITTED = made([0, 1, 2, 3, 1, 4, 2], [4, 3])
OTHERS = {
    "moved": (made([0, 1, 2, 3, 1, 4, 2], [4, 3], POINTS + 5), True),
    "one vertex more": (
        made([0, 1, 2, 3, 1, 4, 2], [4, 3], np.concatenate([POINTS, POINTS[:1]])),
        False,
    ),
    "other corners": (made([0, 1, 2, 3, 1, 4, 3], [4, 3]), False),
    "turned": (made([1, 2, 3, 0, 1, 4, 2], [4, 3]), False),
    "other order": (made([1, 4, 2, 0, 1, 2, 3], [3, 4]), False),
    "other sizes": (made([0, 1, 2, 3, 1, 4, 2], [3, 4]), False),
    "one polygon less": (made([0, 1, 2, 3], [4]), False),
}


@pytest.mark.parametrize("name", OTHERS)
def test_only_places_may_differ(name):
    other, is_same = OTHERS[name]
    assert same_polygons(FITTED, other) is is_same
    data = bpy.data.meshes.new("Other")
    fill_mesh(data, other)
    assert has_polygons(data, FITTED) is is_same


def test_polygons_read_as_they_were_written():
    data = bpy.data.meshes.new("Same")
    fill_mesh(data, FITTED)
    corners, sizes = read_polygons(data)
    assert corners.tolist() == FITTED.face_vertices.tolist()
    assert sizes.tolist() == FITTED.face_sizes.tolist()


def test_a_mesh_without_polygons_is_not_the_model():
    assert not has_polygons(bpy.data.meshes.new("Empty"), FITTED)
