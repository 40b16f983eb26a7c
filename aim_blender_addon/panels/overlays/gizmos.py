# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles to be grabbed with any tool, and the tools that place them."""

import bpy
from mathutils import Matrix

from ...bridge.data.storage import face_object
from ...bridge.rig.objects import armature_of, rig_of
from ...bridge.sculpt import handles
from ...bridge.sculpt.rig_parts import RigParts
from ...jobs import edit_session
from ...operators.sculpt.edit import TOOLS

_SIZE = 0.12


class AIM_GGT_handles(bpy.types.GizmoGroup):
    """A ring around every handle of the face in editing; dragging one moves it"""

    bl_idname = "AIM_GGT_handles"
    bl_label = "Handles of the Face"
    bl_space_type = 'VIEW_3D'
    bl_region_type = 'WINDOW'
    bl_options = {'3D', 'PERSISTENT', 'SHOW_MODAL_ALL'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only while a face is in editing."""
        face = face_object(context)
        if not edit_session.is_open(face) or not len(face.aim.sculpt.handles):
            return False
        rig = rig_of(face)
        return rig is not None and armature_of(face) is not None and rig.visible_get()

    def setup(self, context: bpy.types.Context) -> None:
        """Rings are made as there are handles."""
        self.refresh(context)

    def refresh(self, context: bpy.types.Context) -> None:
        """One ring for each handle."""
        wanted = len(face_object(context).aim.sculpt.handles)
        while len(self.gizmos) < wanted:
            ring = self.gizmos.new("GIZMO_GT_move_3d")
            ring.draw_options = {'ALIGN_VIEW'}
            ring.scale_basis = _SIZE
            ring.color, ring.alpha = (1.0, 1.0, 1.0), 0.15
            ring.color_highlight, ring.alpha_highlight = (1.0, 1.0, 1.0), 0.9
            ring.target_set_operator("aim.drag_handle").index = len(self.gizmos) - 1
        self._place(context)

    def draw_prepare(self, context: bpy.types.Context) -> None:
        """The rings go with the goals."""
        self._place(context)

    def _place(self, context: bpy.types.Context) -> None:
        rig = RigParts.of(face_object(context))
        settings = rig.face.aim.sculpt
        for number, ring in enumerate(self.gizmos):
            ring.hide = number >= len(settings.handles)
            if not ring.hide:
                goal = handles.in_world(rig, settings.handles[number].goal)
                ring.matrix_basis = Matrix.Translation(goal)


class AIM_WT_handles(bpy.types.WorkSpaceTool):
    """Click the skin to place a handle, and drag it"""

    bl_space_type = 'VIEW_3D'
    bl_context_mode = 'OBJECT'
    bl_idname = TOOLS['OBJECT']
    bl_label = "Face Handles"
    bl_description = "Click the skin of a face to place a handle; drag handles to move them"
    bl_icon = "ops.pose.push"
    bl_cursor = 'CROSSHAIR'
    bl_keymap = (("aim.place_handle", {"type": 'LEFTMOUSE', "value": 'PRESS'}, None),)

    @staticmethod
    def draw_settings(
        context: bpy.types.Context, layout: bpy.types.UILayout, tool: bpy.types.WorkSpaceTool
    ) -> None:
        """Beside the tool's name."""
        face = face_object(context)
        if face is None:
            return
        settings = face.aim.sculpt
        layout.prop(settings, "kind", text="")
        layout.prop(settings, "use_symmetry", icon='MOD_MIRROR')
        layout.prop(settings, "falloff_mm")


class AIM_WT_handles_pose(AIM_WT_handles):
    """The same in Pose Mode"""

    bl_context_mode = 'POSE'
    bl_idname = TOOLS['POSE']


_TOOLS = (AIM_WT_handles, AIM_WT_handles_pose)


def register() -> None:
    """Rings, and tools at the end of the toolbar."""
    bpy.utils.register_class(AIM_GGT_handles)
    for tool in _TOOLS:
        bpy.utils.register_tool(tool, separator=True)


def unregister() -> None:
    """Take all back."""
    for tool in reversed(_TOOLS):
        bpy.utils.unregister_tool(tool)
    bpy.utils.unregister_class(AIM_GGT_handles)
