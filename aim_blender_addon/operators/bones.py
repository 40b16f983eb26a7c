# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skull and jaw estimated from the skin."""

from typing import Any

import bpy
import numpy as np

from .. import words
from ..backend.geometry.mesh import Mesh
from ..backend.registration.units import check_face_size
from ..bridge import display
from ..bridge.bones import show_estimated_bones
from ..bridge.landmarks import read_landmarks
from ..bridge.meshes import head_space
from ..bridge.scans import read_neutral, require_alive, require_own_data
from ..bridge.storage import face_object
from ..jobs.driver import JobRequest, WorkerJobOperator
from . import polls


class AIM_OT_estimate_bones(WorkerJobOperator, bpy.types.Operator):
    """Estimate skull and jaw under the skin of the neutral from usual tissue depths and the landmarks"""

    bl_idname = "aim.estimate_bones"
    bl_label = "Estimate Bones"

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no face, or none that can be written to."""
        return super().disabled_reason(context) or polls.first_reason(
            context, polls.editing, polls.no_face, polls.linked_face
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The neutral and, where there are any, the landmarks as they are now."""
        face = face_object(context)
        landmarks = read_landmarks(face, head_space(face, context), context) or None
        return neutral_request(
            "estimate_bones", {"landmarks": landmarks}, "Estimating Bones", face, context
        )

    def write(
        self,
        context: bpy.types.Context,
        target: bpy.types.Object,
        result: dict[str, Any],
        arrays: dict[str, np.ndarray],
    ) -> str:
        """Make the two bones, or reshape those of an earlier estimate, and let them be seen under the skin."""
        require_alive(target)
        require_own_data(target)
        skull, jaw = (
            Mesh.from_triangles(arrays[f"{part}_vertices"], arrays[f"{part}_triangles"], part)
            for part in ("skull", "jaw")
        )
        show_estimated_bones(target, skull, jaw, head_space(target, context))
        display.show_bones(target, context)
        return words.report(
            "Skull and jaw of {face} estimated; expect them to be about {error:.1f} mm off.",
            face=target.name,
            error=result["expected_error_mm"],
        )


def neutral_request(
    job: str,
    params: dict[str, Any],
    title: str,
    face: bpy.types.Object,
    context: bpy.types.Context,
) -> JobRequest:
    """A job on the neutral of ``face``.

    Raises:
        AimError: the face is linked, in Edit Mode, or not as large as a face.
    """
    require_own_data(face)
    space = head_space(face, context)
    neutral = read_neutral(face, context, space)
    check_face_size(neutral, space.mm_per_unit)
    arrays = {
        "neutral_vertices": neutral.vertices,
        "neutral_face_vertices": neutral.face_vertices,
        "neutral_face_sizes": neutral.face_sizes,
    }
    return JobRequest(job, {"name": face.name, **params}, arrays, title, target=face)


classes = (AIM_OT_estimate_bones,)
register, unregister = bpy.utils.register_classes_factory(classes)
