# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the anatomy of a face: thicker or thinner tissue, moved bones; skin and expressions follow."""

import bpy

from ... import words
from ...backend.editing.anatomy_edit import AnatomyEdit, edit_anatomy
from ...backend.editing.keep_out import keep_out
from ...backend.errors import AimError
from ...backend.io.model_file import model_to_bytes
from ...backend.model.aim import AimModel
from ...bridge.data.head_space import head_space
from ...bridge.data.storage import face_object
from ...bridge.face import anatomy
from ...bridge.face.results import keep_model
from ...bridge.rig import actions
from ...bridge.rig.bake import BakeOptions, bake_rig
from ...bridge.rig.objects import armature_of, bone_mesh_of, check_can_write, rig_of
from ...bridge.shapes import shapes
from .. import reasons

_GROUP = "Tissue"


class AIM_OT_apply_anatomy(bpy.types.Operator):
    """Change the model: tissue as thick as the sliders say, bones where their objects are now; skin, jaw and every
    expression follow, and the rig is brought up to date"""

    bl_idname = "aim.apply_anatomy"
    bl_label = "Apply Anatomy"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.editing,
            reasons.no_face,
            reasons.no_model,
            reasons.linked_face,
            reasons.sculpting_shape,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        leave_paint_mode(face)
        try:
            check_can_write(face, face.aim.rig, face.aim.armature)
            known = anatomy.anatomy_of(face)
            bones = anatomy.moved_bones(face, known.fitted, head_space(face, context), context)
            added = anatomy.added_thickness(face, known.regions)
            edited = edit_anatomy(known.fitted, AnatomyEdit(added, *bones))
            edited = keep_out(
                edited,
                anatomy.look_at((edited.skull, edited.jaw)),
                anatomy.look_at((known.fitted.skull, known.fitted.jaw)),
            )
            edited = edited.with_report({**edited.report, "anatomy": anatomy.sliders(face)})
            write(face, edited, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        moved = anatomy.furthest_mm(known.fitted, edited)
        text = "The skin of {face} lies up to {moved:.1f} mm from where it was fitted."
        self.report({'INFO'}, words.report(text, face=face.name, moved=moved))
        return {'FINISHED'}


class AIM_OT_reset_anatomy(bpy.types.Operator):
    """Bring back the anatomy that the fit found: sliders, bones, model and rig"""

    bl_idname = "aim.reset_anatomy"
    bl_label = "Reset Anatomy"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.editing,
            reasons.no_face,
            reasons.no_model,
            reasons.linked_face,
            reasons.sculpting_shape,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        leave_paint_mode(face)
        try:
            check_can_write(face, face.aim.rig, face.aim.armature)
            fitted = anatomy.anatomy_of(face).fitted
            report = {name: value for name, value in fitted.report.items() if name != "anatomy"}
            fitted = fitted.with_report(report)
            write(face, fitted, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        anatomy.set_sliders(face, {})
        if kept := anatomy.put_bones_back(face, fitted, head_space(face, context)):
            text = "{bones} cannot be put back: it has modifiers, shape keys or other vertices."
            self.report({'WARNING'}, words.report(text, bones=", ".join(kept)))
        return {'FINISHED'}


class AIM_OT_paint_tissue(bpy.types.Operator):
    """Paint where tissue is added: a vertex group of the rig in Weight Paint Mode"""

    bl_idname = "aim.paint_tissue"
    bl_label = "Paint Tissue Region"
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
            reasons.linked_face,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        rig = rig_of(face)
        if not rig.visible_get():
            self.report({'ERROR'}, words.report("{rig} is hidden: show it first.", rig=rig.name))
            return {'CANCELLED'}
        group = rig.vertex_groups.get(face.aim.anatomy.painted) or rig.vertex_groups.new(
            name=_GROUP
        )
        face.aim.anatomy.painted = group.name
        rig.vertex_groups.active_index = group.index
        if context.mode != 'OBJECT':
            bpy.ops.object.mode_set(mode='OBJECT')
        for obj in context.selected_objects:
            obj.select_set(False)
        rig.select_set(True)
        context.view_layer.objects.active = rig
        bpy.ops.object.mode_set(mode='WEIGHT_PAINT')
        return {'FINISHED'}


def leave_paint_mode(face: bpy.types.Object) -> None:
    """A rig that is painted can be written once it is in Object Mode."""
    rig = rig_of(face)
    if rig is not None and rig.mode == 'WEIGHT_PAINT':
        bpy.ops.object.mode_set(mode='OBJECT')


def write(face: bpy.types.Object, model: AimModel, context: bpy.types.Context) -> None:
    """Bring the rig up to date where there is one, and keep the model.

    Raises:
        AimError: the rig cannot be written; nothing is changed.
    """
    if rig_of(face) is not None:
        _update_rig(face, model, context)
    keep_model(face, model, model_to_bytes(model))


def _update_rig(face: bpy.types.Object, model: AimModel, context: bpy.types.Context) -> None:
    armature = armature_of(face)
    options = BakeOptions(
        action=armature is not None and actions.plays_baked(armature),
        timeline=False,
        bone_meshes=bone_mesh_of(face, "jaw") is not None,
    )
    bake_rig(face, model, context, options)
    shapes.measure(face)


classes = (AIM_OT_apply_anatomy, AIM_OT_reset_anatomy, AIM_OT_paint_tissue)
register, unregister = bpy.utils.register_classes_factory(classes)
