# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw: its joint, its skinning, and poses found in scans."""

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.jaw.from_skin import JawTracker, solve_jaw_poses
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint, JawLimits
from aim_blender_addon.backend.anatomy.tissue.measured import DenseAnatomy, refine_jaw_weight
from aim_blender_addon.backend.errors import FitError
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.geometry.rays import BoneHits
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.geometry.skinning import skin_with_jaw, undo_jaw
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


def test_the_chin_may_rise_only_as_the_jaw_comes_forward():
    opening = [JOINT.within_limits([-1.0, forward, 0, 0])[0] for forward in (-1.0, 0.0, 5.0, 10.0)]
    assert opening[0] == opening[1] == 0
    assert opening[2] * JOINT.length == pytest.approx(-5 * JOINT.limits.rise)
    assert opening[3] == pytest.approx(2 * opening[2])
    np.testing.assert_array_equal(JOINT.within_limits([9, 99, 99, 99]), JOINT.limits.bounds()[1])


def test_parameters_are_read_back_from_a_pose():
    for parameters in np.random.default_rng(1).uniform(-1, 1, (20, 4)) * [0.6, 10, 10, 4]:
        np.testing.assert_allclose(JOINT.parameters(JOINT.pose(parameters)), parameters, atol=1e-6)


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
    found = solve_jaw_poses(neutral, scan[None], hits, JOINT)
    miss = JOINT.incisor_motion(found.matrices[0]) - JOINT.incisor_motion(truth)
    # A smooth egg holds little against a turn: allow 4 % of the way.
    assert np.linalg.norm(miss) < 0.5 + 0.04 * np.linalg.norm(JOINT.incisor_motion(truth))
    assert found.disagreement_mm[0] < 0.5


def test_a_lip_that_moves_by_itself_is_no_jaw_motion():
    neutral, hits, operator = _head_with_mandible()
    place = neutral.vertices.astype(float)
    lip = np.exp(-((np.linalg.norm(place - [0, -42, 85], axis=1) / 12) ** 2))[:, None]
    scans = place + np.stack([lip * [0, 0, 9], lip * [0, -6, 3], lip * [7, 0, 0]])
    found = solve_jaw_poses(neutral, scans, hits, JOINT)
    moved = [np.linalg.norm(JOINT.incisor_motion(matrix)) for matrix in found.matrices]
    assert max(moved) < 1.0


def test_a_pinned_pose_is_kept_exactly_and_no_other_changes():
    neutral, hits, _ = _head_with_mandible()
    place = neutral.vertices.astype(float)
    weight = np.clip(-(place[:, 1] + 10) / 25, 0, 1)
    scans = np.stack([skin_with_jaw(place, JOINT.pose([a, 0, 0, 0]), weight) for a in (0.1, 0.3)])
    pin = synthetic_head.random_pose(np.random.default_rng(2), 10, 5)
    free, held = (solve_jaw_poses(neutral, scans, hits, JOINT, pins=p) for p in (None, {1: pin}))
    np.testing.assert_array_equal(held.matrices[1], pin)
    np.testing.assert_array_equal(held.matrices[0], free.matrices[0])
    assert list(held.pinned) == [False, True] and not free.pinned.any()
    assert held.uncertain_mm[1] == 0 and held.uncertain_mm[0] == free.uncertain_mm[0] > 0
    assert held.disagreement_mm[1] > free.disagreement_mm[1]


def test_skin_that_is_hidden_leaves_the_jaw_less_certain():
    neutral, hits, _ = _head_with_mandible()
    place = neutral.vertices.astype(float)
    weight = np.clip(-(place[:, 1] + 10) / 25, 0, 1)
    whole = skin_with_jaw(place, JOINT.pose([0.3, 0, 0, 0]), weight)
    half = np.where(place[:, :1] > 5, np.nan, whole)
    sure, unsure = solve_jaw_poses(neutral, np.stack([whole, half]), hits, JOINT).uncertain_mm
    assert 0 < 1.1 * sure < unsure


def test_a_small_motion_set_to_rest_counts_as_uncertain():
    neutral, hits, _ = _head_with_mandible()
    place = neutral.vertices.astype(float)
    truth = JOINT.pose([0.012, 0, 0, 0])
    weight = np.clip(-(place[:, 1] + 10) / 25, 0, 1)
    found = solve_jaw_poses(neutral, skin_with_jaw(place, truth, weight)[None], hits, JOINT)
    miss = JOINT.incisor_motion(found.matrices[0]) - JOINT.incisor_motion(truth)
    assert 0.8 < np.linalg.norm(miss) <= found.uncertain_mm[0]


def test_the_tracker_tells_jaw_from_the_muscles_that_it_has_seen():
    """A chin pad that slides, in a scan of its own, is known again when the jaw opens below it."""
    neutral, hits, _ = _head_with_mandible()
    place = neutral.vertices.astype(float)
    weight = np.clip(-(place[:, 1] + 10) / 25, 0, 1)
    pad = np.exp(-((np.linalg.norm(place - [0, -60, 80], axis=1) / 30) ** 2))[:, None] * [
        0,
        5.0,
        2.0,
    ]
    truth = JOINT.pose([np.radians(9), 0, 0, 0])
    opened = skin_with_jaw(place, truth, weight)
    scans = np.stack([place + pad, opened])

    def miss(seen: slice) -> float:
        tracker = JawTracker(neutral, hits, JOINT, scans[seen])
        frame = skin_with_jaw(place + 0.8 * pad, truth, weight)
        found = tracker.pose(frame)
        again = tracker.pose(frame, found.parameters)
        np.testing.assert_allclose(again.matrix, found.matrix, atol=0.1)
        return np.linalg.norm(JOINT.incisor_motion(found.matrix) - JOINT.incisor_motion(truth))

    assert miss(slice(0, 2)) < 0.7 * miss(slice(0, 0))


def test_skin_with_holes_still_tells():
    neutral, hits, _ = _head_with_mandible()
    place = neutral.vertices.astype(float)
    truth = JOINT.pose([np.radians(12), 0, 0, 0])
    frame = skin_with_jaw(place, truth, np.clip(-(place[:, 1] + 10) / 25, 0, 1))
    tracker = JawTracker(neutral, hits, JOINT, np.empty((0, *place.shape)))
    whole = tracker.pose(frame).matrix
    frame[(place[:, 0] > 25) | (np.arange(len(place)) % 7 == 0)] = np.nan
    part = tracker.pose(frame).matrix
    assert np.linalg.norm(JOINT.incisor_motion(part) - JOINT.incisor_motion(whole)) < 0.3
    with pytest.raises(FitError, match="is seen"):
        tracker.pose(np.full_like(frame, np.nan))


def test_no_skin_over_the_jaw_is_named():
    neutral, hits, operator = _head_with_mandible()
    nothing = BoneHits(hits.depth, np.zeros(len(hits.depth), bool))
    with pytest.raises(FitError, match="lie over the jaw bone"):
        solve_jaw_poses(neutral, neutral.vertices[None], nothing, JOINT)


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
