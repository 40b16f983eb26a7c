# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of a lost face are gaps, and a solve that was stopped at any moment goes on with right numbers or says why."""

import functools
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.errors import JobCancelled, SolveError
from aim_blender_addon.backend.io import takes
from aim_blender_addon.backend.io.takes import Take, checked
from aim_blender_addon.backend.solving import result_file
from aim_blender_addon.backend.solving.result_file import frames_kept, part_folder
from aim_blender_addon.backend.solving.settings import SolveSettings
from aim_blender_addon.backend.solving.solve import solve_take
from tests.backend.performance_face import distance, model, performance

SETTINGS = SolveSettings(functions=6, detail_mm=0.0, smoothness=0.0)
FRAMES = 8


def solve(folder: Path, frames: np.ndarray, kind: str = takes.DENSE, **given) -> tuple[dict, dict]:
    """Arrays and figures of a solved take."""
    output = folder / "result.npz"
    take = checked(Take("take", kind, frames, **given), model().neutral)
    report = solve_take(model(), take, output, SETTINGS)
    with np.load(output) as file:
        return dict(file), report


def lost(frames: np.ndarray, row: int, how: str) -> np.ndarray:
    """The frames, one of them of a lost face."""
    frames = np.array(frames, np.float64)
    match how:
        case "zeros":
            frames[row] = 0
        case "one point":
            frames[row] = [10, 20, 30]
        case "a million times too large":
            frames[row] *= 1e6
        case "a hundred times too large":
            frames[row] *= 100
        case "1e300":
            frames[row] = 1e300
    return frames


@pytest.mark.parametrize(
    "how",
    ["zeros", "one point", "a million times too large", "a hundred times too large", "1e300"],
)
@pytest.mark.parametrize("row", [0, 3])
def test_a_frame_of_a_lost_face_is_unseen(tmp_path: Path, how: str, row: int) -> None:
    made = performance().vertices[:FRAMES]
    solved, report = solve(tmp_path, lost(made, row, how))
    assert solved["solved"].tolist() == [number != row for number in range(FRAMES)]
    assert report["unsolved_frames"] == 1
    assert distance(solved["vertices"], made).max() < 20
    assert report["error_mm"]["max"] < 5
    assert np.isnan(solved["error_mm"][row]) and np.abs(solved["weights"]).max() < 5


@pytest.mark.parametrize("how", ["zeros", "a million times too large"])
def test_points_of_a_lost_face_are_unseen(tmp_path: Path, how: str) -> None:
    chosen = np.linspace(0, len(model().neutral.vertices) - 1, 60).astype(int)
    made = performance().vertices[:FRAMES]
    frames = lost(made[:, chosen], 0, how)
    solved, report = solve(tmp_path, frames, takes.POINTS, vertex_indices=chosen)
    assert report["unsolved_frames"] == 1 and not solved["solved"][0]
    assert distance(solved["vertices"], made).max() < 25


def test_a_take_of_lost_faces_is_refused(tmp_path: Path) -> None:
    nothing = np.zeros_like(performance().vertices[:FRAMES])
    with pytest.raises(SolveError, match="shows too little of the face in every frame"):
        solve(tmp_path, nothing)


def test_a_take_in_another_unit_is_named_though_its_first_face_is_lost(tmp_path: Path) -> None:
    metres = lost(performance().vertices[:FRAMES] / 1000, 0, "zeros")
    with pytest.raises(SolveError, match="times as large as the actor: set its unit"):
        solve(tmp_path, metres)


# --------------------------------------------------------------------------------------- stopped


def take() -> Take:
    return checked(Take("take", takes.DENSE, performance().vertices[:FRAMES]), model().neutral)


def stopped(output: Path) -> None:
    """What a solve left that was cancelled after a part of its frames."""
    part_folder(output).mkdir()
    for name, data in _left_when_stopped().items():
        (part_folder(output) / name).write_bytes(data)


@functools.cache
def _left_when_stopped() -> dict[str, bytes]:
    """Its files: the solve is made once."""

    def stop(stage: str, fraction: float, figures: dict) -> None:
        if stage == "Solving the performance" and fraction > 0.6:
            raise JobCancelled("enough")

    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "result.npz"
        with pytest.raises(JobCancelled):
            solve_take(model(), take(), output, SETTINGS, stop)
        return {path.name: path.read_bytes() for path in part_folder(output).iterdir()}


@functools.cache
def unbroken(folder: str) -> tuple[dict, dict]:
    return solve(Path(folder), performance().vertices[:FRAMES])


@pytest.fixture
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict]:
    """Arrays and figures of the solve that was never stopped."""
    return unbroken(str(tmp_path_factory.getbasetemp()))


def resumed(output: Path) -> tuple[dict, dict]:
    report = solve_take(model(), take(), output, SETTINGS, resume=True)
    with np.load(output) as file:
        return dict(file), report


def assert_same(found: tuple[dict, dict], wanted: tuple[dict, dict]) -> None:
    for name, array in wanted[0].items():
        np.testing.assert_array_equal(found[0][name], array, err_msg=name)
    for name, figure in wanted[1].items():
        if name != "seconds_per_frame":
            assert found[1][name] == figure, name


@pytest.mark.parametrize("name", ["vertices", "head", "weights", "solved", "distance_counts"])
@pytest.mark.parametrize("left", [0.9, 0.5])
def test_a_cut_array_of_a_stopped_solve_is_solved_again(
    tmp_path: Path, whole: tuple[dict, dict], name: str, left: float
) -> None:
    """Row 9a: vertices.npy was cut when the power went, and the frames counted as done."""
    output = tmp_path / "result.npz"
    stopped(output)
    path = part_folder(output) / f"{name}.npy"
    data = path.read_bytes()
    path.write_bytes(data[: 128 + int(left * (len(data) - 128))])
    assert_same(resumed(output), whole)


def test_frames_that_never_reached_the_disk_are_solved_again(
    tmp_path: Path, whole: tuple[dict, dict]
) -> None:
    output = tmp_path / "result.npz"
    stopped(output)
    path = part_folder(output) / "vertices.npy"
    data = bytearray(path.read_bytes())
    data[200:90_000] = bytes(89_800)
    path.write_bytes(data)
    assert_same(resumed(output), whole)


def test_a_solve_stopped_while_its_result_is_put_together_has_all_figures(
    tmp_path: Path, whole: tuple[dict, dict]
) -> None:
    """Row 9b: nothing was left to solve, and so nothing had been measured."""
    output = tmp_path / "result.npz"

    def stop(stage: str, fraction: float, figures: dict) -> None:
        if stage == "Writing the result":
            raise JobCancelled("killed")

    with pytest.raises(JobCancelled):
        solve_take(model(), take(), output, SETTINGS, stop)
    assert frames_kept(output) == (FRAMES, FRAMES)
    assert_same(resumed(output), whole)


@pytest.mark.parametrize(
    "text", ["", "{", '{"model"', "[" * 1000 + "]" * 1000, "[]", "null", "\0\0\0\0", '{"model": 3}']
)
def test_a_damaged_job_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    output = tmp_path / "result.npz"
    stopped(output)
    (part_folder(output) / "job.json").write_text(text, encoding="utf-8")
    with pytest.raises(SolveError, match="solve without resuming") as found:
        resumed(output)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("name", ["vertices.npy", "done.npy"])
@pytest.mark.parametrize("data", [None, b"", b"\x93NUMPY", b"junk" * 100])
def test_a_missing_or_damaged_array_is_refused_in_a_sentence(
    tmp_path: Path, name: str, data: bytes | None
) -> None:
    output = tmp_path / "result.npz"
    stopped(output)
    path = part_folder(output) / name
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(SolveError, match="is damaged.*solve without resuming"):
        resumed(output)
    assert frames_kept(output)[0] in (0, 5)


def test_a_solve_killed_in_its_last_moment_is_whole(
    tmp_path: Path, whole: tuple[dict, dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 30: the result was written, and its part folder half removed."""
    output = tmp_path / "result.npz"

    def half(folder: Path) -> None:
        if folder.is_dir():
            for name in ("job.json", "vertices.npy"):
                (folder / name).unlink()
            raise KeyboardInterrupt

    monkeypatch.setattr(result_file, "_remove_part", half)
    with pytest.raises(KeyboardInterrupt):
        solve_take(model(), take(), output, SETTINGS)
    monkeypatch.undo()
    assert part_folder(output).is_dir() and frames_kept(output) == (0, 0)
    found, report = resumed(output)
    for name, array in whole[0].items():
        np.testing.assert_array_equal(found[name], array)
    assert report["frames"] == FRAMES and report["unsolved_frames"] == 0
    assert report["error_mm"]["mean"] == pytest.approx(whole[1]["error_mm"]["mean"], abs=1e-4)
    assert not part_folder(output).exists()
    json.dumps(report)
