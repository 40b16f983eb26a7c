# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts and files of the sample head, made from a handful of points."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.errors import ScanError
from aim_blender_addon.backend.geometry.topology import edge_use
from aim_blender_addon.backend.sample.files import of_package, read_base, read_target
from aim_blender_addon.backend.sample.neck import level_neck
from aim_blender_addon.backend.sample.parts import (
    LOWER_TEETH,
    UPPER_TEETH,
    biting,
    eyeball,
    fit_ball,
    read_arch,
    strip_grid,
    teeth,
)

BASE = """v 0 0 0
v 1 0 0
v 1 1 0
v 0 1 0
v 2 0 0
v 2 1 0
vt 0 0
vt 1 0
vt 1 1
vt 0 1
vt 0.5 0
vt 0.7 0
vt 0.7 1
vt 0.5 1
g body
f 1/1 2/2 3/3 4/4
f 2/5 5/6 6/7 3/8
g helper
f 1/1 2/2 3/3 4/4
"""


def test_a_base_mesh_has_quads_groups_and_islands(tmp_path: Path) -> None:
    path = tmp_path / "base.obj"
    path.write_text(BASE)
    base = read_base(path)
    assert base.vertices.shape == (6, 3)
    assert base.quads.tolist() == [[0, 1, 2, 3], [1, 4, 5, 2]]
    assert base.island[0] != base.island[1]
    assert base.groups["helper"].tolist() == [[0, 1, 2, 3]]


def test_a_missing_base_mesh_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="could not be read"), of_package(tmp_path):
        read_base(tmp_path / "none.obj")


@pytest.mark.parametrize("packed", [False, True])
def test_a_target_moves_the_vertices_it_names(tmp_path: Path, packed: bool) -> None:
    text = b"# a comment\n2 0.5 -1 0\n\n0 0 0 2\n"
    path = tmp_path / ("smile.target.gz" if packed else "smile.target")
    path.write_bytes(gzip.compress(text) if packed else text)
    np.testing.assert_array_equal(read_target(path, 3), [[0, 0, 2], [0, 0, 0], [0.5, -1, 0]])


def test_a_slanted_neck_becomes_level() -> None:
    around = np.arange(24) / 24 * 2 * np.pi
    rings = []
    for height in (0.0, -10, -20, -30, -40):
        slant = 6 * np.sin(around) * (-height / 40)
        rings.append(np.stack([30 * np.sin(around), height + slant, 30 * np.cos(around)], axis=1))
    points = np.concatenate(rings)
    stack = np.stack([points, np.full(points.shape, 2.0)])
    number = np.arange(len(points)).reshape(5, 24)
    right = np.roll(number, -1, axis=1)
    quads = np.stack([number[:-1], right[:-1], right[1:], number[1:]], axis=-1).reshape(-1, 4)
    level_neck(stack, quads, number[0], number[-1], number[1:-1].ravel())
    np.testing.assert_allclose(stack[0, number[-1], 1], -34, atol=0.2)  # its highest point
    np.testing.assert_array_equal(stack[0, number[0]], points[:24])
    assert np.ptp(np.linalg.norm(stack[0][:, [0, 2]], axis=1)) < 0.5
    np.testing.assert_allclose(stack[1], 2)


def strip(height: float) -> tuple[np.ndarray, np.ndarray]:
    """A teeth strip of 3 x 16 quads along an arch, and its quads."""
    angle = np.linspace(-1.2, 1.2, 17)
    rows = []
    for down, inwards in ((9.0, 0), (4, 0), (0, 0), (0, 4)):
        radius = 30 - inwards
        rows.append(
            np.stack([radius * np.sin(angle), 0 * angle + height + down, 40 * np.cos(angle)], 1)
        )
    number = np.arange(68).reshape(4, 17)
    quads = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], -1)
    return np.concatenate(rows), quads.reshape(-1, 4)


def test_a_strip_of_teeth_is_read_from_lip_to_tongue_and_right_to_left() -> None:
    points, quads = strip(0.0)
    grid = strip_grid(points, quads)
    assert grid.shape == (4, 17)
    assert points[grid[0, 0], 0] < 0 < points[grid[0, -1], 0]


def test_an_arch_measures_heights_from_the_biting_line() -> None:
    arch = read_arch(*strip(0.0))
    np.testing.assert_allclose(arch.at(np.array([0.0]), np.array([0.0]))[0], [0, 0, 40], atol=0.6)
    assert arch.at(np.array([0.0]), np.array([6.0]))[0, 1] == pytest.approx(6, abs=0.5)
    ahead, out = arch.frame(np.array(0.0))
    np.testing.assert_allclose(ahead, [1, 0, 0], atol=0.05)
    np.testing.assert_allclose(np.abs(out), [0, 0, 1], atol=0.05)
    upper, lower = biting(arch, read_arch(*strip(-2.0)))
    np.testing.assert_array_equal(upper.edge, lower.edge)


@pytest.mark.parametrize("table", [UPPER_TEETH, LOWER_TEETH])
def test_teeth_are_sixteen_crowns_and_a_gum(table: tuple) -> None:
    mesh, colours = teeth(read_arch(*strip(0.0)), table, "teeth")
    assert colours.shape == mesh.vertices.shape
    assert (edge_use(mesh)[1] == 2).all()  # closed


def test_an_eye_is_a_ball_through_its_points() -> None:
    points = np.random.default_rng(0).normal(size=(50, 3))
    points = np.array([3.0, 4, 5]) + 12 * points / np.linalg.norm(points, axis=1, keepdims=True)
    centre, radius = fit_ball(points)
    np.testing.assert_allclose(centre, [3, 4, 5], atol=1e-9)
    assert radius == pytest.approx(12)
    mesh, colours = eyeball(points, "eye")
    assert np.linalg.norm(mesh.vertices - centre, axis=1).max() < 12.1
    front = colours[mesh.vertices[:, 2] > 15.6]
    assert len(front) and front.mean() < colours.mean()  # the pupil
