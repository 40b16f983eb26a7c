# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks on the neutral, from which bones are estimated."""

import bpy

from ... import words
from ...backend.jobs.landmarks import LandmarksRequest, LandmarksResult
from ...bridge.data.head_space import head_space
from ...bridge.data.storage import face_object
from ...bridge.face.landmarks import show_landmarks
from ...bridge.face.scans import require_alive, require_own_data
from ...jobs.driver import JobRequest, WorkerJobOperator
from .. import reasons
from .estimate import checked_neutral


class AIM_OT_find_landmarks(WorkerJobOperator, bpy.types.Operator):
    """Find the landmarks on the neutral and show them as empties that can be moved before the bones are estimated"""

    bl_idname = "aim.find_landmarks"
    bl_label = "Find Face Landmarks"

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no face, or none that can be written to."""
        return super().disabled_reason(context) or reasons.first_reason(
            context, reasons.editing, reasons.no_face, reasons.linked_face
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The neutral."""
        face = face_object(context)
        request = LandmarksRequest(checked_neutral(face, context))
        return JobRequest(request, "Finding Landmarks", face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: LandmarksResult
    ) -> str:
        """Make or move the empties."""
        require_alive(target)
        require_own_data(target)
        points = result.landmarks
        show_landmarks(target, points, head_space(target, context), context)
        text = "{count} landmarks found: move those that are off, then press Estimate Bones."
        return words.report(text, count=len(points))


classes = (AIM_OT_find_landmarks,)
register, unregister = bpy.utils.register_classes_factory(classes)
