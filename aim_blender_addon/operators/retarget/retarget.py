# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retarget a performance: which place is which, which shape key shows what, then an Action on the target."""

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np

from ... import words
from ...backend.errors import RetargetError
from ...bridge.data import storage
from ...bridge.data.head_space import head_space
from ...bridge.face.scans import require_alive, require_own_data
from ...bridge.performance import writing
from ...bridge.performance.files import frame_step
from ...bridge.retarget import correspondence
from ...bridge.retarget.characters import (
    has_model,
    read_animation,
    read_character,
    source_object,
    target_object,
)
from ...bridge.retarget.request import (
    new_output,
    output_path,
    plays_shapes,
    read_faces,
    take_name,
    take_settings,
)
from ...bridge.retarget.writing import write_character
from ...bridge.rig.bake import BakeOptions, armature_of, bake_rig, rig_of
from ...jobs import environment
from ...jobs.client import WorkerClient
from ...jobs.driver import Job, JobRequest, WorkerJobOperator
from ...jobs.gathering import GatheringRunner
from .. import reasons
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
        faces = read_faces(target, context)
        faces.arrays.pop("map", None)
        title = "Finding the Correspondence"
        return JobRequest("find_correspondence", faces.params, faces.arrays, title, target)

    def write(
        self,
        context: bpy.types.Context,
        target: bpy.types.Object,
        result: dict[str, Any],
        arrays: dict[str, np.ndarray],
    ) -> str:
        """Keep it, with the landmarks."""
        require_alive(target)
        require_own_data(target)
        correspondence.keep_map(target, result, arrays["map"].tobytes())
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
        faces.params["by_curves"] = target.aim.retarget.source_kind == 'CURVES'
        return JobRequest("match_shapes", faces.params, faces.arrays, "Matching Shapes", target)

    def write(
        self,
        context: bpy.types.Context,
        target: bpy.types.Object,
        result: dict[str, Any],
        arrays: dict[str, np.ndarray],
    ) -> str:
        """Fill the table."""
        require_alive(target)
        require_own_data(target)
        if "map" in arrays:
            correspondence.keep_map(target, result, arrays["map"].tobytes())
        _keep_table(target, result["rows"])
        by_name = sum(row[3] == "name" for row in result["rows"])
        text = "{rows} rows: {named} matched by name, {moved} by motion."
        rows = len(result["rows"])
        return words.report(text, rows=rows, named=by_name, moved=rows - by_name)


class AIM_OT_retarget(WorkerJobOperator, bpy.types.Operator):
    """Play the performance on this face: jaw, head and expressions move as the source's, as an Action to edit"""

    bl_idname = "aim.retarget"
    bl_label = "Retarget Performance"

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no performance, or no correspondence."""
        return super().disabled_reason(context) or reasons.first_reason(
            context,
            reasons.editing,
            target_reasons.no_target,
            target_reasons.no_source,
            target_reasons.no_performance,
            target_reasons.no_correspondence,
            target_reasons.linked_target,
        )

    def begin(self, context: bpy.types.Context) -> Job:
        """Read the frames first, where the scene holds them, then let the worker play."""
        target = target_object(context)
        require_own_data(target)
        state, scene = target.aim.retarget, context.scene
        faces = read_faces(target, context)
        output = new_output(target)
        faces.params |= take_settings(target, faces.target) | {"output": str(output)}
        rows = output.with_suffix(".frames.npy")
        reading: Iterator[float] = iter(())
        if state.source_kind == 'MESH':
            frames = range(scene.frame_start, scene.frame_end + 1)
            names = faces.params["source"]["names"]
            faces.arrays["weights"] = np.zeros((len(frames), len(names)))
            count = len(faces.source.mesh.vertices)
            weights = faces.arrays["weights"]
            source = source_object(target)
            reading = read_animation(source, names, count, frames, rows, weights, context)
        worker = environment.worker(context)

        def submit() -> WorkerClient:
            if is_in_scene:
                faces.arrays["frames"] = np.load(rows, mmap_mode="r")
            worker.submit("retarget", faces.params, faces.arrays)
            return worker

        is_in_scene = state.source_kind == 'MESH'
        share = 0.2 if is_in_scene else 0.0
        runner = GatheringRunner(reading, submit, "Reading the performance", share)
        return Job(runner, "Retargeting the Performance", target.session_uid, target.name)

    def write(
        self,
        context: bpy.types.Context,
        target: bpy.types.Object,
        result: dict[str, Any],
        arrays: dict[str, np.ndarray],
    ) -> str:
        """Animate the target."""
        require_alive(target)
        require_own_data(target)
        output_path(target).with_suffix(".frames.npy").unlink(missing_ok=True)
        frames = _scene_frames(target, arrays, context.scene)
        take = (f"{take_name(target)} {target.name}", frames)
        left_alone: tuple[str, ...] = ()
        if has_model(target):
            _animate_actor(target, arrays, take, context)
        else:
            character = read_character(target, context, with_shapes=plays_shapes(target))
            if len(character.mesh.vertices) != arrays["corrective_shapes"].shape[1]:
                raise RetargetError(f"{target.name} has changed meanwhile: retarget again")
            write_character(target, character, result, arrays, take, context)
            left_alone = character.left_alone
        if "map" in arrays:
            correspondence.keep_map(target, result, arrays["map"].tobytes())
        if result["rows"] and not len(target.aim.retarget.matches):
            _keep_table(target, result["rows"])
        context.scene.frame_end = max(context.scene.frame_end, int(np.ceil(frames[-1])))
        _keep_figures(target, result, arrays)
        for note in result["report"]["notes"]:
            self.report({'WARNING'}, words.report("{take}: {note}.", take=take[0], note=note))
        if not result["reached"]:
            self.report(
                {'WARNING'}, "The tolerance was not reached with the most correctives there may be"
            )
        target.aim.retarget.left_alone = ", ".join(left_alone)
        if left_alone:
            text = "Something else moves these shape keys, so they were left alone: {names}"
            self.report({'WARNING'}, words.report(text, names=", ".join(left_alone)))
        return _summary(target)


def _scene_frames(
    target: bpy.types.Object, arrays: dict[str, np.ndarray], scene: bpy.types.Scene
) -> np.ndarray:
    """Frames of the scene [T] at which the take's are."""
    state = target.aim.retarget
    if "times" in arrays:
        return scene.frame_start + arrays["times"] * scene.render.fps / scene.render.fps_base
    step = 1.0
    if state.source_kind == 'TAKE':
        step = frame_step(source_object(target).aim.take, scene)
    return scene.frame_start + step * np.arange(len(arrays["head"]))


def _animate_actor(
    face: bpy.types.Object,
    arrays: dict[str, np.ndarray],
    take: tuple[str, np.ndarray],
    context: bpy.types.Context,
) -> None:
    """Let an actor's rig play, as after a solve."""
    model, state = storage.load_model(face), face.aim.retarget
    if rig_of(face) is None:
        bake_rig(face, model, context, BakeOptions())
    head = arrays["head"] if state.head_motion else np.tile(np.eye(4), (len(arrays["jaw"]), 1, 1))
    played = writing.Performance(
        *take,
        arrays.get("solved", np.ones(len(arrays["jaw"]), bool)),
        model.expression_names,
        head,
        arrays["jaw"],
        arrays["curves"],
        arrays["corrective_shapes"],
        arrays["corrective_curves"],
        layered=state.layer,
    )
    scale = head_space(face, context).mm_per_unit
    writing.write_performance(rig_of(face), armature_of(face), played, scale)


def _keep_table(target: bpy.types.Object, rows: list[list[Any]]) -> None:
    state = target.aim.retarget
    state.matches.clear()
    state.active_match = 0
    for source, shape, weight, how, likeness in rows:
        row = state.matches.add()
        row.name, row.target, row.weight, row.how = source, shape, weight, how
        row.likeness = likeness if np.isfinite(likeness) else -1.0


def _keep_figures(
    target: bpy.types.Object, result: dict[str, Any], arrays: dict[str, np.ndarray]
) -> None:
    state, report = target.aim.retarget, result["report"]
    state.played_name, state.played_frames = take_name(target), report["frames"]
    state.ms_per_frame = 1000 * report["seconds_per_frame"]
    state.correctives = len(arrays["corrective_shapes"])
    state.baked_p99_mm = result["error_mm"]["p99"]


def _summary(target: bpy.types.Object) -> str:
    state = target.aim.retarget
    text = "{take} plays on {face}: {frames} frames, {correctives} corrective shape keys, 99 % within {baked:.2f} mm."
    return words.report(
        text,
        take=state.played_name,
        face=target.name,
        frames=state.played_frames,
        correctives=state.correctives,
        baked=state.baked_p99_mm,
    )


classes = (AIM_OT_find_correspondence, AIM_OT_match_shapes, AIM_OT_retarget)
register, unregister = bpy.utils.register_classes_factory(classes)
