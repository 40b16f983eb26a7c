# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs of flesh and simulation: given muscles, strengths, ranges that stop and go on, correctives."""

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.errors import AimError, JobCancelled, SolveError
from aim_blender_addon.backend.io.model_file import StoredModel, model_to_bytes
from aim_blender_addon.backend.io.takes import NpzRows
from aim_blender_addon.backend.jobs import flesh, simulate, simulate_range
from aim_blender_addon.backend.jobs.fleshed_actor import FleshedActor
from aim_blender_addon.backend.jobs.wire import from_wire, to_wire
from aim_blender_addon.backend.progress import silent
from aim_blender_addon.backend.solving.merge import merge_results
from aim_blender_addon.backend.solving.result_file import frames_kept
from tests.backend import edit_face

FRAMES = 4
#: From below the chin into the air.
DRAWN = flesh.GivenMuscle("drawn", np.array([[0.0, -60, 85], [0, -300, 85]]), 6.0, 2.0)


def model() -> StoredModel:
    return StoredModel(model_to_bytes(edit_face.model()), "Head")


@functools.cache
def built() -> flesh.FleshResult:
    return flesh.run(flesh.FleshRequest(model(), 14.0, (DRAWN,)), silent)


def actor() -> FleshedActor:
    return FleshedActor(model(), built().flesh, "its flesh")


def take() -> simulate.SimulateRequest:
    count = len(edit_face.model().expression_names)
    weights = np.random.default_rng(0).uniform(0, 0.5, (FRAMES, count))
    jaw = np.tile([0.1, 0, 0, 0], (FRAMES, 1))
    return simulate.SimulateRequest(actor(), weights, jaw, "its poses")


def firm(asked: simulate.SimulateRequest, strengths: dict[str, float]) -> simulate.SimulateRequest:
    return replace(asked, actor=replace(asked.actor, strengths=strengths))


def range_of(output: Path, **others) -> simulate_range.SimulateRangeRequest:
    heads = np.tile(np.eye(4), (FRAMES, 1, 1))
    heads[:, 0, 3] = 7.0
    return simulate_range.SimulateRangeRequest(take(), heads, output, **others)


def test_a_drawn_muscle_goes_into_the_flesh_and_one_in_the_air_is_told() -> None:
    found = {muscle.name: muscle for muscle in built().muscles}
    np.testing.assert_array_equal(found["drawn"].points, DRAWN.points)
    assert found["drawn"].strength == 2.0
    assert found["drawn"].outside > 0.8 > found["procerus"].outside


def test_a_given_curve_stands_for_the_muscle_of_its_name() -> None:
    moved = replace(DRAWN, name="procerus")
    result = flesh.run(flesh.FleshRequest(model(), 15.0, (moved,)), silent)
    found = [muscle for muscle in result.muscles if muscle.name == "procerus"]
    assert len(found) == 1 and len(result.muscles) == len(built().muscles) - 1
    np.testing.assert_array_equal(found[0].points, DRAWN.points)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (replace(DRAWN, points=np.zeros((1, 3))), "drawn has no length"),
        (replace(DRAWN, points=np.full((2, 3), np.nan)), "drawn has no length"),
        (replace(DRAWN, radius=0.0), "drawn is 0 mm wide"),
    ],
)
def test_a_muscle_without_length_or_width_is_refused(given, says) -> None:
    with pytest.raises(AimError, match=says):
        flesh.run(flesh.FleshRequest(model(), 14.0, (given,)), silent)


def test_requests_cross_to_the_worker(tmp_path) -> None:
    wanted = range_of(tmp_path / "a.npz", tolerance_mm=0.1)
    wanted = replace(wanted, take=firm(wanted.take, {"procerus": 0.5}))
    back = from_wire(simulate_range.SimulateRangeRequest, *to_wire(wanted))
    assert back.take.actor.strengths == {"procerus": 0.5} and back.output == wanted.output
    np.testing.assert_array_equal(back.take.weights, wanted.take.weights)
    asked = flesh.FleshRequest(model(), 14.0, (DRAWN,))
    assert from_wire(flesh.FleshRequest, *to_wire(asked)).muscles[0].name == "drawn"


def test_a_muscle_that_is_off_lets_the_skin_lie_elsewhere() -> None:
    one = replace(take(), weights=take().weights[:1], jaw_parameters=take().jaw_parameters[:1])
    usual = simulate.run(one, silent)
    off = simulate.run(firm(one, {"procerus": 0.0, "drawn": 0.0}), silent)
    assert np.abs(usual.vertices - off.vertices).max() > 1e-4


def test_a_range_that_was_stopped_goes_on_and_is_the_same_as_one_at_once(tmp_path) -> None:
    def stop(_stage: str, _done: float, figures: dict) -> None:
        if figures.get("frame") == 3:
            raise JobCancelled

    halves = range_of(tmp_path / "halves.npz", tolerance_mm=0.05)
    with pytest.raises(JobCancelled):
        simulate_range.run(halves, stop)
    assert frames_kept(halves.output) == (2, FRAMES)
    result = simulate_range.run(replace(halves, resume=True), silent)
    assert result.report["frames_now"] == 2 and not frames_kept(halves.output)[0]
    whole = range_of(tmp_path / "whole.npz")
    simulate_range.run(whole, silent)
    skins = [NpzRows(one.output, "vertices").whole() for one in (halves, whole)]
    assert np.abs(skins[0] - skins[1]).max() < 0.05
    alone = simulate.run(take(), silent).vertices
    np.testing.assert_allclose(skins[1][:, :, 0], alone[:, :, 0] + 7.0, atol=1e-3)


def test_ranges_made_apart_are_merged_to_the_whole(tmp_path) -> None:
    """As on a farm: each begins from rest, and the seams lie no farther off than frames at rest may."""
    told = {"activations": True}
    whole = range_of(tmp_path / "whole.npz", **told)
    whole = replace(whole, take=replace(whole.take, depths=True))
    report = simulate_range.run(whole, silent).report
    for name in ("deepest_in_bone_mm", "through_lips_mm"):
        assert len(report[name]) == FRAMES and all(0 <= deep < 20 for deep in report[name])
    parts = [
        range_of(tmp_path / f"{start}.npz", start=start, count=count, **told)
        for start, count in ((0, 2), (2, None))
    ]
    reports = [simulate_range.run(part, silent).report for part in parts]
    assert [report["frames"] for report in reports] == [2, FRAMES - 2]
    merged = tmp_path / "merged.npz"
    report = merge_results(edit_face.model(), [part.output for part in parts[::-1]], merged)
    assert report["frames"] == FRAMES and report["unsolved_frames"] == 0
    for name in ("vertices", "head", "jaw", "weights", "solved"):
        one, other = (NpzRows(path, name).whole() for path in (whole.output, merged))
        np.testing.assert_allclose(one, other, atol=0.05)
    np.testing.assert_array_equal(NpzRows(merged, "frames").whole(), range(FRAMES))
    both = [NpzRows(path, "activations").whole() for path in (whole.output, merged)]
    muscles = NpzRows(merged, "muscle_names", "U").whole()
    assert both[0].shape == (FRAMES, len(muscles)) and both[0].max() > 0.01
    np.testing.assert_allclose(*both, atol=0.05)
    late = range_of(tmp_path / "late.npz", start=1, count=1)
    simulate_range.run(late, silent)
    with pytest.raises(SolveError, match="follow each other"):
        merge_results(edit_face.model(), [parts[0].output, late.output], merged)
    with pytest.raises(SolveError, match="range 2 to 9 is not in it"):
        simulate_range.run(range_of(tmp_path / "beyond.npz", start=2, count=8), silent)


def test_correctives_play_what_the_simulation_adds(tmp_path) -> None:
    request = range_of(tmp_path / "take.npz", tolerance_mm=0.05)
    result = simulate_range.run(request, silent)
    assert (
        result.reached
        and result.error_mm["p99"] <= 0.05 < result.error_mm["without_correctives"]["p99"]
    )
    head, joint = edit_face.model(), edit_face.model().joint
    at = head.evaluate()
    frame = FRAMES - 1
    shape = at.skin + np.tensordot(take().weights[frame], at.displacements, 1)
    shape = shape + np.tensordot(result.corrective_curves[frame], result.corrective_shapes, 1)
    jaw, share = joint.pose(take().jaw_parameters[frame]), at.jaw_weight[:, None]
    skin = shape + share * (shape @ jaw[:3, :3].T + jaw[:3, 3] - shape)
    simulated = NpzRows(request.output, "vertices")[frame] - [7.0, 0, 0]
    assert np.linalg.norm(skin - simulated, axis=1).mean() < 0.02


def test_frames_of_other_poses_are_not_gone_on_with(tmp_path) -> None:
    def stop(_stage: str, _done: float, figures: dict) -> None:
        if figures.get("frame") == 2:
            raise JobCancelled

    first = range_of(tmp_path / "take.npz")
    with pytest.raises(JobCancelled):
        simulate_range.run(first, stop)
    other = replace(first, take=firm(first.take, {"procerus": 0.0}), resume=True)
    with pytest.raises(SolveError, match="without resuming"):
        simulate_range.run(other, silent)
    with pytest.raises(SolveError, match="but the head 2"):
        simulate_range.run(replace(first, heads=first.heads[:2]), silent)
