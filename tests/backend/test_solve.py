# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Performances with a known answer, solved as the command line and the worker solve them."""

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.errors import FitError, JobCancelled, SolveError
from aim_blender_addon.backend.io import takes
from aim_blender_addon.backend.io.model_file import StoredModel, model_to_bytes, write_model
from aim_blender_addon.backend.io.obj import write_obj
from aim_blender_addon.backend.io.takes import Take, checked, read_take
from aim_blender_addon.backend.jobs.solve import ShapesWanted, SolveRequest
from aim_blender_addon.backend.solving.jaw_tracker import tracker_of_model
from aim_blender_addon.backend.solving.merge import merge_results
from aim_blender_addon.backend.solving.points import bind_points
from aim_blender_addon.backend.solving.result_file import part_folder
from aim_blender_addon.backend.solving.solve import SolveSettings, solve_take
from tests.backend import synthetic_head
from tests.backend.performance_face import (
    FUNCTIONS,
    JOINT,
    distance,
    face,
    model,
    performance,
)
from tests.backend.wire import over_the_wire

SETTINGS = SolveSettings(functions=FUNCTIONS)


def solve(
    folder: Path, kind: str, frames: np.ndarray, settings=SETTINGS, **given
) -> tuple[dict, dict]:
    """Arrays and figures of a solved take."""
    output = folder / "result.npz"
    take = checked(Take("take", kind, frames, **given), model().neutral)
    report = solve_take(model(), take, output, settings)
    with np.load(output) as file:
        return dict(file), report


def markers(count: int = 120) -> np.ndarray:
    """Vertices spread over the front of the head."""
    front = np.flatnonzero(face().skin.rest[:, 2] > 10)
    return np.sort(np.random.default_rng(0).choice(front, count, replace=False))


def cameras() -> np.ndarray:
    """Two cameras before the face, [2, 3, 4]."""
    inside = np.array([[1800.0, 0, 960], [0, 1800, 540], [0, 0, 1]])
    found = []
    for degrees in (-25, 25):
        turn = np.diag([1.0, -1, -1]) @ synthetic_head.rotation([0, 1, 0], degrees)
        found.append(inside @ np.column_stack([turn, [0, 0, 700.0]]))
    return np.stack(found)


def images(places: np.ndarray, projections: np.ndarray) -> np.ndarray:
    """Pixels [T, C, M, 2] of places [T, M, 3]."""
    image = (
        np.einsum("cij,tmj->tcmi", projections[:, :, :3], places) + projections[None, :, None, :, 3]
    )
    return image[..., :2] / image[..., 2:]


def incisor_error(jaws: np.ndarray) -> np.ndarray:
    """Error of jaw poses [T, 4, 4] at the lower incisors, mm."""
    point = np.r_[JOINT.incisor, 1]
    true = np.stack([JOINT.pose(jaw) for jaw in performance().jaws])
    return np.linalg.norm(((jaws - true) @ point)[:, :3], axis=1)


# ---------------------------------------------------------------------------------------- dense


def test_dense_frames_give_back_head_jaw_and_skin(tmp_path):
    made = performance()
    solved, report = solve(tmp_path, takes.DENSE, made.vertices)
    assert distance(solved["vertices"], made.vertices).mean() < 0.01
    assert np.abs(solved["head"] - made.heads)[:, :3, 3].max() < 0.5
    assert incisor_error(solved["jaw"]).mean() < 1.0
    assert solved["weights"].shape == (20, 6, FUNCTIONS)
    assert solved["functions"].shape == (len(face().skin), FUNCTIONS)
    assert solved["solved"].all() and report["frames"] == 20
    assert report["error_mm"]["mean"] < 0.01 and report["seconds_per_frame"] > 0
    assert not part_folder(tmp_path / "result.npz").exists()


def test_vertices_without_data_are_filled_from_the_rest(tmp_path):
    made = performance()
    frames = made.vertices.copy()
    hole = distance(face().skin.rest, [25, -40, 70]) < 18
    assert 5 < hole.sum() < 100
    frames[:, hole] = np.nan
    solved, _ = solve(tmp_path, takes.DENSE, frames)
    assert distance(solved["vertices"][:, hole], made.vertices[:, hole]).mean() < 0.5
    assert distance(solved["vertices"][:, ~hole], made.vertices[:, ~hole]).mean() < 0.02


def test_a_face_that_leaves_the_view_is_bridged(tmp_path):
    frames = performance().vertices.copy()
    frames[8:11] = np.nan
    solved, report = solve(tmp_path, takes.DENSE, frames)
    assert report["unsolved_frames"] == 3
    np.testing.assert_array_equal(np.flatnonzero(~solved["solved"]), [8, 9, 10])
    assert distance(solved["vertices"][8:11], performance().vertices[8:11]).mean() < 2
    assert np.isfinite(solved["vertices"]).all()


def test_noise_on_a_still_face_is_smoothed_away(tmp_path):
    still = np.repeat(performance().vertices[5:6], 24, axis=0)
    noisy = still + np.random.default_rng(0).normal(0, 0.2, still.shape)
    solved, report = solve(tmp_path, takes.DENSE, noisy)
    jitter = solved["vertices"] - solved["vertices"].mean(axis=0)
    assert np.sqrt((jitter**2).mean()) < 0.2 / 3
    assert report["chosen"]["skin_smoothing"] > 0


def test_ranges_solved_apart_fit_together_without_a_seam(tmp_path):
    noisy = performance().vertices + np.random.default_rng(1).normal(0, 0.3, (20, 1, 3))
    noisy = noisy + np.random.default_rng(2).normal(0, 0.2, noisy.shape)
    take = checked(Take("take", takes.DENSE, noisy), model().neutral)
    whole, parts = tmp_path / "whole.npz", [tmp_path / "a.npz", tmp_path / "b.npz"]
    report = solve_take(model(), take, whole, SETTINGS)
    assert report["chosen"]["skin_smoothing"] > 0
    for path, start, count in ((parts[0], 0, 9), (parts[1], 9, None)):
        ranged = SolveSettings(functions=FUNCTIONS, start=start, count=count)
        solve_take(model(), take, path, ranged)
    merged = tmp_path / "merged.npz"
    assert merge_results(model(), parts[::-1], merged)["frames"] == 20
    with np.load(whole) as one, np.load(merged) as other:
        assert set(one.files) == set(other.files)
        np.testing.assert_allclose(one["vertices"], other["vertices"], atol=1e-4)
        np.testing.assert_allclose(one["weights"], other["weights"], atol=1e-5)
    with pytest.raises(SolveError, match=r"b\.npz' ends at frame 19 and .* begins at 9"):
        merge_results(model(), [parts[1], parts[1]], merged)


def test_a_range_in_which_nothing_is_seen_waits_for_its_neighbours(tmp_path):
    """Merging bridges it: see test_solve_results."""
    frames = performance().vertices.copy()
    frames[8:14] = np.nan
    take = checked(Take("take", takes.DENSE, frames), model().neutral)
    ranged = replace(SETTINGS, detail_mm=0.0, smoothness=0.0, start=8, count=6)
    report = solve_take(model(), take, tmp_path / "r.npz", ranged)
    assert report["unsolved_frames"] == 6 and report["error_mm"] == {}
    with np.load(tmp_path / "r.npz") as file:
        assert not file["solved"].any() and not file["vertices"].any()


def test_a_solve_does_not_go_on_with_a_performance_that_has_changed(tmp_path):
    """Another take under the same name, an edited frame, or another unit: frames of both would be mixed."""
    output, frames = tmp_path / "result.npz", performance().vertices

    def stop(stage: str, fraction: float, figures: dict) -> None:
        if stage.startswith("Solving") and fraction > 0.4:
            raise JobCancelled("stopped")

    with pytest.raises(JobCancelled):
        solve_take(model(), Take("take", takes.DENSE, frames), output, SETTINGS, stop)
    edited = frames.copy()
    edited[7] += 0.5
    kept = {path.name: path.read_bytes() for path in part_folder(output).iterdir()}
    for other in (Take("take", takes.DENSE, edited), Take("take", takes.DENSE, frames[::-1])):
        with pytest.raises(SolveError, match="as it was before it changed: solve without resuming"):
            solve_take(model(), other, output, SETTINGS, resume=True)
    assert kept == {path.name: path.read_bytes() for path in part_folder(output).iterdir()}
    report = solve_take(
        model(), Take("take", takes.DENSE, frames * 1.0), output, SETTINGS, resume=True
    )
    assert report["frames"] == len(frames)


def test_a_cancelled_solve_keeps_its_frames_and_resumes(tmp_path):
    take = checked(Take("take", takes.DENSE, performance().vertices), model().neutral)
    output = tmp_path / "result.npz"

    def stop(stage, fraction, figures):
        if stage == "Solving the performance" and fraction > 0.55:
            raise JobCancelled("enough")

    with pytest.raises(JobCancelled):
        solve_take(model(), take, output, SETTINGS, stop)
    assert not output.exists()
    kept = np.load(part_folder(output) / "vertices.npy", mmap_mode="r")[:5].copy()
    asked = []
    solve_take(model(), take, output, SETTINGS, lambda *told: asked.append(told[:2]), resume=True)
    solving = [part for stage, part in asked if stage == "Solving the performance"]
    assert len(solving) < 12
    with np.load(output) as file:
        np.testing.assert_array_equal(file["vertices"][:5], kept)
        assert distance(file["vertices"], performance().vertices).mean() < 0.01


# --------------------------------------------------------------------------------------- points


def test_markers_give_the_whole_skin(tmp_path):
    made, chosen = performance(), markers()
    solved, _ = solve(tmp_path, takes.POINTS, made.vertices[:, chosen], vertex_indices=chosen)
    assert distance(solved["vertices"], made.vertices).mean() < 0.15
    assert incisor_error(solved["jaw"]).mean() < 1.0


def test_missing_and_wrong_markers_hardly_matter(tmp_path):
    made, chosen, random = performance(), markers(), np.random.default_rng(3)
    places = made.vertices[:, chosen].astype(np.float64)
    clean, _ = solve(tmp_path, takes.POINTS, places, vertex_indices=chosen)
    way = random.normal(size=places.shape)
    wrong = random.random(places.shape[:2]) < 0.05
    spoilt = places + 20 * wrong[..., None] * way / np.linalg.norm(way, axis=2, keepdims=True)
    spoilt[random.random(places.shape[:2]) < 0.2] = np.nan
    solved, _ = solve(tmp_path, takes.POINTS, spoilt, vertex_indices=chosen)
    before = distance(clean["vertices"], made.vertices).mean()
    assert distance(solved["vertices"], made.vertices).mean() < 2 * before + 0.05


def test_weight_zero_is_missing(tmp_path):
    made, chosen = performance(), markers()
    places = made.vertices[:, chosen].astype(np.float64)
    weights = np.ones(places.shape[:2])
    weights[:, :20] = 0
    moved = places.copy()
    moved[:, :20] += 200
    solved, _ = solve(tmp_path, takes.POINTS, moved, vertex_indices=chosen, weights=weights)
    rest, _ = solve(tmp_path, takes.POINTS, places[:, 20:], vertex_indices=chosen[20:])
    assert distance(solved["vertices"], rest["vertices"]).mean() < 0.1


def test_markers_that_stand_off_the_skin_are_bound_once(tmp_path):
    made, chosen = performance(), markers()
    ready = face()
    normals = model().neutral.normals[chosen]
    bound = bind_points(ready, ready.skin.rest[chosen] + 3.0 * normals)
    np.testing.assert_allclose(np.linalg.norm(bound["offsets"], axis=1), 3, atol=0.3)
    first = np.stack([made.vertices[0, chosen] + 3.0 * normals @ made.heads[0, :3, :3].T] * 6)
    solved, _ = solve(tmp_path, takes.POINTS, first, **bound)
    assert distance(solved["vertices"][0], made.vertices[0]).mean() < 0.6


# ---------------------------------------------------------------------------------------- views


def test_two_calibrated_views_give_the_skin(tmp_path):
    made, chosen = performance(), markers()
    pixels = images(made.vertices[:, chosen], cameras())
    pixels[:, 0, :10] = np.nan  # hidden in one view
    solved, report = solve(tmp_path, takes.VIEWS, pixels, vertex_indices=chosen, cameras=cameras())
    assert distance(solved["vertices"], made.vertices).mean() < 0.3
    assert report["error_mm"]["mean"] < 1.0


def test_one_view_with_a_camera_for_each_frame(tmp_path):
    made, chosen = performance(), markers(68)
    moving = np.repeat(cameras()[None, :1], 20, axis=0)
    moving[:, 0, :, 3] += np.linspace(0, 5, 20)[:, None] * [1800, 0, 0] / 700
    pixels = np.concatenate(
        [images(made.vertices[t : t + 1, chosen], moving[t]) for t in range(20)]
    )
    solved, _ = solve(tmp_path, takes.VIEWS, pixels, vertex_indices=chosen, cameras=moving)
    assert distance(solved["vertices"], made.vertices).mean() < 1.5


def test_a_face_that_leaves_the_picture_is_bridged(tmp_path):
    made, chosen = performance(), markers(68)
    pixels = images(made.vertices[:, chosen], cameras())
    pixels[8:11] = np.nan
    pixels[14, 0] = np.nan  # one camera is enough
    solved, report = solve(tmp_path, takes.VIEWS, pixels, vertex_indices=chosen, cameras=cameras())
    np.testing.assert_array_equal(np.flatnonzero(~solved["solved"]), [8, 9, 10])
    assert report["unsolved_frames"] == 3 and np.isfinite(solved["vertices"]).all()
    assert distance(solved["vertices"][14], made.vertices[14]).mean() < 1.5


# ------------------------------------------------------------------------------------- bad input


def _points(**changes) -> dict:
    chosen = markers()
    given = {
        "kind": takes.POINTS,
        "frames": performance().vertices[:, chosen],
        "vertex_indices": chosen,
    }
    return given | changes


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": takes.DENSE, "frames": np.zeros((3, 7, 3))}, "has 7 vertices, but the actor has"),
        ({"kind": takes.DENSE, "frames": np.zeros((0, 1393, 3))}, "no frames"),
        ({"kind": takes.DENSE, "frames": np.zeros((3, 4))}, "has the shape"),
        (_points(vertex_indices=None), "does not say where its 120 points sit"),
        (_points(vertex_indices=np.arange(7)), "120 points but 7 places"),
        (_points(vertex_indices=markers() + 99999), "names vertices the actor does not have"),
        (_points(weights=np.ones((2, 2))), "weights has the shape"),
        (
            {"kind": takes.VIEWS, "frames": np.zeros((2, 1, 9, 2)), "vertex_indices": np.arange(9)},
            "no cameras",
        ),
        (
            {
                "kind": takes.VIEWS,
                "frames": np.zeros((2, 1, 9, 2)),
                "vertex_indices": np.arange(9),
                "cameras": np.zeros((1, 3, 4)),
            },
            "camera without calibration",
        ),
        (
            {
                "kind": takes.VIEWS,
                "frames": np.zeros((2, 1, 9, 2)),
                "vertex_indices": np.arange(9),
                "cameras": np.full((2, 1, 3, 4), np.nan),
            },
            "camera without calibration",
        ),
        (
            {
                "kind": takes.VIEWS,
                "frames": np.zeros((2, 3, 9, 2)),
                "vertex_indices": np.arange(9),
                "cameras": np.zeros((2, 3, 4)),
            },
            "3 views need",
        ),
    ],
)
def test_takes_that_cannot_be_solved_are_refused_in_a_sentence(given, said):
    with pytest.raises(SolveError, match=said):
        checked(Take("take", **given), model().neutral)


def test_too_few_points_are_refused(tmp_path):
    made = performance()
    with pytest.raises(SolveError, match="has 3 points, too few"):
        solve(tmp_path, takes.POINTS, made.vertices[:, :3], vertex_indices=np.arange(3))


def test_too_few_seen_points_in_every_frame_are_refused(tmp_path):
    chosen = markers()
    places = performance().vertices[:6, chosen].astype(np.float64)
    places[:, 5:] = np.nan
    with pytest.raises(SolveError, match="too little of the face in every frame: at least six"):
        solve(tmp_path, takes.POINTS, places, vertex_indices=chosen)


def test_memory_does_not_grow_with_the_take(tmp_path):
    """What 10,000 frames need is what a few need: the peak of a long take is that of a short one."""

    class Endless:
        """The performance over and over, made frame by frame."""

        def __init__(self, count):
            self.shape = (count, *performance().vertices.shape[1:])

        def __len__(self):
            return self.shape[0]

        def __getitem__(self, number):
            return performance().vertices[number % 20]

    def peak(total, count):
        """The least of three runs: when garbage is collected is chance."""
        return min(once(total, count) for _ in range(3))

    def once(total, count):
        take = checked(Take("long", takes.DENSE, Endless(total)), model().neutral)
        settings = SolveSettings(functions=FUNCTIONS, detail_mm=0.0, start=0, count=count)
        tracemalloc.start()
        solve_take(model(), take, tmp_path / "long.npz", settings)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    face()
    frame = performance().vertices[0].size * 8
    assert peak(10_000, 25) < peak(500, 10) + 20 * frame


def test_a_take_in_which_nothing_is_seen_is_refused(tmp_path):
    with pytest.raises(SolveError, match="too little of the face in every frame"):
        solve(tmp_path, takes.DENSE, np.full((4, len(face().skin), 3), np.nan))


def test_a_take_in_metres_is_named_and_solved_when_told(tmp_path):
    metres = performance().vertices / 1000
    with pytest.raises(SolveError, match="is 0.001 times as large as the actor: set its unit"):
        solve(tmp_path, takes.DENSE, metres)
    solved, _ = solve(tmp_path, takes.DENSE, metres, mm_per_unit=1000.0)
    assert distance(solved["vertices"], performance().vertices).mean() < 0.01


def test_a_range_outside_the_take_is_refused(tmp_path):
    wrong = SolveSettings(functions=FUNCTIONS, start=15, count=10)
    with pytest.raises(SolveError, match="has frames 0 to 19: the range 15 to 24"):
        solve(tmp_path, takes.DENSE, performance().vertices, wrong)


# ----------------------------------------------------------------------------- files, shell, worker


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_rows_of_npz_files_are_read_in_any_order(tmp_path, save):
    frames = np.random.default_rng(0).normal(size=(9, 5, 3))
    save(tmp_path / "a.npz", vertices=frames, turned=np.asfortranarray(frames))
    rows = takes.NpzRows(tmp_path / "a.npz", "vertices")
    for number in (0, 4, 5, 2, 8):
        np.testing.assert_array_equal(rows[number], frames[number])
    with pytest.raises(IndexError):
        rows[9]
    np.testing.assert_array_equal(takes.NpzRows(tmp_path / "a.npz", "turned")[3], frames[3])


def test_a_folder_of_meshes_is_read_in_the_order_of_its_numbers(tmp_path):
    neutral = model().neutral
    for number in (1, 2, 10):
        mesh = neutral.with_vertices(neutral.vertices + number)
        write_obj(tmp_path / f"frame{number}.obj", mesh)
    take = read_take(tmp_path, neutral)
    means = [take.seen(number).places.mean() - neutral.vertices.mean() for number in range(3)]
    np.testing.assert_allclose(means, [1, 2, 10], atol=1e-3)
    write_obj(tmp_path / "frame11.obj", synthetic_head.cut(neutral, neutral.vertices[:, 1] > 0))
    take = read_take(tmp_path, neutral)
    with pytest.raises(SolveError, match=r"'frame11\.obj' has another topology"):
        take.seen(3)


def test_missing_numbers_and_doubled_frames_of_a_folder_are_said(tmp_path):
    neutral = model().neutral
    for number in (1001, 1003, 1005, 1011, 1013):  # every second one, but for two
        write_obj(tmp_path / f"take2_{number}.obj", neutral)
    assert (
        read_take(tmp_path, neutral)
        .notes[0]
        .startswith(
            "2 frames are missing by the numbers of its files, the first after 'take2_1005.obj'"
        )
    )
    (tmp_path / "take2_1011.obj").unlink()
    (tmp_path / "take2_1013.obj").unlink()
    assert read_take(tmp_path, neutral).notes == ()
    write_obj(tmp_path / "take2_01003.obj", neutral)
    with pytest.raises(SolveError, match="are the same frame: leave one of them there"):
        read_take(tmp_path, neutral)


def test_the_command_line_solves_and_explains(tmp_path, capsys):
    write_model(tmp_path / "model.safetensors", model())
    chosen = markers()
    np.savez_compressed(
        tmp_path / "take.npz",
        vertex_indices=chosen,
        positions=performance().vertices[:6, chosen],
    )
    figures = tmp_path / "figures.json"
    call = ["solve", str(tmp_path / "model.safetensors"), str(tmp_path / "take.npz")]
    call += ["-o", str(tmp_path / "out.npz"), "--json", str(figures)]
    assert main(call) == 0
    assert json.loads(figures.read_text())["frames"] == 6
    with np.load(tmp_path / "out.npz") as file:
        assert file["vertices"].shape == (6, len(face().skin), 3)
        assert file["head"].shape == file["jaw"].shape == (6, 4, 4)
    np.savez(tmp_path / "empty.npz", something=np.zeros(3))
    call[2] = str(tmp_path / "empty.npz")
    assert main(call) == 2
    assert "holds no performance" in capsys.readouterr().err


def test_the_worker_solves_and_bakes(tmp_path):
    request = SolveRequest(
        StoredModel(model_to_bytes(model()), "take"),
        Take("take", takes.DENSE, performance().vertices),
        tmp_path / "out.npz",
        SolveSettings(FUNCTIONS),
        shapes=ShapesWanted(0.1),
    )
    result = over_the_wire(request)
    assert result.report["frames"] == 20
    assert result.shapes.reached and result.shapes.error_mm["p99"] <= 0.1
    assert result.shapes.curves.shape == (20, 6)
    assert len(result.shapes.corrective_shapes) == result.shapes.corrective_curves.shape[1]


def test_a_face_without_skin_over_the_jaw_bone_is_solved_by_its_expressions(tmp_path):
    high = model().jaw.with_vertices(model().jaw.vertices + np.float32([0, 500, 0]))
    bare, frames = replace(model(), jaw=high), performance().vertices[14:17]
    with pytest.raises(FitError, match="over the jaw bone"):
        tracker_of_model(bare)
    take = checked(Take("take", "vertices", frames), model().neutral)
    report = solve_take(bare, take, tmp_path / "result.npz", replace(SETTINGS, detail_mm=0.0))
    with np.load(tmp_path / "result.npz") as file:
        assert distance(file["vertices"], frames).mean() < 0.5
    assert report["unsolved_frames"] == 0
