# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skull and jaw estimated from the skin."""

import bpy

from ... import words
from ...backend.errors import BonesError
from ...backend.geometry.mesh import Mesh
from ...backend.jobs.bones import BonesRequest, BonesResult
from ...backend.scans.units import check_face_size
from ...bridge.data.head_space import head_space
from ...bridge.data.meshes import read_objects
from ...bridge.data.storage import face_object
from ...bridge.face.bones import show_estimated_bones
from ...bridge.face.landmarks import read_landmarks
from ...bridge.face.scans import read_neutral, require_alive, require_own_data
from ...bridge.view import display
from ...jobs.driver import JobRequest, WorkerJobOperator
from .. import reasons


class AIM_OT_estimate_bones(WorkerJobOperator, bpy.types.Operator):
    """Estimate skull and jaw under the skin from usual tissue depths and the landmarks, or bring a template's there"""

    bl_idname = "aim.estimate_bones"
    bl_label = "Estimate Bones"

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no face, or none that can be written to."""
        return super().disabled_reason(context) or reasons.first_reason(
            context, reasons.editing, reasons.no_face, reasons.linked_face
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The neutral and, where there are any, the landmarks as they are now."""
        face = face_object(context)
        neutral = checked_neutral(face, context)
        landmarks = read_landmarks(face, head_space(face, context), context) or None
        request = BonesRequest(neutral, landmarks, _template(face, context))
        return JobRequest(request, "Estimating Bones", face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: BonesResult
    ) -> str:
        """Make the two bones, or reshape those of an earlier estimate, and let them be seen under the skin."""
        require_alive(target)
        require_own_data(target)
        skull, jaw = triangulated(result.skull, "skull"), triangulated(result.jaw, "jaw")
        show_estimated_bones(target, skull, jaw, head_space(target, context))
        display.show_bones(target, context)
        return words.report(
            "Skull and jaw of {face} estimated; expect them to be about {error:.1f} mm off.",
            face=target.name,
            error=result.expected_error_mm,
        )


def _template(face: bpy.types.Object, context: bpy.types.Context) -> tuple[Mesh, Mesh] | None:
    """The template's skull and jaw; None where none is picked.

    Raises:
        BonesError: only one of its two bones is picked.
    """
    picked = [face.aim.template_skull, face.aim.template_jaw]
    if not any(picked):
        return None
    if not all(picked):
        raise BonesError("A template is a skull and a jaw: pick both, or none.")
    skull, jaw = read_objects(picked, head_space(face, context), context)
    return triangulated(skull, "template_skull"), triangulated(jaw, "template_jaw")


def checked_neutral(face: bpy.types.Object, context: bpy.types.Context) -> Mesh:
    """The neutral of ``face``, under its name.

    Raises:
        AimError: the face is linked, in Edit Mode, or not as large as a face.
    """
    require_own_data(face)
    space = head_space(face, context)
    neutral = read_neutral(face, context, space)
    check_face_size(neutral, space.mm_per_unit)
    return neutral.with_vertices(neutral.vertices, face.name)


def triangulated(mesh: Mesh, name: str) -> Mesh:
    """The same mesh in triangles, under ``name``."""
    return Mesh.from_triangles(mesh.vertices, mesh.triangles, name)


classes = (AIM_OT_estimate_bones,)
register, unregister = bpy.utils.register_classes_factory(classes)
