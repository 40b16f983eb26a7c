# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A result is whole or absent: killed solves, full disks, two jobs on one output, folders that are not ours."""

import errno
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from aim_blender_addon.backend.errors import AimError, EditError, SolveError, WorkerError
from aim_blender_addon.backend.io import disk, output_lock
from aim_blender_addon.backend.io.array_files import write_arrays, write_npz
from aim_blender_addon.backend.io.disk import require_room, size_words
from aim_blender_addon.backend.io.frame_rows import FrameRows
from aim_blender_addon.backend.io.output_lock import locked_output
from aim_blender_addon.backend.io.pc2 import write_pc2
from aim_blender_addon.backend.jobs.retarget import RetargetRequest
from aim_blender_addon.backend.jobs.solve import SolveRequest
from aim_blender_addon.backend.solving.result_file import (
    ResultHeader,
    ResultWriter,
    frames_kept,
    part_folder,
    result_stamp,
)
from tests.shared_data import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import kill_test  # noqa: E402 - found by the line above

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills need a system that can fork")
HEADER = ResultHeader("model", "take", {}, 0, 4, {"V": 3, "E": 2, "K": 1})
#: Holds the lock of an output until its input ends.
HOLD = (
    "import sys\n"
    "from aim_blender_addon.backend.errors import AimError\n"
    "from aim_blender_addon.backend.io.output_lock import locked_output\n"
    "with locked_output(sys.argv[1], AimError):\n"
    "    print('held', flush=True)\n"
    "    sys.stdin.read()\n"
)


# Killed solves and full disks, in short; tools/kill_test.py has more of them


@pytest.fixture(scope="module")
def solve() -> "kill_test.Solve":
    return kill_test.Solve(frames=8)


@forks
def test_killed_solves_go_on_or_are_whole(solve: "kill_test.Solve", tmp_path: Path) -> None:
    counts = kill_test.kill_solves(solve, tmp_path, kills=8, seed=1)
    assert counts["kills"] >= 8 and not counts["wrong"]


@forks
def test_full_disks_leave_the_older_result_and_nothing_else(
    solve: "kill_test.Solve", tmp_path: Path
) -> None:
    if reason := kill_test.no_disks_reason():
        pytest.skip(reason)
    counts = kill_test.fill_disks(solve, tmp_path, disks=4, seed=1)
    assert counts["refused"] and not counts["wrong"]


# Two jobs on one output


@pytest.mark.parametrize("text", ["my notes", '{"name": "other program"}'])
def test_files_of_the_users_with_the_name_of_a_lock_stay(tmp_path: Path, text: str) -> None:
    lock = tmp_path / "take.npz.lock"
    lock.write_text(text, encoding="utf-8")
    with (
        pytest.raises(SolveError, match="not a lock of ours"),
        locked_output(tmp_path / "take.npz", SolveError),
    ):
        pytest.fail("taken")
    assert lock.read_text(encoding="utf-8") == text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs links and pipes")
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_links_and_pipes_with_the_name_of_a_lock_stay(tmp_path: Path, kind: str) -> None:
    lock, notes = tmp_path / "take.npz.lock", tmp_path / "notes.txt"
    notes.write_text("mine", encoding="utf-8")
    if kind == "link":
        lock.symlink_to(notes)
    else:
        os.mkfifo(lock)
    with pytest.raises(SolveError), locked_output(tmp_path / "take.npz", SolveError):
        pytest.fail("taken")
    assert (lock.is_symlink() or lock.is_fifo()) and notes.read_text(encoding="utf-8") == "mine"


def hold(path: Path) -> subprocess.Popen:
    """A process that holds the lock of ``path``."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], cwd=ROOT, **streams)
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_job_on_one_output_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    path = tmp_path / "take.npz"
    first = hold(path)
    with (
        pytest.raises(SolveError, match=rf"take\.npz' is being written by process {first.pid} on"),
        locked_output(path, SolveError),
    ):
        pass
    first.communicate("")
    assert os.listdir(tmp_path) == []
    with locked_output(path, SolveError):
        assert os.listdir(tmp_path) == ["take.npz.lock"]


def test_a_dead_process_holds_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "take.npz"
    first = hold(path)
    (tmp_path / f".take.npz.{first.pid}.0123abcd.part").touch()
    first.kill()
    first.wait()
    assert (tmp_path / "take.npz.lock").exists()
    with locked_output(path, SolveError), locked_output(path, SolveError):
        assert os.listdir(tmp_path) == ["take.npz.lock"]
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(output_lock.fcntl is None, reason="Windows has its own locks")
@pytest.mark.parametrize(
    ("holder", "held"),
    [
        ({"process": 2**22 + 1, "host": socket.gethostname(), "ticks": "1"}, False),
        ({"process": os.getpid(), "host": socket.gethostname(), "ticks": "1"}, False),
        ({"process": os.getpid(), "host": socket.gethostname()}, True),
        ({"process": 1, "host": "elsewhere"}, True),
        ({"process": "?"}, False),
    ],
)
def test_a_disk_without_locks_is_asked_for_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holder: object, held: bool
) -> None:
    def unknown(*_args: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(output_lock.fcntl, "flock", unknown)
    path = tmp_path / "take.npz"
    (tmp_path / "take.npz.lock").write_text(json.dumps(holder))
    try:
        with locked_output(path, SolveError):
            assert not held
    except SolveError as error:
        assert held and "is being written by process" in str(error)


def test_two_solves_of_one_output_never_mix(tmp_path: Path) -> None:
    """Two at once once gave a file in which 10 of 30 frames were zero and the others of another take."""
    with locked_output(tmp_path / "take.npz", SolveError):
        command = [sys.executable, "-c", HOLD, str(tmp_path / "take.npz")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, input="")
    assert done.returncode and "is being written by process" in done.stderr


# Rooms


def test_a_job_whose_files_do_not_fit_is_refused_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _path: SimpleNamespace(free=5000))
    text = r"cache\.pc2' needs 36 kB and 5 kB are free on that disk: free some space"
    with pytest.raises(SolveError, match=text):
        write_pc2(tmp_path / "new" / "cache.pc2", iter(()), vertices=1000, count=3)
    with pytest.raises(SolveError, match=r"take\.npz' needs"):
        ResultWriter(tmp_path / "take.npz", HEADER)
    assert os.listdir(tmp_path) == []
    require_room(tmp_path / "x", 5000, AimError)
    assert [size_words(n) for n in (12, 65_500, 3e6, 1.25e9)] == [
        "12 bytes",
        "65.5 kB",
        "3 MB",
        "1.2 GB",
    ]


def test_room_is_taken_and_not_only_promised(tmp_path: Path) -> None:
    """Sparse files that were mapped ended the process when the disk filled up."""
    rows = FrameRows.make(tmp_path / "rows.npy", (50, 1000), np.float64)
    assert os.stat(tmp_path / "rows.npy").st_blocks * 512 >= 400_000
    rows[3] = np.arange(1000)
    rows[-1] = 7
    rows.close()
    stored = np.load(tmp_path / "rows.npy")
    assert stored[3, 5] == 5 and (stored[49] == 7).all() and not stored[:3].any()
    again = FrameRows(tmp_path / "rows.npy")
    np.testing.assert_array_equal(again[2:5], stored[2:5])
    np.testing.assert_array_equal(np.asarray(again), stored)
    with pytest.raises(IndexError):
        again[50]
    os.truncate(tmp_path / "rows.npy", 1000)
    with pytest.raises(ValueError, match="cut short"):
        FrameRows(tmp_path / "rows.npy")


def full_disk(*_args: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_fills_up_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_npz(tmp_path / "old.npz", {"a": np.zeros(3)})
    older = (tmp_path / "old.npz").read_bytes()
    writer = ResultWriter(tmp_path / "take.npz", HEADER)
    writer.write(0, error_mm=1.0)
    monkeypatch.setattr(FrameRows, "__setitem__", full_disk)
    with pytest.raises(SolveError, match=r"the disk is full\): free some space and resume"):
        writer.write(1, error_mm=1.0)
    monkeypatch.undo()
    assert frames_kept(tmp_path / "take.npz") == (1, 4)
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(SolveError, match=r"take\.npz' cannot be written \(the disk is full\)"):
        writer.finish()
    assert frames_kept(tmp_path / "take.npz") == (1, 4)
    with pytest.raises(OSError, match="No space"):
        write_npz(tmp_path / "old.npz", {"a": np.ones(3)})
    with pytest.raises(WorkerError, match="the disk is full"):
        monkeypatch.setattr("aim_blender_addon.backend.io.array_files._write_array", full_disk)
        write_arrays(tmp_path / "job", {"a": np.ones(3)}, "in")
    assert (tmp_path / "old.npz").read_bytes() == older
    assert sorted(os.listdir(tmp_path)) == ["job", "old.npz", "take.npz.part"]
    assert os.listdir(tmp_path / "job") == []


def test_an_edit_onto_a_full_disk_keeps_the_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aim_blender_addon.backend.editing import handle_files

    path = tmp_path / "e.npz"
    path.write_bytes(b"older")
    empty = np.zeros(0)
    edit = SimpleNamespace(
        vertices=empty, weights=empty, remainder=empty, jaw=empty, residual_mm=empty,
        goal_distance_mm=empty, states=empty,
    )  # fmt: skip
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(EditError, match=r"e\.npz' cannot be written \(the disk is full\)"):
        handle_files.write_edit(path, edit, np.eye(4))
    assert path.read_bytes() == b"older" and os.listdir(tmp_path) == ["e.npz"]


def test_what_a_killed_process_has_left_is_cleared_up(tmp_path: Path) -> None:
    output = tmp_path / "take.npz"
    output.write_bytes(b"older")
    left = tmp_path / ".take.npz.123.0123abcd.part"
    solve = SolveRequest(None, None, output)
    ResultWriter(output, HEADER)
    holder = hold(output)
    left.touch()
    solve.clear_up()
    assert left.exists(), "somebody else writes it"
    holder.communicate("")
    solve.clear_up()
    assert not left.exists() and part_folder(output).is_dir() and output.read_bytes() == b"older"
    ResultWriter(tmp_path / ".take.npz.playing", HEADER)
    (tmp_path / ".take.npz.playing.lock").touch()
    RetargetRequest(None, None, output, {}).clear_up()
    assert sorted(os.listdir(tmp_path)) == ["take.npz", "take.npz.part"]


# Folders that are not ours


def test_a_folder_of_the_user_with_the_name_of_ours_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mine.npz.part"
    folder.mkdir()
    (folder / "note.txt").write_text("mine")
    (folder / "job.json").write_text("{}")
    for resume in (False, True):
        with pytest.raises(SolveError, match=r"mine\.npz\.part' holds something else"):
            ResultWriter(tmp_path / "mine.npz", HEADER, resume)
    assert sorted(os.listdir(folder)) == ["job.json", "note.txt"]


def test_what_the_user_has_put_into_our_folder_stays(tmp_path: Path) -> None:
    writer = ResultWriter(tmp_path / "take.npz", HEADER)
    (part_folder(tmp_path / "take.npz") / "note.txt").write_text("mine")
    writer.finish()
    assert os.listdir(part_folder(tmp_path / "take.npz")) == ["note.txt"]
    assert (tmp_path / "take.npz").exists()


def test_an_empty_folder_of_a_solve_that_was_killed_at_once_is_used(tmp_path: Path) -> None:
    folder = part_folder(tmp_path / "take.npz")
    folder.mkdir()
    ResultWriter(tmp_path / "take.npz", HEADER, resume=True).discard()
    folder.mkdir()
    (folder / ".frames-of-aim-faces.txt.123.0123abcd.part").touch()
    ResultWriter(tmp_path / "take.npz", HEADER, resume=True).finish()
    assert os.listdir(tmp_path) == ["take.npz"]


def test_the_same_frames_make_the_same_bytes_at_any_time(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        writer = ResultWriter(tmp_path / name, HEADER)
        writer.write(2, error_mm=0.5)
        writer.finish(functions=np.ones(3))
        time.sleep(0.01)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert result_stamp(tmp_path / "a.npz") == result_stamp(tmp_path / "b.npz") != ""
    assert result_stamp(tmp_path / "none.npz") == ""
