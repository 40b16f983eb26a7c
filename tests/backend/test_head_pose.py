# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Head motion put into scans by hand is found and taken out, and none is found where there is none."""

import numpy as np
import pytest

from aim_blender_addon.backend.fitting.actor import Actor
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rigid import fit_rigid_columns
from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.scans.head_motion import (
    motion_size,
    remove_head_motion,
)
from tests.backend.synthetic_head import (
    cut,
    expressions,
    head,
    kept_vertices,
    random_pose,
    rotation,
)
from tests.shared_data import make_actor, requires_shared


def _stack(scans: list[Mesh] | tuple[Mesh, ...]) -> np.ndarray:
    return np.stack([scan.vertices for scan in scans]).astype(np.float64)


def _moved(positions: np.ndarray, poses: np.ndarray) -> np.ndarray:
    return positions @ poses[:, :3, :3].transpose(0, 2, 1) + poses[:, None, :3, 3]


def _poses(count: int, degrees: float, mm: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([random_pose(rng, degrees, mm) for _ in range(count)])


def _errors(found: np.ndarray, true: np.ndarray, points: np.ndarray) -> np.ndarray:
    """[E] largest distance, mm, between a head moved by the found and by the true poses."""
    wrong = np.linalg.inv(true) @ found
    there = points @ wrong[:, :3, :3].transpose(0, 2, 1) + wrong[:, None, :3, 3]
    return np.linalg.norm(there - points, axis=2).max(axis=1)


@pytest.fixture(scope="module")
def scans() -> np.ndarray:
    return _stack(expressions())


def test_motion_is_found_and_taken_out(scans):
    neutral = head()
    poses = _poses(len(scans), 30, 100)
    still, found = remove_head_motion(neutral, _moved(scans, poses))
    assert still.dtype == np.float32 and found.dtype == np.float64
    assert _errors(found, poses, neutral.vertices).max() < 0.02
    assert np.abs(still - scans).max() < 0.02


def test_the_pose_carries_head_space_to_the_scan(scans):
    pose = np.eye(4)
    pose[:3, :3] = rotation([0, 1, 0], 20)
    pose[:3, 3] = [10, 20, 30]
    moved = _moved(scans[:1], pose[None])
    still, found = remove_head_motion(head(), moved)
    assert found[0] == pytest.approx(pose, abs=0.01)
    assert _moved(still.astype(float), found) == pytest.approx(moved, abs=1e-3)


def test_no_motion_is_exactly_none(scans):
    still, found = remove_head_motion(head(), scans)
    assert np.array_equal(found, np.tile(np.eye(4), (len(scans), 1, 1)))
    assert np.array_equal(still, scans.astype(np.float32))


def test_each_scan_alone(scans):
    neutral = head()
    poses = _poses(len(scans), 30, 100, seed=1)
    for scan, pose in zip(_moved(scans, poses), poses, strict=True):
        found = remove_head_motion(neutral, scan[None])[1]
        assert _errors(found, pose[None], neutral.vertices).max() < 0.05


def test_quarter_and_half_turns(scans):
    neutral = head()
    poses = np.tile(np.eye(4), (len(scans), 1, 1))
    for pose, degrees in zip(poses, (90, -90, 120, 180, 150, 60), strict=True):
        pose[:3, :3] = rotation([1, 0.2, 0], degrees)
    found = remove_head_motion(neutral, _moved(scans, poses))[1]
    assert _errors(found, poses, neutral.vertices).max() < 0.05


def test_scanner_noise(scans):
    neutral = head()
    noise = np.random.default_rng(2).normal(0, 0.15, scans.shape)
    poses = _poses(len(scans), 30, 100, seed=2)
    found = remove_head_motion(neutral, _moved(scans + noise, poses))[1]
    assert _errors(found, poses, neutral.vertices).max() < 0.25


def test_small_motion_is_not_overlooked(scans):
    poses = np.tile(np.eye(4), (len(scans), 1, 1))
    poses[2, :3, 3] = [0.4, 0, 0]
    found = remove_head_motion(head(), _moved(scans, poses))[1]
    assert found[2, :3, 3] == pytest.approx([0.4, 0, 0], abs=0.02)
    others = np.delete(found, 2, axis=0)
    assert np.array_equal(others, np.tile(np.eye(4), (len(others), 1, 1)))


def test_a_neck_that_stays_behind(scans):
    neutral = head()
    poses = _poses(len(scans), 15, 0, seed=3)
    follow = np.clip((neutral.vertices[:, 1] + 95) / 25, 0, 1)[:, None]
    moved = follow * _moved(scans, poses) + (1 - follow) * scans
    found = remove_head_motion(neutral, moved)[1]
    assert _errors(found, poses, neutral.vertices).max() < 0.1


def test_none_given_none_returned():
    neutral = head()
    still, poses = remove_head_motion(neutral, np.empty((0, len(neutral.vertices), 3)))
    assert still.shape == (0, len(neutral.vertices), 3) and poses.shape == (0, 4, 4)


def test_wrong_shape_is_named(scans):
    with pytest.raises(ValueError, match=r"\[E, 1393, 3\], not \(6, 1392, 3\)"):
        remove_head_motion(head(), scans[:, 1:])


def test_motion_size():
    pose = np.eye(4)
    pose[:3, :3] = rotation([0, 1, 0], 12)
    neutral = head()
    middle = (neutral.vertices.min(axis=0) + neutral.vertices.max(axis=0)) / 2
    pose[:3, 3] = middle - pose[:3, :3] @ middle + [3, 4, 0]
    assert motion_size(pose, neutral) == pytest.approx((12, 5), abs=1e-3)
    assert motion_size(np.eye(4), neutral) == (0, 0)


def test_a_rigid_fit_keeps_handedness():
    rng = np.random.default_rng(4)
    points = rng.standard_normal((3, 50)) * [[1], [1], [0.01]]
    flat = points * [[1], [1], [-1]]
    pose = fit_rigid_columns(points, flat, np.ones(50))
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)


# ------------------------------------------------------------------------------------ real heads


@pytest.fixture(scope="module")
def actor() -> Actor:
    return read_actor(make_actor(3))


@requires_shared
def test_actor_head(actor):
    scans = _stack(actor.expressions)
    poses = _poses(len(scans), 30, 100)
    still, found = remove_head_motion(actor.neutral, _moved(scans, poses))
    assert _errors(found, poses, actor.neutral.vertices).max() < 0.05
    assert np.abs(still - scans).max() < 0.05
    unmoved = remove_head_motion(actor.neutral, scans)[1]
    assert np.array_equal(unmoved, np.tile(np.eye(4), (len(scans), 1, 1)))


@requires_shared
def test_actor_mask(actor):
    """Face only: most scans to a tenth, those that keep no skin still (anger, sadness) to 0.8 mm."""
    _, y, z = actor.neutral.vertices.T
    keep = (y > -95) & (y < 75) & (z > 20)
    mask, kept = cut(actor.neutral, keep), kept_vertices(actor.neutral, keep)
    scans = _stack(actor.expressions)[:, kept]
    poses = _poses(len(scans), 30, 100, 5)
    error = _errors(remove_head_motion(mask, _moved(scans, poses))[1], poses, mask.vertices)
    by_name = dict(zip([scan.name for scan in actor.expressions], error, strict=True))
    assert by_name["mouth_stretch"] < 0.1
    assert np.median(error) < 0.1 and error.max() < 0.8
    unmoved = remove_head_motion(mask, scans)[1]
    assert np.array_equal(unmoved, np.tile(np.eye(4), (len(scans), 1, 1)))
