# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solved frames on disk: written, resumed, bridged where nothing was seen, merged, compressed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.errors import SolveError
from aim_blender_addon.backend.solving.dense import posed
from aim_blender_addon.backend.solving.gaps import fill_gaps
from aim_blender_addon.backend.solving.merge import merge_results
from aim_blender_addon.backend.solving.result_file import (
    ROWS,
    ResultHeader,
    ResultWriter,
    fingerprint,
    frames_kept,
    part_folder,
    read_header,
)
from tests.backend.performance_face import FUNCTIONS, JOINT, distance, face, model

SMALL = {"V": 3, "E": 2, "K": 1}


def header(count: int, start: int = 0, take: str = "take", sizes: dict = SMALL) -> ResultHeader:
    return ResultHeader("m", take, {"prior": 1.0}, start, count, sizes)


def of_the_face(count: int, start: int = 0, take: str = "take") -> ResultHeader:
    sizes = {"V": len(face().skin), "E": 6, "K": FUNCTIONS}
    return replace(header(count, start, take, sizes), model=fingerprint(model()))


def write_still(writer: ResultWriter, number: int, shift: float, opening: float) -> None:
    """A solved frame without expression: the head shifted along x, mm, and the jaw open, radians."""
    head, jaw = np.eye(4), np.array([opening, 0, 0, 0])
    head[0, 3] = shift
    rest = np.zeros_like(face().skin.rest)
    writer.write(
        number,
        vertices=posed(face(), rest, jaw, head),
        head=head,
        jaw=JOINT.pose(jaw),
        jaw_parameters=jaw,
        weights=np.zeros((6, FUNCTIONS)),
        error_mm=0.5,
        solved=True,
    )


def test_frames_come_back_as_they_were_written(tmp_path: Path) -> None:
    count = 67
    writer = ResultWriter(tmp_path / "r.npz", header(count, start=5))
    vertices = np.random.default_rng(0).normal(size=(count, 3, 3)).astype(np.float32)
    for number in range(count):
        writer.write(5 + number, vertices=vertices[number], solved=True)
    assert frames_kept(tmp_path / "r.npz") == (count, count)
    writer.finish(functions=np.ones((3, 1)))
    with np.load(tmp_path / "r.npz") as file:
        assert set(file.files) == {*ROWS, "functions", "frames", "job"}
        np.testing.assert_array_equal(file["vertices"], vertices)
        np.testing.assert_array_equal(file["frames"], np.arange(5, 5 + count))
        assert file["solved"].all() and not file["head"].any()
        assert json.loads(str(file["job"]))["settings"] == {"prior": 1.0}
    assert not part_folder(tmp_path / "r.npz").exists()
    assert frames_kept(tmp_path / "r.npz") == (0, 0)
    assert read_header(tmp_path / "r.npz") == header(count, start=5)


def test_a_result_is_resumed_after_the_frames_done(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "r.npz", header(4, start=10))
    assert writer.next_frame == 10
    for number in (10, 11):
        writer.write(number, error_mm=number)
    assert frames_kept(tmp_path / "r.npz") == (2, 4)
    again = ResultWriter(tmp_path / "r.npz", header(4, start=10), resume=True)
    assert again.next_frame == 12
    np.testing.assert_array_equal(again.row("error_mm"), [10, 11, 0, 0])
    with pytest.raises(SolveError, match="another model, performance or setting"):
        ResultWriter(tmp_path / "r.npz", header(4, start=10, take="other"), resume=True)
    afresh = ResultWriter(tmp_path / "r.npz", header(4, start=10))
    assert afresh.next_frame == 10


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SolveError, match="cannot be written .*choose another output"):
        ResultWriter(tmp_path / "file" / "r.npz", header(1))


def test_a_file_that_is_no_result_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", vertices=np.zeros(3))
    for name in ("other.npz", "missing.npz"):
        with pytest.raises(SolveError, match="is no solved performance"):
            read_header(tmp_path / name)


def test_a_gap_is_bridged_in_proportion_to_time(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "r.npz", of_the_face(7, start=3))
    write_still(writer, 4, 0.0, 0.0)
    write_still(writer, 8, 4.0, 0.2)
    assert fill_gaps(face(), writer) == 5
    np.testing.assert_allclose(np.asarray(writer.row("head"))[:, 0, 3], [0, 0, 1, 2, 3, 4, 4])
    np.testing.assert_allclose(
        np.asarray(writer.row("jaw_parameters"))[:, 0], [0, 0, 0.05, 0.1, 0.15, 0.2, 0.2]
    )
    jaw, head = np.array([0.1, 0, 0, 0]), writer.row("head")[3]
    wanted = posed(face(), np.zeros_like(face().skin.rest), jaw, head)
    assert distance(writer.row("vertices")[3], wanted).max() < 1e-3
    np.testing.assert_array_equal(np.flatnonzero(np.asarray(writer.row("solved"))), [1, 5])


def test_a_range_without_solved_frames_stays_empty(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "r.npz", of_the_face(2))
    assert fill_gaps(face(), writer) == 2
    assert not np.asarray(writer.row("vertices")).any()


def finished(path: Path, job: ResultHeader, solved: list[int]) -> Path:
    """A result of some frames of a range, the head shifted by the frame's number."""
    writer = ResultWriter(path, job)
    for number in range(job.start, job.start + job.count):
        writer.write(number, solved=False, error_mm=np.nan)
    for number in solved:
        write_still(writer, number, float(number), 0.0)
    writer.finish(
        functions=face().skin.functions, expression_names=np.array(model().expression_names)
    )
    return path


def test_ranges_are_merged_in_the_order_of_their_frames_and_bridged(tmp_path: Path) -> None:
    late = finished(tmp_path / "late.npz", of_the_face(2, start=2), [3])
    early = finished(tmp_path / "early.npz", of_the_face(2), [0, 1])
    report = merge_results(model(), [late, early], tmp_path / "all.npz")
    assert report["frames"] == 4 and report["unsolved_frames"] == 1
    assert report["error_mm"] == {"mean": 0.5}
    with np.load(tmp_path / "all.npz") as file:
        np.testing.assert_allclose(file["head"][:, 0, 3], [0, 1, 2, 3])
        np.testing.assert_array_equal(file["frames"], [0, 1, 2, 3])
        assert "functions" in file.files


def test_ranges_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    first = finished(tmp_path / "first.npz", of_the_face(1), [0])
    far = finished(tmp_path / "far.npz", of_the_face(1, start=2), [2])
    other = finished(tmp_path / "other.npz", replace(of_the_face(1, start=1), take="b"), [1])
    empty = finished(tmp_path / "empty.npz", of_the_face(1, start=1), [])
    output = tmp_path / "all.npz"
    with pytest.raises(SolveError, match=r"ends at frame 0 and 'far\.npz' begins at 2"):
        merge_results(model(), [first, far], output)
    with pytest.raises(SolveError, match=r"'other\.npz' was solved with another model"):
        merge_results(model(), [first, other], output)
    with pytest.raises(SolveError, match=r"No frame of 'empty\.npz'"):
        merge_results(model(), [empty], output)
