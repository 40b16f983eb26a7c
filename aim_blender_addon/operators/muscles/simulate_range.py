# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A frame range of the rig through its muscles: corrective shapes with curves, or a mesh cache."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty

from ... import words
from ...backend.errors import SolveError
from ...backend.jobs.simulate_range import SimulateRangeRequest, SimulateRangeResult
from ...backend.solving.result_file import frames_kept, part_folder
from ...bridge.data.storage import face_object, load_model, model_fingerprint
from ...bridge.face.scans import require_own_data
from ...bridge.muscles import figures, store, take
from ...bridge.muscles.pose import LEAST_WEIGHT, simulated_rig
from ...bridge.performance.files import make_folder
from ...bridge.rig.objects import check_can_write
from ...bridge.sculpt.rig_parts import missing_keys
from ...bridge.shapes import shapes
from ...jobs import environment
from ...jobs.client import WorkerClient
from ...jobs.driver import RunningJob, WorkerJobOperator
from ...jobs.gathering import GatheringRunner
from .simulate import range_to_read, reasons_of_simulation, simulate_request

_ANEW = "Forget the frames that a cancelled simulation has left, and simulate the range from its first frame"
_GO_ON = "Go on with the frames that a cancelled simulation of the same range has left"


class AIM_OT_simulate_range(WorkerJobOperator, bpy.types.Operator):
    """Simulate what the rig plays, frame by frame, into corrective shapes with curves of their own, or a mesh cache"""

    bl_idname = "aim.simulate_range"
    bl_label = "Simulate Range"

    resume: BoolProperty(
        name="Resume",
        description=_GO_ON,
        options={'SKIP_SAVE'},
    )

    @classmethod
    def description(
        cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties
    ) -> str:
        """Tooltips of Resume and of Start Over are their own; "" for the usual one."""
        if properties.resume:
            return words.tip(_GO_ON)
        face = face_object(context)
        kept = face is not None and part_folder(take.output_path(face, context.scene)).is_dir()
        return words.tip(_ANEW) if kept else ""

    _name = ""
    _model = ""
    _output = Path()
    _reading: take.RangeReading
    _kind = 'CORRECTIVES'

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no flesh, no frames, or nowhere to keep a cache."""
        return (
            super().disabled_reason(context) or reasons_of_simulation(context) or _no_range(context)
        )

    def begin(self, context: bpy.types.Context) -> RunningJob:
        """Read the frames first, then let the worker simulate."""
        face = face_object(context)
        require_own_data(face)
        settings, model = face.aim.muscles, load_model(face)
        rig = simulated_rig(face, model)
        self._model = model_fingerprint(face)
        self._kind = settings.output
        reading, self._name = range_to_read(face, model, context)
        self._reading = reading
        self._output = take.output_path(face, context.scene)
        make_folder(self._output, SolveError)
        tolerance = settings.tolerance_mm if self._kind == 'CORRECTIVES' else None
        if missing := missing_keys(rig):
            text = "Renamed or removed, so that they were not simulated: {names}."
            self.report({'WARNING'}, words.report(text, names=", ".join(missing)))
        arrays = reading.weights, reading.jaw, reading.worlds
        poses = simulate_request(face, *arrays, self._name, context, secondary=True)
        worker = environment.worker(context)

        def submit() -> WorkerClient:
            request = SimulateRangeRequest(
                poses, reading.heads, self._output, self.resume, tolerance
            )
            self.submit(worker, request)
            return worker

        runner = GatheringRunner(
            reading.steps(rig, model, context), submit, "Reading the range", 0.05
        )
        return RunningJob(runner, "Simulating the Range", face.session_uid, face.name)

    def cancelled_text(self, job: RunningJob, text: str) -> str:
        """Also: which frames stay for the next time."""
        done, count = frames_kept(self._output)
        if not done:
            return text
        return words.report(
            "The simulation was cancelled: {done} of {count} frames are done and kept, and Resume goes on with "
            "them; the rig is as it was.",
            done=done,
            count=count,
        )

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: SimulateRangeResult
    ) -> str:
        """Correctives on the rig, or the object that plays the cache."""
        store.require_same(target, self._model)
        rig = simulated_rig(target, load_model(target))
        check_can_write(rig.mesh)
        if self._kind == 'CACHE':
            first = int(self._reading.frames[0])
            take.write_cache(target, rig, self._output, first, self._reading.on_top)
            said = words.report("They play from a mesh cache.")
        else:
            made = take.write_correctives(
                rig, self._reading.frames, result.corrective_shapes, result.corrective_curves
            )
            shapes.measure(target)
            said = words.report("{count} corrective shapes play them.", count=len(made))
            if not result.reached:
                self.report({'WARNING'}, words.report("The tolerance was not reached."))
        self._output.unlink(missing_ok=True)
        figures.keep(target, self._name, result.report, self._request.take.contact)
        if others := self._reading.on_top.in_use(LEAST_WEIGHT):
            text = (
                "No expressions of the actor, so that they play on top of the simulation: {names}."
            )
            self.report({'WARNING'}, words.report(text, names=", ".join(others)))
        for text in words.sentences(result.report["notes"]):
            self.report({'WARNING'}, text)
        text = "{take}: simulated in {seconds:.2f} s a frame, worst region's volume {volume:+.1%}."
        settings = target.aim.muscles
        first = words.report(
            text,
            take=self._name,
            seconds=settings.seconds_a_frame,
            volume=settings.worst_volume,
        )
        return " ".join((first, said))


def _no_range(context: bpy.types.Context) -> str:
    face = face_object(context)
    start, end = take.frame_range(face, context.scene)
    if end < start:
        return "The range has no frames: let its end come after its start"
    unsaved = face.aim.muscles.output == 'CACHE' and not bpy.data.filepath
    return "Save the file first: a mesh cache is kept beside it" if unsaved else ""


register, unregister = bpy.utils.register_classes_factory((AIM_OT_simulate_range,))
