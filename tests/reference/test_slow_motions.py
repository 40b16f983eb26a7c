# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skinning, rigid motions, the jaw's joint and the model against slow versions that follow their formula."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from aim_blender_addon.backend.anatomy.jaw.joint import (
    BALKWILL_DEGREES,
    CONDYLAR_PATH_DEGREES,
    JawJoint,
)
from aim_blender_addon.backend.geometry.rigid import (
    fit_rigid,
    fit_rigid_columns,
    fit_similarity,
    move_rigidly,
    nearest_rotation,
    undo_rigid,
)
from aim_blender_addon.backend.geometry.robust import cauchy, cauchy_by_median, geman_mcclure
from aim_blender_addon.backend.geometry.skinning import skin_with_jaw, undo_jaw
from aim_blender_addon.backend.model.aim import Evaluated
from aim_blender_addon.backend.model.network import SineNetwork

RANDOM = np.random.default_rng(7)


def motion(vector: tuple[float, float, float], shift: tuple[float, float, float]) -> np.ndarray:
    """The motion [4, 4] of a rotation vector and a shift."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(vector).as_matrix()
    matrix[:3, 3] = shift
    return matrix


JAW = motion((0.4, 0.1, -0.05), (0.5, -3, 4))
HEAD = motion((-0.1, 0.3, 0.2), (30, -5, 8))


def carried(point: np.ndarray, matrix: np.ndarray, weight: float) -> np.ndarray:
    """A point [3] skinned with a weight: the mean of the point and the moved point."""
    moved = (matrix @ np.append(point, 1.0))[:3]
    return (1 - weight) * point + weight * moved


def test_skinning_is_that_of_one_point_after_the_other() -> None:
    points, weights = RANDOM.normal(size=(30, 3)) * 50, RANDOM.random(30)
    expected = [carried(point, JAW, weight) for point, weight in zip(points, weights, strict=True)]
    np.testing.assert_allclose(skin_with_jaw(points, JAW, weights), expected)


def test_a_jaw_is_undone_by_solving_for_each_point() -> None:
    points, weights = RANDOM.normal(size=(30, 3)) * 50, RANDOM.random(30)
    expected = []
    for point, weight in zip(points, weights, strict=True):
        matrix = np.eye(3) + weight * (JAW[:3, :3] - np.eye(3))
        expected.append(np.linalg.solve(matrix, point - weight * JAW[:3, 3]))
    np.testing.assert_allclose(undo_jaw(points, JAW, weights), expected, atol=1e-9)


def test_rigid_motions_are_undone_by_the_inverse_matrix() -> None:
    points = RANDOM.normal(size=(2, 10, 3)) * 50
    poses = np.stack([JAW, HEAD])
    for pose, some, found in zip(poses, points, undo_rigid(points, poses), strict=True):
        np.testing.assert_allclose(undo_rigid(some, pose), found)
        expected = [(np.linalg.inv(pose) @ np.append(point, 1.0))[:3] for point in some]
        np.testing.assert_allclose(found, expected, atol=1e-9)


def test_rigid_fits_are_those_of_scipy() -> None:
    source, weight = RANDOM.normal(size=(40, 3)) * 50, RANDOM.random(40) + 0.1
    target = move_rigidly(source, HEAD) + RANDOM.normal(size=source.shape)
    weight = weight / weight.sum()
    middle, goal = weight @ source, weight @ target
    rotation, _ = Rotation.align_vectors(target - goal, source - middle, weights=weight)
    expected = motion(rotation.as_rotvec(), goal - rotation.as_matrix() @ middle)
    np.testing.assert_allclose(fit_rigid(source, target, weight), expected, atol=1e-9)
    np.testing.assert_allclose(fit_rigid_columns(source.T, target.T, weight), expected, atol=1e-9)


def test_a_similarity_is_found_exactly() -> None:
    source = RANDOM.normal(size=(20, 3)) * 50
    rotation, scale, shift = fit_similarity(source, 1.7 * move_rigidly(source, HEAD))
    np.testing.assert_allclose(rotation, HEAD[:3, :3], atol=1e-9)
    assert scale == pytest.approx(1.7)
    np.testing.assert_allclose(shift, 1.7 * HEAD[:3, 3], atol=1e-9)


def test_the_nearest_rotation_is_never_a_mirror_image() -> None:
    mirror = HEAD[:3, :3] @ np.diag([1.0, 1.0, -0.2])
    many = np.stack([HEAD[:3, :3], mirror])
    for rotation in nearest_rotation(many):
        np.testing.assert_allclose(rotation, HEAD[:3, :3], atol=1e-9)


def test_robust_weights_halve_and_quarter_at_their_scale() -> None:
    residual = np.array([0.0, 2.0, 200.0])
    np.testing.assert_allclose(geman_mcclure((residual / 2) ** 2), [1, 0.25, 0], atol=1e-4)
    np.testing.assert_allclose(cauchy((residual / 2) ** 2, 3.0), [3, 1.5, 0], atol=1e-3)
    at_scale = cauchy_by_median(np.array([1.0, -1.0, 1.5]))
    assert at_scale[2] == pytest.approx(0.5)


JOINT = JawJoint(np.array([50.0, 0, 0]), np.array([-50.0, 0, 0]), np.array([0.0, -30, 80]))


@pytest.mark.parametrize("parameters", [(0.3, 0, 0, 0), (0.1, 5, 4, -1.5), (0, -1, -9, 2)])
def test_the_jaws_pose_is_two_turns_and_two_shifts(parameters: tuple[float, ...]) -> None:
    opening, forward, side, shift = parameters
    left = np.array([1.0, 0, 0])
    front = np.array([0.0, -30, 80]) / np.hypot(30, 80)
    up = np.cross(front, left)
    turn = Rotation.from_rotvec(up * side / np.hypot(30, 80)) * Rotation.from_rotvec(left * opening)
    down = np.radians(CONDYLAR_PATH_DEGREES - BALKWILL_DEGREES)
    slide = np.cos(down) * front - np.sin(down) * up
    expected = motion(turn.as_rotvec(), forward * slide + shift * left)
    pose = JOINT.pose(np.array(parameters))
    np.testing.assert_allclose(pose, expected, atol=1e-9)
    np.testing.assert_allclose(JOINT.parameters(pose), parameters, atol=1e-6)


def test_slopes_of_the_jaw_are_central_differences() -> None:
    points, weights = RANDOM.normal(size=(10, 3)) * 40, RANDOM.random(10)
    at, step = np.array([0.2, 3.0, -2.0, 0.5]), 1e-4
    moved = move_rigidly(points, JOINT.pose(at))
    slopes = JOINT.slopes(points, at, moved, weights)
    for number in range(4):
        change = step * np.eye(4)[number]
        ends = [skin_with_jaw(points, JOINT.pose(at + sign * change), weights) for sign in (1, -1)]
        np.testing.assert_allclose(
            slopes[:, :, number], (ends[0] - ends[1]) / (2 * step), atol=1e-2
        )
    exact = JOINT.slopes(points, at, moved, exact_shifts=True)
    np.testing.assert_allclose(exact, JOINT.slopes(points, at, moved), atol=1e-5)


def test_the_sine_network_is_that_of_one_unit_after_the_other() -> None:
    sizes = ((4, 6), (6, 5))
    weights = tuple(RANDOM.normal(size=size).astype(np.float32) for size in sizes)
    biases = tuple(RANDOM.normal(size=size[1]).astype(np.float32) for size in sizes)
    network = SineNetwork(weights, biases)
    coordinates = RANDOM.normal(size=(3, 4)).astype(np.float32)
    features = network.features(coordinates)
    assert features.shape == (3, network.feature_count)
    for row, found in zip(coordinates, features, strict=True):
        hidden = row
        for weight, bias in zip(weights, biases, strict=True):
            hidden = [
                np.sin(sum(value * weight[i, unit] for i, value in enumerate(hidden)) + bias[unit])
                for unit in range(len(bias))
            ]
        np.testing.assert_allclose(found, [*hidden, *row, 1.0], atol=1e-5)


def test_a_face_is_displaced_then_skinned_then_moved_with_the_head() -> None:
    count, shapes = 12, 3
    skin = RANDOM.normal(size=(count, 3)).astype(np.float32) * 50
    displacements = RANDOM.normal(size=(shapes, count, 3)).astype(np.float32)
    jaw_weight = RANDOM.random(count).astype(np.float32)
    at = Evaluated(
        skin, skin, np.ones(count), skin, jaw_weight, np.ones(count, bool), displacements
    )
    weights = np.array([0.5, -0.2, 1.0])
    found = at.shape(weights, JAW, HEAD)
    for vertex in range(count):
        point = skin[vertex] + sum(w * displacements[e, vertex] for e, w in enumerate(weights))
        point = carried(point, JAW, jaw_weight[vertex])
        np.testing.assert_allclose(found[vertex], carried(point, HEAD, 1.0), rtol=1e-5, atol=1e-4)
