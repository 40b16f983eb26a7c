# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Room for the jaw: conflicts with skull and skin over its poses, and bones that give way."""

import numpy as np
import pytest
import trimesh

from aim_blender_addon.backend.anatomy.bones.jaw_room import (
    conflict_warnings,
    jaw_conflicts,
    make_room,
    sampled_poses,
)
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.fitting.fit import jaw_joint
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from tests.backend.made_heads import estimated
from tests.shared_data import requires_shared

JOINT = JawJoint(np.array([50, 0, 0.0]), np.array([-50, 0, 0.0]), np.array([0, -35, 90.0]))


def _block(size, centre, name: str) -> Mesh:
    box = trimesh.creation.box(size)
    for _ in range(4):
        box = box.subdivide()
    return Mesh.from_triangles(box.vertices + centre, box.faces, name)


SKIN = _block((300, 300, 300), (0, 0, 0), "skin")
JAW = _block((70, 12, 60), (0, -40, 60), "jaw")


def test_poses_keep_the_limits_and_swings_need_a_slide():
    poses = sampled_poses(JOINT)
    low, high = JOINT.limits.bounds()
    assert (poses >= low - 1e-9).all() and (poses <= high + 1e-9).all()
    hinge = np.stack([JOINT.hinge_left, JOINT.hinge_right])
    for parameters in poses:
        back = -(move_rigidly(hinge, JOINT.pose(parameters)) - hinge) @ JOINT.slide_direction
        assert back.max() < JOINT.limits.back_mm + 1.5
    assert np.degrees(poses[:, 0].max()) == pytest.approx(JOINT.limits.open_degrees)
    assert poses[:, 2].max() == JOINT.limits.side_mm


def test_a_jaw_with_room_is_not_warned_about():
    skull = _block((70, 20, 60), (0, 10, 60), "skull")
    assert jaw_conflicts(SKIN, skull, JAW, JOINT) == []
    assert conflict_warnings(JAW, skull, []) == []


def test_a_post_in_the_way_of_a_slide_is_told_and_the_jaw_gives_way():
    """A post stands 3 mm in front of the jaw, which slides forward up to 12 mm."""
    post = _block((30, 40, 8), (0, -45, 90 + 3 + 4), "post")
    conflicts = jaw_conflicts(SKIN, post, JAW, JOINT)
    assert conflicts and conflicts[0].in_skull_mm > 2.5
    (warning,) = conflict_warnings(JAW, post, conflicts)
    assert "'jaw' goes into 'post'" in warning and "lower the jaw's limits" in warning


def test_a_lip_of_bone_makes_the_jaw_thinner_and_no_more():
    """A ledge just above the jaw's back rim, into which the jaw turns when it slides."""
    ledge = _block(
        (70, 6, 10), (0, -40 + 6 + 3 - 1.0, 96), "ledge"
    )  # 1 mm low, 1 mm ahead of the jaw
    assert max(c.in_skull_mm for c in jaw_conflicts(SKIN, ledge, JAW, JOINT)) > 0
    room = make_room(ledge, JAW, JOINT)
    left = jaw_conflicts(SKIN, ledge, room, JOINT)
    assert max((c.in_skull_mm for c in left), default=0.0) <= 1.5
    far = JAW.vertices[:, 2] < 60
    assert np.abs(room.vertices - JAW.vertices)[far].max() < 0.5


def test_a_jaw_that_leaves_the_skin_is_told():
    """Skin that does not follow the jaw, 5 mm below it: it comes out when it opens."""
    floor = _block((300, 200, 300), (0, 49, 0), "skin")  # from y -51 up
    skull = _block((70, 20, 60), (0, 10, 60), "skull")
    conflicts = jaw_conflicts(floor, skull, JAW, JOINT, np.zeros(len(floor.vertices)))
    assert conflicts[0].outside_skin_mm > 5
    assert "comes out of the skin" in conflict_warnings(JAW, skull, conflicts)[0]
    carried = jaw_conflicts(floor, skull, JAW, JOINT, np.ones(len(floor.vertices)))
    assert max((c.outside_skin_mm for c in carried), default=0.0) == 0.0


@requires_shared
@pytest.mark.parametrize("seed", [0, 3])
def test_estimated_bones_have_room_in_every_pose(seed):
    neutral, bones = estimated(seed)
    joint = jaw_joint(neutral, bones.skull, bones.jaw)
    assert jaw_conflicts(neutral, bones.skull, bones.jaw, joint) == []
