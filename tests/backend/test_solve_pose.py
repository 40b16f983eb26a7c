# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Head, jaw and weights of one frame, found together."""

import numpy as np
import pytest

from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.solving.dense import posed
from aim_blender_addon.backend.solving.pose import (
    FramePose,
    PoseSettings,
    follow_rigidly,
    seen_in_space,
    solve_pose,
)
from tests.backend import synthetic_head
from tests.backend.performance_face import JOINT, distance, face

WEIGHTS = np.array([0.6, 0.2, 0.0, 0.4, 0.5, 0.3])
JAW = np.array([0.18, 1.5, 2.0, 0.0])


def head_pose() -> np.ndarray:
    head = np.eye(4)
    head[:3, :3], head[:3, 3] = synthetic_head.rotation([0.3, 1, 0.1], 25), [12, -30, 8]
    return head


def chosen() -> np.ndarray:
    """Vertices [300] of the front."""
    front = np.flatnonzero(face().skin.rest[:, 2] > 0)
    return np.sort(np.random.default_rng(0).choice(front, 300, replace=False))


def seen_points() -> np.ndarray:
    """The chosen vertices [300, 3] of a face in a known pose."""
    field = face().skin.displacements @ WEIGHTS
    return posed(face(), field, JAW, head_pose())[chosen()]


def found(points: np.ndarray, confidence: np.ndarray | None = None) -> FramePose:
    model = face().skin.picked(chosen())
    start = follow_rigidly(model.rest, points, model.sigma)
    observe = seen_in_space(points)
    return solve_pose(
        model, JOINT, face().scan_jaws, observe, start, PoseSettings(noise=0.01), confidence
    )


def incisor_error(pose: FramePose) -> float:
    moved = [JOINT.incisor_motion(JOINT.pose(jaw)) for jaw in (pose.jaw, JAW)]
    return float(np.linalg.norm(moved[0] - moved[1]))


def test_a_known_pose_is_found() -> None:
    pose = found(seen_points())
    corners = np.stack([JOINT.incisor, JOINT.hinge_left, JOINT.hinge_right])
    moved = move_rigidly(corners, pose.head) - move_rigidly(corners, head_pose())
    assert np.linalg.norm(moved, axis=1).max() < 0.3
    assert incisor_error(pose) < 0.5
    np.testing.assert_allclose(pose.weights[:4], WEIGHTS[:4], atol=0.05)
    assert pose.trust.min() > 0.5


def test_wrong_and_unseen_points_do_not_count() -> None:
    points, wrong = seen_points(), np.arange(300) % 20 == 0
    points[wrong] += [0, 25, 25]
    points[1::20] = np.nan
    pose = found(points)
    assert incisor_error(pose) < 0.5
    assert pose.trust[wrong].max() < 0.1
    assert not pose.trust[1::20].any()


def test_points_without_confidence_do_not_count() -> None:
    points, lost = seen_points(), np.arange(300) % 10 == 0
    points[lost] += [0, 3, 3]
    sure = found(points, np.where(lost, 0.0, 1.0))
    assert incisor_error(sure) < 0.5 and not sure.trust[lost].any()


def test_a_face_at_rest_keeps_its_jaw_shut() -> None:
    pose = found(face().skin.rest[chosen()])
    np.testing.assert_allclose(pose.head, np.eye(4), atol=1e-6)
    np.testing.assert_allclose(pose.jaw, 0, atol=1e-6)
    np.testing.assert_allclose(pose.weights, 0, atol=1e-6)


def test_weights_stay_within_their_limits() -> None:
    points = posed(face(), face().skin.displacements @ (5 * WEIGHTS), np.zeros(4), np.eye(4))
    low, high = PoseSettings().weight_limits
    weights = found(points[chosen()]).weights
    assert weights.min() >= low and weights.max() == high


@pytest.mark.parametrize("fraction", [0.0, 0.3])
def test_skin_that_moves_as_one_gives_the_rigid_motion(fraction: float) -> None:
    random = np.random.default_rng(1)
    rest = random.normal(0, 50, (200, 3))
    points = move_rigidly(rest, head_pose())
    other = random.random(200) < fraction
    points[other] += random.normal(0, 20, (other.sum(), 3))
    points[::50] = np.nan
    pose = follow_rigidly(rest, points, np.zeros(200))
    assert distance(move_rigidly(rest, pose), move_rigidly(rest, head_pose())).max() < 0.1
