# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that a take needs: pieces of it, smoothing by its noise, detail and misfit by what is held out."""

import numpy as np
import pytest

from aim_blender_addon.backend.io.takes import DENSE, POINTS, Take
from aim_blender_addon.backend.progress import silent
from aim_blender_addon.backend.solving.dense import DenseFrames, posed
from aim_blender_addon.backend.solving.points import PointFrames
from aim_blender_addon.backend.solving.smoothing import STRENGTHS
from aim_blender_addon.backend.solving.tuning import (
    TUNING,
    choose_detail,
    choose_misfit,
    choose_smoothing,
    pieces,
)
from tests.backend.performance_face import face, performance

NONE = {"head_smoothing": 0.0, "jaw_smoothing": 0.0, "skin_smoothing": 0.0}


@pytest.mark.parametrize("total", [1, 11, 12, 55])
def test_a_short_take_is_looked_at_as_a_whole(total: int) -> None:
    frames = [number for piece in pieces(total) for number in piece]
    assert frames == list(range(total))


@pytest.mark.parametrize("total", [56, 500, 100_000])
def test_pieces_of_a_long_take_are_spread_from_its_first_to_its_last_frame(total: int) -> None:
    found = pieces(total)
    assert len(found) == TUNING.pieces
    assert {len(piece) for piece in found} == {TUNING.piece_frames}
    assert found[0].start == 0 and found[-1].stop == total
    steps = np.diff([piece.start for piece in found])
    assert np.ptp(steps) <= 1


def still(noise: float) -> Take:
    """One frame over and over, with noise in mm."""
    frames = np.repeat(performance().vertices[5:6], 11, axis=0)
    return Take("still", DENSE, frames + np.random.default_rng(0).normal(0, noise, frames.shape))


def test_noise_on_a_still_face_is_smoothed_as_strongly_as_can_be() -> None:
    chosen = choose_smoothing(DenseFrames(face(), None), still(0.3), 1.0, silent)
    assert chosen["skin_smoothing"] >= STRENGTHS[-2]
    twice = choose_smoothing(DenseFrames(face(), None), still(0.3), 2.0, silent)
    assert twice == {name: 2 * strength for name, strength in chosen.items()}


def test_clean_motion_is_not_smoothed() -> None:
    frames = np.stack([performance().vertices[(7 * t) % 20] for t in range(11)])
    chosen = choose_smoothing(DenseFrames(face(), None), Take("fast", DENSE, frames), 1.0, silent)
    assert chosen == NONE


def test_nothing_is_smoothed_without_need() -> None:
    frames = DenseFrames(face(), None)
    assert choose_smoothing(frames, still(0.3), 0.0, silent) == NONE
    short = Take("short", DENSE, still(0.3).frames[: TUNING.min_frames - 1])
    assert choose_smoothing(frames, short, 1.0, silent) == NONE
    unseen = Take("unseen", DENSE, np.full((6, len(face().skin), 3), np.nan))
    assert choose_smoothing(frames, unseen, 1.0, silent) == NONE


def test_detail_that_no_expression_shows_is_kept_and_noise_is_not() -> None:
    ready = face()
    wrinkles = 1.5 * np.sin(ready.skin.rest / 6) * (ready.skin.rest[:, 2:] > 0)
    noise = np.random.default_rng(0).normal(0, 1.0, wrinkles.shape)
    chosen = []
    for field in (wrinkles, noise):
        frames = np.stack([posed(ready, field, np.zeros(4), np.eye(4))] * 2)
        chosen.append(choose_detail(DenseFrames(ready, None), Take("t", DENSE, frames), silent))
    fine, none = chosen
    assert 0 < fine <= 4.0
    assert none == 0 or none > fine
    unseen = Take("unseen", DENSE, np.full((2, len(ready.skin), 3), np.nan))
    assert choose_detail(DenseFrames(ready, None), unseen, silent) == 0


def test_noisy_points_are_followed_less_closely() -> None:
    ready, random = face(), np.random.default_rng(0)
    front = np.flatnonzero(ready.skin.rest[:, 2] > 10)
    rows = np.sort(random.choice(front, 60, replace=False))
    clean = performance().vertices[:3, rows].astype(float)
    chosen = []
    for noise in (0.0, 1.0):
        take = Take("t", POINTS, clean + noise * random.normal(size=clean.shape))
        frames = PointFrames(ready, ready.skin.picked(rows))
        chosen.append(choose_misfit(frames, take, silent).misfit_mm)
    assert chosen[0] < chosen[1]
    assert set(chosen) <= set(TUNING.misfits_mm)
