# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face controls made and removed."""

import bpy
from bpy.props import EnumProperty

from ... import words
from ...backend.errors import AimError
from ...backend.io.model_file import StoredModel
from ...backend.jobs.controls import ControlsRequest, ControlsResult
from ...bridge.controls import controls
from ...bridge.data.head_space import head_space
from ...bridge.data.storage import face_object, load_model, model_bytes
from ...bridge.face.landmarks import corrected_landmarks
from ...bridge.face.scans import require_alive, require_own_data
from ...bridge.rig.duplicates import acting_on, active_armature, active_duplicate
from ...jobs.driver import JobRequest, WorkerJobOperator
from .. import reasons


class AIM_OT_make_face_controls(WorkerJobOperator, bpy.types.Operator):
    """Give the rig bounded controls on the skin, or on a board, that move it by the face's own expressions"""

    bl_idname = "aim.make_face_controls"
    bl_label = "Make Face Controls"

    place: EnumProperty(
        name="Place",
        description="Where the controls are",
        items=(
            (controls.FACE, "On the Skin", "Each control lies on the skin that it moves"),
            (controls.BOARD, "Board", "The controls lie flat on a board beside the face"),
        ),
    )

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no rig, or none that can be written to."""
        return super().disabled_reason(context) or reasons.first_reason(
            context,
            reasons.editing,
            reasons.no_face,
            reasons.no_rig,
            reasons.no_model,
            reasons.linked_face,
            reasons.linked_rig,
            reasons.sculpting_shape,
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The model, and what the rig's shape keys do."""
        face = face_object(context)
        model = load_model(face)
        self._duplicate = active_duplicate(face, context)
        with acting_on(face, self._duplicate):
            controls.check(face, model, context)
            shapes, jaws, balls, adds = controls.gather(face)
        landmarks = corrected_landmarks(face, head_space(face, context), context)
        stored = StoredModel(model_bytes(face), face.name)
        request = ControlsRequest(stored, landmarks, shapes, jaws, balls, adds)
        return JobRequest(request, "Making Face Controls", face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: ControlsResult
    ) -> str:
        """Make bones and shape keys."""
        require_alive(target)
        require_own_data(target)
        with acting_on(target, self._duplicate):
            has_tongue = controls.write(target, load_model(target), result, self.place, context)
        if result.missing:
            text = "Left out, since no expression moves their place: {names}."
            self.report({'WARNING'}, words.report(text, names=", ".join(result.missing)))
        if not result.teeth:
            text = "{face} has no bones, so the controls do not keep lips off teeth."
            self.report({'WARNING'}, words.report(text, face=target.name))
        if not has_tongue:
            text = "No tongue hangs on the rig of {face}, so there are no bones for one."
            self.report({'INFO'}, words.report(text, face=target.name))
        text = "{face} has {count} face controls with {ways} ways to go."
        return words.report(
            text, face=target.name, count=len(result.names), ways=len(result.owners)
        )


class AIM_OT_remove_face_controls(bpy.types.Operator):
    """Take the face controls of the rig away, with the shape keys that they drive"""

    bl_idname = "aim.remove_face_controls"
    bl_label = "Remove Face Controls"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.editing,
            reasons.no_face,
            reasons.no_rig,
            reasons.linked_rig,
            no_controls,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            with acting_on(face, active_duplicate(face, context)):
                controls.remove(face, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        return {'FINISHED'}


def no_controls(context: bpy.types.Context) -> str:
    """The rig has no face controls."""
    armature = active_armature(face_object(context), context)
    return "" if controls.has_bones(armature) else "Make the face controls first"


class AIM_OT_mend_face_controls(bpy.types.Operator):
    """Lead face controls and lip seal back to bones that were renamed or made anew"""

    bl_idname = "aim.mend_face_controls"
    bl_label = "Mend Face Controls"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.editing,
            reasons.no_face,
            reasons.no_rig,
            reasons.linked_rig,
            no_controls,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            with acting_on(face, active_duplicate(face, context)):
                lost = controls.update(face, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        for text in lost_text(lost):
            self.report({'WARNING'}, text)
        return {'FINISHED'}


def lost_text(lost: controls.Lost | None) -> list[str]:
    """What controls have lost for good, as a sentence; none where all is well."""
    if lost is None or not lost.gone:
        return []
    text = "The bones of these controls are gone: {names}. Make the controls again."
    return [words.report(text, names=", ".join(lost.gone))]


classes = (AIM_OT_make_face_controls, AIM_OT_remove_face_controls, AIM_OT_mend_face_controls)
register, unregister = bpy.utils.register_classes_factory(classes)
