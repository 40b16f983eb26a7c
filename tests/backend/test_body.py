# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones of bodies told by their names, and the seam at a neck."""

from collections.abc import Sequence

import numpy as np
import pytest

from aim_blender_addon.backend.body import seam
from aim_blender_addon.backend.body.names import BodyBone, guess, neck_chain
from aim_blender_addon.backend.geometry.mesh import Mesh

UP = np.array([0.0, 0.0, 1.0])


def chain(*names: str, deforms: bool = True) -> list[BodyBone]:
    """Bones that hang on each other, the first on none."""
    return [
        BodyBone(name, parent, deforms) for name, parent in zip(names, ("", *names), strict=False)
    ]


@pytest.mark.parametrize(
    ("names", "title", "head", "jaw", "left"),
    [
        (
            ["DEF-spine.005", "DEF-spine.006", "head", "jaw_master", "DEF-jaw", "ORG-eye.L", "master_eye.L"],
            "Rigify",
            "DEF-spine.006",
            "jaw_master",
            "ORG-eye.L",
        ),
        (["c_neck.x", "neck.x", "c_head.x", "head.x", "c_jawbone.x", "jawbone.x", "c_eye.l"],
         "Auto-Rig Pro", "head.x", "jawbone.x", "c_eye.l"),
        (["neck01", "neck02", "head", "jaw", "eye.L"], "MPFB", "head", "jaw", "eye.L"),
        (["spine.005", "spine.006", "jaw", "eye.L"], "Rigify Metarig", "spine.006", "jaw", "eye.L"),
        (["mixamorig:Neck", "mixamorig:Head", "mixamorig:HeadTop_End", "mixamorig:LeftEye"],
         "", "mixamorig:Head", "", "mixamorig:LeftEye"),
        (["Bip01 Neck", "Bip01 Head", "Bip01 HeadNub", "Bip01 Jaw"], "", "Bip01 Head", "Bip01 Jaw", ""),
        (["CC_Base_NeckTwist02", "CC_Base_Head", "CC_Base_JawRoot", "CC_Base_L_Eye", "CC_Base_R_Eye"],
         "", "CC_Base_Head", "CC_Base_JawRoot", "CC_Base_L_Eye"),
        (["J_Bip_C_Neck", "J_Bip_C_Head", "J_Adj_L_FaceEye"], "", "J_Bip_C_Head", "", "J_Adj_L_FaceEye"),
        (["neckLower", "neckUpper", "head", "lowerJaw", "lEye", "rEye"], "", "head", "lowerJaw", "lEye"),
        (["ValveBiped.Bip01_Neck1", "ValveBiped.Bip01_Head1"], "", "ValveBiped.Bip01_Head1", "", ""),
        (["neck_01", "head", "eye_l"], "", "head", "", "eye_l"),
    ],
)  # fmt: skip
def test_bones_are_told_by_their_names(
    names: Sequence[str], title: str, head: str, jaw: str, left: str
) -> None:
    found = guess(chain(*names))
    assert (found.title, found.heads, found.jaw) == (title, (head,), jaw)
    assert found.eyes.get("left", "") == left


def test_several_heads_and_none() -> None:
    assert guess(chain("Head_L", "Head_R")).heads == ("Head_L", "Head_R")
    assert guess(chain("bone", "bone.001")).heads == ()
    both = [*chain("head", deforms=False), *chain("DEF-head")]
    assert guess(both).heads == ("DEF-head",), "the one that deforms"


def test_neck_and_chest_of_a_head() -> None:
    names = ("DEF-spine.003", "DEF-spine.004", "DEF-spine.005", "DEF-spine.006")
    assert neck_chain(names[-1], chain(*names)) == ([names[1], names[2]], names[0])
    assert neck_chain("b", chain("a", "b")) == (["a"], "")
    assert neck_chain("a", chain("a")) == ([], "")


def tube(rings: int = 21, around: int = 24, step: float = 5.0, split: bool = False) -> Mesh:
    """A tube of quads of radius 50 mm, open below and closed above; ``split``: cut along one line, as at a UV seam."""
    columns = around + split
    turn = 2 * np.pi * np.arange(columns) / around
    points = [
        (50 * np.cos(a) + 0.0, 50 * np.sin(a), step * row) for row in range(rings) for a in turn
    ]
    if split:
        points = [
            points[n - around] if n % columns == around else point for n, point in enumerate(points)
        ]
    corners = []
    for row in range(rings - 1):
        for column in range(around):
            after = column + 1 if split else (column + 1) % around
            low, high = row * columns, (row + 1) * columns
            corners += [low + column, low + after, high + after, high + column]
    sizes = [4] * (around * (rings - 1))
    top = (rings - 1) * columns
    corners += [top + column for column in range(around)]
    sizes.append(around)
    return Mesh(
        np.array(points, np.float32), np.array(corners, np.int32), np.array(sizes, np.int32), "tube"
    )


@pytest.mark.parametrize("split", [False, True])
def test_seam_of_a_tube(split: bool) -> None:
    mesh = tube(split=split)
    found = seam.find_seam(mesh, UP, 60.0)
    height = mesh.vertices[:, 2]
    assert found.is_open
    np.testing.assert_array_equal(found.border, height == 0)
    near = height <= 60
    np.testing.assert_allclose(found.distance[near], height[near], rtol=1e-5)
    assert np.isinf(found.distance[~near]).all()
    share = found.share(40.0)
    np.testing.assert_array_equal(share[height == 0], 1.0)
    assert (share[height >= 40] == 0).all() and share[height == 20] == pytest.approx(0.5)
    np.testing.assert_array_equal(found.share(0.0), found.border)


def test_seam_of_a_closed_mesh_is_its_bottom() -> None:
    mesh = tube()
    closed = Mesh(
        mesh.vertices,
        np.concatenate([mesh.face_vertices, np.arange(24)[::-1].astype(np.int32)]),
        np.append(mesh.face_sizes, 24).astype(np.int32),
        "closed",
    )
    found = seam.find_seam(closed, UP, 30.0)
    assert not found.is_open
    np.testing.assert_array_equal(found.border, closed.vertices[:, 2] <= 3)


def test_smoothing_keeps_the_border_and_the_sum() -> None:
    mesh = tube()
    found = seam.find_seam(mesh, UP, 50.0)
    share = found.share(50.0)
    jump = (mesh.vertices[:, 2] > 22).astype(np.float64)
    weights = np.stack([jump, 1 - jump])
    made = seam.smoothed(weights, found, share)
    np.testing.assert_array_equal(made[:, found.border], weights[:, found.border])
    np.testing.assert_allclose(made.sum(axis=0), 1.0)
    column = made[0].reshape(21, 24)[:, 0]
    assert np.abs(np.diff(column))[1:8].max() < 0.5


def test_joints_of_a_bending_bone_share_a_place() -> None:
    points = np.array([[0, 0, -1.0], [0, 0, 0.5], [0, 0, 3.0], [0, 0, 9.0]])
    parts = dict(seam.on_segments(points, np.zeros(3), np.array([0, 0, 4.0]), 4))
    total = sum(parts.values())
    np.testing.assert_allclose(total, 1.0)
    np.testing.assert_allclose(parts[0], [1, 0.5, 0, 0])
    np.testing.assert_allclose(parts[3], [0, 0, 1, 0])
    np.testing.assert_allclose(parts[4], [0, 0, 0, 1])
    assert [joint for joint, _ in seam.on_segments(points, np.zeros(3), points[1], 1)] == [0]


def test_bones_hold_what_is_near() -> None:
    heads = np.array([[0, 0, 0.0], [0, 0, 10.0]])
    tails = np.array([[0, 0, 10.0], [0, 0, 20.0]])
    found = seam.by_distance(np.array([[5.0, 0, 2], [5.0, 0, 10], [5.0, 0, 18]]), heads, tails)
    np.testing.assert_allclose(found.sum(axis=0), 1.0)
    np.testing.assert_allclose(found[:, 1], 0.5)
    assert found[0, 0] > 0.8 and found[1, 2] > 0.8
