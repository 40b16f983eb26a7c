# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solve a recorded performance onto a face: frames in, an animated rig or a mesh cache out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from bpy.props import BoolProperty

from .. import words
from ..backend.io.takes import NpzRows
from ..bridge import performance, storage, takes
from ..bridge.meshes import HeadSpace, head_space
from ..bridge.rig import BakeOptions, armature_of, bake_rig, rig_of
from ..bridge.scans import require_alive, require_own_data
from ..bridge.storage import face_object, load_model
from ..jobs import environment
from ..jobs.client import WorkerClient
from ..jobs.driver import Job, WorkerJobOperator
from ..jobs.gathering import GatheringRunner
from . import polls

#: Fewer markers do not hold a head.
_FEWEST_MARKERS = 6
#: A marker farther from the skin is not on it.
_FAR_MM = 30.0
_FOLDER = "aim_takes"


class AIM_OT_bind_markers(bpy.types.Operator):
    """Bind the markers to the skin of the neutral where they are now: go to a frame with a neutral face first"""

    bl_idname = "aim.bind_markers"
    bl_label = "Bind Markers to Skin"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return polls.allow(
            cls, context, polls.busy, polls.no_face, polls.no_model, _no_markers, polls.linked_face
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        markers = list(face.aim.take.markers.objects)
        context.view_layer.update()
        bound = takes.bind(markers, load_model(face).neutral, head_space(face, context))
        far = [
            m.name for m, place in zip(markers, bound, strict=True) if place["distance"] > _FAR_MM
        ]
        if far:
            text = "{marker} is more than {limit:g} mm from the skin of {face}: bring the markers onto the face first."
            self.report({'ERROR'}, words.report(text, marker=far[0], limit=_FAR_MM, face=face.name))
            return {'CANCELLED'}
        face.aim.take.bound.clear()
        for marker, place in zip(markers, bound, strict=True):
            entry = face.aim.take.bound.add()
            entry.name, entry.object = marker.name, marker
            entry.corners, entry.barycentric = place["corners"], place["barycentric"]
            entry.offset = place["offset"]
        text = "{count} markers are bound to the skin of {face}."
        self.report({'INFO'}, words.report(text, count=len(bound), face=face.name))
        return {'FINISHED'}


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
        return super().disabled_reason(context) or polls.first_reason(
            context,
            polls.editing,
            polls.no_face,
            polls.no_model,
            _no_take,
            polls.linked_face,
        )

    def begin(self, context: bpy.types.Context) -> Job:
        """Read the frames first, where the scene holds them, then let the worker solve."""
        face = face_object(context)
        require_own_data(face)
        take, scene = face.aim.take, context.scene
        frames = range(scene.frame_start, scene.frame_end + 1)
        output = output_path(face)
        output.parent.mkdir(parents=True, exist_ok=True)
        params, arrays = self._request(face, output)
        rows = output.with_suffix(".frames.npy")
        reading: Iterator[float] = iter(())
        space = head_space(face, context)
        if take.source == 'MESH':
            neutral = load_model(face).neutral
            reading = takes.read_mesh_frames(take.object, neutral, frames, space, rows, context)
        elif take.source == 'MARKERS':
            markers = [entry.object for entry in take.bound]
            reading = takes.read_marker_frames(markers, frames, space, rows, context)
        worker = environment.worker(context)

        def submit() -> WorkerClient:
            if take_is_in_scene:
                arrays["frames"] = np.load(rows, mmap_mode="r")
            worker.submit("solve", params, arrays)
            return worker

        take_is_in_scene = take.source != 'FILE'
        runner = GatheringRunner(
            reading, submit, "Reading the performance", 0.2 if take_is_in_scene else 0.0
        )
        return Job(runner, "Solving the Performance", face.session_uid, face.name)

    def write(
        self,
        context: bpy.types.Context,
        target: bpy.types.Object,
        result: dict[str, Any],
        arrays: dict[str, np.ndarray],
    ) -> str:
        """Animate the rig, or show the cache."""
        require_alive(target)
        require_own_data(target)
        take, report = target.aim.take, result["report"]
        output = output_path(target)
        output.with_suffix(".frames.npy").unlink(missing_ok=True)
        take.solved_name, take.solved_frames = take_name(target), report["frames"]
        take.unsolved_frames = int(np.sum(report["unsolved_frames"] or 0))
        take.solve_error_mm = report["error_mm"].get("mean", 0.0)
        take.ms_per_frame = 1000 * report["seconds_per_frame"]
        space = head_space(target, context)
        if take.output == 'CACHE':
            return _show_cache(target, output, space, context)
        return _animate_rig(target, output, result, arrays, space, context)

    def _request(
        self, face: bpy.types.Object, output: Path
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Parameters and arrays of the job "solve", but for the frames."""
        take = face.aim.take
        params: dict[str, Any] = {
            "name": take_name(face),
            "output": str(output),
            "resume": self.resume,
            "smoothness": take.smoothness,
            "prior": take.prior,
        }
        if take.output == 'RIG':
            params |= {"tolerance_mm": take.tolerance_mm, "measure": "p99"}
        arrays = {"model": np.frombuffer(storage.model_bytes(face), np.uint8)}
        if take.source == 'FILE':
            params["path"] = bpy.path.abspath(take.path)
        elif take.source == 'MESH':
            params["kind"] = "vertices"
        else:
            params["kind"] = "positions"
            arrays["corners"] = np.array([entry.corners for entry in take.bound], np.int32)
            arrays["barycentric"] = np.array([entry.barycentric for entry in take.bound])
            arrays["offsets"] = np.array([entry.offset for entry in take.bound])
        return params, arrays


def take_name(face: bpy.types.Object) -> str:
    """What the user calls the performance that is chosen."""
    take = face.aim.take
    if take.source == 'MESH':
        return take.object.name if take.object else ""
    if take.source == 'MARKERS':
        return take.markers.name if take.markers else ""
    return Path(take.path.rstrip("/\\")).stem


def output_path(face: bpy.types.Object) -> Path:
    """Where the solved frames of the chosen performance go: beside the .blend, or a temporary folder before it is
    saved."""
    saved = bpy.data.filepath
    folder = Path(saved).parent if saved else Path(bpy.app.tempdir)
    return folder / _FOLDER / f"{bpy.path.clean_name(f'{face.name} {take_name(face)}')}.npz"


def can_resume(face: bpy.types.Object) -> bool:
    """Whether a cancelled solve of the chosen performance has left frames."""
    return Path(f"{output_path(face)}.part").is_dir()


def frame_step(take: bpy.types.PropertyGroup, scene: bpy.types.Scene) -> float:
    """Scene frames from one frame of the take to the next."""
    if take.source != 'FILE' or not take.fps:
        return 1.0
    return scene.render.fps / scene.render.fps_base / take.fps


def _show_cache(
    face: bpy.types.Object, output: Path, space: HeadSpace, context: bpy.types.Context
) -> str:
    name, step = take_name(face), frame_step(face.aim.take, context.scene)
    performance.write_cache(
        face, output, output.with_suffix(".pc2"), context.scene.frame_start, step, space, name
    )
    text = "{take}: {frames} frames solved, {error:.3f} mm off on average; they play from a mesh cache."
    return words.report(
        text,
        take=name,
        frames=face.aim.take.solved_frames,
        error=face.aim.take.solve_error_mm,
    )


def _animate_rig(
    face: bpy.types.Object,
    output: Path,
    result: dict[str, Any],
    arrays: dict[str, np.ndarray],
    space: HeadSpace,
    context: bpy.types.Context,
) -> str:
    take, scene = face.aim.take, context.scene
    model = load_model(face)
    if rig_of(face) is None:
        bake_rig(face, model, context, BakeOptions())
    head, jaw = (NpzRows(output, name).whole() for name in ("head", "jaw"))
    step = frame_step(take, scene)
    frames = scene.frame_start + step * np.arange(len(head))
    name = take_name(face)
    performance.write_performance(
        rig_of(face),
        armature_of(face),
        performance.Performance(
            name,
            frames,
            model.expression_names,
            head,
            jaw,
            arrays["curves"],
            arrays["corrective_shapes"],
            arrays["corrective_curves"],
        ),
        space.mm_per_unit,
    )
    take.correctives = len(arrays["corrective_shapes"])
    take.baked_p99_mm = result["baked"]["error_mm"]["p99"]
    text = (
        "{take}: {frames} frames solved, {error:.3f} mm off on average; the rig plays them with {correctives} "
        "corrective shape keys, 99 % within {baked:.2f} mm."
    )
    if not result["baked"]["reached"]:
        text += " The tolerance was not reached."
    return words.report(
        text,
        take=name,
        frames=take.solved_frames,
        error=take.solve_error_mm,
        correctives=take.correctives,
        baked=take.baked_p99_mm,
    )


def _no_markers(context: bpy.types.Context) -> str:
    markers = face_object(context).aim.take.markers
    if markers is None or len(markers.objects) < _FEWEST_MARKERS:
        return "Choose a collection of at least six markers first"
    return ""


def _no_take(context: bpy.types.Context) -> str:
    take = face_object(context).aim.take
    if take.source == 'MESH':
        return "" if storage.in_scene(take.object) else "Choose the mesh that was recorded first"
    if take.source == 'FILE':
        return "" if take.path else "Choose a file or folder first"
    if any(not storage.in_scene(entry.object) for entry in take.bound):
        return "A marker is gone: bind the markers again"
    return "" if len(take.bound) >= _FEWEST_MARKERS else "Bind the markers to the skin first"


classes = (AIM_OT_bind_markers, AIM_OT_solve)
register, unregister = bpy.utils.register_classes_factory(classes)
