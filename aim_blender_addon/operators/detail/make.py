# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrinkles and pores made in the worker: from the actor's own scans, or generic ones."""

import bpy
import numpy as np

from ... import words
from ...backend.jobs.detail_extract import DetailExtractRequest
from ...backend.jobs.detail_fit import DetailFitRequest
from ...backend.jobs.detail_prior import DetailPriorRequest
from ...backend.jobs.detail_skin import DetailResult
from ...bridge.data.head_space import MM_PER_UNIT
from ...bridge.data.storage import face_object
from ...bridge.detail import apply, gather
from ...bridge.face.scans import require_alive, require_own_data
from ...bridge.rig.objects import rig_of
from ...jobs.driver import JobRequest, WorkerJobOperator
from .. import reasons
from .reasons import no_folder, no_uv


class _MakesDetail(WorkerJobOperator):
    """What both ways have in common."""

    kind = 'NONE'
    _neutral: np.ndarray | None = None
    _y_up = False

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no rig with a UV map that can be written to."""
        return super().disabled_reason(context) or reasons.first_reason(
            context, *reasons.WRITABLE_RIG[1:], no_uv
        )

    def checked(self, context: bpy.types.Context) -> tuple[bpy.types.Object, bpy.types.Object]:
        """Face and rig, which can take a detail."""
        face = face_object(context)
        require_own_data(face)
        rig = rig_of(face)
        apply.check_rig(rig)
        return face, rig

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: DetailResult
    ) -> str:
        """Put it onto the rig."""
        require_alive(target)
        notes = apply.apply(target, result, self._neutral, self.kind, self._y_up, context)
        for text in words.sentences(notes):
            self.report({'WARNING'}, text)
        return self.said(target, result)

    def said(self, face: bpy.types.Object, result: DetailResult) -> str:
        """What the user is told."""
        raise NotImplementedError


class AIM_OT_extract_detail(_MakesDetail, bpy.types.Operator):
    """Read wrinkles and pores off high-resolution scans or height maps, and let the rig play them"""

    bl_idname = "aim.extract_detail"
    bl_label = "Extract Detail from Scans"

    kind = 'SCANS'

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no folder."""
        return super().disabled_reason(context) or reasons.first_reason(
            context, reasons.no_scans, no_folder
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The registered scans, and where the heights are."""
        face, rig = self.checked(context)
        settings = face.aim.detail
        folder = gather.folder_of(face)
        fill = gather.generic_skin(face) if settings.fill else None
        is_scans = settings.source == 'SCANS'
        self._y_up = is_scans and settings.y_up
        actor = gather.skin_actor(face, rig, context, scans=True, y_up=self._y_up)
        self._neutral = actor.neutral.vertices
        if not is_scans:
            request = DetailFitRequest(actor, folder, settings.png_mm or None, fill)
        else:
            request = DetailExtractRequest(
                actor,
                folder,
                gather.maps_folder(face),
                int(settings.size),
                MM_PER_UNIT[settings.scan_unit],
                fill,
            )
        return JobRequest(request, "Extracting Detail", target=face)

    def said(self, face: bpy.types.Object, result: DetailResult) -> str:
        """How well left-out scans are foretold."""
        text = (
            "{face} plays the detail of {count} scans; a scan left out is missed by {missed:.3f} mm, and without "
            "detail by {zero:.3f}."
        )
        return words.report(
            text,
            face=face.name,
            count=result.report["maps"],
            missed=result.report["left_out_mm"],
            zero=result.report["zero_mm"],
        )


class AIM_OT_make_generic_skin(_MakesDetail, bpy.types.Operator):
    """Give the rig made-up wrinkles and pores that fit any face; no line of them is the actor's own"""

    bl_idname = "aim.make_generic_skin"
    bl_label = "Start from Generic Skin"

    kind = 'GENERIC'

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The neutral, and what the skin is like."""
        face, rig = self.checked(context)
        actor = gather.skin_actor(face, rig, context)
        self._y_up, self._neutral = False, actor.neutral.vertices
        size = int(face.aim.detail.size)
        style, face_model = gather.style_of(face)
        request = DetailPriorRequest(
            actor, size, gather.generic_skin(face), style, face_model if style else None
        )
        return JobRequest(request, "Making Generic Skin", target=face)

    def said(self, face: bpy.types.Object, result: DetailResult) -> str:
        """That the skin is made up."""
        return words.report(
            "{face} has generic skin: no line of it is the actor's.", face=face.name
        )


register, unregister = bpy.utils.register_classes_factory(
    (AIM_OT_extract_detail, AIM_OT_make_generic_skin)
)
