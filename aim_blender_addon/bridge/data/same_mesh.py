# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a mesh is the model's: as many vertices, joined by the same polygons in the same order."""

import bpy
import numpy as np

from ...backend.geometry.mesh import Mesh
from .meshes import read_polygons


def same_polygons(first: Mesh, second: Mesh) -> bool:
    """Whether two meshes have the same number of vertices and the same polygons, wherever their vertices lie."""
    return (
        len(first.vertices) == len(second.vertices)
        and np.array_equal(first.face_sizes, second.face_sizes)
        and np.array_equal(first.face_vertices, second.face_vertices)
    )


def has_polygons(data: bpy.types.Mesh, fitted: Mesh) -> bool:
    """Whether a mesh of Blender has the vertices and polygons of ``fitted``; fast enough for every move of a slider."""
    counts = (len(data.vertices), len(data.loops), len(data.polygons))
    if counts != (len(fitted.vertices), len(fitted.face_vertices), len(fitted.face_sizes)):
        return False
    corners, sizes = read_polygons(data)
    return np.array_equal(corners, fitted.face_vertices) and np.array_equal(
        sizes, fitted.face_sizes
    )
