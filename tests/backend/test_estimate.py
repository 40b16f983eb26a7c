# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones estimated from the skin alone: closed, apart, inside, and near those of the made actors."""

import numpy as np
import pytest
import trimesh

from aim_blender_addon.backend.anatomy.bones.check import check_bones, outside_skin
from aim_blender_addon.backend.anatomy.bones.estimate import estimate_bones
from aim_blender_addon.backend.anatomy.bones.joint_landmarks import joint_landmarks
from aim_blender_addon.backend.anatomy.head.frame import FaceFrame
from aim_blender_addon.backend.geometry.isosurface import surface_nets
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rays import cast_to_bones
from tests.backend.made_heads import estimated, person
from tests.shared_data import requires_shared

#: Face frame of the made actors: the person's left, up and front are the file's axes.
AXES = FaceFrame(*np.eye(3), np.zeros(3))


def _solid(mesh: Mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices, mesh.triangles, process=False)


def _assert_closed(mesh: Mesh) -> None:
    solid = _solid(mesh)
    assert solid.is_watertight and solid.is_winding_consistent
    assert solid.body_count == 1
    assert solid.volume > 0


@pytest.mark.parametrize("seed", range(3))
def test_surface_nets_are_closed_for_any_field(seed):
    field = np.random.default_rng(seed).normal(size=(9, 10, 11))
    vertices, quads = surface_nets(field)
    _assert_closed(
        Mesh.from_triangles(vertices, np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]))
    )


def test_surface_nets_find_a_ball():
    grid = np.stack(np.meshgrid(*[np.arange(20.0)] * 3, indexing="ij"), axis=-1)
    vertices, _ = surface_nets(6 - np.linalg.norm(grid - 9.7, axis=-1))
    assert np.abs(np.linalg.norm(vertices - 9.7, axis=1) - 6).max() < 0.3


@requires_shared
def test_bones_are_closed_and_pass_the_check():
    neutral, bones = estimated(0)
    _assert_closed(bones.skull)
    _assert_closed(bones.jaw)
    check_bones(neutral, bones.skull, bones.jaw)


@requires_shared
def test_bones_lie_inside_the_skin_and_apart():
    neutral, bones = estimated(0)
    for bone in (bones.skull, bones.jaw):
        assert (outside_skin(neutral, bone.vertices) > 0).mean() < 0.005
    assert not _solid(bones.skull).contains(bones.jaw.vertices).any()
    assert not _solid(bones.jaw).contains(bones.skull.vertices).any()


@requires_shared
def test_bones_are_near_those_of_the_actor():
    neutral, bones = estimated(0)
    _, skull, jaw = person(0)
    points, normals = neutral.vertices[::5], neutral.normals[::5]
    ours = cast_to_bones(points, normals, bones.skull, bones.jaw)
    theirs = cast_to_bones(points, normals, skull, jaw)
    both = ours.hit & theirs.hit
    assert both.sum() > 0.75 * theirs.hit.sum()
    assert np.abs(ours.depth[both] - theirs.depth[both]).mean() < 4.0
    for name, place in joint_landmarks(neutral, skull, jaw, AXES).items():
        assert np.linalg.norm(bones.landmarks[name] - place) < 12.0, name


@requires_shared
def test_face_alone_in_another_orientation_gets_bones():
    neutral, bones = estimated(0)
    front = neutral.vertices[:, 2] > 10.0
    front &= neutral.vertices[:, 1] > -90.0
    turn = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], float)  # what was up is now to the front
    triangles = neutral.triangles[front[neutral.triangles].all(axis=1)]
    used, triangles = np.unique(triangles, return_inverse=True)
    mask = Mesh.from_triangles(
        neutral.vertices[used] @ turn.T + [40, -500, 7], triangles.reshape(-1, 3), "mask"
    )
    found = estimate_bones(mask)
    _assert_closed(found.skull)
    _assert_closed(found.jaw)
    back = (found.landmarks["lower_incisor"] - [40, -500, 7]) @ turn
    assert np.linalg.norm(back - bones.landmarks["lower_incisor"]) < 6.0
