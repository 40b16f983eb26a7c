# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stiffness found again from scans that the simulation itself has hung."""

import functools
import json
from collections.abc import Sequence

import numpy as np
import pytest

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.errors import AimError
from aim_blender_addon.backend.io.model_file import write_model, write_whole
from aim_blender_addon.backend.io.obj import write_obj
from aim_blender_addon.backend.muscles.flesh_file import flesh_to_bytes
from aim_blender_addon.backend.muscles.layers import Layers
from aim_blender_addon.backend.muscles.mass import GRAVITY
from aim_blender_addon.backend.muscles.material import Tissue, read_tissue
from aim_blender_addon.backend.muscles.sway import Body, scanned_up
from aim_blender_addon.backend.muscles.tissue_fit import FOUND, HungScan, fit_tissue
from tests.backend import edit_face
from tests.backend.test_muscles import flesh

UPRIGHT = GRAVITY * np.array([0.0, -1.0, 0.0])
LYING = [GRAVITY * np.array(way) for way in ((0.0, 0.0, -1.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0))]


@functools.cache
def layers() -> Layers:
    return Layers.find(flesh(), edit_face.model())


def hung(
    tissue: Tissue, noise_mm: float = 0.0, lying: Sequence = LYING, upright: np.ndarray = UPRIGHT
) -> list[HungScan]:
    body = Body(flesh(), layers(), tissue)
    random = np.random.default_rng(0)
    scans = []
    for gravity in lying:
        free = body.hang(
            flesh().rest, body.mass @ np.tile(gravity - upright, (len(flesh().rest), 1))
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


def test_the_command_finds_stiffness_of_scans_that_lie(tmp_path, capsys):
    """Soft flesh, so that what a fit makes of head motion counts for little."""
    model = edit_face.model()
    write_model(tmp_path / "m.safetensors", model)
    write_whole(tmp_path / "f.safetensors", flesh_to_bytes(flesh(), model))
    names = [str(tmp_path / n) for n in ("m.safetensors", "f.safetensors", "t.json", "r.json")]
    truth = Tissue(skin=0.15, fat=0.2, muscle=0.2)
    line = ["estimate-tissue", *names[:2], "-o", names[2], "--json", names[3]]
    # The made-up head is no real face: which way is up is what the survey takes it for.
    axes = FaceSurvey(model.neutral).frame.left_up_front
    axes = GRAVITY * np.stack([scanned_up(way) for way in axes])
    scans = hung(truth, lying=[-axes[2], axes[2]], upright=-axes[1])
    for posture, scan in zip(("on-back", "face-down"), scans, strict=True):
        skin = model.neutral.vertices.astype(float)
        skin[flesh().skin] += scan.moved
        moved = model.neutral.with_vertices(skin.astype(np.float32))
        write_obj(tmp_path / f"{posture}.obj", moved)
        line += ["--scan", posture, str(tmp_path / f"{posture}.obj")]
    assert main(line) == 0
    found = read_tissue(names[2])
    assert found.fat == pytest.approx(truth.fat, rel=0.15)
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["error_mm"]["after"] < 0.5 * report["error_mm"]["before"]
    assert main([*line[:5], "--scan", "asleep", str(tmp_path / "on-back.obj")]) == 2
    assert "no posture 'asleep': choose one of on-back" in capsys.readouterr().err
    write_obj(tmp_path / "other.obj", model.skull)
    assert main([*line[:5], "--scan", "on-back", str(tmp_path / "other.obj")]) == 2
    assert "give scans in the neutral's topology" in capsys.readouterr().err


def test_scans_that_do_not_hang_are_refused():
    with pytest.raises(AimError, match="No scan hangs otherwise"):
        fit_tissue(flesh(), layers(), UPRIGHT, [])
    still = HungScan(np.zeros((len(flesh().skin), 3)), LYING[0])
    with pytest.raises(AimError, match="hang as the neutral does"):
        fit_tissue(flesh(), layers(), UPRIGHT, [still])
