# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes of a rig without eyeballs: where they turn is guessed from the lids."""

import bpy

from ... import words
from ...backend.jobs.eyes import EyesRequest, EyesResult
from ...bridge.data.head_space import head_space
from ...bridge.data.storage import face_object, load_model
from ...bridge.face.landmarks import corrected_landmarks
from ...bridge.face.scans import require_alive, require_own_data
from ...bridge.rig.duplicates import acting_on, active_duplicate
from ...bridge.rig.eyes import make_eyes
from ...jobs.driver import JobRequest, WorkerJobOperator
from .. import reasons
from .eyes import warnings


class AIM_OT_estimate_eyes(WorkerJobOperator, bpy.types.Operator):
    """Give a rig without eyeballs bones for its eyes: the lids tell where eyes turn; eyeballs count where they are"""

    bl_idname = "aim.estimate_eyes"
    bl_label = "Estimate Eyes from Lids"

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no rig, or none that can be written to."""
        return super().disabled_reason(context) or reasons.first_reason(
            context,
            reasons.not_in_object_mode,
            reasons.no_face,
            reasons.no_rig,
            reasons.no_model,
            reasons.linked_face,
            reasons.linked_rig,
            reasons.sculpting_shape,
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The neutral of the model, and landmarks moved by hand."""
        face = face_object(context)
        landmarks = corrected_landmarks(face, head_space(face, context), context)
        self._duplicate = active_duplicate(face, context)
        request = EyesRequest(load_model(face).neutral, landmarks)
        return JobRequest(request, "Estimating the Eyes", face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: EyesResult
    ) -> str:
        """Make the bones."""
        require_alive(target)
        require_own_data(target)
        with acting_on(target, self._duplicate):
            made = make_eyes(target, load_model(target), (), context, result.balls())
        for text in warnings(made):
            self.report({'WARNING'}, text)
        if not made.guessed:
            text = "{face} has eyeballs: its eyes turn about these."
            return words.report(text, face=target.name)
        error = max(made.balls[side].error_mm for side in made.guessed)
        text = "The eyes of {face} turn now, about centres that the lids tell to {error:.1f} mm."
        return words.report(text, face=target.name, error=error)


classes = (AIM_OT_estimate_eyes,)
register, unregister = bpy.utils.register_classes_factory(classes)
