# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker process, for real: what it answers, and how it ends in every way it can end."""

import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.errors import WorkerError
from aim_blender_addon.backend.worker.messages import BUG, CANCELLED, Failed, Finished, Progressed
from aim_blender_addon.jobs import client as client_module
from aim_blender_addon.jobs.client import Died, Message, WorkerClient, WorkerOptions

if os.name == "nt":
    pytest.skip("the test jobs need signals and limits of Unix", allow_module_level=True)

import resource

HERE = Path(__file__).resolve().parent
ADDON = HERE.parents[1] / "aim_blender_addon"

Make = Callable[..., WorkerClient]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes clients that know the test jobs; afterwards no process and no temporary file is left."""
    temp = tmp_path / "temp"
    temp.mkdir()
    clients = []

    def make_client(python: str = sys.executable, **options) -> WorkerClient:
        given = {
            "temp_parent": str(temp),
            "search_path": (str(HERE),),
            "jobs": "job_table",
        } | options
        client = WorkerClient(
            python, str(ADDON), str(tmp_path / "worker.log"), WorkerOptions(**given)
        )
        clients.append(client)
        return client

    yield make_client
    for client in clients:
        client.stop()
    assert not list(temp.iterdir())
    assert not any(client.alive for client in clients)


def wait(client: WorkerClient, timeout: float = 30.0) -> tuple[Message, list[Progressed]]:
    """The job's end, and the progress before it."""
    seen: list[Progressed] = []
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        for message in client.poll():
            if not isinstance(message, Progressed):
                return message, seen
            seen.append(message)
        time.sleep(0.005)
    raise AssertionError(f"no end within {timeout} s, after {seen}")


def run(
    client: WorkerClient, job: str, params: dict | None = None, arrays: dict | None = None
) -> Message:
    """The end of a job."""
    client.submit(job, params or {}, arrays or {})
    return wait(client)[0]


def until_progress(client: WorkerClient) -> Progressed:
    """The first report of progress of the running job."""
    for _ in range(6000):
        for message in client.poll():
            assert isinstance(message, Progressed), message
            return message
        time.sleep(0.005)
    raise AssertionError("no progress")


def has_ended(pid: int) -> bool:
    """Whether the process is gone, or waits only for its exit code to be read."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_result_and_arrays_come_back(make: Make) -> None:
    arrays = {
        "points": np.arange(12, dtype=np.float32).reshape(4, 3),
        "slice": np.arange(10)[::2],
    }
    done = run(make(), "echo", {"name": "Ä", "list": [1, None]}, arrays)
    assert isinstance(done, Finished)
    assert done.result == {"name": "Ä", "list": [1, None]}
    for name, array in arrays.items():
        np.testing.assert_array_equal(done.arrays[name], array * 2)
        assert done.arrays[name].dtype == array.dtype


def test_the_caller_never_writes_arrays_or_starts_processes_itself(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = []

    def watch(module: object, name: str) -> None:
        real = getattr(module, name)

        def watched(*arguments, **options):
            slow.append(threading.current_thread())
            return real(*arguments, **options)

        monkeypatch.setattr(module, name, watched)

    watch(client_module, "write_arrays")
    watch(client_module.processes, "start")
    assert isinstance(run(make(), "echo", {}, {"a": np.ones(3)}), Finished)
    assert len(slow) == 2 and threading.current_thread() not in slow


def test_results_stay_readable_after_the_worker_ended(make: Make) -> None:
    client = make()
    done = run(client, "echo", {}, {"a": np.ones(100_000)})
    client.stop()
    assert done.arrays["a"].sum() == 200_000
    done.arrays["a"][0] = 5  # private to us


def test_the_warm_worker_is_used_again(make: Make) -> None:
    client = make()
    first, second = run(client, "describe"), run(client, "describe")
    assert first.result["pid"] == second.result["pid"]


def test_the_worker_is_shielded_from_blenders_surroundings(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    how = run(make(threads=3), "describe", {}, {"a": np.zeros(3)}).result
    assert how["leaked"] == []
    assert how["threads"] == "3" and how["blas_threads"] == "1"
    assert how["nice"] > os.nice(0)
    assert how["figure"] == 0.5
    assert how["writable"]  # torch warns about arrays that are not


def test_progress_is_reported_but_not_too_often(make: Make) -> None:
    client = make()
    client.submit("steps", {"count": 200, "seconds": 0.001}, {})
    done, seen = wait(client)
    assert done.result == {"done": 200}
    assert 1 <= len(seen) < 100
    assert seen[0].stage == "Stepping"
    fractions = [message.fraction for message in seen]
    assert fractions == sorted(fractions)
    assert seen[-1].figures["skin_error_mm"] > 0


def test_noise_on_standard_output_does_not_reach_the_protocol(make: Make, tmp_path: Path) -> None:
    client = make()
    client.submit("noise", {}, {})
    done, seen = wait(client)
    assert done == Finished({"read": ""}, {}, 1)
    assert [message.stage for message in seen] == ["Noisy"]
    log = (tmp_path / "worker.log").read_text()
    assert "noise from C" in log
    assert "EOFError" in log  # the child had no input to take away
    assert run(client, "echo").result == {}


def test_an_error_the_user_can_mend_arrives_as_its_sentence(make: Make) -> None:
    failed = run(make(), "scan_error")
    assert failed == Failed("ScanError", "Scan smile has 5 vertices, the neutral has 7.", 1)


def test_a_bug_names_the_log_and_leaves_its_traceback_there(make: Make, tmp_path: Path) -> None:
    client = make()
    failed = run(client, "bug")
    assert isinstance(failed, Failed) and failed.kind == BUG
    assert "IndexError: list index out of range" in failed.text
    assert "second line" not in failed.text
    assert str(tmp_path / "worker.log") in failed.text
    assert "Traceback" in (tmp_path / "worker.log").read_text()
    assert isinstance(run(client, "echo"), Finished)


@pytest.mark.parametrize("job", ["unsendable", "no such job"])
def test_other_faults_are_bugs_too(make: Make, job: str) -> None:
    assert run(make(), job).kind == BUG


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_cannot_be_sent_to_the_worker_fails_at_once(make: Make) -> None:
    client = make()
    assert run(client, "echo", {}, {"objects": np.array([None])}).kind == BUG
    assert run(client, "echo", {"object": object()}).kind == BUG
    assert isinstance(run(client, "echo"), Finished)


def test_a_missing_package_is_named(make: Make) -> None:
    failed = run(make(), "missing")
    assert failed.kind == "RuntimeUnavailableError"
    assert "robust-laplacian" in failed.text


def test_cancelling_stops_the_job_and_keeps_the_worker(make: Make) -> None:
    client = make()
    pid = run(client, "describe").result["pid"]
    client.submit("steps", {"count": 1000, "seconds": 0.02}, {})
    until_progress(client)
    client.cancel()
    assert wait(client, 2.0)[0].kind == CANCELLED
    assert run(client, "describe").result["pid"] == pid


def test_cancelling_before_the_worker_has_started(make: Make) -> None:
    client = make()
    client.submit("steps", {"count": 1000, "seconds": 0.02}, {"a": np.zeros(1_000_000)})
    client.cancel()
    client.cancel()
    assert wait(client, 5.0)[0].kind == CANCELLED
    assert isinstance(run(client, "echo"), Finished)


def test_a_job_that_does_not_stop_is_ended_by_force(make: Make) -> None:
    client = make(cancel_grace_s=0.2)
    pid = run(client, "describe").result["pid"]
    client.submit("stubborn", {}, {})
    until_progress(client)
    client.cancel()
    assert wait(client, 2.0)[0].kind == CANCELLED
    assert run(client, "describe").result["pid"] != pid
    assert has_ended(pid)


def test_a_cancelled_job_nobody_waits_for_makes_way(make: Make) -> None:
    client = make(cancel_grace_s=60.0)
    client.submit("stubborn", {}, {})
    until_progress(client)
    client.cancel()
    assert isinstance(run(client, "echo"), Finished)


def test_one_job_at_a_time(make: Make) -> None:
    client = make()
    client.submit("steps", {"count": 1000, "seconds": 0.02}, {})
    with pytest.raises(WorkerError, match="Another job"):
        client.submit("echo", {}, {})


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ("kill", "SIGKILL, which the system does when memory runs out"),
        ("crash", "SIGSEGV"),
        ("leave", "code 3"),
    ],
)
def test_a_worker_that_dies_is_told_and_replaced(
    make: Make, tmp_path: Path, job: str, words: str
) -> None:
    client = make()
    died = run(client, job)
    assert isinstance(died, Died)
    assert words in died.text
    assert str(tmp_path / "worker.log") in died.text
    assert isinstance(run(client, "echo"), Finished)


def test_a_worker_killed_from_outside(make: Make) -> None:
    client = make()
    pid = run(client, "describe").result["pid"]
    client.submit("stubborn", {}, {})
    until_progress(client)
    os.kill(pid, signal.SIGKILL)
    assert isinstance(wait(client, 2.0)[0], Died)


def test_a_worker_killed_while_idle_is_replaced_silently(make: Make) -> None:
    client = make()
    os.kill(run(client, "describe").result["pid"], signal.SIGKILL)
    time.sleep(0.1)
    assert client.poll() == []
    assert not client.alive
    assert isinstance(run(client, "echo"), Finished)


@pytest.mark.parametrize("job", ["stubborn", "torch_work"])
def test_the_worker_ends_when_blender_crashes(tmp_path: Path, job: str) -> None:
    if job == "torch_work" and importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    blender = f"""
import sys, time
sys.path.insert(0, {str(ADDON.parent)!r})
from aim_blender_addon.jobs.client import WorkerClient, WorkerOptions
options = WorkerOptions({str(tmp_path)!r}, search_path=({str(HERE)!r},), jobs="job_table")
client = WorkerClient(sys.executable, {str(ADDON)!r}, {str(tmp_path / "worker.log")!r}, options)
client.submit({job!r}, {{}}, {{}})
while not client.poll():
    time.sleep(0.01)
print(client._session.process.pid, flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", blender], stdout=subprocess.PIPE)
    worker = int(process.stdout.readline())
    assert not has_ended(worker)
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 5
    while not has_ended(worker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert has_ended(worker)
    assert [path.name for path in tmp_path.iterdir()] == ["worker.log"]


def test_stopping_ends_a_busy_worker(make: Make) -> None:
    client = make()
    client.submit("stubborn", {}, {})
    until_progress(client)
    client.stop()
    assert not client.alive
    assert not client.busy


def test_a_result_the_disk_has_no_room_for(make: Make, tmp_path: Path) -> None:
    failed = run(make(), "full_disk")
    assert failed.kind == "WorkerError"
    assert "disk is full" in failed.text
    assert str(tmp_path / "temp") in failed.text


def test_input_the_disk_has_no_room_for(make: Make) -> None:
    client = make()
    run(client, "echo")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        failed = run(client, "echo", {}, {"large": np.zeros(100_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert failed.kind == "WorkerError"
    assert "disk is full" in failed.text
    assert isinstance(run(client, "echo"), Finished)


def test_a_temporary_folder_that_is_gone(make: Make, tmp_path: Path) -> None:
    failed = run(make(temp_parent=str(tmp_path / "gone")), "echo")
    assert failed.kind == "WorkerError"
    assert str(tmp_path / "gone") in failed.text


def test_a_python_that_is_not_there(make: Make) -> None:
    failed = run(make("/nowhere/python"), "echo")
    assert failed.kind == "RuntimeUnavailableError"
    assert "/nowhere/python" in failed.text


def test_a_program_that_is_no_python(make: Make) -> None:
    died = run(make("/bin/false"), "echo")
    assert isinstance(died, Died)
    assert "/bin/false could not run the worker" in died.text


def test_a_worker_killed_while_it_starts_says_nothing_against_its_python(
    make: Make, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nkill -9 $$\n")
    python.chmod(0o755)
    died = run(make(str(python)), "echo")
    assert isinstance(died, Died) and "SIGKILL" in died.text
    assert "try again" in died.text and "choose another" not in died.text


def test_folders_of_past_crashes_are_removed(make: Make, tmp_path: Path) -> None:
    stale = tmp_path / "temp" / "aim_worker_stale"
    stale.mkdir()
    os.utime(stale, (0, 0))
    run(make(), "echo")
    assert not stale.exists()


def test_the_products_own_table_answers_the_probe(make: Make) -> None:
    done = run(make(jobs=client_module.JOBS), "probe")
    assert isinstance(done, Finished)
    assert done.result["python"].startswith(f"3.{sys.version_info[1]}")
    assert set(done.result["missing"]) == {
        name for name, version in done.result["packages"].items() if not version
    }
    if done.result["torch"]:
        assert done.result["devices"][0]["name"] == "cpu"
        assert done.result["device"] in {"cpu", "cuda"}


def test_nothing_is_written_beside_the_code(make: Make) -> None:
    before = set((ADDON / "backend").rglob("*.pyc"))
    run(make(), "echo")
    assert set((ADDON / "backend").rglob("*.pyc")) == before
