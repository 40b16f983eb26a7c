# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Distances to bones and projections into limits against slow versions, one point and triangle after the other."""

import numpy as np
import pytest
import trimesh

from aim_blender_addon.backend.contact.bone_field import Bones
from aim_blender_addon.backend.contact.bone_surface import BoneSurface
from aim_blender_addon.backend.editing.limits import TissueLimits
from aim_blender_addon.backend.editing.projection import TOLERANCE_MM, project
from aim_blender_addon.backend.editing.surroundings import with_surroundings
from aim_blender_addon.backend.geometry.mesh import Mesh
from tests.backend import round_bones
from tests.backend.round_bones import RoundBones

RANDOM = np.random.default_rng(3)


def rough_bone(seed: int, radius: float = 8.0) -> Mesh:
    """A closed surface of 80 triangles, uneven like a bone."""
    ball = trimesh.creation.icosphere(1, radius)
    noise = np.random.default_rng(seed).uniform(0.92, 1.08, (len(ball.vertices), 1))
    return Mesh.from_triangles(ball.vertices * noise, ball.faces, "bone")


def distance_to_triangle(point: np.ndarray, corners: np.ndarray) -> float:
    """From a point [3] to a triangle [3, 3]: to its inside, else to its edges."""
    first, second, third = corners
    normal = np.cross(second - first, third - first)
    normal /= np.linalg.norm(normal)
    foot = point - (point - first) @ normal * normal
    inside = all(
        np.cross(end - start, foot - start) @ normal >= 0
        for start, end in ((first, second), (second, third), (third, first))
    )
    if inside:
        return abs((point - first) @ normal)
    found = []
    for start, end in ((first, second), (second, third), (third, first)):
        along = np.clip((point - start) @ (end - start) / ((end - start) @ (end - start)), 0, 1)
        found.append(np.linalg.norm(point - start - along * (end - start)))
    return min(found)


def solid_angle(point: np.ndarray, corners: np.ndarray) -> float:
    """Of a triangle [3, 3] seen from a point [3] (Van Oosterom and Strackee 1983)."""
    a, b, c = corners - point
    la, lb, lc = (np.linalg.norm(side) for side in (a, b, c))
    below = la * lb * lc + (a @ b) * lc + (b @ c) * la + (c @ a) * lb
    return 2 * np.arctan2(np.linalg.det(np.stack([a, b, c])), below)


def signed_distance(bone: Mesh, point: np.ndarray) -> float:
    """The nearest triangle's distance; negative where the whole surface is seen around the point."""
    triangles = bone.vertices.astype(float)[bone.triangles]
    nearest = min(distance_to_triangle(point, corners) for corners in triangles)
    seen = sum(solid_angle(point, corners) for corners in triangles)
    return -nearest if seen > 2 * np.pi else nearest


def test_distances_to_a_bone_are_those_to_all_its_triangles() -> None:
    bone = rough_bone(0)
    points = RANDOM.normal(size=(30, 3))
    points *= RANDOM.uniform(2, 14, (30, 1)) / np.linalg.norm(points, axis=1, keepdims=True)
    expected = np.array([signed_distance(bone, point) for point in points])
    assert (expected < 0).sum() > 5 and (expected > 0).sum() > 5
    distance, direction = BoneSurface(bone, 1.5, 4).measure(points)
    np.testing.assert_allclose(distance, expected, atol=0.02)
    on_surface = [signed_distance(bone, p) for p in points - distance[:, None] * direction]
    np.testing.assert_allclose(on_surface, 0, atol=0.02)


def test_fields_are_exact_near_skin_and_go_with_the_jaw() -> None:
    skull, jaw = rough_bone(1), rough_bone(2, 6.0)
    skin = trimesh.creation.icosphere(2, 10.0).vertices
    bones = Bones.of(skull, jaw, np.array(skin))
    pose = round_bones.pose((3, -2, 1))
    points = np.array(skin)[:12] * 1.02
    expected = [
        [signed_distance(skull, point), signed_distance(jaw, np.linalg.inv(pose)[:3] @ [*point, 1])]
        for point in points
    ]
    near = np.array(expected) < 4
    assert near[:, 0].all() and near[:, 1].any()
    by_fields = bones.distances(points, pose)
    np.testing.assert_allclose(by_fields[near], np.array(expected)[near], atol=0.3)
    np.testing.assert_allclose(bones.measure(points, pose)[0], expected, atol=0.02)
    np.testing.assert_allclose(bones.measured(points, pose, 99.0), expected, atol=0.02)


def nearest_feasible(limits: TissueLimits, point: np.ndarray) -> np.ndarray:
    """The first feasible place for a point [3] along the line through the middle of a round skull."""
    direction = point / np.linalg.norm(point)
    lengths = np.linspace(0, 60, 12_001)
    line = lengths[:, None] * direction
    distance = limits.bones.distances(line, np.eye(4))
    feasible = np.abs(limits.excess(distance, np.zeros(len(line), int)).amount) <= 0
    moved = np.abs(lengths - np.linalg.norm(point))
    return line[np.argmin(np.where(feasible, moved, np.inf))]


def test_points_pushed_alone_are_the_nearest_feasible_ones() -> None:
    skin, triangles = round_bones.ball(25.0, 2)
    limits = round_bones.limits(RoundBones.of(20), triangles, len(skin), 2, 8)
    pulled = skin * RANDOM.uniform(0.4, 1.6, (len(skin), 1))
    done = project(limits, pulled, np.eye(4), skin, soft=False)
    expected = np.array([nearest_feasible(limits, point) for point in pulled])
    np.testing.assert_allclose(done.points, expected, atol=2 * TOLERANCE_MM)


@pytest.mark.parametrize("vertices", [[5], [5, 40, 41]])
def test_surroundings_are_means_over_neighbours_of_the_whole_skin(vertices: list[int]) -> None:
    skin, triangles = round_bones.ball(25.0, 2)
    limits = round_bones.limits(RoundBones.of(20), triangles, len(skin), 2, 8)
    push = RANDOM.normal(size=(len(vertices), 3))
    neighbours = [set() for _ in skin]
    for triangle in triangles.tolist():
        for vertex in triangle:
            neighbours[vertex] |= set(triangle) - {vertex}
    expected = np.zeros_like(skin)
    for _ in range(8):
        expected[vertices] = push
        means = [np.mean([expected[other] for other in each], axis=0) for each in neighbours]
        expected = 0.8 * np.array(means)
    expected[vertices] = push
    found = with_surroundings(limits, np.array(vertices), push)
    np.testing.assert_allclose(found, expected, atol=1e-12)
