# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solve a recorded performance onto a face: frames in, an animated rig or a mesh cache out."""

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
from bpy.props import BoolProperty

from ... import words
from ...backend.io.model_file import StoredModel
from ...backend.io.takes import NpzRows
from ...backend.jobs.solve import ShapesWanted, SolveRequest, SolveResult
from ...backend.solving.result_file import frames_kept
from ...backend.solving.settings import SolveSettings
from ...bridge.data import shape_keys, storage
from ...bridge.data.head_space import HeadSpace, head_space
from ...bridge.data.storage import face_object, load_model
from ...bridge.face.scans import require_alive, require_own_data
from ...bridge.performance import sources, writing
from ...bridge.performance.chosen import keep_solved, new_output, take_name
from ...bridge.performance.companions import Channels, plan_companions
from ...bridge.performance.reading import Reading
from ...bridge.performance.shown import making
from ...bridge.performance.shown.along import look_along
from ...bridge.performance.shown.look import look, look_at_cache
from ...bridge.performance.shown.made import Left
from ...bridge.rig.bake import BakeOptions, bake_rig
from ...bridge.rig.eye_bones import has_eyes
from ...bridge.rig.objects import armature_of, rig_of
from ...bridge.rig.own_bones import SKULL, bone_name
from ...bridge.shapes import shape_sets
from ...jobs import environment
from ...jobs.client import WorkerClient
from ...jobs.driver import RunningJob, WorkerJobOperator
from ...jobs.gathering import GatheringRunner
from .. import reasons
from . import shown_report


class AIM_OT_solve(WorkerJobOperator, bpy.types.Operator):
    """Solve the recorded performance: head and jaw pose and the expressions of every frame, as animation of the rig"""

    bl_idname = "aim.solve"
    bl_label = "Solve Performance"

    resume: BoolProperty(
        name="Resume",
        description="Go on with the frames that a cancelled solve of the same take has left",
        options={'SKIP_SAVE'},
    )

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no model, or no performance."""
        return super().disabled_reason(context) or reasons.first_reason(
            context,
            reasons.editing,
            reasons.no_face,
            reasons.no_model,
            _no_take,
            _absolute_keys,
            reasons.linked_face,
        )

    # What was chosen at the start: the panel stays alive meanwhile.
    _name = ""
    _output = Path()
    _reading: Reading | None = None

    def begin(self, context: bpy.types.Context) -> RunningJob:
        """Read the frames first, where the scene holds them, then let the worker solve."""
        face = face_object(context)
        require_own_data(face)
        self._name, self._output = take_name(face), new_output(face)
        space = head_space(face, context)
        take = face.aim.take
        self._reading = reading = sources.solved(take).read(face, space, self._output, context)
        model = StoredModel(storage.model_bytes(face), self._name)
        settings = SolveSettings(smoothness=take.smoothness, prior=take.prior)
        wanted = _shapes_wanted(face) if take.output == 'RIG' else None
        eyes = sources.solved(take).eyes(face, load_model(face).joint)
        worker = environment.worker(context)

        def submit() -> WorkerClient:
            frames = reading.taken()
            request = SolveRequest(model, frames, self._output, settings, self.resume, wanted, eyes)
            self.submit(worker, request)
            return worker

        runner = GatheringRunner(reading.steps, submit, "Reading the performance", reading.share)
        return RunningJob(runner, "Solving the Performance", face.session_uid, face.name)

    def cancelled_text(self, job: RunningJob, text: str) -> str:
        """Also: which frames stay for the next time."""
        done, count = frames_kept(self._output)
        if not done:
            return text
        return words.report(
            "The solve was cancelled: {done} of {count} frames are solved and kept, and Resume goes on with them; "
            "the rig is as it was.",
            done=done,
            count=count,
        )

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: SolveResult
    ) -> str:
        """Animate the rig, or show the cache."""
        require_alive(target)
        require_own_data(target)
        take, report = target.aim.take, result.report
        keep_solved(target, self._output)
        take.solved_name, take.unsolved_frames = self._name, report["unsolved_frames"]
        take.solved_frames = report["frames"] - take.unsolved_frames
        take.solve_error_mm = report["error_mm"].get("mean", 0.0)
        take.error_in_pixels = report["kind"] == "image_points"
        take.ms_per_frame = 1000 * report["seconds_per_frame"]
        for note in report["notes"]:
            self.report({'WARNING'}, words.report("{take}: {note}.", take=self._name, note=note))
        space = head_space(target, context)
        if take.output == 'CACHE':
            return _show_cache(target, self._output, space, context)
        text, warnings = _animate_rig(target, self._output, result, space, context)
        for sentence in warnings:
            self.report({'WARNING'}, sentence)
        return text

    def _end(self, context: bpy.types.Context) -> None:
        """Also remove what was read from the scene: it is solved, or is read again."""
        super()._end(context)
        if self._reading is not None:
            self._reading.remove_files()


def _shapes_wanted(face: bpy.types.Object) -> ShapesWanted:
    take, rig = face.aim.take, rig_of(face)
    if rig is None or take.widen_ranges:
        return ShapesWanted(take.tolerance_mm)
    names = load_model(face).expression_names
    largest = shape_keys.largest_values(rig.data.shape_keys, names)
    return ShapesWanted(take.tolerance_mm, largest=largest)


def _show_cache(
    face: bpy.types.Object, output: Path, space: HeadSpace, context: bpy.types.Context
) -> str:
    take = face.aim.take
    step = sources.solved(take).frame_step(take, context.scene)
    scene, rows = context.scene, NpzRows(output, "vertices")
    frames = scene.frame_start + step * np.arange(len(rows))
    cache = writing.write_cache(face, output, frames[0], step, space, take.solved_name)
    writing.lengthen(scene, frames)
    shown = look_at_cache(cache, making.of_cache(frames, rows, space.mm_per_unit), context)
    shown_report.keep(take, shown)
    gaps = take.unsolved_frames
    played = words.report("They play from a mesh cache.")
    sentences = [_solved_text(face), played, shown_report.figure(shown)]
    sentences += shown_report.sentences(shown)
    if gaps:
        text = "{gaps} frames without data are bridged."
        sentences.append(words.report(text, gaps=gaps))
    return " ".join(sentences)


def _solved_text(face: bpy.types.Object) -> str:
    take = face.aim.take
    text = "{take}: {frames} frames solved, {error:.3f} mm off on average."
    if take.error_in_pixels:
        text = "{take}: {frames} frames solved, {error:.2f} pixels off on average."
    return words.report(
        text, take=take.solved_name, frames=take.solved_frames, error=take.solve_error_mm
    )


def _animate_rig(
    face: bpy.types.Object,
    output: Path,
    result: SolveResult,
    space: HeadSpace,
    context: bpy.types.Context,
) -> tuple[str, list[str]]:
    """What is said of the take, and warnings."""
    take, scene, shapes = face.aim.take, context.scene, result.shapes
    model = load_model(face)
    if rig_of(face) is None:
        bake_rig(face, model, context, BakeOptions())
    shape_sets.show(face, shape_sets.OWN)  # a take is of the actor's own expressions
    head, jaw, solved = (NpzRows(output, name).whole() for name in ("head", "jaw", "solved"))
    step = sources.solved(take).frame_step(take, scene)
    frames = scene.frame_start + step * np.arange(len(head))
    companions = plan_companions(
        rig_of(face),
        armature_of(face),
        scene,
        Channels(model.expression_names, shapes.curves),
        others=(take.object,),
        wanted=take.companions,
    )
    written = writing.write_performance(
        rig_of(face),
        armature_of(face),
        writing.Performance(
            take.solved_name,
            frames,
            solved,
            model.expression_names,
            head,
            jaw,
            shapes.curves,
            shapes.corrective_shapes,
            shapes.corrective_curves,
            widen=take.widen_ranges,
            look=result.look,
            companions=companions,
        ),
        space.mm_per_unit,
    )
    take.correctives = len(shapes.corrective_shapes)
    writing.lengthen(scene, frames)
    made = making.of_take(
        written,
        frames,
        solved,
        NpzRows(output, "vertices"),
        head,
        making.actor_space(space.mm_per_unit),
        bone_name(armature_of(face), SKULL),
        Left.of(shapes.error_mm),
    )
    shown = look(rig_of(face), armature_of(face), written.actions, made, context, written.locked)
    shown_report.keep(take, shown)
    along = look_along(written.companions.objects, written.actions, frames[solved], context)
    shown = replace(shown, hidden=(*shown.hidden, *along))
    text = "The rig plays them with {correctives} corrective shape keys."
    if shown.is_off:
        text = "They are written to the rig with {correctives} corrective shape keys, but do not show as solved."
    sentences = [
        _solved_text(face),
        words.report(text, correctives=take.correctives),
        shown_report.figure(shown),
    ]
    if take.unsolved_frames:
        text = "{gaps} frames without data have no keys."
        sentences.append(words.report(text, gaps=take.unsolved_frames))
    if result.look is not None and has_eyes(armature_of(face)):
        text = "The eyes look as {seen} of its frames show."
        sentences.append(words.report(text, seen=result.report["look_frames"]))
    if not shapes.reached:
        sentences.append(words.report("The tolerance was not reached."))
    sentences += shown_report.along(companions)
    warnings = shown_report.sentences(shown, written)
    warnings += shown_report.left_alone(companions.left_alone)
    return " ".join(sentences), warnings


def _absolute_keys(context: bpy.types.Context) -> str:
    face = face_object(context)
    return reasons.absolute_keys(rig_of(face)) if face.aim.take.output == 'RIG' else ""


def _no_take(context: bpy.types.Context) -> str:
    take = face_object(context).aim.take
    if reason := sources.solved(take).reason(take):
        return reason
    unsaved = take.output == 'CACHE' and not bpy.data.filepath
    return "Save the file first: a mesh cache is kept beside it" if unsaved else ""


classes = (AIM_OT_solve,)
register, unregister = bpy.utils.register_classes_factory(classes)
