# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What solving is made of: functions on the skin, poses, smoothing over time, corrective shapes."""

import numpy as np
import pytest

from aim_blender_addon.backend.geometry.skinning import skin_with_jaw, undo_jaw
from aim_blender_addon.backend.io.takes import Seen
from aim_blender_addon.backend.solving import smoothing, views
from aim_blender_addon.backend.solving.correctives import compress_performance, unposed_chunks
from aim_blender_addon.backend.solving.dense import (
    DenseFrames,
    RemainderSmoother,
    common_part,
    posed,
)
from aim_blender_addon.backend.solving.gaps import mixed_rotation
from aim_blender_addon.backend.solving.jaw_tracker import tracker_of_model
from aim_blender_addon.backend.solving.points import PointFrames
from aim_blender_addon.backend.solving.solving_face import held_back, leave_one_out_sigma
from aim_blender_addon.backend.solving.sparse_field import (
    Field,
    FieldPrior,
    FieldSolver,
    Observations,
    both_sides,
)
from tests.backend import synthetic_head
from tests.backend.performance_face import JOINT, distance, face, model, performance


def test_undoing_the_jaw_agrees_with_one_matrix_a_vertex():
    random = np.random.default_rng(0)
    points, weight = random.normal(0, 50, (200, 3)), random.random(200)
    jaw = JOINT.pose([0.5, 6, -4, 2])
    matrices = np.eye(3) + weight[:, None, None] * (jaw[:3, :3] - np.eye(3))
    slow = np.linalg.solve(matrices, (points - weight[:, None] * jaw[:3, 3])[..., None])[..., 0]
    np.testing.assert_allclose(undo_jaw(points, jaw, weight), slow, atol=1e-9)
    shifted = np.eye(4)
    shifted[:3, 3] = [1, 2, 3]
    np.testing.assert_allclose(
        undo_jaw(points, shifted, weight), points - weight[:, None] * [1, 2, 3]
    )


def test_functions_start_with_the_constant_and_get_finer_where_the_face_moves():
    ready = face()
    np.testing.assert_array_equal(ready.skin.functions[:, 0], 1)
    assert (np.diff(ready.frequency) >= 0).all()
    moving = np.linalg.norm(ready.skin.displacements, axis=(1, 2)) > 5
    slope = np.abs(ready.operator.stiffness @ ready.skin.functions[:, -1]) / ready.operator.mass
    assert slope[moving].mean() > 3 * slope[~moving].mean()


def test_sigma_is_small_where_scans_predict_each_other():
    random = np.random.default_rng(2)
    base = random.normal(size=(50, 3, 2))
    mixed = np.concatenate([base, base @ random.normal(size=(2, 3))], axis=2)
    mixed[0, :, 0] += 10  # only one scan moves this point so
    sigma = leave_one_out_sigma(mixed)
    assert sigma[0] > 5 * sigma[1:].max()


def test_remainder_keeps_what_is_smooth_and_drops_noise():
    ready, random = face(), np.random.default_rng(3)
    smooth = np.sin(ready.skin.rest / 40)
    smoother = RemainderSmoother(ready, 5.0)
    assert distance(smoother(smooth), smooth).mean() < 0.01
    noise = random.normal(size=smooth.shape)
    assert np.abs(smoother(noise)).mean() < 0.6 * np.abs(noise).mean()


def test_head_is_placed_from_one_image_in_spite_of_wrong_points():
    random = np.random.default_rng(4)
    rest = face().skin.rest[random.permutation(len(face().skin))[:60]]
    head = np.eye(4)
    head[:3, :3], head[:3, 3] = synthetic_head.rotation([0, 1, 0.2], 20), [10, 20, -30]
    turn = np.diag([1.0, -1, -1])
    camera = np.array([[1500.0, 0, 500], [0, 1500, 500], [0, 0, 1]]) @ np.column_stack(
        [turn, -turn @ [0, 0, 800.0]]
    )
    image = (rest @ head[:3, :3].T + head[:3, 3]) @ camera[:, :3].T + camera[:, 3]
    pixels = image[:, :2] / image[:, 2:]
    np.testing.assert_allclose(views.place_head(camera, pixels, rest), head, atol=1e-5)
    pixels[:3] += 40
    found = views.place_head(camera, pixels, rest)
    assert (
        distance(rest @ found[:3, :3].T + found[:3, 3], rest @ head[:3, :3].T + head[:3, 3]).max()
        < 8
    )


def test_a_mirrored_image_places_no_head():
    rest = face().skin.rest[::9]
    turn = np.diag([1.0, -1, -1])
    camera = np.column_stack([turn, -turn @ [0, 0, 800.0]])
    image = rest @ camera[:, :3].T + camera[:, 3]
    pixels = image[:, :2] / image[:, 2:]
    np.testing.assert_allclose(views.place_head(camera, pixels, rest), np.eye(4), atol=1e-5)
    assert views.place_head(camera, pixels * [-1, 1], rest) is None


def test_coefficients_of_both_sides_are_correlated_as_the_sides_are_alike():
    """Two functions, one on each side of the face, which mirroring swaps."""
    swap, alone = np.array([[0.0, 1], [1, 0]]), np.ones(2)
    np.testing.assert_array_equal(both_sides(alone, swap, 0.0), np.eye(2))
    np.testing.assert_allclose(both_sides(alone, swap, 0.9), [[1, 0.9], [0.9, 1]])


def test_a_field_passes_through_points_that_can_be_trusted():
    ready = face()
    points = ready.skin.picked(np.flatnonzero(ready.skin.rest[:, 2] > 40)[::12])
    weights = np.zeros((ready.expressions, ready.functions))
    weights[:2, 0] = 0.5, 0.3
    target = Field(weights, np.zeros((ready.functions, 4))).at(points, np.eye(4))
    target[0] += [0, 30, 0]  # one wrong point
    slope = np.broadcast_to(np.eye(3), (len(points), 3, 3))
    seen = Observations(
        np.arange(len(points)), slope, target, 0.05, np.ones(len(points)), np.eye(4)
    )
    found = FieldSolver(ready, points, FieldPrior()).solve(seen).at(points, np.eye(4))
    assert distance(found, target)[1:].max() < 0.3
    assert distance(found, target)[0] > 25


def test_a_slide_counts_as_far_as_two_estimates_agree():
    both = common_part(np.array([2.0, -3.0, 1.0, 0.0]), np.array([1.0, -5.0, -4.0, 2.0]))
    np.testing.assert_array_equal(both, [1, -3, 0, 0])


def test_the_jaw_is_sought_in_the_skin_over_it_and_else_in_the_expressions():
    made, ready = performance(), face()
    tracker = tracker_of_model(model())
    frames = DenseFrames(ready, tracker)
    places = made.vertices[15].astype(np.float64)

    def error(jaw: np.ndarray) -> float:
        moved = [JOINT.incisor_motion(JOINT.pose(one)) for one in (jaw, made.jaws[15])]
        return float(np.linalg.norm(moved[0] - moved[1]))

    seen = frames.pose(Seen(15, places))
    skin = (places - seen.head[:3, 3]) @ seen.head[:3, :3]
    tracked = tracker.pose(skin).parameters
    assert tracker.shown(skin) == 1
    assert seen.jaw[0] == pytest.approx(tracked[0], abs=np.radians(0.1))
    assert (np.abs(seen.jaw[1:]) < np.abs(tracked[1:]) + 0.05).all()
    assert error(seen.jaw) < 1.0 < 15 < error(np.zeros(4))
    places[ready.skin.rest[:, 1] < -15] = np.nan
    hidden = frames.pose(Seen(15, places))
    assert tracker.shown(places) < 0.1
    assert np.isfinite(hidden.jaw).all() and np.abs(hidden.head - seen.head)[:3, 3].max() < 0.5


def test_skin_held_back_stays_where_it_was():
    ready, jaw = face(), JOINT.pose([0.3, 2, 1, 0])
    shape = ready.skin.rest + held_back(ready.skin, jaw)
    np.testing.assert_allclose(
        skin_with_jaw(shape, jaw, ready.skin.jaw_weight), ready.skin.rest, atol=1e-9
    )
    assert np.abs(shape - ready.skin.rest).max() > 10


def test_lips_that_stay_while_the_jaw_opens_are_found_between_points():
    """No scan shows a lower lip that stays, and no point lies on it."""
    ready, jaw = face(), np.array([0.25, 1.0, 0, 0])
    lip = distance(ready.skin.rest, [0, -45, 85])
    stays = np.exp(-((lip / 30) ** 2))[:, None] * held_back(ready.skin, JOINT.pose(jaw))
    hidden = lip < 16
    assert hidden.sum() > 5 and distance(stays[hidden], 0).mean() > 8
    front = np.flatnonzero((ready.skin.rest[:, 2] > 10) & ~hidden)
    chosen = np.random.default_rng(0).choice(front, 120, replace=False)
    frame = posed(ready, stays, jaw, np.eye(4))
    frames = PointFrames(ready, ready.skin.picked(chosen))
    solution = frames.finish(Seen(0, frame[chosen]), np.eye(4), jaw, np.zeros(ready.expressions))
    found = posed(ready, frames.field(solution), jaw, np.eye(4))
    assert distance(found, frame)[hidden].mean() < 0.3 * distance(stays[hidden], 0).mean()
    assert frames.distances(Seen(0, frame[chosen]), solution, found).mean() < 0.2


def test_mirroring_twice_is_nothing_and_swaps_the_sides():
    ready = face()
    mirrored, rest = ready.mirrored, ready.skin.rest
    few = 8  # of the smooth ones, so that the sparse skin of the test's head shows them
    np.testing.assert_allclose((mirrored @ mirrored)[:few, :few], np.eye(few), atol=0.1)
    field = ready.skin.functions[:, :few] @ np.arange(1.0, few + 1)
    other = ready.skin.functions @ mirrored[:, :few] @ np.arange(1.0, few + 1)
    for place in ([30.0, -40, 70], [25, 30, 75]):
        one, opposite = (
            int(np.argmin(distance(rest, np.multiply(place, (side, 1, 1))))) for side in (1, -1)
        )
        assert other[one] == pytest.approx(field[opposite], abs=0.1 * np.abs(field).max())


def test_a_side_without_points_moves_as_the_other_does():
    """A smile that varies over the skin, alike on both sides, with points on the left alone."""
    ready, random = face(), np.random.default_rng(2)
    rest, smile = ready.skin.rest, ready.expression_names.index("smile")
    weights = np.zeros((ready.expressions, ready.functions))
    weights[smile, :9] = 0.1 * random.normal(size=9)
    weights[smile] += ready.mirrored @ weights[smile]
    weights[smile, 0] = 0.4
    left = np.flatnonzero((rest[:, 2] > 10) & (rest[:, 0] > 5))
    chosen = random.choice(left, 90, replace=False)
    field = ready.displacement(weights)
    seen = Seen(0, posed(ready, field, np.zeros(4), np.eye(4))[chosen])
    right = (rest[:, 0] < -15) & (distance(field, 0) > 2.0)
    error = {}
    for alike in (0.0, FieldPrior().alike):
        frames = PointFrames(ready, ready.skin.picked(chosen), FieldPrior(alike=alike))
        solution = frames.finish(seen, np.eye(4), np.zeros(4), np.zeros(ready.expressions))
        error[alike] = distance(frames.field(solution), field)[right].mean()
    assert error[FieldPrior().alike] < 0.3 * error[0.0]
    assert error[FieldPrior().alike] < 0.15 * distance(field, 0)[right].mean()


# ------------------------------------------------------------------------------------ smoothing


def _mix(items, weights, middle):
    return sum(w * item for w, item in zip(weights, items, strict=True))


def test_a_straight_motion_is_left_alone_to_its_ends():
    line = [np.array([float(t), 2.0 - 3 * t]) for t in range(30)]
    smoothed = list(smoothing.smooth(line, 30.0, _mix))
    np.testing.assert_allclose(smoothed, line, atol=1e-4)


def test_smoothing_is_the_whole_windows_penalised_least_squares():
    random = np.random.default_rng(5)
    values = random.normal(size=(25, 2))
    smoothed = np.array(list(smoothing.smooth(list(values), 3.0, _mix)))
    half = smoothing.reach(3.0)
    for t in (0, 3, 12, 24):
        low, high = max(0, t - half), min(25, t + half + 1)
        bend = np.diff(np.eye(high - low), 2, axis=0)
        slow = np.linalg.solve(np.eye(high - low) + 3.0 * bend.T @ bend, values[low:high])
        np.testing.assert_allclose(smoothed[t], slow[t - low], atol=1e-6)


def test_missing_frames_stay_missing_and_do_not_pull():
    items = [np.array([5.0])] * 6 + [None] + [np.array([5.0])] * 6
    smoothed = list(smoothing.smooth(items, 10.0, _mix))
    assert smoothed[6] is None
    np.testing.assert_allclose([s[0] for s in smoothed if s is not None], 5.0, atol=1e-5)


def test_strength_follows_the_noise_and_not_the_motion():
    random = np.random.default_rng(6)
    noise = [random.normal(size=(11, 40)) for _ in range(5)]
    assert smoothing.choose_strength(noise, 1.0) >= 30
    fast = [10 * random.normal(size=(11, 40)) for _ in range(5)]  # jumps, but no noise
    assert smoothing.choose_strength(fast, 0.1) == 0
    assert smoothing.temporal_noise(noise) == pytest.approx(1.0, rel=0.1)
    line = [np.outer(np.arange(11.0), np.ones(40))]
    assert smoothing.temporal_noise(line) < 1e-9


def test_halfway_between_two_turns_is_half_the_turn():
    one, other = np.eye(4), np.eye(4)
    other[:3, :3], other[:3, 3] = synthetic_head.rotation([0, 0, 1], 40), [2, 0, 0]
    half = mixed_rotation([one, other], np.array([0.5, 0.5]))
    np.testing.assert_allclose(half[:3, :3], synthetic_head.rotation([0, 0, 1], 20), atol=1e-9)
    np.testing.assert_allclose(half[:3, 3], [1, 0, 0])


# ------------------------------------------------------------------------------------ correctives


def _with_extra_shapes(amount: float) -> np.ndarray:
    """Unposed frames [100, V, 3]: global weights in limits, and two shapes that no expression has."""
    ready, time = face(), np.arange(100) / 10
    weights = np.zeros((100, ready.expressions))
    weights[:, 0], weights[:, 1] = 0.5 + 0.4 * np.sin(time), 0.5 - 0.4 * np.cos(time)
    frames = np.einsum("te,vce->tvc", weights, ready.skin.displacements)
    extra = np.stack([np.sin(ready.skin.rest / 15), np.cos(ready.skin.rest / 11)])
    columns = ready.skin.displacements.reshape(-1, ready.expressions)
    flat = extra.reshape(2, -1)
    explained = np.linalg.lstsq(columns, flat.T, rcond=None)[0]
    extra = (flat - (columns @ explained).T).reshape(extra.shape)
    return frames + amount * np.einsum(
        "ts,svc->tvc", np.stack([np.sin(3 * time), time / 10], 1), extra
    )


def test_as_few_correctives_as_there_are_shapes():
    frames = _with_extra_shapes(2.0)
    compressed = compress_performance(face(), lambda: iter([frames[:64], frames[64:]]), 0.05, "max")
    assert compressed.reached
    assert compressed.shapes.shape == (2, len(face().skin), 3)
    assert (
        compressed.error_mm["max"] <= 0.05 < 1 < compressed.error_mm["without_correctives"]["max"]
    )
    rebuilt = np.einsum("te,vce->tvc", compressed.weights, face().skin.displacements)
    rebuilt += np.einsum("tc,cvd->tvd", compressed.curves, compressed.shapes)
    assert distance(rebuilt, frames).max() <= 0.05
    np.testing.assert_allclose(np.abs(compressed.curves).max(axis=0), 1)
    assert compressed.weights.min() >= 0 and compressed.weights.max() <= 1


def test_correctives_make_up_for_what_a_key_cannot_show():
    """The range of the first shape key ends at 0.2, that of the second allows nothing at all."""
    frames = _with_extra_shapes(0.0)
    largest = np.ones(face().expressions)
    largest[:2] = 0.2, 0.0
    compressed = compress_performance(
        face(), lambda: iter([frames]), 0.05, "max", limits=(0.0, largest)
    )
    assert compressed.reached and len(compressed.shapes) == 2
    assert (compressed.weights <= largest).all() and compressed.weights[:, 0].max() == 0.2
    rebuilt = np.einsum("te,vce->tvc", compressed.weights, face().skin.displacements)
    rebuilt += np.einsum("tc,cvd->tvd", compressed.curves, compressed.shapes)
    assert distance(rebuilt, frames).max() <= 0.05


def test_no_correctives_where_none_are_needed():
    frames = _with_extra_shapes(0.0)
    compressed = compress_performance(face(), lambda: iter([frames]), 0.05, "max")
    assert compressed.reached and not len(compressed.shapes) and compressed.curves.shape == (100, 0)


def test_a_tolerance_out_of_reach_is_reported():
    frames = _with_extra_shapes(2.0)
    compressed = compress_performance(face(), lambda: iter([frames]), 0.01, "max", max_shapes=1)
    assert (
        not compressed.reached and len(compressed.shapes) == 1 and compressed.error_mm["max"] > 0.01
    )


def test_unposed_chunks_undo_head_and_jaw():
    made = performance()
    jaws = np.stack([JOINT.pose(jaw) for jaw in made.jaws])
    (fields,) = list(unposed_chunks(face(), made.vertices, made.heads, jaws)())
    wanted = np.stack([face().displacement(w) for w in made.weights])
    assert distance(fields, wanted).max() < 1e-3
