# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heights of scans over the subdivided base: UV, subdivision, bands and rays."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from aim_blender_addon.backend.detail.bands import area_mean, blur, detail_band, split
from aim_blender_addon.backend.detail.extract import ExtractSettings, extract, working_size
from aim_blender_addon.backend.detail.subdivision import SubdividedSkin
from aim_blender_addon.backend.detail.uv import Chart, UvMap, rasterise, same_uv, to_pixels
from aim_blender_addon.backend.errors import ScanError
from aim_blender_addon.backend.geometry.mesh import Mesh, vertex_normals

from .detail_patches import SIDE, furrows, patch, patch_pixels

SETTINGS = ExtractSettings(finest=256)


# ------------------------------------------------------------------------------------------------------ subdivision


def test_subdivision_is_blenders_with_triangles_ngons_borders_and_three_faces_on_an_edge() -> None:
    """The file is what Blender 5.0's Subdivision Surface gave (level 2, UV Smooth: None, Boundary: All)."""
    with np.load(Path(__file__).parent / "data" / "detail_subdivided.npz") as golden:
        mesh = Mesh(golden["points"], golden["corners"], golden["sizes"])
        skin = SubdividedSkin.of(mesh, UvMap.of(mesh, golden["uv"]), 2)
        points = skin.matrix @ mesh.vertices
        assert len(points) == len(golden["subdivided"])
        ours = np.hstack([points[skin.quads.ravel()], skin.uv[skin.uv_quads.ravel()]])
        blenders = np.hstack([golden["corner_point"], golden["corner_uv"]])
        assert cKDTree(ours).query(blenders)[0].max() < 1e-5


def test_a_linear_attribute_stays_linear_under_subdivision() -> None:
    mesh, corner_uv = patch()
    skin = SubdividedSkin.of(mesh, UvMap.of(mesh, corner_uv))
    across = skin.linear @ mesh.vertices[:, 0]
    inner = skin.matrix @ mesh.vertices
    assert np.abs(across.min()) < 1e-6
    assert abs(across.max() - SIDE) < 1e-6
    assert np.abs(across - inner[:, 0]).max() < 0.5  # borders are drawn in by smoothing


# --------------------------------------------------------------------------------------------------------------- UV


def test_uv_with_a_seam_has_two_points_at_its_vertices() -> None:
    mesh, corner_uv = patch(5)
    cut = corner_uv.reshape(-1, 4, 2).copy()
    right = mesh.vertices[mesh.face_vertices].reshape(-1, 4, 3)[:, :, 0].mean(axis=1) > SIDE / 2
    cut[:, :, 0] *= 0.5
    cut[right, :, 0] += 0.3
    uv = UvMap.of(mesh, cut.reshape(-1, 2))
    assert len(uv.points) == 25 + 5
    chart = Chart.of(mesh, uv)
    assert len(chart.seam) == 4
    assert np.allclose(mesh.vertices[chart.seam][:, :, 0], SIDE / 2)


def test_a_mesh_without_uv_is_refused() -> None:
    mesh, _ = patch()
    with pytest.raises(ScanError, match="'patch' has no UV map: unwrap it"):
        UvMap.of(mesh, None)
    with pytest.raises(ScanError, match="single point"):
        UvMap.of(mesh, np.zeros((len(mesh.face_vertices), 2)))
    with pytest.raises(ScanError, match="not finite"):
        UvMap.of(mesh, np.full((len(mesh.face_vertices), 2), np.nan))


def test_mirrored_halves_on_one_place_are_refused() -> None:
    mesh, corner_uv = patch()
    folded = np.column_stack([np.abs(corner_uv[:, 0] - 0.5) * 2, corner_uv[:, 1]])
    with pytest.raises(ScanError, match="Both halves of 'patch' lie mirrored"):
        Chart.of(mesh, UvMap.of(mesh, folded))


def test_faces_that_all_fill_the_tile_are_refused_at_once() -> None:
    mesh, _ = patch(41)
    square = np.tile([[0.0, 0], [1, 0], [1, 1], [0, 1]], (len(mesh.face_sizes), 1))
    with pytest.raises(ScanError, match="lie on each other"):
        Chart.of(mesh, UvMap.of(mesh, square))


def test_overlapping_faces_are_refused() -> None:
    mesh, corner_uv = patch()
    pushed = corner_uv.reshape(-1, 4, 2).copy()
    pushed[:20] += pushed[-1, 0] - pushed[0, 0] - 0.05
    with pytest.raises(ScanError, match="shows several faces at one place"):
        Chart.of(mesh, UvMap.of(mesh, pushed.reshape(-1, 2)))


def test_a_face_in_another_tile_is_told_and_can_be_asked_for() -> None:
    mesh, corner_uv = patch()
    uv = UvMap.of(mesh, corner_uv + [1, 0])
    tip = mesh.vertices[40]
    with pytest.raises(ScanError, match="lies in UDIM tile 1002, not in 1001"):
        Chart.of(mesh, uv, tip)
    with pytest.raises(ScanError, match="tile 1001 of 'patch' is empty"):
        Chart.of(mesh, uv)
    assert Chart.of(mesh, uv, tip, (1, 0)).faces.all()


def test_faces_of_other_tiles_get_no_detail() -> None:
    mesh, corner_uv = patch()
    tiles = corner_uv.reshape(-1, 4, 2).copy()
    tiles[:16] += [1, 0]
    chart = Chart.of(mesh, UvMap.of(mesh, tiles.reshape(-1, 2)))
    assert not chart.faces[:16].any()
    assert chart.left_out == 16 / 64


def test_bases_with_other_uv_are_refused() -> None:
    mesh, corner_uv = patch()
    uv = UvMap.of(mesh, corner_uv)
    same_uv(mesh, uv, UvMap.of(mesh, corner_uv + 1e-6))
    with pytest.raises(ScanError, match="another UV map than the neutral"):
        same_uv(mesh, UvMap.of(mesh, corner_uv[:, ::-1]), uv)


def test_each_pixel_shows_the_triangle_over_its_middle() -> None:
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    found, shares = rasterise(to_pixels(corners, 8), np.array([[0, 1, 2], [1, 3, 2]]), 8)
    assert found[7, 0] == 0  # v = 0 is the bottom row
    assert found[0, 7] == 1
    assert (found >= 0).all()
    uv = np.einsum("yxc,yxcd->yxd", shares, corners[np.array([[0, 1, 2], [1, 3, 2]])[found]])
    assert np.allclose(uv[0, 0], [1 / 16, 15 / 16], atol=1e-6)


# ------------------------------------------------------------------------------------------------------------ bands


def test_the_mask_is_no_edge_to_a_band() -> None:
    mask = np.zeros((64, 64), bool)
    mask[8:56, 20:60] = True
    flat = np.where(mask, 5.0, 0.0).astype(np.float32)
    assert np.abs(detail_band(flat, mask, np.full((64, 64), 0.5), 4.0)).max() < 1e-3


def test_bands_sum_to_the_map_and_part_it_by_millimetres() -> None:
    mask = np.ones((128, 128), bool)
    x = np.arange(128) * 0.25
    map_ = np.tile(np.sin(2 * np.pi * x / 1.0) + np.sin(2 * np.pi * x / 16), (128, 1)).astype(
        np.float32
    )
    bands = split(map_, mask, np.full((128, 128), 0.25))
    assert np.abs(sum(bands) - map_).max() < 1e-5
    power = [float(np.square(band[:, 20:-20]).mean()) for band in bands]
    assert power[0] > 10 * power[2]
    assert power[3] > 10 * power[1]


def test_a_blur_is_as_wide_in_millimetres_where_pixels_are_larger() -> None:
    mask = np.ones((64, 128), bool)
    texel = np.where(np.arange(128) < 64, 0.5, 1.5)[None].repeat(64, axis=0)
    spikes = np.zeros((64, 128), np.float32)
    spikes[32, 32] = spikes[32, 96] = 1
    out = blur(spikes, mask, texel, 3.0)
    assert 5 < out[32, 96] / out[32, 32] < 13  # nine times the area lies under a pixel


def test_an_area_mean_counts_what_is_on_the_mask() -> None:
    values = np.array([[1.0, 9.0], [3.0, 9.0]])
    mean, share = area_mean(values, np.array([[1.0, 0], [1, 0]]), 2)
    assert mean[0, 0] == 2
    assert share[0, 0] == 0.5


# ------------------------------------------------------------------------------------------------------- extraction


def scan_of(mesh: Mesh, levels: int = 4) -> Mesh:
    """The patch's own surface with furrows, as a scanner would give it."""
    skin = SubdividedSkin.of(mesh, UvMap.of(mesh, patch()[1]), levels)
    points = skin.matrix @ mesh.vertices.astype(float)
    points += vertex_normals(points, skin.triangles) * furrows(points)[:, None]
    order = np.random.default_rng(0).permutation(len(points))
    back = np.argsort(order)
    return Mesh.from_triangles(points[order], back[skin.triangles], "scan")


@pytest.fixture(scope="module")
def scanned() -> tuple[np.ndarray, Mesh]:
    mesh, _ = patch()
    return mesh.vertices, scan_of(mesh)


def _truth(size: int) -> np.ndarray:
    pixels = patch_pixels(size)
    points, _ = pixels.base(pixels.neutral.vertices)
    return pixels.image(furrows(points))


def test_furrows_are_read_to_two_microns_of_a_hundred(scanned: tuple[np.ndarray, Mesh]) -> None:
    base, scan = scanned
    heights = extract(patch_pixels(256), 256, base, scan, SETTINGS)
    on = heights.mask
    assert heights.misses < 0.01
    assert np.sqrt(np.square(heights.raw - _truth(256))[on].mean()) < 0.002
    band = detail_band(_truth(256).astype(np.float32), on, patch_pixels(256).texel)
    assert np.sqrt(np.square(heights.band - band)[on].mean()) < 0.002


def test_triangles_of_a_scan_bulge_as_its_normals_say(scanned: tuple[np.ndarray, Mesh]) -> None:
    base, _ = scanned
    coarse = scan_of(patch()[0], 3)
    errors = []
    for curved in (0.0, 1.0):
        heights = extract(patch_pixels(256), 256, base, coarse, replace(SETTINGS, curved=curved))
        errors.append(float(np.square(heights.raw - _truth(256))[heights.mask].mean()))
    assert errors[1] < 0.5 * errors[0]


def test_small_maps_are_averaged_down_and_not_sampled(scanned: tuple[np.ndarray, Mesh]) -> None:
    base, scan = scanned
    assert working_size(64, 256) == 256
    assert working_size(100, 256) == 300
    heights = extract(patch_pixels(256), 64, base, scan, SETTINGS)
    weight = patch_pixels(256).mask.astype(float)
    mean, _ = area_mean(_truth(256), weight, 4)
    assert heights.raw.shape == (64, 64)
    assert np.sqrt(np.square(heights.raw - mean)[heights.mask].mean()) < 0.003


def test_holes_back_faces_and_a_second_shell_are_no_heights(
    scanned: tuple[np.ndarray, Mesh],
) -> None:
    base, scan = scanned
    middle = scan.vertices[scan.triangles].mean(axis=1)
    hole = np.linalg.norm(middle[:, :2] - [6, 6], axis=1) < 1.5
    inner = scan.vertices - np.float32([0, 0, 0.8])  # turned over, as the inside of a shell
    outer = scan.vertices + np.float32([0, 0, 2.5])
    count = len(scan.vertices)
    several = Mesh.from_triangles(
        np.vstack([scan.vertices, inner, outer]),
        np.vstack(
            [
                scan.triangles[~hole],
                scan.triangles[~hole][:, ::-1] + count,
                scan.triangles[~hole] + 2 * count,
            ]
        ),
        "shells",
    )
    pixels = patch_pixels(256)
    heights = extract(pixels, 256, base, several, SETTINGS)
    points = pixels.image(pixels.base(base)[0])
    in_hole = np.linalg.norm(points[:, :, :2] - [6, 6], axis=2) < 1.2
    assert not heights.mask[in_hole & pixels.mask].any()
    assert np.abs(heights.raw - _truth(256))[heights.mask].max() < 0.05
    assert heights.mask.sum() > 0.95 * pixels.mask.sum()


def test_a_scan_in_another_unit_or_place_is_refused(scanned: tuple[np.ndarray, Mesh]) -> None:
    base, scan = scanned
    pixels = patch_pixels(256)
    for other in (scan.vertices / 10, scan.vertices + np.float32([0, 0, 2.6])):
        with pytest.raises(ScanError, match="'scan' lies .* mm from its base: check its unit"):
            extract(pixels, 256, base, scan.with_vertices(other), SETTINGS)


def test_a_scan_of_another_expression_or_with_large_holes_is_refused(
    scanned: tuple[np.ndarray, Mesh],
) -> None:
    base, scan = scanned
    left = scan.vertices[scan.triangles][:, :, 0].max(axis=1) < 0.85 * SIDE
    part = Mesh.from_triangles(scan.vertices, scan.triangles[left], "part")
    with pytest.raises(ScanError, match="'part' misses 1.% of the face: register it"):
        extract(patch_pixels(256), 256, base, part, SETTINGS)


def test_points_without_faces_are_refused(scanned: tuple[np.ndarray, Mesh]) -> None:
    base, scan = scanned
    points = Mesh.from_triangles(scan.vertices, np.zeros((0, 3)), "points")
    with pytest.raises(ScanError, match="'points' has no faces"):
        extract(patch_pixels(256), 256, base, points, SETTINGS)


def test_a_base_with_flat_faces_still_gives_heights(scanned: tuple[np.ndarray, Mesh]) -> None:
    base, scan = scanned
    flat = base.copy()
    flat[41] = flat[40]
    heights = extract(patch_pixels(256), 256, flat, scan, SETTINGS)
    assert np.isfinite(heights.band).all()
    assert heights.mask.mean() > 0.7
