# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig model of detail: directed compression, ridge, and what is chosen by left-out scans."""

import numpy as np
import pytest
from scipy import ndimage

from aim_blender_addon.backend.detail.align import AlignSettings, slid, slides
from aim_blender_addon.backend.detail.compression import SkinStrain, channels, principal
from aim_blender_addon.backend.detail.ridge import fit_ridge, with_constant
from aim_blender_addon.backend.detail.rig_maps import RigSettings, fit_rig
from aim_blender_addon.backend.errors import AimError, ScanError
from aim_blender_addon.backend.geometry.mesh import Mesh

from .detail_patches import patch, patch_pixels, performed_patch


def flat_patch(count: int = 9) -> Mesh:
    mesh, _ = patch(count)
    return mesh.with_vertices(mesh.vertices * np.float32([1, 1, 0]))


def pressed(mesh: Mesh, amount: float, degrees: float) -> np.ndarray:
    """The vertices pressed together by a share of their length along a direction in the plane."""
    along = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), 0])
    return mesh.vertices - amount * (mesh.vertices @ along)[:, None] * along


# ------------------------------------------------------------------------------------------------------ compression


@pytest.mark.parametrize("channel", range(4))
def test_pressing_along_a_direction_opens_its_channel_alone(channel: int) -> None:
    mesh = flat_patch()
    weights = SkinStrain.of(mesh).channels(pressed(mesh, 0.2, 45.0 * channel))
    strain = 0.5 * (1 - 0.8**2)
    amount = 1 - np.exp(-(strain - 0.03) / 0.12)
    expected = np.zeros(4)
    expected[channel] = amount
    assert np.abs(weights - expected).max() < 1e-5


def test_between_two_directions_both_channels_open_alike() -> None:
    mesh = flat_patch()
    weights = SkinStrain.of(mesh).channels(pressed(mesh, 0.2, 22.5))
    assert np.allclose(weights[:, 0], weights[:, 1], atol=1e-5)
    assert np.abs(weights[:, 2:]).max() < 1e-5


def test_stretched_and_moved_skin_opens_nothing() -> None:
    mesh = flat_patch()
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    strain = SkinStrain.of(mesh)
    assert np.abs(strain.strain(mesh.vertices @ turn.T + 40)).max() < 1e-4
    assert strain.channels(mesh.vertices * 1.2).max() == 0


def test_triangles_and_quads_feel_the_same_strain() -> None:
    mesh = flat_patch()
    cut = Mesh.from_triangles(mesh.vertices, mesh.triangles)
    shape = pressed(mesh, 0.15, 30.0)
    both = [SkinStrain.of(m).strain(shape) for m in (mesh, cut)]
    assert np.abs(both[0] - both[1]).max() < 1e-5
    compression, cosine, sine = principal(both[1])
    assert np.allclose(compression, 0.5 * (1 - 0.85**2), atol=1e-5)
    assert np.allclose(np.degrees(np.arctan2(sine, cosine)) / 2, 30, atol=0.01)


def test_faces_without_area_and_wild_faces_stay_finite() -> None:
    mesh = flat_patch()
    rest = mesh.vertices.copy()
    rest[10] = rest[11]
    rest[1] = rest[0] = rest[9] = rest[10]
    weights = SkinStrain.of(mesh.with_vertices(rest)).channels(mesh.vertices * 30)
    assert np.isfinite(weights).all()
    assert weights.max() <= 1


def test_a_shape_of_another_topology_is_refused() -> None:
    with pytest.raises(ScanError, match="A shape has 9 vertices and the neutral 81"):
        SkinStrain.of(flat_patch()).strain(np.zeros((9, 3)))


# ------------------------------------------------------------------------------------------------------------ ridge


def test_left_out_scans_are_those_of_fits_without_them() -> None:
    rng = np.random.default_rng(0)
    design, heights = with_constant(rng.random((7, 5, 4))), rng.standard_normal((7, 5))
    prior = np.array([0.3, 6, 6, 6, 6])
    whole = fit_ridge(heights, design, prior)
    for k in range(7):
        others = np.arange(7) != k
        fit = fit_ridge(heights[others], design[others], prior)
        assert np.allclose(whole.left_out[k], np.einsum("np,pn->n", design[k], fit.maps), atol=1e-5)


def test_what_is_never_compressed_is_not_known() -> None:
    design = np.zeros((6, 3, 4))
    design[:, :, 0] = np.linspace(0, 1, 6)[:, None]
    fit = fit_ridge(np.ones((6, 3)), with_constant(design), np.array([1, 30, 30, 30, 30.0]))
    assert (fit.known[1] > 0.9).all()
    assert (fit.known[2:] == 0).all()
    assert (fit.maps[2:] == 0).all()


# ------------------------------------------------------------------------------------------------------- rig of maps


@pytest.fixture(scope="module")
def performed() -> dict[str, np.ndarray]:
    """Scans and unseen frames of a patch whose lines are known; maps have noise."""
    return performed_patch()


def _error(heights: np.ndarray, truth: np.ndarray) -> float:
    mask = patch_pixels(64).mask
    return float(
        np.sqrt(np.square(heights - truth)[:, mask].mean() / np.square(truth[:, mask]).mean())
    )


def _played(rig, unseen: np.ndarray) -> np.ndarray:
    pixels = patch_pixels(64)
    return np.stack(
        [rig.height(pixels.image(pixels.at(channels(s, rig.response)))) for s in unseen]
    )


def test_unseen_frames_are_foretold_far_better_than_by_the_mean(performed: dict) -> None:
    settings = RigSettings(
        align=None, sample=800, start_sample=3000, constant=(1.0,), widths=(0.12,)
    )
    fit = fit_rig(performed["heights"], performed["strains"], patch_pixels(64), settings)
    error = _error(_played(fit.rig, performed["unseen"]), performed["truth"])
    mean = _error(performed["heights"].mean(axis=0)[None], performed["truth"])
    assert error < 0.35
    assert error < 0.5 * mean
    assert 0.03 < fit.rig.chosen["mean_start"] < 0.06  # the truth's is 0.045
    assert fit.rig.known.min() >= 0


def test_the_same_scans_give_the_same_rig(performed: dict) -> None:
    settings = RigSettings(
        align=None, starts=(0.03,), widths=(0.12,), sample=300, start_sample=1000
    )
    one, two = (
        fit_rig(performed["heights"], performed["strains"], patch_pixels(64), settings).rig
        for _ in range(2)
    )
    assert np.array_equal(one.compressed, two.compressed)


def test_maps_that_slid_are_slid_back() -> None:
    rng = np.random.default_rng(0)
    mask = np.ones((128, 128), bool)
    still = ndimage.gaussian_filter(rng.standard_normal((128, 128)), 1.5)
    still *= 0.05 / still.std()
    rows, columns = np.indices(still.shape, float)
    there = 0.8 * np.sin(columns / 30), 0.6 * np.cos(rows / 25)
    moved = ndimage.map_coordinates(
        still, [rows + there[0], columns + there[1]], order=3, mode="nearest"
    )
    moved += 0.01 * rng.standard_normal(moved.shape)
    settings = AlignSettings()
    moves = slides(moved[None], still[None], mask, 0.5, settings)
    inner = np.s_[16:-16, 16:-16]
    back = slid(moved[None], moves)[0]
    before, after = (np.square(x - still)[inner].mean() for x in (moved, back))
    assert after < 0.3 * before
    untouched = slides(still[None], still[None], mask, 0.5, settings)
    assert np.abs(untouched).max() < 0.02


def test_maps_without_shapes_that_differ_are_refused() -> None:
    pixels = patch_pixels(64)
    heights = np.zeros((2, 64, 64), np.float32)
    flat = np.zeros((2, 81, 3))
    with pytest.raises(AimError, match="No expression strains the skin"):
        fit_rig(heights, flat, pixels)
    with pytest.raises(AimError, match="the neutral and of one expression at least"):
        fit_rig(heights[:1], flat[:1], pixels)
    with pytest.raises(AimError, match="2 height maps and 1 shapes"):
        fit_rig(heights, flat[:1], pixels)
