# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored correspondences, the pattern they are looked at by, and what a rig can play; without any face."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.joint import JawJoint
from aim_blender_addon.backend.errors import RetargetError
from aim_blender_addon.backend.io.arkit import Curves
from aim_blender_addon.backend.performance.correctives import compress_performance
from aim_blender_addon.backend.retargeting import play
from aim_blender_addon.backend.retargeting.checker import checker
from aim_blender_addon.backend.retargeting.map_file import (
    StoredMap,
    map_from_bytes,
    map_to_bytes,
    topology,
)
from aim_blender_addon.backend.retargeting.rig import JawBone
from tests.backend import performance_face, synthetic_head


def stored(shift: int = 0) -> StoredMap:
    """The head on itself; with a shift every vertex on another one."""
    head = synthetic_head.head()
    count = len(head.vertices)
    numbers = (np.arange(count, dtype=np.int32) + shift) % count
    return StoredMap(
        np.repeat(numbers[:, None], 3, axis=1),
        np.tile(np.float32([1, 0, 0]), (count, 1)),
        np.ones(count, np.float32),
        head.vertices,
        np.arange(count, dtype=np.int32),
        np.arange(count, dtype=np.int32),
        head.vertices,
        np.eye(3),
        ("nasion",),
        np.zeros((1, 2, 3), np.float32),
        topology(head),
        topology(head),
    )


def test_a_map_comes_back_and_is_only_for_its_meshes() -> None:
    head = synthetic_head.head()
    back = map_from_bytes(map_to_bytes(stored()), "pair")
    np.testing.assert_array_equal(back.corners, stored().corners)
    assert back.names == ("nasion",)
    back.check(head, head)
    moved = head.with_vertices(head.vertices * 3)
    back.check(moved, head)
    fewer = replace(head, face_vertices=head.face_vertices[:-3], face_sizes=head.face_sizes[:-1])
    with pytest.raises(RetargetError, match="another mesh"):
        back.check(head, fewer)


@pytest.mark.parametrize("cut", [0, 10, 400])
def test_damaged_maps_are_refused_in_a_sentence(cut: int) -> None:
    with pytest.raises(RetargetError, match="'pair' holds no correspondence"):
        map_from_bytes(map_to_bytes(stored())[:cut], "pair")


def test_the_checker_shows_where_a_map_is_wrong_and_where_it_is_not_trusted() -> None:
    here, there = checker(stored())
    np.testing.assert_allclose(here, there)
    assert len(np.unique(np.round(here, 3), axis=0)) > 50
    _, shifted = checker(stored(200))
    assert np.abs(shifted - here).max(axis=1).mean() > 0.1
    _, grey = checker(replace(stored(), trust=np.zeros(len(here), np.float32)))
    assert np.ptp(grey) == 0


def test_a_jaw_bone_keeps_its_locks() -> None:
    joint = JawJoint(*(np.array(p, float) for p in ([50, 0, 0], [-50, 0, 0], [0, -45, 80])))
    pose = joint.pose(np.array([0.3, 5.0, 4.0, 1.0]))
    rest = np.eye(4)
    rest[:3, 3] = joint.pivot
    np.testing.assert_allclose(JawBone(rest).nearest(pose), pose, atol=1e-12)
    still = JawBone(rest, moves=(False, False, False)).nearest(pose)
    np.testing.assert_allclose(still[:3, :3], pose[:3, :3], atol=1e-12)
    np.testing.assert_allclose(still[:3, :3] @ joint.pivot + still[:3, 3], joint.pivot, atol=1e-9)
    hinge = JawBone(rest, (True, False, False), (False, False, False)).nearest(pose)
    np.testing.assert_allclose(hinge[:3, 0], [1, 0, 0], atol=1e-12)


def test_given_curves_stay_and_correctives_take_what_is_left() -> None:
    face = performance_face.face()
    count = face.expressions
    random = np.random.default_rng(0)
    curves = random.uniform(0, 1, (20, count))
    frames = np.tensordot(curves, face.skin.displacements.transpose(2, 0, 1), 1)
    baked = compress_performance(face, lambda: iter([frames]), 0.05, given=0.5 * curves)
    np.testing.assert_array_equal(baked.weights, 0.5 * curves)
    assert len(baked.shapes) and baked.reached and baked.error_mm["p99"] <= 0.05


def test_a_part_of_the_curves() -> None:
    times = np.arange(10) / 30
    curves = Curves(("jawOpen",), np.arange(10.0)[:, None], times, np.zeros((10, 3)), 30.0)
    part = curves.between(3, 5)
    assert part.values[:, 0].tolist() == [2, 3, 4] and part.times[0] == 0
    assert len(curves.between(1, 0).times) == 10
    with pytest.raises(RetargetError, match="10 frames"):
        curves.between(11, 0)


def test_frames_that_the_disk_cannot_hold_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = SimpleNamespace(free=5e9)
    monkeypatch.setattr(play.shutil, "disk_usage", lambda _path: free)
    play._check_room(tmp_path / "out.npz", 10_000, 11_000)
    with pytest.raises(RetargetError, match=r"120,000 frames .* 31.7 GB .* shorter range"):
        play._check_room(tmp_path / "out.npz", 120_000, 11_000)
