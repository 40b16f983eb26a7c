# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two drivers of a job, with a real worker: what the user sees, and what may happen meanwhile."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.errors import AimError, FitError
from aim_blender_addon.backend.jobs.wire import Request
from aim_blender_addon.jobs import driver, environment, status
from aim_blender_addon.jobs.client import WorkerClient, WorkerOptions
from aim_blender_addon.jobs.driver import JobRequest, WorkerJobOperator
from aim_blender_addon.jobs.remaining import RemainingTime, in_words

JOB_TABLE = Path(__file__).resolve().parents[1] / "backend"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the test jobs need Unix")


@dataclass(frozen=True)
class _Request(Request):
    """Any job of the test table, with its parameters and results as they come."""

    job: str
    params: dict

    def message(self) -> tuple[str, dict, dict]:
        return self.job, self.params, {"a": np.ones(3)}

    def result(self, params: dict, arrays: dict) -> tuple[dict, dict]:
        return params, arrays


class _Operator(WorkerJobOperator):
    """Doubles a number and writes it to the target."""

    job = "echo"
    params: dict = {"value": 4}

    def gather(self, context: bpy.types.Context) -> JobRequest:
        target = bpy.data.objects.get("face")
        return JobRequest(_Request(self.job, self.params), "Testing", target)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: tuple[dict, dict]
    ) -> str:
        params, arrays = result
        if params["value"] < 0:
            raise FitError("That cannot be written.")
        target["result"] = params["value"] + float(arrays["a"].sum())
        return "Tested"


class AIM_OT_test_job(_Operator, bpy.types.Operator):
    """A job for the tests"""

    bl_idname = "aim.test_job"
    bl_label = "Test Job"


class _Modal(_Operator):
    """The operator as Blender's event loop would drive it; the pip module of Blender has none."""

    bl_idname = "aim.test_modal"

    def __init__(self) -> None:
        self.options = SimpleNamespace(is_invoke=True, is_repeat=False)
        self.reports: list[tuple[str, str]] = []
        self.timers: list[object] = []
        self.handlers: list[object] = []
        self.context = SimpleNamespace(window_manager=self, window=None)

    def report(self, kind: set[str], text: str) -> None:
        self.reports.append((next(iter(kind)), text))

    def _is_modal(self) -> bool:
        return True

    def event_timer_add(self, _seconds: float, window: object) -> object:
        self.timers.append(timer := object())
        return timer

    def event_timer_remove(self, timer: object) -> None:
        self.timers.remove(timer)

    def modal_handler_add(self, operator: object) -> None:
        self.handlers.append(operator)

    def event(self, kind: str, value: str = 'NOTHING') -> set[str]:
        return self.modal(self.context, SimpleNamespace(type=kind, value=value))

    def start(self) -> set[str]:
        return self.invoke(self.context, None)

    def run(self, until: Callable[[], bool] = lambda: False) -> set[str]:
        for _ in range(2000):
            result = self.event('TIMER')
            if result != {'PASS_THROUGH'} or until():
                return result
            time.sleep(0.005)
        raise AssertionError("the job does not end")


@pytest.fixture(autouse=True)
def _worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    options = WorkerOptions(
        str(tmp_path), search_path=(str(JOB_TABLE),), jobs="job_table", cancel_grace_s=0.3
    )
    client = WorkerClient(
        sys.executable, environment.addon_dir(), str(tmp_path / "worker.log"), options
    )
    monkeypatch.setattr(environment, "worker", lambda context: client)
    monkeypatch.setattr(environment, "disabled_reason", lambda context: "")
    bpy.utils.register_class(AIM_OT_test_job)
    yield
    client.stop()
    bpy.utils.unregister_class(AIM_OT_test_job)
    assert driver.busy_reason() == ""
    assert not bpy.context.window_manager.aim_job.running


@pytest.fixture
def face() -> bpy.types.Object:
    obj = bpy.data.objects.new("face", bpy.data.meshes.new("face"))
    bpy.context.collection.objects.link(obj)
    return obj


@pytest.fixture
def long_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Operator, "job", "steps")
    monkeypatch.setattr(_Operator, "params", {"count": 1000, "seconds": 0.005, "value": 1})


def job_state() -> bpy.types.PropertyGroup:
    return bpy.context.window_manager.aim_job


def progressed() -> bool:
    return job_state().stage == "Stepping" and job_state().fraction > 0


def test_script_waits_for_the_end(face: bpy.types.Object) -> None:
    assert bpy.ops.aim.test_job() == {'FINISHED'}
    assert face["result"] == 4 + 6


def test_invoke_in_background_waits_too(face: bpy.types.Object) -> None:
    assert bpy.ops.aim.test_job('INVOKE_DEFAULT') == {'FINISHED'}
    assert face["result"] == 10


def test_the_result_is_one_undo_step(face: bpy.types.Object) -> None:
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.aim.test_job('EXEC_DEFAULT', True) == {'FINISHED'}
    bpy.ops.ed.undo()
    assert "result" not in bpy.data.objects["face"]
    bpy.ops.ed.redo()
    assert bpy.data.objects["face"]["result"] == 10


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ("scan_error", "Scan smile has 5 vertices"),
        ("bug", "IndexError"),
        ("kill", "SIGKILL"),
        ("full_disk", "disk is full"),
    ],
)
def test_script_gets_the_sentence_of_an_error(
    face: bpy.types.Object, monkeypatch: pytest.MonkeyPatch, job: str, words: str
) -> None:
    monkeypatch.setattr(_Operator, "job", job)
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.aim.test_job()
    assert "result" not in face


def test_error_of_gathering_and_of_writing(
    face: bpy.types.Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Operator, "params", {"value": -1})
    with pytest.raises(RuntimeError, match="cannot be written"):
        bpy.ops.aim.test_job()

    def gather(self: _Operator, context: bpy.types.Context) -> JobRequest:
        raise AimError("There are no scans.")

    monkeypatch.setattr(_Operator, "gather", gather)
    with pytest.raises(RuntimeError, match="There are no scans"):
        bpy.ops.aim.test_job()


def test_modal_job_leaves_blender_alone(face: bpy.types.Object) -> None:
    operator = _Modal()
    assert operator.start() == {'RUNNING_MODAL'}
    assert operator.handlers == [operator] and len(operator.timers) == 1
    assert job_state().running and job_state().title == "Testing"
    assert operator.event('LEFTMOUSE', 'PRESS') == {'PASS_THROUGH'}
    assert operator.event('ESC', 'RELEASE') == {'PASS_THROUGH'}
    assert operator.run() == {'FINISHED'}
    assert operator.timers == []
    assert operator.reports == [('INFO', "Tested")]
    assert face["result"] == 10


def test_progress_is_shown(face: bpy.types.Object, long_job: None) -> None:
    operator = _Modal()
    operator.start()
    operator.run(until=lambda: job_state().fraction > 0.02)
    state = job_state()
    assert (state.stage, state.title) == ("Stepping", "Testing")
    assert state.error_mm > 0
    operator.event('ESC', 'PRESS')
    operator.run()
    assert (state.stage, state.fraction, state.error_mm) == ("", 0, -1)


@pytest.mark.parametrize("how", ["escape", "button"])
def test_cancelling(face: bpy.types.Object, long_job: None, how: str) -> None:
    operator = _Modal()
    operator.start()
    operator.run(until=progressed)
    if how == "escape":
        assert operator.event('ESC', 'PRESS') == {'RUNNING_MODAL'}
    else:
        job_state().cancel_requested = True
    operator.event('TIMER')
    assert driver.busy_reason() == "" or job_state().stage == "Cancelling"
    assert operator.run() == {'CANCELLED'} if driver.busy_reason() else True
    assert operator.reports == [('WARNING', "The job was cancelled; nothing was changed.")]
    assert operator.timers == []
    assert "result" not in face
    assert not job_state().cancel_requested


def test_one_job_at_a_time(face: bpy.types.Object, long_job: None) -> None:
    first, second = _Modal(), _Modal()
    first.start()
    assert second.start() == {'CANCELLED'}
    assert second.reports == [('ERROR', "Testing is running: wait for it or cancel it")]
    assert not bpy.ops.aim.test_job.poll()
    with pytest.raises(RuntimeError, match="Testing is running"):
        bpy.ops.aim.test_job()
    first.cancel(first.context)


def test_blender_ends_the_operator(
    face: bpy.types.Object, long_job: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = _Modal()
    operator.start()
    operator.run(until=progressed)
    operator.cancel(operator.context)
    assert operator.timers == []
    monkeypatch.setattr(_Operator, "job", "echo")
    assert bpy.ops.aim.test_job() == {'FINISHED'}  # the worker is free again


def test_target_renamed_meanwhile(face: bpy.types.Object) -> None:
    operator = _Modal()
    operator.start()
    face.name = "another name"
    assert operator.run() == {'FINISHED'}
    assert face["result"] == 10


def test_target_deleted_meanwhile(face: bpy.types.Object) -> None:
    operator = _Modal()
    operator.start()
    bpy.data.objects.remove(face)
    bpy.data.objects.new("face", None)  # the same name is not the same object
    assert operator.run() == {'CANCELLED'}
    assert operator.reports == [('ERROR', "face was removed meanwhile, so the result was dropped")]


def test_target_deleted_but_held_by_a_pointer(face: bpy.types.Object) -> None:
    bpy.context.scene.aim.face = face
    operator = _Modal()
    operator.start()
    for collection in face.users_collection:
        collection.objects.unlink(face)
    assert operator.run() == {'CANCELLED'}
    assert "result" not in face


def test_undo_meanwhile_does_not_lose_the_target(face: bpy.types.Object) -> None:
    bpy.ops.ed.undo_push(message="face added")
    bpy.data.objects.new("extra", None)
    bpy.ops.ed.undo_push(message="extra added")
    operator = _Modal()
    operator.start()
    bpy.ops.ed.undo()
    assert operator.run() == {'FINISHED'}
    assert bpy.data.objects["face"]["result"] == 10


def test_another_file_opened_meanwhile(face: bpy.types.Object, long_job: None) -> None:
    operator = _Modal()
    operator.start()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    assert not job_state().running
    operator.cancel(operator.context)  # what Blender calls then


def test_result_waits_until_edit_mode_is_left(face: bpy.types.Object) -> None:
    operator = _Modal()
    operator.start()
    bpy.context.view_layer.objects.active = face
    bpy.ops.object.mode_set(mode='EDIT')
    operator.run(until=lambda: "leave Edit Mode of face" in job_state().stage)
    assert "result" not in face
    bpy.ops.object.mode_set(mode='OBJECT')
    assert operator.run() == {'FINISHED'}
    assert face["result"] == 10


def test_result_that_waits_can_be_cancelled(face: bpy.types.Object) -> None:
    operator = _Modal()
    operator.start()
    bpy.context.view_layer.objects.active = face
    bpy.ops.object.mode_set(mode='EDIT')
    operator.run(until=lambda: "leave Edit Mode of face" in job_state().stage)
    operator.event('ESC', 'PRESS')
    assert operator.run() == {'CANCELLED'}
    bpy.ops.object.mode_set(mode='OBJECT')
    assert "result" not in face


def test_a_job_does_not_start_in_edit_mode(face: bpy.types.Object) -> None:
    bpy.context.view_layer.objects.active = face
    bpy.ops.object.mode_set(mode='EDIT')
    with pytest.raises(RuntimeError, match="Leave Edit Mode of face first"):
        bpy.ops.aim.test_job()
    bpy.ops.object.mode_set(mode='OBJECT')


def test_unforeseen_error_while_writing_leaves_no_job_behind(
    face: bpy.types.Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Operator, "params", {"no value": 1})
    operator = _Modal()
    operator.start()
    with pytest.raises(KeyError):
        operator.run()
    assert operator.timers == []


def test_a_file_saved_meanwhile_shows_no_job_when_opened(tmp_path: Path) -> None:
    status.begin("Testing", "aim.fit")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    status.end()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"), load_ui=True)
    assert not job_state().running
    assert job_state().title == ""


def test_remaining_time_of_even_work() -> None:
    remaining = RemainingTime(0.0)
    assert remaining.update(1.0, 0.1) == -1  # too early
    assert remaining.update(4.0, 0.4) == pytest.approx(6.0)
    assert remaining.update(5.0, 0.3) > 0  # a step back is no error
    assert remaining.update(10.0, 1.0) == 0


def test_remaining_time_follows_a_change_of_speed() -> None:
    remaining = RemainingTime(0.0)
    for second in range(1, 31):  # slow start
        remaining.update(second, 0.005 * second)
    for second in range(31, 46):  # then ten times as fast
        left = remaining.update(second, 0.15 + 0.05 * (second - 30))
    assert left == pytest.approx(2.0, abs=1.5)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, ""), (1, "about 5 s left"), (23, "about 25 s left"), (170, "about 3 min left")],
)
def test_remaining_time_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
