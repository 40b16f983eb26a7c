# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process behind the rig of detail, the pores that make up for what it smooths, and both in a file."""

import dataclasses

import numpy as np
import pytest

from aim_blender_addon.backend.detail.bands import band_energies
from aim_blender_addon.backend.detail.compression import Response, channels
from aim_blender_addon.backend.detail.detail_file import Detail, detail_from_bytes, detail_to_bytes
from aim_blender_addon.backend.detail.plain_skin import PlainSkin
from aim_blender_addon.backend.detail.player import RichPlayer
from aim_blender_addon.backend.detail.pores import residual_pores
from aim_blender_addon.backend.detail.process import (
    Covariance,
    LineSettings,
    Process,
    ProcessPlayer,
    at_pixels,
    fit_lines,
    lobes,
    opened,
)
from aim_blender_addon.backend.detail.rig_maps import RigFit, RigSettings, fit_rig
from aim_blender_addon.backend.detail.uv import Chart, UvMap
from aim_blender_addon.backend.errors import ModelFileError, ScanError

from .detail_patches import patch, patch_pixels, performed_patch

PIXELS = patch_pixels(64)
RESPONSE = Response(0.03, 0.12)


def _few(count: int = 40) -> np.ndarray:
    return np.arange(0, len(PIXELS.rows), len(PIXELS.rows) // count)


def _own(rows: np.ndarray) -> np.ndarray:
    data = performed_patch()
    return data["heights"].reshape(len(data["heights"]), -1)[:, PIXELS.rows[rows]]


@pytest.mark.parametrize("covariance", [Covariance(), Covariance(3, 20, 2, 1.5, 0.1)])
def test_left_out_scans_are_those_of_fits_without_them(covariance: Covariance) -> None:
    strains, few = performed_patch()["strains"], _few()
    pixels, own = PIXELS.some(few), _own(few)
    still = LineSettings(mixtures=0)
    whole = fit_lines(own, pixels, strains, RESPONSE, covariance, still)
    for k in (0, 4):
        others = np.arange(len(own)) != k
        fit = fit_lines(own[others], pixels, strains[others], RESPONSE, covariance, still)
        process = Process(covariance, RESPONSE, strains[others], _image(fit.pulls, few))
        foretold = ProcessPlayer(process, PIXELS).height(strains[k]).ravel()[PIXELS.rows[few]]
        assert np.allclose(whole.left_out[k], foretold, atol=2e-4)


def _image(values: np.ndarray, few: np.ndarray) -> np.ndarray:
    out = np.zeros((len(values), PIXELS.size**2), np.float32)
    out[:, PIXELS.rows[few]] = values
    return out.reshape(len(values), PIXELS.size, PIXELS.size)


def test_the_rig_of_left_out_scans_is_the_one_that_is_fitted_without_them() -> None:
    """Mixtures take the place of scans, so that both fits see the same."""
    strains, few = performed_patch()["strains"], _few()
    pixels, own, covariance = PIXELS.some(few), _own(few), Covariance(3, 20, 2)
    whole = fit_lines(own, pixels, strains, RESPONSE, covariance, LineSettings(mixtures=0))
    noise = own.copy()
    noise[3] += 5.0  # a left-out scan's own heights count nothing
    again = fit_lines(noise, pixels, strains, RESPONSE, covariance, LineSettings(mixtures=0))
    assert np.allclose(whole.maps_left_out[3], again.maps_left_out[3], atol=5e-3)
    assert np.abs(whole.maps_left_out[4] - again.maps_left_out[4]).max() > 0.05


def test_lobes_of_opened_skin_are_the_directed_compressions() -> None:
    strains = performed_patch()["strains"]
    points = opened(strains, RESPONSE)
    expected = channels(strains, RESPONSE).transpose(1, 0, 2)
    assert np.allclose(lobes(points)[..., 1:], expected, atol=1e-6)
    assert (lobes(points)[..., 0] == 1).all()
    assert at_pixels(PIXELS, points).shape == (len(PIXELS.rows), len(strains), 3)


@pytest.fixture(scope="module")
def fitted() -> RigFit:
    data = performed_patch()
    settings = RigSettings(
        align=None,
        sample=500,
        start_sample=2000,
        widths=(0.12,),
        lines=LineSettings(lines=(10.0, 30.0), turns=(2.0,), strains=(0.0,), mixtures=20),
    )
    return fit_rig(data["heights"], data["strains"], PIXELS, settings)


def test_the_process_foretells_unseen_frames_at_least_as_the_rig(fitted: RigFit) -> None:
    data = performed_patch()
    assert fitted.rich is not None
    player = ProcessPlayer(fitted.rich.process, PIXELS)
    mask = PIXELS.mask

    def error(heights: np.ndarray) -> float:
        return float(np.sqrt(np.square(heights - data["truth"])[:, mask].mean()))

    process = error(np.stack([player.height(s) for s in data["unseen"]]))
    rig = error(
        np.stack(
            [
                fitted.rig.height(PIXELS.image(PIXELS.at(channels(s, fitted.rig.response))))
                for s in data["unseen"]
            ]
        )
    )
    zero = error(np.zeros_like(data["truth"]))
    assert rig < 0.35 * zero
    assert process < 0.35 * zero


def test_pores_bring_each_band_to_the_energy_of_the_scans(fitted: RigFit) -> None:
    data = performed_patch()
    scans = data["heights"]
    pores, bands = residual_pores(
        scans, fitted.left_out, data["strains"], fitted.rig.response, PIXELS
    )
    assert min(bands["without"]) < 0.9
    assert all(0.93 <= ratio <= 1.1 for ratio in bands["with"])
    assert np.abs(pores[~PIXELS.mask]).max() == 0
    before, after, own = (
        np.mean([band_energies(h, PIXELS.mask, PIXELS.texel) ** 2 for h in heights], axis=0)
        for heights in (fitted.left_out, fitted.left_out + pores, scans)
    )
    assert (np.abs(np.sqrt(after / own) - 1) <= np.abs(np.sqrt(before / own) - 1) + 0.05).all()


def _detail(fitted: RigFit) -> Detail:
    rig = fitted.rig
    assert fitted.rich is not None
    return Detail(
        rig.constant,
        rig.compressed,
        rig.known,
        rig.response,
        np.array([1.0, 0, 0]),
        (0, 0),
        "patch",
        "0" * 16,
        {},
        fitted.rich.process,
        0.01 * rig.constant,
    )


def test_a_file_keeps_process_and_pores(fitted: RigFit) -> None:
    detail = _detail(fitted)
    read = detail_from_bytes(detail_to_bytes(detail), "a.safetensors")
    assert read.process is not None and detail.process is not None
    assert read.process.covariance == detail.process.covariance
    assert np.array_equal(read.process.pulls, detail.process.pulls)
    assert np.array_equal(read.pores, detail.pores)
    strain = performed_patch()["unseen"][0]
    heights = [ProcessPlayer(d.process, PIXELS).height(strain) for d in (read, detail)]
    assert np.abs(heights[0] - heights[1]).max() < 1e-5
    bare = dataclasses.replace(detail, process=None, pores=None)
    read = detail_from_bytes(detail_to_bytes(bare), "a.safetensors")
    assert read.process is None
    assert read.pores is None


def test_a_sequence_plays_the_process_and_its_pores(fitted: RigFit) -> None:
    detail = _detail(fitted)
    assert detail.process is not None
    mesh, corner_uv = patch()
    skin = PlainSkin.of(mesh, Chart.of(mesh, UvMap.of(mesh, corner_uv)), 64)
    rich = RichPlayer(detail.process, detail.pores, skin)
    strain = performed_patch()["unseen"][0]
    plain = ProcessPlayer(detail.process, PIXELS).height(strain) + detail.pores
    mask = PIXELS.mask
    assert np.abs(rich.height(strain) - plain)[mask].max() < 1e-4
    assert np.abs(rich.height(strain, 0.5) - 0.5 * plain)[mask].max() < 1e-4
    assert np.abs(rich.height(np.zeros_like(strain), 1.0, 0.0))[mask].max() < 1e-6
    with pytest.raises(ScanError, match="do not fit"):
        RichPlayer(
            detail.process, None, PlainSkin.of(mesh, Chart.of(mesh, UvMap.of(mesh, corner_uv)), 32)
        )


@pytest.mark.parametrize("bad", ["pulls", "strains", "start", "covariance"])
def test_a_process_that_does_not_fit_is_refused(fitted: RigFit, bad: str) -> None:
    detail = _detail(fitted)
    process = detail.process
    assert process is not None
    if bad == "pulls":
        process = dataclasses.replace(process, pulls=process.pulls[:, :-1])
    elif bad == "strains":
        process = dataclasses.replace(process, strains=process.strains * np.nan)
    elif bad == "start":
        process = dataclasses.replace(process, strains=process.strains[:, :-1])
    else:
        process = dataclasses.replace(process, covariance=Covariance(reach=0.0))
    data = detail_to_bytes(dataclasses.replace(detail, process=process))
    with pytest.raises(ModelFileError, match="is damaged"):
        detail_from_bytes(data, "a.safetensors")
