# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Correctives that keep a baked rig's skin off bone: looked at as the rig plays, by a way of its own."""

import functools

import numpy as np

from aim_blender_addon.backend.muscles.controls import control_motions, rig_controls, scan_poses
from aim_blender_addon.backend.muscles.distil import Distilled
from aim_blender_addon.backend.muscles.off_bone_keys import (
    BakedSkin,
    OffBoneSettings,
    drawn,
    held_off_bone,
    still_deep,
)
from aim_blender_addon.backend.muscles.training import together
from tests.backend.pressed_face import PRESSED, flesh, model, touching

POSE = np.concatenate(PRESSED)


def plain() -> Distilled:
    """A rig without correctives."""
    none = np.zeros((0, len(flesh().skin), 3), np.float32)
    return Distilled(rig_controls(model()), np.zeros((0, 2), int), none)


@functools.cache
def likely() -> np.ndarray:
    motions = control_motions(model(), rig_controls(model()))
    return together(motions[: len(scan_poses(model()))])


@functools.cache
def held(more: int = 12, poses: int = 40) -> Distilled:
    settings = OffBoneSettings(more=(more,), poses=(poses,), rounds=3)
    skin = BakedSkin(model(), touching())
    return held_off_bone(plain(), skin, scan_poses(model()), likely(), settings=settings)


def played(made: Distilled, pose: np.ndarray) -> np.ndarray:
    """Skin [V, 3] mm of the rig, by the model's own evaluation."""
    jaw = model().joint.pose(pose[-4:])
    skin = model().skin(pose[:-4].astype(np.float32), jaw).astype(float)
    added, share = made.added(pose[None])[0], flesh().skin_jaw_share[:, None]
    skin[flesh().skin] += added + share * (added @ jaw[:3, :3].T - added)
    return skin


def deep(made: Distilled, pose: np.ndarray) -> float:
    """How deep the vertices of the rig's skin lie in bone beyond the rest, mm."""
    jaw = model().joint.pose(pose[-4:])
    bones, rest = touching().hold.over.bones, model().neutral.vertices[flesh().skin].astype(float)
    floor = np.minimum(bones.measured(rest, np.eye(4), 3.0), 0.0)
    return float((floor - bones.measured(played(made, pose)[flesh().skin], jaw, 3.0)).max())


def test_poses_that_were_not_learned_come_out_of_bone():
    unseen = drawn(model(), 60, 99, likely())
    before, after = (np.array([deep(m, p) for p in unseen]) for m in (plain(), held()))
    assert (before > 0.3).sum() >= 5
    assert (after > 0.3).sum() <= (before > 0.3).sum() / 3
    assert after.max() < before.max() / 2


def test_what_the_report_tells_is_what_the_rig_shows():
    skin = BakedSkin(model(), touching())
    settings = OffBoneSettings(checked=12)
    before, after = still_deep(held(), skin, likely(), settings)
    assert before.poses == after.poses == 12
    assert after.deep < before.deep and after.worst_mm < before.worst_mm
    pose = POSE.copy()
    depth = skin.depth(pose, np.zeros((len(flesh().skin), 3)))
    assert depth >= deep(plain(), pose) - 0.05  # edges and faces, too


def test_skin_that_meets_no_bone_stays_and_rest_does():
    made, none = held(), np.zeros((1, len(POSE)))
    np.testing.assert_array_equal(made.added(none), 0.0)
    moved = np.linalg.norm(made.shapes, axis=2).max(axis=0) > 0
    rest = model().neutral.vertices[flesh().skin]
    assert 0 < moved.mean() < 0.6 and not moved[np.argmax(rest[:, 1])]


def test_no_more_shapes_than_are_asked_for_and_the_same_each_time():
    assert len(held().products) <= 12
    few, again = held(2, 4), held.__wrapped__(2, 4)
    assert 1 <= len(few.products) <= 2
    np.testing.assert_array_equal(again.shapes, few.shapes)
    kept = len(OffBoneSettings.of(0).more)
    assert kept == 3 and sum(OffBoneSettings.of(7).more) == 7
    assert OffBoneSettings.of(100).more == OffBoneSettings().more
    alone = held_off_bone(
        plain(), BakedSkin(model(), touching()), scan_poses(model()), likely(),
        settings=OffBoneSettings(more=(0,), poses=(10,), rounds=1),
    )  # fmt: skip
    assert len(alone.products) == 0
