# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flesh of a face, built in the worker and kept beside the model."""

import bpy

from ... import words
from ...backend.io.model_file import StoredModel
from ...backend.jobs.flesh import FleshRequest, FleshResult
from ...bridge.data.head_space import head_space
from ...bridge.data.storage import face_object, model_bytes, model_fingerprint
from ...bridge.face.landmarks import corrected_landmarks
from ...bridge.face.scans import require_own_data
from ...bridge.muscles import curves, store
from ...bridge.muscles.sizes import edge_mm
from ...jobs.driver import JobRequest, WorkerJobOperator
from .. import reasons


class AIM_OT_build_flesh(WorkerJobOperator, bpy.types.Operator):
    """Build the flesh between bone and skin with its muscles, as the model and edited curves have them"""

    bl_idname = "aim.build_flesh"
    bl_label = "Build Flesh"

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no model, or nowhere to keep the flesh."""
        return super().disabled_reason(context) or reasons.first_reason(
            context, reasons.editing, reasons.no_face, reasons.no_model, reasons.linked_face
        )

    _model = ""

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The model, and the muscles that the user has changed."""
        face = face_object(context)
        require_own_data(face)
        self._model = model_fingerprint(face)
        model = StoredModel(model_bytes(face), face.name)
        landmarks = corrected_landmarks(face, head_space(face, context), context)
        edge, given = edge_mm(face.aim.muscles), curves.given(face, context)
        request = FleshRequest(model, edge, given, landmarks or None)
        return JobRequest(request, "Building Flesh", target=face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: FleshResult
    ) -> str:
        """Keep it; curves that nobody has changed follow."""
        store.require_same(target, self._model)
        store.keep(target, result)
        curves.refresh(target, context)
        for text in warnings(target, result):
            self.report({'WARNING'}, text)
        return words.report(
            "{face} has flesh of {count} tetrahedra with {muscles} muscles, built in {seconds:.0f} s.",
            face=target.name,
            count=f"{result.report['tetrahedra']:,}",
            muscles=len(result.muscles),
            seconds=result.report["seconds"],
        )


class AIM_OT_remove_flesh(bpy.types.Operator):
    """Take the flesh out of the file, which makes it smaller; curves, shapes and caches stay"""

    bl_idname = "aim.remove_flesh"
    bl_label = "Remove Flesh"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.busy, reasons.no_face, reasons.linked_face, _nothing_kept
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        store.remove(face_object(context))
        return {'FINISHED'}


def warnings(face: bpy.types.Object, result: FleshResult) -> list[str]:
    """What of the muscles is not as it should be, a sentence each."""
    said = []
    if out := store.outside(face):
        text = "These muscles leave the flesh, so that they pull on little of it: {names}."
        said.append(words.report(text, names=", ".join(out)))
    said += words.sentences(result.report["notes"])
    if left_out := result.report["left_out"]:
        text = "{count} muscles of {face} were left out, as their landmarks are missing; the list names them."
        said.append(words.report(text, count=len(left_out), face=face.name))
    return said


def _nothing_kept(context: bpy.types.Context) -> str:
    return "" if store.has_flesh(face_object(context)) else "There is no flesh to remove"


register, unregister = bpy.utils.register_classes_factory((AIM_OT_build_flesh, AIM_OT_remove_flesh))
