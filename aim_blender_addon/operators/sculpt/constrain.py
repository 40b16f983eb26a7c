# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a freely sculpted shape key to the nearest shape that anatomy allows, and compare both."""

import bpy

from ... import words
from ...backend.errors import AimError, EditError
from ...backend.jobs.edit_constrain import EditConstrainRequest, EditConstrainResult
from ...backend.jobs.edited_face import RigState
from ...bridge.data.storage import face_object, load_model
from ...bridge.rig.carried import carry_keys
from ...bridge.rig.objects import rig_of
from ...bridge.sculpt import edit_state, rig_parts
from ...bridge.sculpt import keys as sculpt_keys
from ...bridge.sculpt.rig_parts import RigParts
from ...jobs import edit_session
from ...jobs.driver import JobRequest, WorkerJobOperator
from .. import reasons
from . import handle_solve

#: Tells the shape that was written last apart.
_written = ""


class AIM_OT_constrain_key(WorkerJobOperator, bpy.types.Operator):
    """Bring the active shape key of the rig, as sculpted, to the nearest shape that bone, tissue and jaw allow"""

    bl_idname = "aim.constrain_key"
    manual_heading = "sculpted-freely"
    bl_label = "Constrain Sculpt"

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no model, no rig or no shape key that could be constrained."""
        return super().disabled_reason(context) or reasons.first_reason(
            context,
            reasons.no_face,
            reasons.no_model,
            reasons.no_rig,
            reasons.linked_face,
            reasons.linked_rig,
            reasons.editing,
            no_key,
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The shape with the key fully shown and without it, and what is masked."""
        face = face_object(context)
        rig, settings = RigParts.of(face), face.aim.sculpt
        rig_parts.check_model(rig, load_model(face))
        if settings.shows_before:
            raise EditError(
                f"{rig.mesh.name} shows the shape before Constrain: turn off Compare first."
            )
        name = rig.mesh.active_shape_key.name
        self._name = name
        shapes = sculpt_keys.with_and_without(rig, name)
        request = EditConstrainRequest(
            edit_session.edited_face(face),
            RigState(
                shapes.without,
                edit_state.slider_weights(rig, full=name),
                rig_parts.jaw_pose(rig, rig_parts.jaw_channels(rig.armature)),
            ),
            shapes.sculpted,
            settings.strength,
            settings.volume_share,
            settings.solve_jaw,
            sculpt_keys.own_expression(rig, name),
            sculpt_keys.mask(rig, settings.keep_group),
        )
        return JobRequest(request, "Constraining the Sculpt", face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: EditConstrainResult
    ) -> str:
        """The key as it may be; as it was, it is kept for Compare."""
        rig = RigParts.of(target)
        if self._name not in rig.keys.key_blocks:
            raise EditError(
                f"{rig.mesh.name} has lost its shape key {self._name} meanwhile: nothing was changed."
            )
        keep_strokes(context, rig, self._name)
        sculpt_keys.keep_before(rig, self._name)
        sculpt_keys.write_constrained(rig, self._name, result.shape, result.jaw)
        remember_written(rig, self._name)
        handle_solve.keep(context, rig, self._name)
        settings = target.aim.sculpt
        settings.moved_mean_mm = result.moved_mean_mm
        settings.moved_max_mm = result.moved_max_mm
        text = (
            "{name} was moved by {mean:.2f} mm on average, {most:.1f} mm at most; the volume changes by "
            "{volume:.1%}."
        )
        if result.kept < 0.999:
            text = (
                "{name} was moved by {mean:.2f} mm on average, {most:.1f} mm at most; the volume changes by "
                "{volume:.1%}, for which the sculpt was scaled to {kept:.0%}."
            )
        return words.report(
            text,
            name=self._name,
            mean=result.moved_mean_mm,
            most=result.moved_max_mm,
            volume=result.volume_change,
            kept=result.kept,
        )


class AIM_OT_compare_sculpt(bpy.types.Operator):
    """Show the sculpt as it was before Constrain, or again as it is now"""

    bl_idname = "aim.compare_sculpt"
    manual_heading = "sculpted-freely"
    bl_label = "Compare Sculpt Before and After"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.no_face,
            reasons.no_rig,
            reasons.linked_face,
            reasons.linked_rig,
            _nothing_kept,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        name = face.aim.sculpt.before_key
        try:
            rig = RigParts.of(face)
            keep_strokes(context, rig, name)
            sculpt_keys.swap_before(rig)
            carry_keys(rig.mesh, [name])
            remember_written(rig, name)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        return {'FINISHED'}


def keep_strokes(context: bpy.types.Context, rig: RigParts, name: str) -> None:
    """An undo step of the file with what was sculpted since the last one: Sculpt Mode's own steps hold what a stroke
    changed, and cannot take back what came after it."""
    if context.mode == 'SCULPT' and sculpt_keys.fingerprint(rig, name) != _written:
        bpy.ops.ed.undo_push(message="Sculpt")


def remember_written(rig: RigParts, name: str) -> None:
    """The key is as it was written here: its undo step is one of the file."""
    global _written
    _written = sculpt_keys.fingerprint(rig, name)


def no_key(context: bpy.types.Context) -> str:
    """The rig has no shape key picked that could be sculpted."""
    rig = rig_of(face_object(context))
    block = rig.active_shape_key if rig is not None else None
    if block is None or block == rig.data.shape_keys.reference_key:
        return "Pick the sculpted shape key of the rig first"
    return ""


def _nothing_kept(context: bpy.types.Context) -> str:
    face = face_object(context)
    rig = rig_of(face)
    keys = rig.data.shape_keys if rig is not None else None
    kept = face.aim.sculpt.before_key
    if not kept:
        return "Constrain a sculpt first"
    if keys is None or kept not in keys.key_blocks or sculpt_keys.BEFORE not in rig.data.attributes:
        return "The shape key that was constrained is gone"
    return ""


classes = (AIM_OT_constrain_key, AIM_OT_compare_sculpt)
register, unregister = bpy.utils.register_classes_factory(classes)
