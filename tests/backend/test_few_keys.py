# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dense curves as few keys: within the tolerance everywhere, smooth, and fewer."""

import numpy as np
import pytest

from aim_blender_addon.backend.animation.few_keys import few_keys


def blinks(count: int) -> np.ndarray:
    """A curve as trackers give it: blinks, a slow motion and noise."""
    rng = np.random.default_rng(4)
    at = np.arange(count) / 60
    quick = np.exp(-(((at % 1.7) - 0.6) ** 2) / 0.004)
    return np.clip(0.3 + 0.2 * np.sin(2 * at) + 0.5 * quick + rng.normal(0, 0.004, count), 0, 1)


@pytest.mark.parametrize("tolerance", [0.1, 0.02, 0.005])
@pytest.mark.parametrize("count", [3, 61, 900])
def test_every_sample_is_within_the_tolerance(count: int, tolerance: float) -> None:
    times, values = np.arange(count) + 7.5, blinks(count)
    keys = few_keys(times, values, tolerance)
    assert np.abs(keys.at(times) - values).max() <= tolerance + 1e-9
    assert (np.diff(keys.times) > 0).all() and set(keys.times) <= set(times)


def test_far_fewer_keys_are_left() -> None:
    keys = few_keys(np.arange(900.0), blinks(900), 0.02)
    assert len(keys.times) < 900 / 5


def test_a_cubic_needs_its_ends_alone() -> None:
    times = np.linspace(0, 1, 50)
    keys = few_keys(times, times**3 - times, 0.02)
    assert len(keys.times) <= 3


def test_what_stays_within_the_tolerance_is_one_key() -> None:
    keys = few_keys(np.arange(9.0), np.linspace(0.5, 0.51, 9), 0.01)
    assert len(keys.times) == 1 and keys.values[0] == pytest.approx(0.505)


def test_times_need_not_be_even() -> None:
    times = np.cumsum(np.random.default_rng(1).uniform(0.2, 3.0, 200))
    values = np.sin(times / 8)
    keys = few_keys(times, values, 0.01)
    assert np.abs(keys.at(times) - values).max() <= 0.01 + 1e-9
    assert len(keys.times) < 80


def test_a_step_is_kept() -> None:
    values = np.r_[np.zeros(30), np.ones(30)]
    keys = few_keys(np.arange(60.0), values, 0.05)
    assert np.abs(keys.at(np.arange(60.0)) - values).max() <= 0.05 + 1e-9


def test_no_sample_at_all_but_one() -> None:
    keys = few_keys(np.array([3.0]), np.array([0.7]), 0.1)
    assert keys.at(np.array([0.0, 9.0])).tolist() == [0.7, 0.7]
