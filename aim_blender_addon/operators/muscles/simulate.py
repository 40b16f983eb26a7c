# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig's pose through its muscles, as a combination shape; and the switch back to the plain shapes."""

import bpy
import numpy as np

from ... import words
from ...backend.errors import AimError
from ...backend.jobs.simulate import SimulateRequest, SimulateResult
from ...backend.model.aim import AimModel
from ...backend.muscles.drawn import added_shape
from ...bridge.data.storage import face_object, load_model, model_fingerprint
from ...bridge.muscles import combination, figures, simulated, store, take
from ...bridge.muscles.acting import motion
from ...bridge.muscles.actor import fleshed_actor
from ...bridge.muscles.pose import ShownPose, read_pose, simulated_rig
from ...bridge.rig.objects import check_can_write, rig_of
from ...bridge.shapes import shapes
from ...jobs.driver import JobRequest, WorkerJobOperator
from .. import reasons
from .reasons import no_flesh


def simulate_request(  # noqa: PLR0913
    face: bpy.types.Object,
    weights,  # noqa: ANN001 -- [T, E]
    jaw,  # noqa: ANN001 -- [T, 4]
    heads,  # noqa: ANN001 -- [T, 4, 4] mm, in the world
    name: str,
    context: bpy.types.Context,
    secondary: bool = False,
) -> SimulateRequest:
    """Poses with all that the panel says of how they are simulated."""
    return SimulateRequest(
        fleshed_actor(face, context),
        weights,
        jaw,
        name,
        motion(face, heads, context.scene, secondary),
        contact=face.aim.muscles.contact,
    )


def reasons_of_simulation(context: bpy.types.Context) -> str:
    """Why nothing can be simulated now."""
    return reasons.first_reason(
        context,
        reasons.editing,
        reasons.no_face,
        reasons.no_model,
        reasons.no_rig,
        reasons.linked_face,
        reasons.linked_rig,
        reasons.sculpting_shape,
        no_flesh,
    )


def reasons_of_pose(context: bpy.types.Context) -> str:
    """Why the pose that the rig shows cannot be simulated now."""
    return reasons_of_simulation(context) or reasons.hidden_rig(context)


def range_to_read(
    face: bpy.types.Object, model: AimModel, context: bpy.types.Context
) -> tuple[take.RangeReading, str]:
    """Room for the frames of the range that is chosen, and what they are called."""
    start, end = take.frame_range(face, context.scene)
    reading = take.RangeReading.of(np.arange(start, end + 1), model)
    return reading, words.report("Frames {start} to {end}", start=start, end=end)


class AIM_OT_simulate_pose(WorkerJobOperator, bpy.types.Operator):
    """Simulate the rig's pose: a combination shape, driven by the shapes and jaw in use, adds what the muscles do"""

    bl_idname = "aim.simulate_pose"
    bl_label = "Simulate Pose"

    _pose: ShownPose
    _model = ""

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no flesh, or no rig that is seen."""
        return super().disabled_reason(context) or reasons_of_pose(context)

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The pose."""
        face = face_object(context)
        self._pose = read_pose(face, context)
        self._model = model_fingerprint(face)
        name = words.report("The pose of {face}", face=face.name)
        pose = self._pose
        arrays = pose.weights[None], pose.jaw[None], pose.head[None]
        request = simulate_request(face, *arrays, name, context)
        return JobRequest(request, "Simulating the Pose", target=face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: SimulateResult
    ) -> str:
        """The combination shape and its driver."""
        store.require_same(target, self._model)
        model = load_model(target)
        rig = simulated_rig(target, model)
        check_can_write(rig.mesh)
        pose = self._pose
        added = added_shape(model, pose.weights, pose.jaw, result.vertices[0])
        written = combination.write(rig, model, pose, added)
        shapes.measure(target)
        figures.keep(target, written.name, result.report, self._request.contact)
        for text in warnings_of_pose(pose, result.report["notes"], written.dropped):
            self.report({'WARNING'}, text)
        if not written.name:
            text = "The simulation of this pose is what the shapes show: there is nothing to add."
            return words.report(text)
        text = "{shape} adds up to {moved:.1f} mm; worst region's volume {volume:+.1%}, {inverted} inside out."
        settings = target.aim.muscles
        return words.report(
            text,
            shape=written.name,
            moved=written.moved_mm,
            volume=settings.worst_volume,
            inverted=settings.inverted,
        )


def warnings_of_pose(pose: ShownPose, notes: list[str], dropped: list[str]) -> list[str]:
    """What a user should know of a pose that was simulated, a sentence each; ``dropped`` shapes drive no key."""
    said = words.sentences(notes)
    if pose.missing:
        text = "Renamed or removed, so that they were not simulated: {names}."
        said.append(words.report(text, names=", ".join(pose.missing)))
    if pose.others:
        text = "No expressions of the actor, so that they play on top of the simulation: {names}."
        said.append(words.report(text, names=", ".join(pose.others)))
    if dropped:
        text = "Too many shapes for one driver; these do not drive the simulation: {names}."
        said.append(words.report(text, names=", ".join(dropped)))
    return said


class AIM_OT_compare_simulation(bpy.types.Operator):
    """Show the rig with its plain shapes, or with what was simulated again"""

    bl_idname = "aim.compare_simulation"
    bl_label = "Compare Simulation"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.editing,
            reasons.no_face,
            reasons.no_rig,
            reasons.linked_rig,
            nothing_simulated,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            check_can_write(rig_of(face))
            take.compare(face, plain=take.is_shown(face))
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        return {'FINISHED'}


def nothing_simulated(context: bpy.types.Context) -> str:
    """The rig has nothing that a simulation made."""
    face = face_object(context)
    found = simulated.names(rig_of(face).data.shape_keys) or take.cache_of(face)
    return "" if found else "Simulate a pose or a range first"


register, unregister = bpy.utils.register_classes_factory(
    (AIM_OT_simulate_pose, AIM_OT_compare_simulation)
)
