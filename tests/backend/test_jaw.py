# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw: its joint, its skinning, and poses found in scans."""

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.joint import JawJoint, JawLimits
from aim_blender_addon.backend.errors import FitError
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.geometry.rays import BoneHits
from aim_blender_addon.backend.model.skinning import move_rigidly, skin_with_jaw, undo_jaw
from aim_blender_addon.backend.solving.anatomy import DenseAnatomy, refine_jaw_weight
from aim_blender_addon.backend.solving.jaw import solve_jaw_poses
from tests.backend import synthetic_head

JOINT = JawJoint(np.array([50.0, -5, 15]), np.array([-50.0, -5, 15]), np.array([0.0, -45, 85]))


def test_opening_lowers_the_chin_about_the_condyles():
    pose = JOINT.pose([np.radians(20), 0, 0, 0])
    np.testing.assert_allclose(move_rigidly(JOINT.hinge_left, pose), JOINT.hinge_left, atol=1e-9)
    motion = JOINT.incisor_motion(pose)
    assert motion[1] < -20 and abs(motion[0]) < 1e-9
    assert np.linalg.norm(motion) == pytest.approx(2 * JOINT.length * np.sin(np.radians(10)))


def test_side_and_forward_are_millimetres_at_the_incisors():
    assert JOINT.incisor_motion(JOINT.pose([0, 0, 7, 0]))[0] == pytest.approx(7, abs=0.1)
    assert np.linalg.norm(JOINT.incisor_motion(JOINT.pose([0, 5, 0, 0]))) == pytest.approx(5)
    assert JOINT.incisor_motion(JOINT.pose([0, 5, 0, 0]))[2] > 3


def test_every_pose_is_rigid():
    for parameters in np.random.default_rng(0).uniform(-1, 1, (20, 4)) * [0.6, 10, 10, 4]:
        turn = JOINT.pose(parameters)[:3, :3]
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(turn) > 0


def test_limits_bound_the_pose():
    low, high = JawLimits(open_degrees=30, side_mm=9).bounds()
    assert low[0] == 0 and high[0] == pytest.approx(np.radians(30))
    assert (low[2], high[2]) == (-9, 9)


def test_undoing_the_jaw_is_the_exact_inverse_of_skinning():
    random = np.random.default_rng(0)
    points, weight = random.normal(size=(300, 3)) * 60, random.uniform(0, 1, 300)
    pose = JOINT.pose([np.radians(35), 8, -6, 2])
    posed = skin_with_jaw(points, pose, weight)
    np.testing.assert_allclose(undo_jaw(posed, pose, weight), points, atol=1e-9)
    np.testing.assert_allclose(
        skin_with_jaw(points, pose, np.ones(300)), move_rigidly(points, pose)
    )
    np.testing.assert_allclose(skin_with_jaw(points, pose, np.zeros(300)), points)


def _head_with_mandible():
    """The made-up head, rays that say where the mandible lies, and its surface operator."""
    neutral = synthetic_head.head()
    place = neutral.vertices
    lower = (place[:, 1] < -35) & (place[:, 1] > -95) & (place[:, 2] > 20)
    upper = place[:, 1] > 10
    depth = np.where(lower, 9.0, np.where(upper, 6.0, np.inf))
    return neutral, BoneHits(depth, lower), SurfaceOperator.of(place, neutral.triangles)


@pytest.mark.parametrize(
    "parameters",
    [
        (0, 0, 0, 0),
        (np.radians(4), 0, 0, 0),
        (np.radians(22), 1, 0, 0),
        (0, 6, 0, 0),
        (0.05, 0, 7, 1),
    ],
)
def test_a_carried_mandible_is_found(parameters):
    neutral, hits, operator = _head_with_mandible()
    truth = JOINT.pose(parameters)
    weight = np.clip(-(neutral.vertices[:, 1] + 10) / 25, 0, 1)
    scan = skin_with_jaw(neutral.vertices.astype(float), truth, weight)
    found = solve_jaw_poses(neutral, scan[None], hits, operator.mass, JOINT)
    miss = JOINT.incisor_motion(found.matrices[0]) - JOINT.incisor_motion(truth)
    # A smooth egg holds little against a turn: allow 4 % of the way.
    assert np.linalg.norm(miss) < 0.5 + 0.04 * np.linalg.norm(JOINT.incisor_motion(truth))
    assert found.disagreement_mm[0] < 0.5


def test_a_lip_that_moves_by_itself_is_no_jaw_motion():
    neutral, hits, operator = _head_with_mandible()
    place = neutral.vertices.astype(float)
    lip = np.exp(-((np.linalg.norm(place - [0, -42, 85], axis=1) / 12) ** 2))[:, None]
    scans = place + np.stack([lip * [0, 0, 9], lip * [0, -6, 3], lip * [7, 0, 0]])
    found = solve_jaw_poses(neutral, scans, hits, operator.mass, JOINT)
    moved = [np.linalg.norm(JOINT.incisor_motion(matrix)) for matrix in found.matrices]
    assert max(moved) < 1.0


def test_no_skin_over_the_jaw_is_named():
    neutral, hits, operator = _head_with_mandible()
    nothing = BoneHits(hits.depth, np.zeros(len(hits.depth), bool))
    with pytest.raises(FitError, match="lie over the jaw bone"):
        solve_jaw_poses(neutral, neutral.vertices[None], nothing, operator.mass, JOINT)


def test_jaw_weight_is_learnt_where_the_scans_tell():
    neutral, hits, operator = _head_with_mandible()
    place = neutral.vertices.astype(float)
    truth = np.clip(-(place[:, 1] + 10) / 25, 0, 1)
    poses = np.stack([JOINT.pose([np.radians(20), 0, 0, 0]), JOINT.pose([0, 0, 9, 0])])
    scans = np.stack([skin_with_jaw(place, pose, truth) for pose in poses])
    start = np.where(hits.on_jaw, 1.0, 0.0)
    depth = np.where(hits.hit, hits.depth, 8.0)
    anatomy = DenseAnatomy(depth, neutral.normals, start, hits, hits.hit.astype(float))
    learnt = refine_jaw_weight(anatomy, place, scans, poses, operator)
    assert np.abs(learnt - truth).mean() < 0.4 * np.abs(start - truth).mean()
