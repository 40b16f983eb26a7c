# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corners, ears, profile and the usual face, on reliefs of which every place is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.head.corners import eye_corners, mouth_corners
from aim_blender_addon.backend.anatomy.head.ear import tragion
from aim_blender_addon.backend.anatomy.head.midline import profile_landmarks
from aim_blender_addon.backend.anatomy.head.profile import (
    STEP,
    farthest,
    nose_root_and_chin,
    plane_section,
    prominence,
    resample,
    smooth,
)
from aim_blender_addon.backend.anatomy.head.usual import USUAL, usual_face

#: Places (up, front) on the profile of an average adult, mm, from the forehead down to the throat.
PROFILE = {
    "forehead": (95.0, -30.0),
    "glabella": (46.0, -18.0),
    "nasion": (33.0, -24.0),
    "pronasale": (0.0, 0.0),
    "subnasale": (-14.0, -14.0),
    "upper_lip": (-29.0, -11.0),
    "stomion": (-36.0, -17.0),
    "lower_lip": (-43.0, -13.0),
    "supramentale": (-54.0, -20.0),
    "pogonion": (-66.0, -16.0),
    "menton": (-82.0, -32.0),
    "throat": (-84.0, -75.0),
}


class Relief:
    """A skin seen from the front: a plane with pits where the eyes and the mouth are."""

    frame = SimpleNamespace(scale=1.0)

    def __init__(self, eye_depth: float = 10.0, groove_depth: float = 3.0):
        self.eye_depth, self.groove_depth = eye_depth, groove_depth

    def front_depth(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Depth of the plane at zero; eyes are ellipses 28 by 12 mm, the mouth a line 50 mm long."""
        x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
        eye = ((np.abs(x) - 31) / 14) ** 2 + ((y - 26) / 6) ** 2 < 1
        groove = np.exp(-(((y + 36) / 1.5) ** 2)) * (np.abs(x) < 25)
        return -self.eye_depth * eye - self.groove_depth * groove


def test_eye_corners_are_the_ends_of_the_eyes_openings() -> None:
    found = eye_corners(Relief(), nasion_up=33.0)
    for side, sign in (("left", 1), ("right", -1)):
        np.testing.assert_allclose(found[f"eye_inner_{side}"], [sign * 17, 26, 0], atol=1.6)
        np.testing.assert_allclose(found[f"eye_outer_{side}"], [sign * 45, 26, 0], atol=1.6)


def test_closed_eyes_have_no_corners() -> None:
    assert eye_corners(Relief(eye_depth=1.0), nasion_up=33.0) == {}


def test_mouth_corners_are_the_ends_of_the_groove_between_the_lips() -> None:
    found = mouth_corners(Relief(), np.array([-36.0, -17.0]))
    for side, sign in (("left", 1), ("right", -1)):
        np.testing.assert_allclose(found[f"cheilion_{side}"][:2], [sign * 25, -36], atol=2.5)


def test_lips_without_a_groove_have_no_corners() -> None:
    assert mouth_corners(Relief(groove_depth=0.0), np.array([-36.0, -17.0])) == {}


class SideView:
    """A head 70 mm wide on each side; an ear 60 mm high and 25 mm wide stands 12 mm off it."""

    frame = SimpleNamespace(scale=1.0)

    def __init__(self, ear: bool):
        self.ear = ear

    def first_hits(self, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
        """Hits [N, 3] of rays along the first axis."""
        up, front = origins[:, 1], origins[:, 2]
        on_ear = (np.abs(up) < 30) & (np.abs(front + 120) < 12.5)
        width = 70 + 12 * on_ear * self.ear
        return np.column_stack([-directions[:, 0] * width, up, front])

    def from_outside(self, point: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """The skin on the line through a point."""
        return np.array([direction[0] * 70, point[1], point[2]])


@pytest.mark.parametrize("sign", [1, -1])
def test_the_tragion_lies_before_the_ear_below_its_middle(sign: int) -> None:
    side, up, front = tragion(SideView(ear=True), sign, eye_up=20.0)
    assert side == sign * 70
    assert -8 < up < -2
    assert front == pytest.approx(-107.5 + 3, abs=2)


def test_a_head_without_ears_has_no_tragion() -> None:
    assert tragion(SideView(ear=False), 1, eye_up=20.0) is None


def profile_line() -> np.ndarray:
    return smooth(resample(np.array(list(PROFILE.values())), STEP), 3.0)


def test_landmarks_of_a_profile_are_its_bumps_and_hollows() -> None:
    line = profile_line()
    tip, nasion, chin = nose_root_and_chin(line, 1.0)
    np.testing.assert_allclose(line[tip], PROFILE["pronasale"], atol=2.5)
    np.testing.assert_allclose(line[nasion], PROFILE["nasion"], atol=2.5)
    found = profile_landmarks(line, tip, nasion, chin)
    for name in PROFILE.keys() & found.keys() - {"glabella", "menton"}:
        np.testing.assert_allclose(found[name], PROFILE[name], atol=3.5, err_msg=name)
    order = ["glabella", "nasion", "pronasale", "subnasale", "stomion", "pogonion", "menton"]
    heights = [found[name][0] for name in order]
    assert heights == sorted(heights, reverse=True)


def test_a_bump_is_prominent_and_a_hollow_is_not() -> None:
    up = np.arange(100, -100, -1.0)
    line = np.stack([up, 10 * np.exp(-((up / 10) ** 2))], axis=1)
    assert prominence(line, 20).argmax() == 100
    assert prominence(line * [1, -1], 20)[100] < -5
    assert farthest(line, 60, 140, 1) == 100
    assert farthest(line * [1, -1], 60, 140, -1) == 100


def test_the_section_of_a_triangle_ends_where_its_sides_cross_the_plane() -> None:
    corners = np.array([[-1.0, 0, 0], [1, 0, 4], [1, 2, 0]])
    (section,) = plane_section(corners, np.array([[0, 1, 2]]))
    ends = sorted(section.tolist())
    np.testing.assert_allclose(ends, [[0, 2], [1, 0]])


class Cylinder:
    """A face 67 mm wide on each side, as the average adult has it, times ``width``."""

    def __init__(self, scale: float, width: float):
        self.frame, self.width = SimpleNamespace(scale=scale), width

    def first_hits(self, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
        """Hits [N, 3] of rays from both sides."""
        return np.column_stack([np.sign(origins[:, 0]) * self.width, origins[:, 1:]])


def test_a_usual_face_is_stretched_to_what_is_known() -> None:
    names = ("nasion", "pronasale", "subnasale", "stomion", "menton")
    known = {name: 1.1 * np.array(USUAL[name], float) for name in names}
    face = usual_face(Cylinder(1.1, 1.1 * 67.0), known)
    assert face.width == pytest.approx(1.0)
    np.testing.assert_allclose(face.at("menton"), known["menton"])
    np.testing.assert_allclose(
        face.at("gonion_right"), 1.1 * np.array([-55.0, -52, -98]), rtol=0.02
    )
    wide = usual_face(Cylinder(1.1, 1.2 * 1.1 * 67.0), known)
    assert wide.at("gonion_left")[0] == pytest.approx(1.2 * face.at("gonion_left")[0])


def test_an_eye_lies_between_its_corners() -> None:
    known = {
        "eye_inner_left": np.array([17.0, 26, -30]),
        "eye_outer_left": np.array([45.0, 28, -36]),
    }
    face = usual_face(Cylinder(1.0, 67.0), known)
    np.testing.assert_allclose(face.eye("left"), [31, 28, -29])
