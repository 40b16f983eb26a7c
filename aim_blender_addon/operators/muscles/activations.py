# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far muscles contract in a pose or a range of the rig, read back and forgotten."""

import bpy
import numpy as np
from bpy.props import EnumProperty

from ... import words
from ...backend.jobs.activations import ActivationsRequest, ActivationsResult
from ...bridge.data.storage import face_object, load_model, model_fingerprint
from ...bridge.face.scans import require_own_data
from ...bridge.muscles import activations, figures, store
from ...bridge.muscles.pose import read_pose, simulated_rig
from ...jobs import environment
from ...jobs.client import WorkerClient
from ...jobs.driver import RunningJob, WorkerJobOperator
from ...jobs.gathering import GatheringRunner
from .. import reasons
from .simulate import range_to_read, reasons_of_pose, simulate_request


class AIM_OT_read_activations(WorkerJobOperator, bpy.types.Operator):
    """Find how far each muscle contracts in what the rig shows; the curves take colours, a range becomes an Action"""

    bl_idname = "aim.read_activations"
    bl_label = "Read Activations"

    what: EnumProperty(
        name="Of",
        description="What is read",
        items=(
            ('POSE', "Pose", "The pose that the rig shows"),
            (
                'RANGE',
                "Range",
                "The frames of the range: the neutral gets an Action with a curve a muscle",
            ),
        ),
    )

    _model = ""
    _frames: np.ndarray | None = None

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no flesh, or no rig that is seen."""
        return super().disabled_reason(context) or reasons_of_pose(context)

    def begin(self, context: bpy.types.Context) -> RunningJob:
        """Read the pose, or frame by frame the range, then let the worker look."""
        face = face_object(context)
        require_own_data(face)
        self._model, self._frames = model_fingerprint(face), None
        steps = iter(())
        if self.what == 'POSE':
            pose = read_pose(face, context)
            arrays = pose.weights[None], pose.jaw[None], pose.head[None]
            name = words.report("The pose of {face}", face=face.name)
        else:
            model = load_model(face)
            reading, name = range_to_read(face, model, context)
            self._frames = reading.frames
            steps = reading.steps(simulated_rig(face, model), model, context)
            arrays = reading.weights, reading.jaw, reading.worlds
        poses = simulate_request(face, *arrays, name, context, secondary=self.what == 'RANGE')
        worker = environment.worker(context)

        def submit() -> WorkerClient:
            self.submit(worker, ActivationsRequest(poses))
            return worker

        runner = GatheringRunner(steps, submit, "Reading the range", 0.05)
        return RunningJob(runner, "Reading Activations", face.session_uid, face.name)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: ActivationsResult
    ) -> str:
        """Keep them."""
        store.require_same(target, self._model)
        activations.keep(target, result.muscles, result.activations, self._frames)
        for text in words.sentences(result.report["notes"]):
            self.report({'WARNING'}, text)
        figures.keep_explained(target, result.report, self._frames)
        text = "{count} muscles were read; alone they explain {share:.0%} of a motion of {moved:.2f} mm."
        said = words.report(
            text,
            count=len(result.muscles),
            share=result.report["explained"],
            moved=float(np.mean(result.report["motion_mm"])),
        )
        if target.aim.muscles.explained_frame < 0:
            return said
        text = "Least in frame {frame}: {share:.0%}."
        settings = target.aim.muscles
        least = words.report(text, frame=settings.explained_frame, share=settings.explained_least)
        return " ".join((said, least))


class AIM_OT_forget_activations(bpy.types.Operator):
    """Let the colours of the muscles tell side and strength again; an Action of activations stays in the file"""

    bl_idname = "aim.forget_activations"
    bl_label = "Forget Activations"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.busy, reasons.no_face, reasons.linked_face, _nothing_read
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        activations.forget(face_object(context))
        return {'FINISHED'}


def _nothing_read(context: bpy.types.Context) -> str:
    return "" if activations.are_known(face_object(context)) else "Read the activations first"


register, unregister = bpy.utils.register_classes_factory(
    (AIM_OT_read_activations, AIM_OT_forget_activations)
)
