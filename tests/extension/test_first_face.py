# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job with the built zip in a fresh Blender: install, fit, bake, play, save, open again, bake again."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

#: How far (mm) a baked scan may be from the scan: what few scans on a coarse head leave.
MEAN_MM, LARGEST_MM = 0.3, 5.0


@pytest.fixture(scope="module")
def seen(
    extension_zip: Path, run_session: Callable[..., dict], tmp_path_factory: pytest.TempPathFactory
) -> dict:
    """What ``face_session.py`` saw."""
    folder = tmp_path_factory.mktemp("face")
    return run_session("face_session.py", str(extension_zip), os.environ["AIM_PYTHON"], str(folder))


def test_fit_takes_the_scans_in_use(seen: dict) -> None:
    assert seen["expressions"] == len(seen["played"]) == 6


def test_rig_plays_the_scans(seen: dict) -> None:
    for name, (mean, largest) in seen["played"].items():
        assert mean < MEAN_MM and largest < LARGEST_MM, name


def test_opened_again_it_plays_the_same(seen: dict) -> None:
    assert seen["reopened"] == seen["expressions"]
    assert seen["played_again"].keys() == seen["played"].keys()
    for name, distances in seen["played_again"].items():
        assert distances == pytest.approx(seen["played"][name], abs=1e-3)


def test_model_in_the_file_is_baked_to_the_same_rig(seen: dict) -> None:
    for name, distances in seen["baked_again"].items():
        assert distances == pytest.approx(seen["played"][name], abs=1e-3)
