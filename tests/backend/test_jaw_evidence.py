# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The residuals of skin over a jaw, and the membrane where no bone lies, on a ball."""

import functools

import numpy as np
import pytest
import trimesh

from aim_blender_addon.backend.anatomy.jaw.evidence import JawSkin, TissueSettings, whitened
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.anatomy.tissue.membrane import with_membrane
from aim_blender_addon.backend.errors import FitError
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rays import BoneHits
from aim_blender_addon.backend.geometry.rigid import move_rigidly

RADIUS = 80.0
JOINT = JawJoint(np.array([50.0, 0, -20]), np.array([-50.0, 0, -20]), np.array([0.0, -40, 60]))


@functools.cache
def ball() -> Mesh:
    sphere = trimesh.creation.icosphere(3, RADIUS)
    return Mesh.from_triangles(sphere.vertices, sphere.faces, "ball")


@functools.cache
def jaw_skin() -> JawSkin:
    """Skin of a ball whose lower half lies 7 mm above a jaw."""
    lower = ball().vertices[:, 1] < -10
    hits = BoneHits(np.where(lower, 7.0, np.inf), lower)
    return JawSkin(ball(), hits, JOINT, TissueSettings())


def residual(parameters: np.ndarray, scan: np.ndarray):
    skin = jaw_skin()
    return skin.residual(skin.surface(scan), scan, JOINT.pose(parameters))


def test_sampled_points_lie_over_the_jaw_apart_and_alike_on_both_sides() -> None:
    points = jaw_skin().points
    assert (points[:, 1] < -10).all() and len(points) > 30
    apart = np.linalg.norm(points[:, None] - points, axis=2) + 100 * np.eye(len(points))
    assert apart.min() > TissueSettings().spacing_mm / 2
    assert abs(points[:, 0].mean()) < 2


def test_a_jaw_that_carries_all_skin_leaves_no_depth() -> None:
    opened = np.array([0.15, 2.0, 1.0, 0.0])
    scan = move_rigidly(ball().vertices.astype(np.float64), JOINT.pose(opened))
    right, wrong = residual(opened, scan), residual(np.zeros(4), scan)
    assert right.found.all() and right.seen.all()
    np.testing.assert_allclose(right.depth, 0, atol=0.02)
    assert jaw_skin().disagreement(right) < 0.02 < jaw_skin().disagreement(wrong)


def test_skin_at_rest_has_no_residual() -> None:
    at_rest = residual(np.zeros(4), ball().vertices.astype(np.float64))
    np.testing.assert_allclose(at_rest.depth, 0, atol=1e-4)
    np.testing.assert_allclose(at_rest.slide, 0, atol=1e-4)


def test_slopes_of_the_slide_are_those_of_a_small_motion() -> None:
    scan = ball().vertices.astype(np.float64)
    at, step = np.array([0.1, 1.0, 0.5, 0.0]), 1e-3
    before = residual(at, scan)
    _, slopes = jaw_skin().slopes(before, at)
    for number in range(4):
        after = residual(at + step * np.eye(4)[number], scan)
        # The tangents turn with the jaw, which the slopes leave out: exact for the two shifts.
        if number in (1, 3):
            change = (after.slide - before.slide) / step
            np.testing.assert_allclose(change, slopes[:, number], atol=1e-3)


def test_residuals_over_thick_tissue_and_after_large_motions_are_less_certain() -> None:
    scan = ball().vertices.astype(np.float64)
    still, moved = residual(np.zeros(4), scan), residual(np.array([0.3, 0, 0, 0]), scan)
    (depth, slide), (depth_moved, slide_moved) = (jaw_skin().spread(r) for r in (still, moved))
    for factor in (depth, slide):
        np.testing.assert_array_equal(factor, np.tril(factor))
    assert ((depth_moved @ depth_moved.T).diagonal() >= (depth @ depth.T).diagonal()).all()
    assert ((slide_moved**2).sum(axis=1) > (slide**2).sum(axis=1)).mean() > 0.9


def test_whitened_columns_have_the_factor_taken_out() -> None:
    factor = np.array([[2.0, 0], [1, 3]])
    white = whitened(factor, np.array([2.0, 7]), np.array([4.0, 2]))
    np.testing.assert_allclose(factor @ white, [[2, 4], [7, 2]])


def test_a_jaw_without_skin_over_it_is_refused() -> None:
    nothing = BoneHits(np.full(len(ball().vertices), np.inf), np.zeros(len(ball().vertices), bool))
    with pytest.raises(FitError, match="lie over the jaw bone"):
        JawSkin(ball(), nothing, JOINT, TissueSettings())


def test_a_scan_without_the_jaws_skin_is_refused() -> None:
    with pytest.raises(FitError, match="Nothing of the skin"):
        jaw_skin().surface(np.full(ball().vertices.shape, np.nan))


def test_over_bone_thickness_and_direction_stay_and_the_membrane_goes_on_inside() -> None:
    mesh = ball()
    operator = SurfaceOperator.of(mesh.vertices, mesh.triangles)
    on_bone = mesh.vertices[:, 2] < 30
    through = np.full(len(mesh.vertices), 2 * RADIUS)
    measured = np.full(len(mesh.vertices), 8.0)
    thickness, normal = with_membrane(mesh, measured, on_bone, through, operator)
    np.testing.assert_allclose(thickness[on_bone], 8, atol=1e-6)
    np.testing.assert_allclose(normal[on_bone], mesh.normals[on_bone], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(normal, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(thickness[~on_bone], 8, atol=1.5)


def test_a_fold_holds_the_membrane_near_the_skin() -> None:
    mesh = ball()
    operator = SurfaceOperator.of(mesh.vertices, mesh.triangles)
    nowhere = np.zeros(len(mesh.vertices), bool)
    nowhere[:20] = True
    thick = np.full(len(mesh.vertices), 90.0)  # past the middle of the ball
    thick[:20] = 5.0
    through = np.full(len(mesh.vertices), 2 * RADIUS)
    thickness, normal = with_membrane(mesh, thick, nowhere, through, operator)
    assert thickness.max() < 2 * RADIUS
    assert (np.einsum("vc,vc->v", normal, mesh.normals) > 0.3).all()
