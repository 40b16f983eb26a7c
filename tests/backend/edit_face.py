# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The made-up head with round bones, ready for editing."""

import functools
from dataclasses import replace

import numpy as np
import trimesh

from aim_blender_addon.backend.editing.editable_face import EditableFace
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.model.aim import AimModel
from tests.backend import performance_face

SKULL = ((0.0, 30.0, -5.0), (60.0, 66.0, 68.0))
JAW = ((0.0, -60.0, 42.0), (28.0, 16.0, 30.0))
#: Places on the skin, mm.
CORNER, BROW, CHIN, CHEEK = (26, -45, 75), (0, 45, 80), (0, -60, 90), (60, 0, 50)


def ellipsoid(centre: tuple, radii: tuple, name: str) -> Mesh:
    """A closed egg."""
    ball = trimesh.creation.icosphere(subdivisions=3)
    return Mesh.from_triangles(ball.vertices * radii + centre, ball.faces, name)


@functools.cache
def model() -> AimModel:
    """The model of the performance tests with a skull and a jaw of its own."""
    return replace(
        performance_face.model(), skull=ellipsoid(*SKULL, "skull"), jaw=ellipsoid(*JAW, "jaw")
    )


@functools.cache
def face() -> EditableFace:
    """The model made ready."""
    return EditableFace(model())


def vertex_near(place: tuple[float, float, float]) -> int:
    """Number of the vertex nearest to a place."""
    return int(np.argmin(np.linalg.norm(face().rest - place, axis=1)))


def assert_feasible(face, vertices, jaw):
    """Nothing in a bone, by the bones themselves; thickness in its range, by them where skin is near."""
    pose, rows = face.joint.pose(jaw), np.arange(len(vertices))
    exact = face.bones.measure(vertices, pose)[0]
    assert exact.min() > 0
    distance = face.bones.distances(vertices, pose)
    distance = np.where(distance < 1.5, exact, distance)
    assert np.abs(face.limits.excess(distance, rows).amount).max() < 0.05
