# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retarget a performance: which place is which, which shape key shows what, then an Action on the target."""

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np

from ... import words
from ...backend.anatomy.eyes.taken_blinks import source_blinks
from ...backend.errors import RetargetError
from ...backend.io.takes import NpzRows
from ...backend.jobs.correspondence import CorrespondenceRequest, CorrespondenceResult
from ...backend.jobs.match_shapes import MatchShapesRequest, MatchShapesResult
from ...backend.jobs.retarget import RetargetResult
from ...backend.retargeting.shape_table import Match
from ...bridge.data import storage
from ...bridge.data.head_space import head_space
from ...bridge.face.scans import require_alive, require_own_data
from ...bridge.performance import sources, writing
from ...bridge.performance.companions import Channels, plan_companions
from ...bridge.performance.reading import Reading
from ...bridge.performance.shown import making
from ...bridge.performance.shown.along import look_along
from ...bridge.performance.shown.findings import Shown
from ...bridge.performance.shown.look import look
from ...bridge.performance.shown.made import Left
from ...bridge.retarget import correspondence
from ...bridge.retarget.character_rig import left_behind
from ...bridge.retarget.characters import (
    read_character,
    target_object,
)
from ...bridge.retarget.request import (
    new_output,
    plays_shapes,
    read_faces,
    retarget_request,
    take_name,
)
from ...bridge.retarget.writing import head_stays, write_character
from ...bridge.rig.bake import BakeOptions, bake_rig
from ...bridge.rig.objects import armature_of, rig_of
from ...bridge.rig.own_bones import SKULL, bone_name
from ...bridge.shapes import shape_sets
from ...jobs import environment
from ...jobs.client import WorkerClient
from ...jobs.driver import JobRequest, RunningJob, WorkerJobOperator
from ...jobs.gathering import GatheringRunner
from .. import reasons
from ..performance import shown_report
from . import target_reasons


class AIM_OT_find_correspondence(WorkerJobOperator, bpy.types.Operator):
    """Find which place of this face is which of the source's, by landmarks found or moved by hand"""

    bl_idname = "aim.find_correspondence"
    bl_label = "Find Face Correspondence"

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no two faces."""
        return super().disabled_reason(context) or reasons.first_reason(
            context,
            reasons.editing,
            target_reasons.no_target,
            target_reasons.no_source,
            target_reasons.linked_target,
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """Both faces."""
        target = target_object(context)
        require_own_data(target)
        pair = replace(read_faces(target, context).pair, map=None)
        return JobRequest(CorrespondenceRequest(pair), "Finding the Correspondence", target)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: CorrespondenceResult
    ) -> str:
        """Keep it, with the landmarks."""
        require_alive(target)
        require_own_data(target)
        correspondence.keep_map(target, result.found)
        state = target.aim.retarget
        text = (
            "{pairs} landmarks of {face} have a place on the source, and {share:.0%} of its skin."
        )
        return words.report(text, pairs=state.pairs, face=target.name, share=state.mapped_share)


class AIM_OT_match_shapes(WorkerJobOperator, bpy.types.Operator):
    """Match this character's shape keys with what the source does, by name and by motion; replaces the table"""

    bl_idname = "aim.match_shapes"
    bl_label = "Match Face Shapes"

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no shape keys to match."""
        return super().disabled_reason(context) or reasons.first_reason(
            context,
            reasons.editing,
            target_reasons.no_target,
            target_reasons.no_source,
            target_reasons.no_shapes,
            target_reasons.linked_target,
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """Both faces, and the correspondence where it still holds."""
        target = target_object(context)
        require_own_data(target)
        faces = read_faces(target, context)
        if not faces.target.names:
            raise RetargetError(
                f"Something else moves all shape keys of {target.name}: remove their drivers, or turn off Use Its "
                "Shape Keys"
            )
        by_curves = sources.played(target).by_curves
        request = MatchShapesRequest(faces.pair, by_curves, faces.jaw_weight)
        return JobRequest(request, "Matching Shapes", target)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: MatchShapesResult
    ) -> str:
        """Fill the table."""
        require_alive(target)
        require_own_data(target)
        if result.found is not None:
            correspondence.keep_map(target, result.found)
        _keep_table(target, result.rows)
        by_name = sum(row.how == "name" for row in result.rows)
        text = "{rows} rows: {named} matched by name, {moved} by motion."
        rows = len(result.rows)
        return words.report(text, rows=rows, named=by_name, moved=rows - by_name)


class AIM_OT_retarget(WorkerJobOperator, bpy.types.Operator):
    """Play the performance on this face, as an Action to edit; correspondence and matching are found where missing"""

    bl_idname = "aim.retarget"
    bl_label = "Retarget Performance"

    _reading: Reading | None = None
    _output = Path()

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no performance."""
        return super().disabled_reason(context) or reasons.first_reason(
            context,
            reasons.editing,
            target_reasons.no_target,
            target_reasons.no_source,
            target_reasons.no_performance,
            target_reasons.absolute_keys,
            target_reasons.linked_target,
        )

    def begin(self, context: bpy.types.Context) -> RunningJob:
        """Read the frames first, where the scene holds them, then let the worker play."""
        target = target_object(context)
        require_own_data(target)
        faces, output = read_faces(target, context), new_output(target)
        self._output = output
        self._reading = reading = sources.played(target).read(target, faces.source, output, context)
        request = retarget_request(target, faces, output, reading.origin)
        worker = environment.worker(context)

        def submit() -> WorkerClient:
            self.submit(worker, request(reading.taken()))
            return worker

        runner = GatheringRunner(reading.steps, submit, "Reading the performance", reading.share)
        return RunningJob(runner, "Retargeting the Performance", target.session_uid, target.name)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: RetargetResult
    ) -> str:
        """Animate the target."""
        require_alive(target)
        require_own_data(target)
        frames = _scene_frames(target, result, context.scene)
        take = (f"{take_name(target)} {target.name}", frames)
        left_alone: tuple[str, ...] = ()
        if storage.is_actor(target):
            written = _animate_actor(target, result, take, context)
            rig, armature = rig_of(target), armature_of(target)
            root = bone_name(armature, SKULL)
            to_armature = making.actor_space(head_space(target, context).mm_per_unit)
        else:
            character = read_character(target, context, with_shapes=plays_shapes(target))
            if len(character.mesh.vertices) != result.rig.corrective_shapes.shape[1]:
                raise RetargetError(f"{target.name} has changed meanwhile: retarget again")
            written, bones = write_character(target, character, result, take, context)
            rig, armature, root = target, None, ""
            to_armature = np.linalg.inv(character.matrix)  # without bones, the object's own space
            if bones is not None:
                armature, to_armature = bones.armature, bones.to_armature
                root = written.bones[0] or bones.head
            left_alone = character.left_alone
            if head_stays(target, result):
                text = "{face} has no bone for its head, which stays: turn on Make Bones to move it"
                self.report({'WARNING'}, words.report(text, face=target.name))
        if result.found is not None:
            correspondence.keep_map(target, result.found)
        if result.rows and not len(target.aim.retarget.matches):
            _keep_table(target, result.rows)
        writing.lengthen(context.scene, frames)
        _keep_figures(target, result)
        for note in result.notes:
            self.report({'WARNING'}, words.report("{take}: {note}.", take=take[0], note=note))
        if not result.rig.reached:
            self.report(
                {'WARNING'}, "The tolerance was not reached with the most correctives there may be"
            )
        made = making.of_take(
            written,
            frames,
            np.ones(len(frames), bool) if result.solved is None else result.solved,
            NpzRows(self._output, "vertices"),
            result.rig.head,
            to_armature,
            root,
            Left.of(result.rig.error_mm, result.scale),
            result.scale,
        )
        shown = look(rig, armature, written.actions, made, context, written.locked)
        shown_report.keep(target.aim.retarget, shown)
        along = look_along(written.companions.objects, written.actions, frames, context)
        shown = replace(shown, hidden=(*shown.hidden, *along))
        to_know = shown_report.sentences(shown, written)
        left_alone += written.companions.left_alone
        to_know += shown_report.left_alone(left_alone)
        if armature is not None and (behind := left_behind(rig, armature)):
            text = "These stay behind when the bones move: {names}. Parent them to the bones (Ctrl P, Bone)"
            to_know.append(words.report(text, names=", ".join(behind)))
        target.aim.retarget.shown_notes = "\n".join(to_know)
        for sentence in to_know:
            self.report({'WARNING'}, sentence)
        return " ".join([_summary(target, shown), *shown_report.along(written.companions)])

    def _end(self, context: bpy.types.Context) -> None:
        """Also remove what was read from the scene: it has been played, or is read again."""
        super()._end(context)
        if self._reading is not None:
            self._reading.remove_files()


def _scene_frames(
    target: bpy.types.Object, result: RetargetResult, scene: bpy.types.Scene
) -> np.ndarray:
    """Frames of the scene [T] at which the take's are."""
    if result.times is not None:
        return scene.frame_start + result.times * scene.render.fps / scene.render.fps_base
    step = sources.played(target).frame_step(target, scene)
    return scene.frame_start + step * np.arange(result.frames)


def _animate_actor(
    face: bpy.types.Object,
    result: RetargetResult,
    take: tuple[str, np.ndarray],
    context: bpy.types.Context,
) -> writing.Written:
    """Let an actor's rig play, as after a solve."""
    model, state = storage.load_model(face), face.aim.retarget
    if rig_of(face) is None:
        bake_rig(face, model, context, BakeOptions())
    shape_sets.show(face, shape_sets.OWN)  # a take is of the actor's own expressions
    rig, count = result.rig, result.frames
    companions = plan_companions(
        rig_of(face),
        armature_of(face),
        context.scene,
        Channels(model.expression_names, rig.curves),
        Channels(result.channels, result.values),
        (state.source,),
        state.companions,
    )
    head = rig.head if state.head_motion else np.tile(np.eye(4), (count, 1, 1))
    played = writing.Performance(
        *take,
        np.ones(count, bool) if result.solved is None else result.solved,
        model.expression_names,
        head,
        rig.jaw,
        rig.curves,
        rig.corrective_shapes,
        rig.corrective_curves,
        layered=state.layer,
        widen=state.widen_ranges,
        look=result.look,
        lids_move=result.lids_move,
        corrective_regions=rig.regions,
        blinks=source_blinks(result.channels, result.values),
        companions=companions,
    )
    scale = head_space(face, context).mm_per_unit
    return writing.write_performance(rig_of(face), armature_of(face), played, scale)


def _keep_table(target: bpy.types.Object, rows: tuple[Match, ...]) -> None:
    state = target.aim.retarget
    state.matches.clear()
    state.active_match = 0
    for match in rows:
        row = state.matches.add()
        row.name, row.target, row.weight, row.how = (
            match.source,
            match.target,
            match.weight,
            match.how,
        )
        row.likeness = match.likeness if np.isfinite(match.likeness) else -1.0


def _keep_figures(target: bpy.types.Object, result: RetargetResult) -> None:
    state = target.aim.retarget
    state.played_name, state.played_frames = take_name(target), result.frames
    state.ms_per_frame = 1000 * result.seconds_per_frame
    state.correctives = len(result.rig.corrective_shapes)


def _summary(target: bpy.types.Object, shown: Shown) -> str:
    state = target.aim.retarget
    text = "{take} plays on {face}: {frames} frames. Corrective shape keys: {correctives}."
    if shown.is_off:
        text = (
            "{take} is written to {face}, but does not show as it was made: {frames} frames. Corrective shape keys: "
            "{correctives}."
        )
    said = words.report(
        text,
        take=state.played_name,
        face=target.name,
        frames=state.played_frames,
        correctives=state.correctives,
    )
    return f"{said} {shown_report.figure(shown)}"


classes = (AIM_OT_find_correspondence, AIM_OT_match_shapes, AIM_OT_retarget)
register, unregister = bpy.utils.register_classes_factory(classes)
