# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lips that meet in an edit and do not pass through each other, on two sheets with a known gap."""

import numpy as np

from aim_blender_addon.backend.contact.parting import OpeningRims, Openings, parted
from aim_blender_addon.backend.contact.settings import PARTING
from aim_blender_addon.backend.geometry.kernels import AlongSkin
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator

WIDE, HIGH, GAP_MM = 21, 12, 2.0


def sheets() -> tuple[np.ndarray, np.ndarray]:
    """Vertices [V, 3] and triangles of two upright sheets, the upper one GAP_MM above the lower one."""
    x, y = np.meshgrid(np.arange(WIDE) * 2.0, np.arange(HIGH) * 2.0)
    upper = np.stack([x, y + GAP_MM, 0 * x], axis=-1).reshape(-1, 3)
    lower = np.stack([x, -y, 0 * x], axis=-1).reshape(-1, 3)
    corner = (np.arange(WIDE - 1) + WIDE * np.arange(HIGH - 1)[:, None]).ravel()[:, None]
    one = np.concatenate([corner + [0, 1, WIDE], corner + [1, WIDE + 1, WIDE]])
    return np.concatenate([upper, lower]), np.concatenate([one, one[:, ::-1] + len(upper)])


def openings() -> tuple[Openings, np.ndarray]:
    """A mouth that may close wholly."""
    skin, triangles = sheets()
    upper, lower = np.arange(WIDE), np.arange(WIDE) + WIDE * HIGH
    both = np.concatenate([upper, lower])
    columns = AlongSkin(SurfaceOperator.of(skin, triangles), skin, 4.0).columns(both)
    up, front = np.array([0.0, 1, 0]), np.array([0.0, 0, 1])
    zeros, everything = np.zeros(WIDE), np.arange(len(skin))
    rims = OpeningRims(
        "mouth", upper, lower, up, front, zeros, zeros, 0.5, everything, columns, columns[both]
    )
    return Openings((rims,), gives_way=6.0, holds=10.0), skin


def closed_by(amount: float, skin: np.ndarray) -> np.ndarray:
    """The upper sheet pulled down by ``amount`` mm."""
    moved = skin.copy()
    moved[: WIDE * HIGH, 1] -= amount
    return moved


def test_rims_that_do_not_pass_are_left_alone():
    mouth, skin = openings()
    pulled = mouth.pulled_at(skin, np.array([5]), skin)
    assert parted(closed_by(1.9, skin), pulled) is None


def test_the_other_lip_gives_way_to_the_one_that_is_pulled():
    mouth, skin = openings()
    down = closed_by(6.0, skin)  # 4 mm too far
    motion = parted(down, mouth.pulled_at(skin, np.array([5]), skin))
    upper, lower = mouth.rims[0].upper, mouth.rims[0].lower
    np.testing.assert_allclose(motion[upper, 1], 0.0, atol=0.2)
    np.testing.assert_allclose(motion[lower, 1], -4.0, atol=0.3)
    assert mouth.rims[0].overlap(down + motion).max() < 2 * PARTING.slack_mm
    assert np.abs(motion[:, [0, 2]]).max() < 1e-9


def test_what_it_cannot_give_the_pulled_lip_gives():
    mouth, skin = openings()
    down = closed_by(12.0, skin)  # 10 mm too far, of which 6 are given
    motion = parted(down, mouth.pulled_at(skin, np.array([5]), skin))
    assert motion[mouth.rims[0].upper, 1].mean() > 2.5
    assert mouth.rims[0].overlap(down + motion).max() < 4 * PARTING.slack_mm


def test_lips_that_start_passed_and_lips_before_each_other_stay():
    mouth, skin = openings()
    down = closed_by(5.0, skin)
    assert parted(down, mouth.pulled_at(skin, np.array([5]), down)) is None
    before = down + np.where(np.arange(len(skin)) < WIDE * HIGH, 5.0, 0.0)[:, None] * [0, 0, 1]
    assert parted(before, mouth.pulled_at(skin, np.array([5]), skin)) is None
