# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stiffness found again from scans that the simulation itself has hung."""

import functools

import numpy as np
import pytest

from aim_blender_addon.backend.errors import AimError
from aim_blender_addon.backend.muscles.layers import Layers
from aim_blender_addon.backend.muscles.mass import GRAVITY
from aim_blender_addon.backend.muscles.material import Tissue
from aim_blender_addon.backend.muscles.sway import Body
from aim_blender_addon.backend.muscles.tissue_fit import FOUND, HungScan, fit_tissue
from tests.backend import edit_face
from tests.backend.test_muscles import flesh

UPRIGHT = GRAVITY * np.array([0.0, -1.0, 0.0])
LYING = [GRAVITY * np.array(way) for way in ((0.0, 0.0, -1.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0))]


@functools.cache
def layers() -> Layers:
    return Layers.find(flesh(), edit_face.model())


def hung(tissue: Tissue, noise_mm: float = 0.0) -> list[HungScan]:
    body = Body(flesh(), layers(), tissue)
    random = np.random.default_rng(0)
    scans = []
    for gravity in LYING:
        free = body.hang(
            flesh().rest, body.mass @ np.tile(gravity - UPRIGHT, (len(flesh().rest), 1))
        )
        moved = flesh().skin_places @ (free - flesh().rest)
        scans.append(HungScan(moved + noise_mm * random.normal(size=moved.shape), gravity))
    return scans


def test_stiffness_is_found_within_five_per_cent():
    truth = Tissue(skin=0.7, fat=1.5, muscle=1.3)
    found = fit_tissue(flesh(), layers(), UPRIGHT, hung(truth), scan_mm=0.005)
    for name in FOUND:
        assert getattr(found.tissue, name) == pytest.approx(getattr(truth, name), rel=0.05), name
    assert found.error_mm[1] < 0.1 * found.error_mm[0]


def test_noise_and_holes_of_scans_are_borne():
    truth = Tissue(skin=0.7, fat=0.6, muscle=0.8)
    scans = hung(truth, 0.02)
    scans[0].moved[::3] = np.nan
    found = fit_tissue(flesh(), layers(), UPRIGHT, scans, scan_mm=0.02)
    for name in FOUND:
        ratio = np.log(getattr(found.tissue, name) / getattr(truth, name))
        assert abs(ratio) < max(3 * found.unsure[name], 0.1), name


def test_scans_that_do_not_hang_are_refused():
    with pytest.raises(AimError, match="No scan hangs otherwise"):
        fit_tissue(flesh(), layers(), UPRIGHT, [])
    still = HungScan(np.zeros((len(flesh().skin), 3)), LYING[0])
    with pytest.raises(AimError, match="hang as the neutral does"):
        fit_tissue(flesh(), layers(), UPRIGHT, [still])
