# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solving and the compression of performances against slow versions that follow their formula."""

from dataclasses import replace

import numpy as np

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.solving.correctives import compress_performance
from aim_blender_addon.backend.solving.dense import RemainderSmoother, weight_system
from aim_blender_addon.backend.solving.pose import _model
from aim_blender_addon.backend.solving.smoothing import reach, smooth
from aim_blender_addon.backend.solving.solving_face import (
    FacePoints,
    SolvingFace,
    held_back,
    leave_one_out_sigma,
)
from aim_blender_addon.backend.solving.sparse_field import FieldPrior, FieldSolver, Observations
from tests.backend.performance_face import JOINT, face


def small_face(vertices: int = 40, functions: int = 5) -> SolvingFace:
    """The first expressions and functions of the test's face, at some of its vertices alone."""
    whole = face()
    rows = np.linspace(0, len(whole.skin) - 1, vertices).astype(int)
    picked = whole.skin.picked(rows)
    skin = replace(
        picked,
        displacements=np.ascontiguousarray(picked.displacements[:, :, :3]),
        functions=np.ascontiguousarray(picked.functions[:, :functions]),
    )
    nothing = Mesh.from_triangles(skin.rest, np.zeros((0, 3), int))
    return SolvingFace(
        skin,
        nothing,
        whole.operator,
        whole.frequency[:functions],
        JOINT,
        np.zeros((3, 4)),
        whole.expression_names[:3],
    )


def test_displacement_is_the_sum_over_expressions_and_functions() -> None:
    small = small_face()
    weights = np.random.default_rng(0).normal(size=(small.expressions, small.functions))
    slow = np.zeros((len(small.skin), 3))
    for vertex in range(len(small.skin)):
        for expression in range(small.expressions):
            for k in range(small.functions):
                weight = weights[expression, k] * small.skin.functions[vertex, k]
                slow[vertex] += weight * small.skin.displacements[vertex, :, expression]
    np.testing.assert_allclose(small.displacement(weights), slow, atol=1e-5 * np.abs(slow).max())


def test_projection_is_one_inner_product_after_the_other() -> None:
    small = small_face()
    field = np.random.default_rng(1).normal(size=(len(small.skin), 3))
    slow = np.zeros((small.expressions, small.functions))
    for expression in range(small.expressions):
        for k in range(small.functions):
            for vertex in range(len(small.skin)):
                shape = small.skin.displacements[vertex, :, expression]
                slow[expression, k] += small.skin.functions[vertex, k] * shape @ field[vertex]
    np.testing.assert_allclose(small.projection(field), slow, atol=1e-5 * np.abs(slow).max())


def test_the_weight_system_is_one_inner_product_after_the_other() -> None:
    small, ridge = small_face(20, 4), 0.01
    rows = np.array([0, 3, 4, 9, 17])
    count = small.expressions * small.functions
    slow = np.zeros((count, count))
    for vertex in rows:
        columns = [
            small.skin.functions[vertex, k] * small.skin.displacements[vertex, :, expression]
            for expression in range(small.expressions)
            for k in range(small.functions)
        ]
        for i, one in enumerate(columns):
            for j, other in enumerate(columns):
                slow[i, j] += one @ other
    slow += (ridge * np.trace(slow) / count + 1e-12) * np.eye(count)
    np.testing.assert_allclose(
        weight_system(small, ridge, rows), slow, atol=1e-9 * np.abs(slow).max()
    )


def test_the_remainder_solves_the_dense_system() -> None:
    ready, length = face(), 6.0
    field = np.random.default_rng(2).normal(size=ready.skin.rest.shape)
    mass, stiffness = ready.operator.mass, ready.operator.stiffness.toarray()
    system = np.diag(mass * (1 + 1e-6)) + length**4 * stiffness @ np.diag(1 / mass) @ stiffness
    slow = np.linalg.solve(system, mass[:, None] * field)
    np.testing.assert_allclose(RemainderSmoother(ready, length)(field), slow, atol=1e-6)


def whole_smoother(values: np.ndarray, strength: float, missing: int) -> np.ndarray:
    """Whittaker's smoother over a whole take [T, C], one frame of which is missing."""
    count = len(values)
    seen = np.diag(np.arange(count) != missing).astype(float)
    system = seen.copy()
    for t in range(1, count - 1):
        bend = np.zeros(count)
        bend[t - 1 : t + 2] = 1, -2, 1
        system += strength * np.outer(bend, bend)
    return np.linalg.solve(system, seen @ np.nan_to_num(values))


def windowed(values: np.ndarray, strength: float, missing: int) -> np.ndarray:
    """The same by windows; NaN where the frame is missing."""
    items = [None if t == missing else value for t, value in enumerate(values)]

    def mix(window: list[np.ndarray], weights: np.ndarray, _middle: np.ndarray) -> np.ndarray:
        return sum(weight * value for weight, value in zip(weights, window, strict=True))

    nothing = np.full(values.shape[1], np.nan)
    return np.array([nothing if item is None else item for item in smooth(items, strength, mix)])


def test_a_take_within_one_window_is_smoothed_as_a_whole() -> None:
    strength, missing = 100.0, 4
    values = np.random.default_rng(3).normal(size=(reach(strength) + 1, 4))
    fast, slow = windowed(values, strength, missing), whole_smoother(values, strength, missing)
    seen = np.arange(len(values)) != missing
    np.testing.assert_allclose(fast[seen], slow[seen], atol=1e-5)
    assert np.isnan(fast[missing]).all()


def test_frames_outside_the_window_hardly_matter() -> None:
    """Of white noise, which differs most inside and outside of a window."""
    values = np.random.default_rng(3).normal(size=(60, 4))
    fast, slow = windowed(values, 10.0, -1), whole_smoother(values, 10.0, -1)
    assert np.sqrt(((fast - slow) ** 2).mean()) < 0.15 * slow.std()


def test_correctives_are_the_principal_components_of_the_residual() -> None:
    ready, random = face(), np.random.default_rng(4)
    size = 3 * len(ready.skin)
    frames = random.normal(size=(30, 6)) * [9, 6, 4, 2.5, 1.5, 1] @ random.normal(size=(6, size))
    frames = frames.reshape(30, -1, 3)
    given = np.full((30, ready.expressions), 0.3)
    tolerance = 2.0
    compressed = compress_performance(
        ready, lambda: iter([frames[:13], frames[13:]]), tolerance, "mean", given=given
    )
    explained = np.einsum("te,vce->tvc", given, ready.skin.displacements)
    residual = (frames - explained).reshape(30, size)
    u, values, vt = np.linalg.svd(residual, full_matrices=False)
    for count in range(len(values) + 1):
        best = (u[:, :count] * values[:count]) @ vt[:count]
        error = np.linalg.norm((residual - best).reshape(30, -1, 3), axis=2).mean()
        if error <= tolerance:
            break
    assert compressed.reached and len(compressed.shapes) == count
    assert abs(compressed.error_mm["mean"] - error) < 1e-4
    rebuilt = compressed.curves @ compressed.shapes.reshape(count, size)
    np.testing.assert_allclose(rebuilt, best, atol=1e-3)


def test_sigma_is_the_residual_of_a_ridge_fit_of_each_scan_to_the_others() -> None:
    shapes = np.random.default_rng(5).normal(size=(12, 3, 4))
    columns = shapes.reshape(36, 4)
    level = 1e-2 * (columns**2).sum() / 4
    squared = np.zeros(12)
    for scan in range(4):
        others = [other for other in range(4) if other != scan]
        augmented = np.vstack([columns[:, others], np.sqrt(level) * np.eye(3)])
        wanted = np.concatenate([columns[:, scan], np.zeros(3)])
        weights = np.linalg.lstsq(augmented, wanted, rcond=None)[0]
        residual = columns[:, scan] - columns[:, others] @ weights
        squared += (residual.reshape(12, 3) ** 2).sum(axis=1)
    np.testing.assert_allclose(leave_one_out_sigma(shapes), np.sqrt(squared / 4))


def test_slopes_of_a_pose_are_central_differences() -> None:
    small, random = small_face(), np.random.default_rng(6)
    jaw, weights = np.array([0.2, 1.5, -1.0, 0.4]), random.uniform(0, 1, 3)
    places, slopes = _model(small.skin, JOINT, jaw, weights)
    state, step = np.concatenate([jaw, weights]), 1e-6

    def moved(values: np.ndarray) -> np.ndarray:
        return _model(small.skin, JOINT, values[:4], values[4:])[0]

    for number in range(7):
        change = step * np.eye(7)[number]
        slow = (moved(state + change) - moved(state - change)) / (2 * step)
        np.testing.assert_allclose(slopes[:, :, 6 + number], slow, rtol=1e-3, atol=1e-3)
    for axis in range(3):
        turned = np.cross(np.eye(3)[axis], places)
        np.testing.assert_allclose(slopes[:, :, axis], turned, atol=1e-9)
        np.testing.assert_allclose(slopes[:, :, 3 + axis], np.tile(np.eye(3)[axis], (40, 1)))


def _columns(points: FacePoints, jaw: np.ndarray, number: int) -> np.ndarray:
    """Displacement [3, C] of a point by each coefficient: weights of shapes, held back last, then the remainder."""
    shapes = np.column_stack([points.displacements[number], held_back(points, jaw)[number]])
    by_weight = [phi * shape for shape in shapes.T for phi in points.functions[number]]
    by_remainder = [phi * axis for axis in np.eye(3) for phi in points.functions[number]]
    return np.column_stack([*by_weight, *by_remainder])


def test_the_field_is_the_most_likely_one_of_all_coefficients() -> None:
    """Kriging solves in the observations; the slow version solves in the coefficients, with their prior."""
    ready, random = face(), np.random.default_rng(7)
    points = ready.skin.picked(random.choice(len(ready.skin), 12, replace=False))
    prior, jaw = FieldPrior(rounds=1), JOINT.pose([0.2, 1, 0, 0])
    seen = Observations(
        owner=np.arange(12),
        slope=np.broadcast_to(np.eye(3), (12, 3, 3)),
        target=random.normal(size=(12, 3)),
        noise=0.05,
        trust=np.ones(12),
        jaw=jaw,
    )
    solver = FieldSolver(ready, points, prior)
    field = solver.solve(seen)

    constant = np.zeros((ready.functions, ready.functions))
    constant[0, 0] = prior.global_deviation**2
    local = prior.local_deviation**2 * solver._spread + constant
    count = ready.expressions + 1
    held = np.ones(count)
    held[-1] = prior.held_deviation
    blocks = [one**2 * local for one in held]
    blocks += 3 * [prior.remainder_mm**2 * np.diag(solver._spectrum)]
    covariance = np.zeros((len(blocks) * ready.functions,) * 2)
    for number, block in enumerate(blocks):
        rows = slice(number * ready.functions, (number + 1) * ready.functions)
        covariance[rows, rows] = block
    design = np.concatenate([_columns(points, jaw, number) for number in range(12)])
    noise = seen.noise**2 + prior.misfit_mm**2
    root = np.linalg.cholesky(covariance + 1e-12 * np.eye(len(covariance)))
    whitened = design @ root
    system = whitened.T @ whitened / noise + np.eye(len(root))
    slow = root @ np.linalg.solve(system, whitened.T @ seen.target.ravel() / noise)
    slow = slow.reshape(-1, ready.functions)
    np.testing.assert_allclose(field.weights, slow[: count - 1], atol=1e-6)
    np.testing.assert_allclose(field.beside.T, slow[count - 1 :], atol=1e-6)
