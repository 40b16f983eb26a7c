# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored correspondences, the pattern they are looked at by, and what a rig can play; without any face."""

import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.errors import RetargetError, SolveError
from aim_blender_addon.backend.io import disk
from aim_blender_addon.backend.io.curves import Curves
from aim_blender_addon.backend.retargeting.checker import checker
from aim_blender_addon.backend.retargeting.jaw_bone import JawBone
from aim_blender_addon.backend.solving.correctives import compress_performance
from aim_blender_addon.backend.solving.result_file import check_room
from tests.backend import performance_face, synthetic_head


def stored(shift: int = 0, trust: float = 1.0) -> bytes:
    """The head on itself as a stored map; with a shift every vertex on another one."""
    head = synthetic_head.head()
    count = len(head.vertices)
    numbers = (np.arange(count, dtype=np.int32) + shift) % count
    stream = io.BytesIO()
    np.savez(
        stream,
        map_rows=np.arange(count),
        map_corners=np.repeat(numbers[:, None], 3, axis=1),
        map_weights=np.tile(np.float32([1, 0, 0]), (count, 1)),
        map_trust=np.full(count, trust, np.float32),
        source_rows=np.arange(count),
        source_points=head.vertices,
        source_axes=np.eye(3),
    )
    return stream.getvalue()


@pytest.mark.parametrize("cut", [0, 10, 400])
def test_damaged_maps_are_refused_in_a_sentence(cut: int) -> None:
    with pytest.raises(RetargetError, match="'pair' holds no correspondence"):
        checker(stored()[:cut], "pair")


def test_the_checker_shows_where_a_map_is_wrong_and_where_it_is_not_trusted() -> None:
    here, there = checker(stored(), "pair")
    np.testing.assert_allclose(here.colours, there.colours)
    assert len(np.unique(np.round(here.colours, 3), axis=0)) > 50
    _, shifted = checker(stored(200), "pair")
    assert np.abs(shifted.colours - here.colours).max(axis=1).mean() > 0.1
    _, grey = checker(stored(trust=0.0), "pair")
    assert np.ptp(grey.colours) == 0


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
    compressed = compress_performance(face, lambda: iter([frames]), 0.05, given=0.5 * curves)
    np.testing.assert_array_equal(compressed.weights, 0.5 * curves)
    assert len(compressed.shapes) and compressed.reached and compressed.error_mm["p99"] <= 0.05


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
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _path: free)
    sizes = {"V": 11_000, "E": 52, "K": 1}
    check_room(tmp_path / "out.npz", 10_000, sizes)
    with pytest.raises(SolveError, match=r"out\.npz' needs 32.\d GB and 5.0 GB are free"):
        check_room(tmp_path / "out.npz", 120_000, sizes)
