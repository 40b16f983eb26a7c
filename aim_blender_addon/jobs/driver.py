# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One job, two drivers: blocking for scripts and background, modal for people.

An operator whose work runs in the worker process is written so::

    class AIM_OT_fit(WorkerJobOperator, bpy.types.Operator):
        \"\"\"Fit an anatomical model to the scans of this face\"\"\"

        bl_idname = "aim.fit"
        bl_label = "Fit Face"

        @classmethod
        def disabled_reason(cls, context) -> str:      # "" when it can run; poll() shows the text
            return super().disabled_reason(context) or ("" if face_object(context) else "Pick a face")

        def gather(self, context) -> JobRequest:        # may raise AimError: nothing has happened yet
            face = face_object(context)
            return JobRequest(FitRequest(read_actor(face), face.name), "Fitting Face", target=face)

        def write(self, context, target, result: FitResult) -> str:
            store_model(target, result.model)
            return "Fitted 19 scans in 41 s"            # shown as information; may be empty

``bpy.ops.aim.fit()`` waits for the end; a button, or ``'INVOKE_DEFAULT'``, runs it modally, with Blender
alive. ``write`` is called once, on the main thread, outside Edit Mode of the target, and is one undo step.
It raises ``AimError`` before it changes anything, or changes everything. The target is looked up again by
its ``session_uid``: ``write`` uses the object it is given, never one kept from ``gather``. A subclass may
override ``invoke`` to ask first, as long as it ends in ``execute`` (a dialog does).
"""

import time
from dataclasses import dataclass, field
from typing import Any, Protocol

import bpy
from bpy.app.translations import pgettext_tip

from .. import words
from ..backend.errors import AimError
from ..backend.jobs.wire import Request
from ..backend.worker.messages import CANCELLED
from . import environment, status
from .client import Died, Failed, Finished, Message, Progressed, WorkerClient
from .remaining import RemainingTime

TICK_S = 0.05
BLOCKING_TICK_S = 0.01


@dataclass(frozen=True)
class JobRequest:
    """What a job needs. Arrays are handed over: nobody changes them afterwards.

    Attributes:
        request: what is asked of the worker.
        title: what the user sees, e.g. "Fitting Face".
        target: the object the result is written to, or None.
    """

    request: Request
    title: str
    target: bpy.types.Object | None = None


class Runner(Protocol):
    """Something that works elsewhere and is asked how it goes: the worker's client, an installation."""

    def poll(self) -> list[Message]:
        """News since the last call; never waits."""

    def cancel(self) -> None:
        """Begin to stop; ``poll`` tells when it has."""


@dataclass
class RunningJob:
    """A job that runs. Drivers call :meth:`step` until it says how it ended.

    Attributes:
        runner: does the work.
        title: what the user sees.
        target_uid: ``session_uid`` of the object the result is for, or None.
        target_name: its name at the start, for messages.
    """

    runner: Runner
    title: str
    target_uid: int | None = None
    target_name: str = ""
    _outcome: Finished | Failed | Died | None = None
    _cancelling: bool = False
    _remaining: RemainingTime = field(default_factory=lambda: RemainingTime(time.monotonic()))

    def step(self) -> Finished | Failed | Died | None:
        """Take in news; how the job ended, or None while it runs."""
        if bpy.context.window_manager.aim_job.cancel_requested:
            self.cancel()
        for message in self.runner.poll():
            if isinstance(message, Progressed):
                self._show(message)
            else:
                self._outcome = message
        return self._outcome

    def cancel(self) -> None:
        """Ask the runner to stop; a result that is already there is dropped."""
        if self._cancelling:
            return
        self._cancelling = True
        status.show(stage="Cancelling")
        if self._outcome is None:
            self.runner.cancel()
        else:
            self._outcome = Failed(CANCELLED, "The job was cancelled; nothing was changed.")

    def abandon(self) -> None:
        """Stop the runner of a job that has no end yet: nobody waits for it any more."""
        if self._outcome is None and not self._cancelling:
            self.runner.cancel()

    def target(self) -> bpy.types.Object | None:
        """The object the result is for, wherever it is now; None when it was deleted.

        Pointers to a deleted object, such as those of its scans, keep it in the file, but in no scene.
        """
        same = (obj for obj in bpy.data.objects if obj.session_uid == self.target_uid)
        return next((obj for obj in same if obj.users_scene), None)

    def _show(self, news: Progressed) -> None:
        if self._cancelling:
            return
        left = self._remaining.update(time.monotonic(), news.fraction)
        status.show(
            stage=news.stage,
            fraction=min(max(news.fraction, 0.0), 1.0),
            error_mm=float(news.figures.get("skin_error_mm", -1.0)),
            seconds_left=left,
        )


_current: RunningJob | None = None


def busy_reason() -> str:
    """Why no job can be started now, or ""."""
    if _current is None:
        return ""
    title = words.report(_current.title)
    return words.report("{job} is running: wait for it or cancel it", job=title)


class JobOperator:
    """Base of operators that run a job; hooks are :meth:`begin` and :meth:`finish`."""

    bl_options = {'REGISTER', 'UNDO'}

    _job: RunningJob | None = None
    _timer: bpy.types.Timer | None = None

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Why the operator cannot run now, or "". Cheap: asked at every redraw."""
        return busy_reason()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether there is no reason against it; the reason becomes the tooltip."""
        reason = cls.disabled_reason(context)
        if reason:
            cls.poll_message_set(pgettext_tip(reason))
        return not reason

    def begin(self, context: bpy.types.Context) -> RunningJob:
        """The job, started. Raises ``AimError`` when it cannot start."""
        raise NotImplementedError

    def finish(self, context: bpy.types.Context, job: RunningJob, outcome: Finished) -> str:
        """Keep the result; the text is reported to the user when it is not empty."""
        raise NotImplementedError

    def cancelled_text(self, job: RunningJob, text: str) -> str:
        """What the user is told of a job that was cancelled; ``text`` says that nothing was changed."""
        return text

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Start with Blender alive, where Blender has an event loop."""
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Start: modally when a person did it, else run to the end."""
        try:
            self._start(context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        if self._is_modal():
            window_manager = context.window_manager
            self._timer = window_manager.event_timer_add(TICK_S, window=context.window)
            window_manager.modal_handler_add(self)
            return {'RUNNING_MODAL'}
        return self._run_to_end(context)

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Look at the job at every tick; Esc cancels; everything else is the user's."""
        if event.type == 'ESC' and event.value == 'PRESS':
            self._job.cancel()
            return {'RUNNING_MODAL'}
        if event.type != 'TIMER':
            return {'PASS_THROUGH'}
        result = None
        try:
            result = self._step(context)
        finally:
            if result != {'PASS_THROUGH'}:  # also when an error goes on to Blender
                self._end(context)
        return result

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator: a file is loaded, the window is closed, Blender quits."""
        self._end(context)

    def _is_modal(self) -> bool:
        return self.options.is_invoke and not self.options.is_repeat and not bpy.app.background

    def _start(self, context: bpy.types.Context) -> None:
        global _current
        if reason := busy_reason():
            raise AimError(reason)
        self._job = _current = self.begin(context)
        status.begin(self._job.title, type(self).bl_idname)

    def _run_to_end(self, context: bpy.types.Context) -> set[str]:
        try:
            while (result := self._step(context)) == {'PASS_THROUGH'}:
                time.sleep(BLOCKING_TICK_S)
            return result
        finally:  # also after Ctrl-C
            self._end(context)

    def _step(self, context: bpy.types.Context) -> set[str]:
        """One look at the job: ``{'PASS_THROUGH'}`` while it runs."""
        outcome = self._job.step()
        if outcome is None:
            return {'PASS_THROUGH'}
        if isinstance(outcome, Finished):
            return self._keep(context, outcome)
        if isinstance(outcome, Failed) and outcome.kind == CANCELLED:
            self.report({'WARNING'}, self.cancelled_text(self._job, outcome.text))
        else:
            self.report({'ERROR'}, outcome.text)
        return {'CANCELLED'}

    def _keep(self, context: bpy.types.Context, outcome: Finished) -> set[str]:
        job = self._job
        target = job.target()
        if job.target_uid is not None and target is None:
            text = "{face} was removed meanwhile, so the result was dropped"
            self.report({'ERROR'}, words.report(text, face=job.target_name))
            return {'CANCELLED'}
        if (
            target is not None and target.mode == 'EDIT'
        ):  # what is written in Edit Mode is lost on leaving it
            text = words.label("Done: leave Edit Mode of {face} to receive it", face=target.name)
            status.show(stage=text, fraction=1.0)
            return {'PASS_THROUGH'}
        try:
            text = self.finish(context, job, outcome)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        if text:
            self.report({'INFO'}, text)
        return {'FINISHED'}

    def _end(self, context: bpy.types.Context) -> None:
        """Leave nothing running: the job, if it has no end yet, the timer and what was shown."""
        global _current
        self._job.abandon()
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
        if _current is self._job:
            _current = None
            status.end()


class WorkerJobOperator(JobOperator):
    """Base of operators whose work runs in the worker process; hooks are :meth:`gather` and :meth:`write`."""

    _request: Request | None = None

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no Python for the worker."""
        return super().disabled_reason(context) or environment.disabled_reason(context)

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """Read what the job needs. Raises ``AimError`` when the scene is not fit for it."""
        raise NotImplementedError

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object | None, result: Any
    ) -> str | None:
        """Write the result: all of it, or raise ``AimError`` before the first change."""
        raise NotImplementedError

    def begin(self, context: bpy.types.Context) -> RunningJob:
        """Gather and submit."""
        request = self.gather(context)
        if request.target is not None and request.target.mode == 'EDIT':
            raise AimError(
                words.report("Leave Edit Mode of {face} first.", face=request.target.name)
            )
        worker = environment.worker(context)
        self.submit(worker, request.request)
        if request.target is None:
            return RunningJob(worker, request.title)
        return RunningJob(worker, request.title, request.target.session_uid, request.target.name)

    def submit(self, worker: WorkerClient, request: Request) -> None:
        """Give the worker a request; its result is what :meth:`write` will get."""
        self._request = request
        worker.submit(*request.message())

    def _step(self, context: bpy.types.Context) -> set[str]:
        """Also: what a process that was ended by force has left half written is removed."""
        result = super()._step(context)
        if result == {'CANCELLED'} and self._request is not None:
            self._request.clear_up()
        return result

    def finish(self, context: bpy.types.Context, job: RunningJob, outcome: Finished) -> str:
        """Write to the target."""
        result = self._request.result(outcome.result, outcome.arrays)
        return self.write(context, job.target(), result) or ""
