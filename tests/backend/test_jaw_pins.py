# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jaw poses given by hand: as matrices, and as incisors marked in a scan."""

import json

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.anatomy.jaw.pins import (
    JawPin,
    jaw_from_incisors,
    pinned_poses,
    read_pin,
    usual_bite,
)
from aim_blender_addon.backend.errors import FitError, ScanError
from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.io.obj import write_obj
from tests.backend import synthetic_head

JOINT = JawJoint(np.array([50.0, -5, 15]), np.array([-50.0, -5, 15]), np.array([0.0, -45, 85]))
POSE = JOINT.pose([np.radians(14), 3.0, 2.0, 0.0])
HEAD = synthetic_head.random_pose(np.random.default_rng(4), 30, 50)


def _marks(pose: np.ndarray, head: np.ndarray, bite: np.ndarray) -> JawPin:
    """What a user marks in a scan whose jaw has the pose and whose head has moved."""
    upper = JOINT.incisor - bite
    lower = JOINT.incisor + JOINT.incisor_motion(pose)
    return JawPin(None, *(head[:3, :3] @ point + head[:3, 3] for point in (lower, upper)))


def test_marked_incisors_give_the_pose():
    pose = JOINT.pose(
        jaw_from_incisors(
            JOINT, JOINT.incisor + JOINT.incisor_motion(POSE), JOINT.incisor - usual_bite(JOINT)
        )
    )
    np.testing.assert_allclose(JOINT.incisor_motion(pose), JOINT.incisor_motion(POSE), atol=0.05)


@pytest.mark.parametrize(
    "parameters", [(0, 0, 0, 0), (0.5, 0, 0, 0), (0.02, 6, 0, 0), (0.1, 0, 7, 0)]
)
def test_marks_do_not_ask_where_the_head_is(parameters):
    pose, bite = JOINT.pose(parameters), np.array([0.3, 1.0, -2.0])
    pins = {"scan": _marks(pose, HEAD, bite), "neutral": JawPin(None, bite, np.zeros(3))}
    found = pinned_poses(pins, "neutral", ["other", "scan"], JOINT, np.stack([np.eye(4), HEAD]))
    assert list(found) == [1]
    np.testing.assert_allclose(JOINT.incisor_motion(found[1]), JOINT.incisor_motion(pose), atol=0.3)


def test_the_usual_bite_has_the_lower_incisors_behind_and_above():
    way = usual_bite(JOINT)
    assert way[1] > 0 and way[2] < 0 and 2 < np.linalg.norm(way) < 5


def test_a_matrix_is_taken_as_it_is():
    found = pinned_poses({"a": JawPin(POSE)}, "neutral", ["a"], JOINT, np.eye(4)[None])
    np.testing.assert_array_equal(found[0], POSE)


def test_what_cannot_be_is_named():
    heads = np.eye(4)[None]
    with pytest.raises(FitError, match="'laugh' is pinned, but there is no scan"):
        pinned_poses({"laugh": JawPin(POSE)}, "neutral", ["smile"], JOINT, heads)
    far = JawPin(None, JOINT.incisor + [0, 60.0, 0], JOINT.incisor)
    with pytest.raises(FitError, match="teeth marked in 'smile' are .* mm away"):
        pinned_poses({"smile": far}, "neutral", ["smile"], JOINT, heads)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        [],
        {"matrix": [[1, 0], [0, 1]]},
        {"matrix": (2 * np.eye(4)).tolist()},
        {"matrix": np.diag([1, 1, -1, 1]).tolist()},
        {"lower_incisor": [0, 0, 0]},
        {"lower_incisor": [0, 0], "upper_incisor": [0, 0]},
        {"lower_incisor": [0, 0, "x"], "upper_incisor": [0, 0, 0]},
    ],
)
def test_damaged_pins_are_named(entry):
    with pytest.raises(FitError, match="pinned jaw of 'smile' cannot be used"):
        read_pin("smile", entry)


def test_a_folder_may_hold_pins(tmp_path):
    (tmp_path / "expressions").mkdir()
    write_obj(tmp_path / "neutral.obj", synthetic_head.head())
    for scan in synthetic_head.expressions(("smile",)):
        write_obj(tmp_path / "expressions" / f"{scan.name}.obj", scan)
    assert not read_actor(tmp_path).jaw_pins
    file = tmp_path / "jaw_pins.json"
    file.write_text(json.dumps({"smile": {"matrix": POSE.tolist()}}))
    pin = read_actor(tmp_path, mm_per_unit=10).jaw_pins["smile"]
    np.testing.assert_allclose(pin.matrix[:3, :3], POSE[:3, :3])
    np.testing.assert_allclose(pin.matrix[:3, 3], 10 * POSE[:3, 3])
    file.write_text("[1")
    with pytest.raises(ScanError, match=r"jaw_pins\.json' cannot be read"):
        read_actor(tmp_path)
