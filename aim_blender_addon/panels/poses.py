# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Poses panel: expressions saved for Blender's pose library, their mirror images and halves."""

import bpy

from ..bridge.poses.halves import LEFT, RIGHT
from ..bridge.rig.objects import armature_of
from ..bridge.rig.pose_assets import has_assets, poses_of
from .drawing import FacePanel, baked_face


class AIM_PT_poses(FacePanel, bpy.types.Panel):
    """Save expressions for the asset shelf"""

    bl_idname = "AIM_PT_poses"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """Save; then what is made of the chosen pose."""
        layout = self.layout
        face = baked_face(layout, context)
        if face is None:
            return
        armature = armature_of(face)
        layout.operator("aim.save_expression", icon='ADD')
        if not has_assets(armature):
            layout.operator("aim.expressions_to_assets", icon='ASSET_MANAGER')
        if not poses_of(armature):
            return
        layout.prop(face.aim, "pose", text="", icon='ACTION')
        column = layout.column(align=True)
        column.operator("aim.mirror_expression", text="Mirror", icon='MOD_MIRROR')
        row = column.row(align=True)
        row.operator("aim.halve_expression", text="Left Half").side = LEFT
        row.operator("aim.halve_expression", text="Right Half").side = RIGHT


class AIM_MT_poses(bpy.types.Menu):
    """Expressions saved for the asset shelf"""

    bl_idname = "AIM_MT_poses"
    bl_label = "Poses"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Poses panel has as buttons."""
        layout = self.layout
        layout.operator("aim.save_expression", icon='ADD')
        layout.operator("aim.mirror_expression", icon='MOD_MIRROR')
        layout.operator_menu_enum("aim.halve_expression", "side")


MENU = AIM_MT_poses

register, unregister = bpy.utils.register_classes_factory((AIM_PT_poses, AIM_MT_poses))
