# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skull and mandible estimated under an egg whose outer skin and tissue depth are known everywhere."""

import functools
from types import SimpleNamespace

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from aim_blender_addon.backend.anatomy.bones import cranium as cranium_module
from aim_blender_addon.backend.anatomy.bones.cranium import GAP, cranium
from aim_blender_addon.backend.anatomy.bones.expected import DEEPER_SHARE, expected_spread
from aim_blender_addon.backend.anatomy.bones.mandible import LEAST_DEPTH, Anchors, mandible
from aim_blender_addon.backend.anatomy.head.frame import FaceFrame
from aim_blender_addon.backend.anatomy.head.skin_view import SkinView
from aim_blender_addon.backend.anatomy.head.usual_thickness import (
    OuterSkin,
    landmark_places,
    outer_skin,
)
from aim_blender_addon.backend.geometry.mesh import Mesh

HALF_AXES = np.array([75.0, 112, 97])
CENTRE = np.array([0.0, 20, -97])
DEPTH = 6.0
MIRROR = np.array([[1.0, 1, 1], [-1, 1, 1]])
ANCHORS = Anchors(
    condyle=np.array([52.0, -5, -110]) * MIRROR,
    gonion=np.array([40.0, -42, -100]) * MIRROR,
    molar=np.array([26.0, -30, -75]) * MIRROR,
    menton=np.array([0.0, -68, -45]),
    incisor=np.array([0.0, -36, -26]),
)


@functools.cache
def egg() -> OuterSkin:
    """The outer skin of an egg with the face's frame at the tip of its nose, were it to have one."""
    ball = trimesh.creation.icosphere(3, 1.0)
    mesh = Mesh.from_triangles(ball.vertices * HALF_AXES + CENTRE, ball.faces, "egg")
    return outer_skin(SkinView(mesh, FaceFrame(*np.eye(3), np.zeros(3))))


@functools.cache
def jaw() -> tuple[np.ndarray, np.ndarray]:
    return mandible(ANCHORS, egg(), np.full(len(egg().points), DEPTH))


def test_the_outer_skin_of_an_egg_is_all_of_it() -> None:
    skin = egg()
    radius = np.linalg.norm((skin.points - CENTRE) / HALF_AXES, axis=1)
    np.testing.assert_allclose(radius, 1, atol=0.02)
    inner = CENTRE + (skin.points[::50] - CENTRE) - 5 * skin.normals[::50]
    depth, _, weights = skin.depth(inner)
    np.testing.assert_allclose(depth, 5, atol=0.5)
    np.testing.assert_allclose(weights.sum(axis=1), 1)


def test_landmarks_of_the_depths_lie_on_the_skin_and_given_ones_stay() -> None:
    given = {"pogonion": np.array([0.0, -60, -20])}
    places = landmark_places(egg(), lambda usual: usual, given)
    np.testing.assert_array_equal(places["pogonion"], given["pogonion"])
    for name in ("glabella", "zygion_left", "zygion_right"):
        assert egg().tree.query(places[name])[0] < 3
    np.testing.assert_allclose(places["zygion_left"] * [-1, 1, 1], places["zygion_right"], atol=1)


def test_the_mandible_is_closed_alike_on_both_sides_and_under_the_skin() -> None:
    vertices, triangles = jaw()
    solid = trimesh.Trimesh(vertices, triangles, process=False)
    assert solid.is_watertight and solid.volume > 10000
    assert cKDTree(vertices).query(vertices * [-1, 1, 1])[0].mean() < 0.5
    depth, _, _ = egg().depth(vertices)
    assert depth.min() > LEAST_DEPTH - 0.5


def test_the_mandible_hangs_at_its_anchors() -> None:
    tree = cKDTree(jaw()[0])
    for point in (*ANCHORS.condyle, ANCHORS.incisor, ANCHORS.menton):
        assert tree.query(point)[0] < 10


@functools.cache
def skull() -> tuple[np.ndarray, np.ndarray]:
    places = landmark_places(egg(), lambda usual: usual, {})
    eyes = {"eye_left": np.array([31.0, 26, -30]), "eye_right": np.array([-31.0, 26, -30])}
    depths = np.full(len(egg().points), DEPTH)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cranium_module, "CELL", 6.0)  # mm; the finer grid takes ten times as long
        return cranium(egg(), depths, ANCHORS, places | eyes, jaw())


def test_the_cranium_is_closed_and_lies_at_the_depth_of_the_tissue() -> None:
    vertices, triangles = skull()
    assert trimesh.Trimesh(vertices, triangles, process=False).is_watertight
    top = vertices[vertices[:, 1] > 80]
    depth, _, _ = egg().depth(top)
    np.testing.assert_allclose(np.median(depth), DEPTH, atol=2.0)


def test_the_cranium_leaves_room_for_the_mandible_and_the_eyes() -> None:
    vertices, _ = skull()
    apart = cKDTree(vertices).query(jaw()[0])[0]
    assert apart.min() > 0.25 * GAP
    assert cKDTree(vertices).query([31.0, 26, -40])[0] > 10


def test_bone_is_less_certain_the_deeper_it_lies() -> None:
    skin, depths = egg(), np.full(len(egg().points), DEPTH)
    places = landmark_places(skin, lambda usual: usual, {})
    face = SimpleNamespace(skin=skin, depths=depths, places=places)
    start, inwards = skin.points[100], -skin.normals[100]
    spread = expected_spread(face, start + np.array([[DEPTH], [DEPTH + 20]]) * inwards)
    assert 1 <= spread[0] <= 6
    assert spread[1] >= DEEPER_SHARE * 18
