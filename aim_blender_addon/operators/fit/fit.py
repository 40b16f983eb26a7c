# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fit: scans and bones in, the model of the face out."""

from dataclasses import replace
from datetime import datetime

import bpy
import numpy as np

from ... import words
from ...backend.anatomy.jaw.pins import read_pin
from ...backend.fitting.actor import Actor
from ...backend.io.model_file import model_from_bytes, model_to_bytes
from ...backend.jobs.fit import FitRequest, FitResult
from ...backend.model.aim import AimModel
from ...backend.scans.checks import check_scans
from ...backend.scans.units import check_face_size
from ...bridge.data.head_space import head_space
from ...bridge.data.storage import face_object
from ...bridge.face.bones import PARTS, show_estimated_bones
from ...bridge.face.jaw_pins import read_pins
from ...bridge.face.landmarks import read_landmarks
from ...bridge.face.pieces import read_pieces
from ...bridge.face.results import keep_model
from ...bridge.face.scans import FaceMeshes, read_bones, read_face, require_alive, require_own_data
from ...jobs import environment
from ...jobs.driver import JobRequest, WorkerJobOperator
from .. import reasons
from ..bones.estimate import triangulated

#: Head motion worth telling.
_MOVED_MM = 0.5
#: A scan whose longest side is within this may be a face, with or without shoulders.
_SIZE_MM = (100.0, 1000.0)


class AIM_OT_fit(WorkerJobOperator, bpy.types.Operator):
    """Fit an anatomical model to the scans of this face; bones that are not picked are estimated"""

    bl_idname = "aim.fit"
    bl_label = "Fit Face"

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: nothing to fit, or nowhere to keep the model."""
        return super().disabled_reason(context) or reasons.first_reason(
            context, reasons.editing, reasons.no_scans, reasons.linked_face
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """Scans and bones, checked."""
        face = face_object(context)
        require_own_data(face)
        meshes = read_face(face, context)
        _check_quickly(meshes)
        bones = read_bones(face, context, meshes.space)
        landmarks = None if bones else read_landmarks(face, meshes.space, context) or None
        pins = read_pins(face, meshes.space, context)
        neutral = meshes.neutral.with_vertices(meshes.neutral.vertices, face.name)
        actor = Actor(
            neutral,
            tuple(neutral.with_vertices(scan.vertices, scan.name) for scan in meshes.expressions),
            *(triangulated(bone, part) for bone, part in zip(bones or (), PARTS, strict=False)),
            jaw_pins={name: read_pin(name, pin) for name, pin in pins.items()},
            pieces=read_pieces(face, meshes.space, context),
        )
        device = environment.settings().device
        request = FitRequest(actor, face.name, device, face.aim.seed, landmarks)
        return JobRequest(request, "Fitting Face", target=face)

    def write(self, context: bpy.types.Context, target: bpy.types.Object, result: FitResult) -> str:
        """Store the model on the neutral and show its figures; estimated bones become objects."""
        require_alive(target)
        require_own_data(target)
        given = bool(target.aim.skull and target.aim.jaw)
        model = _completed(target, model_from_bytes(result.model, target.name))
        keep_model(target, model, model_to_bytes(model))
        if not given and model.skull is not None and model.jaw is not None:
            show_estimated_bones(target, model.skull, model.jaw, head_space(target, context))
        return _summary(target, not given, result.report.get("jaw_by_teeth", ""))


def _check_quickly(meshes: FaceMeshes) -> None:
    """Check what the worker could not: the scans' own polygons, and the unit when the size is far off.

    Everything else is checked there, so that Blender does not stand still.
    """
    neutral = meshes.neutral
    low, high = _SIZE_MM
    if not low <= np.ptp(neutral.vertices, axis=0).max(initial=0.0) <= high:
        check_face_size(neutral, meshes.space.mm_per_unit)
    if not all(
        len(scan.vertices) == len(neutral.vertices)
        and np.array_equal(scan.face_sizes, neutral.face_sizes)
        and np.array_equal(scan.face_vertices, neutral.face_vertices)
        for scan in meshes.expressions
    ):
        check_scans(neutral, meshes.expressions)


def _completed(face: bpy.types.Object, model: AimModel) -> AimModel:
    """The model with what only Blender knows: the date, and that the picked bones were estimated."""
    report = {**model.report, "date": datetime.now().strftime("%Y-%m-%d %H:%M")}
    estimated = model.bones_estimated or face.aim.bones_estimated
    return replace(model, report=report, bones_estimated=estimated)


def _summary(face: bpy.types.Object, estimated: bool, teeth: str) -> str:
    """The fit in a few sentences."""
    report = face.aim.report
    fields = {"count": report.expressions, "face": face.name, "seconds": report.seconds}
    if report.seconds:
        said = [words.report("{count} scans of {face} fitted in {seconds:.0f} s.", **fields)]
    else:
        said = [words.report("{count} scans of {face} fitted.", **fields)]
    if report.has_errors:
        text = "The model is {mean:.3f} mm off on average, {largest:.2f} mm at most."
        said.append(words.report(text, mean=report.error_mean_mm, largest=report.error_max_mm))
    moved = max((scan.head_motion_mm for scan in face.aim.scans if scan.fitted), default=0.0)
    if moved >= _MOVED_MM:
        text = "The head had moved by up to {moved:.1f} mm, which was taken out."
        said.append(words.report(text, moved=moved))
    if teeth:
        said.append(words.report("The jaw of the scans was read off {teeth}.", teeth=teeth))
    if estimated:
        said.append(words.report("Skull and jaw were estimated."))
    return " ".join(said)


register, unregister = bpy.utils.register_classes_factory((AIM_OT_fit,))
