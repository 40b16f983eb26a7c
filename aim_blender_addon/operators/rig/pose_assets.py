# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Baked expressions to the Asset Browser, and back out of it."""

import bpy

from ... import words
from ...backend.errors import AimError
from ...bridge.data import storage
from ...bridge.data.head_space import head_space
from ...bridge.rig import pose_assets
from ...bridge.rig.objects import check_can_write, rig_of
from .. import reasons
from ..poses.poses import write_catalog


class AIM_OT_expressions_to_assets(bpy.types.Operator):
    """Make each baked expression a pose asset; the sliders of the expressions then are properties of the jaw bone"""

    bl_idname = "aim.expressions_to_assets"
    bl_label = "Expressions to Asset Browser"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.busy, reasons.no_face, reasons.no_model, reasons.no_rig
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = storage.face_object(context)
        rig, armature = rig_of(face), face.aim.armature
        try:
            model = storage.load_model(face)
            check_can_write(rig, armature)
            pose_assets.check_can_make(rig, model)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        unit = head_space(face, context).mm_per_unit
        made = pose_assets.write_assets(armature, rig.data.shape_keys, model, unit, redraw=True)
        write_catalog(self, face, context)
        text = "{count} poses of {armature} are in the Asset Browser."
        self.report({'INFO'}, words.report(text, count=len(made), armature=armature.name))
        return {'FINISHED'}


class AIM_OT_remove_expression_assets(bpy.types.Operator):
    """Take the expressions of this rig out of the Asset Browser and give the shape keys their own sliders back"""

    bl_idname = "aim.remove_expression_assets"
    bl_label = "Remove Expressions from Asset Browser"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.busy, reasons.no_face, reasons.no_rig, _no_assets
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = storage.face_object(context)
        rig, armature = rig_of(face), face.aim.armature
        try:
            check_can_write(rig, armature)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        pose_assets.remove_assets(armature, rig.data.shape_keys)
        return {'FINISHED'}


def _no_assets(context: bpy.types.Context) -> str:
    if pose_assets.has_assets(storage.face_object(context).aim.armature):
        return ""
    return "The expressions of this rig are not in the Asset Browser"


classes = (AIM_OT_expressions_to_assets, AIM_OT_remove_expression_assets)
register, unregister = bpy.utils.register_classes_factory(classes)
