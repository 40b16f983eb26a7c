# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Open, side and forward against the joint they move."""

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.jaw.controls import USUAL_PATH, JawControls, opening_path
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint, JawLimits

JOINT = JawJoint(
    np.array([50.0, 0.0, 0.0]), np.array([-50.0, 0.0, 0.0]), np.array([0.0, 80.0, -40.0])
)
CONTROLS = JawControls.of_joint(JOINT, np.eye(4)[None])


def moved(point: np.ndarray, opening: float, side: float, forward: float) -> np.ndarray:
    pose = JOINT.pose(CONTROLS.parameters(opening, side, forward))
    return pose[:3, :3] @ point + pose[:3, 3] - point


def test_controls_and_parameters_are_inverse() -> None:
    controls = np.array([0.3, -6.0, 2.0])
    np.testing.assert_allclose(CONTROLS.controls(CONTROLS.parameters(*controls)), controls)


def test_to_the_side_the_jaw_turns_about_the_condyle_it_goes_to() -> None:
    left = moved(JOINT.hinge_left, 0.0, 5.0, 0.0)
    right = moved(JOINT.hinge_right, 0.0, 5.0, 0.0)
    assert np.linalg.norm(left) < 0.6  # the slide runs a little below the plane of the swing
    assert np.linalg.norm(right) == pytest.approx(2 * 50 * 5.0 / JOINT.length, rel=0.02)
    assert moved(JOINT.incisor, 0.0, 5.0, 0.0)[0] == pytest.approx(5.0, abs=0.2)


def test_the_usual_path_where_no_scan_opens() -> None:
    assert CONTROLS.path == pytest.approx(USUAL_PATH)
    assert moved(JOINT.pivot, np.radians(33), 0.0, 0.0) == pytest.approx(
        11.9 * JOINT.slide_direction, abs=1e-6
    )


@pytest.mark.parametrize("path", [0.0, 8.0, 25.0])
def test_the_path_is_read_off_the_scans(path: float) -> None:
    openings = np.radians([0.0, 1.0, 12.0, 25.0])
    poses = [JOINT.pose([angle, path * angle, 0.0, 0.0]) for angle in openings]
    poses.append(JOINT.pose([0.0, 6.0, 0.0, 0.0]))  # pushed forward without opening: tells nothing
    assert opening_path(JOINT, np.array(poses)) == pytest.approx(path, abs=1e-9)


def test_clipped_controls_are_within_the_joints_limits() -> None:
    low, high = JawLimits().bounds()
    rng = np.random.default_rng(0)
    for wanted in rng.uniform([-2, -40, -30], [2, 40, 30], size=(50, 3)):
        parameters = CONTROLS.parameters(*CONTROLS.clipped(*wanted, JawLimits()))
        assert (parameters >= low - 1e-9).all() and (parameters <= high + 1e-9).all()
    inside = np.array([0.2, 3.0, 1.0])
    np.testing.assert_allclose(CONTROLS.clipped(*inside, JawLimits()), inside)
