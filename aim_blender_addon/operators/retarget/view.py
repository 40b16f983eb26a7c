# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a correspondence and correcting it, and editing the table of shapes."""

from pathlib import Path

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ExportHelper

from ... import words
from ...backend.errors import AimError
from ...backend.io.whole_file import write_whole_bytes
from ...backend.retargeting.choices import MatchedBy
from ...bridge.data.head_space import head_space
from ...bridge.face import landmarks
from ...bridge.performance.sources import performer
from ...bridge.retarget import correspondence
from ...bridge.retarget.characters import target_object
from .. import reasons
from .target_reasons import linked_target, no_correspondence, no_shapes, no_target


class AIM_OT_show_correspondence(bpy.types.Operator):
    """Lay a checker over both faces: same place, same colour, grey is not mapped; again to see them as before"""

    bl_idname = "aim.show_correspondence"
    bl_label = "Show Face Correspondence"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.editing,
            no_target,
            no_correspondence,
            linked_target,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        target = target_object(context)
        try:
            if target.aim.retarget.shown:
                correspondence.hide(target, context)
            else:
                correspondence.show(target, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        return {'FINISHED'}


class AIM_OT_show_landmark_pairs(bpy.types.Operator):
    """Show the landmarks of both faces as empties, to be moved before finding again; again to take them away"""

    bl_idname = "aim.show_landmark_pairs"
    bl_label = "Show Face Landmark Pairs"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.not_in_object_mode,
            no_target,
            no_correspondence,
            linked_target,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        target = target_object(context)
        source = performer(target)
        both = [target] if source is None or source == target else [target, source]
        hide = landmarks.are_shown(target)
        for face in [face for face in both if face.library is None]:
            space = head_space(face, context)
            if hide:
                landmarks.hide_landmarks(face, space, context)
                continue
            points = landmarks.read_landmarks(face, space, context)
            landmarks.show_landmarks(face, points, space, context, found=False)
        return {'FINISHED'}


class AIM_OT_save_correspondence(bpy.types.Operator, ExportHelper):
    """Save the correspondence to a file that the command line reads (retarget --map FILE)"""

    bl_idname = "aim.save_correspondence"
    bl_label = "Save Face Correspondence"
    bl_options = {'REGISTER'}

    filename_ext = ".npz"
    filter_glob: StringProperty(default="*.npz", options={'HIDDEN'})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, no_target, no_correspondence)

    def execute(self, context: bpy.types.Context) -> set[str]:
        target = target_object(context)
        path = Path(bpy.path.abspath(self.filepath))
        try:
            write_whole_bytes(path, correspondence.map_bytes(target))
        except OSError as error:
            text = "{path} cannot be written ({reason}): choose another place."
            self.report({'ERROR'}, words.report(text, path=path, reason=error.strerror))
            return {'CANCELLED'}
        text = "The correspondence of {face} was saved to {path}."
        self.report({'INFO'}, words.report(text, face=target.name, path=path))
        return {'FINISHED'}


class AIM_OT_add_match(bpy.types.Operator):
    """Add a row to the table of shapes"""

    bl_idname = "aim.add_match"
    bl_label = "Add Row to Shape Table"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, no_target, no_shapes, linked_target)

    def execute(self, context: bpy.types.Context) -> set[str]:
        state = target_object(context).aim.retarget
        before = state.matches[state.active_match].name if len(state.matches) else ""
        row = state.matches.add()
        row.name, row.how = before, MatchedBy.HAND.value
        state.active_match = len(state.matches) - 1
        return {'FINISHED'}


class AIM_OT_remove_match(bpy.types.Operator):
    """Remove the row that is picked from the table of shapes"""

    bl_idname = "aim.remove_match"
    bl_label = "Remove Row from Shape Table"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, no_target, _no_row, linked_target)

    def execute(self, context: bpy.types.Context) -> set[str]:
        state = target_object(context).aim.retarget
        state.matches.remove(state.active_match)
        state.active_match = max(0, min(state.active_match, len(state.matches) - 1))
        return {'FINISHED'}


def _no_row(context: bpy.types.Context) -> str:
    state = target_object(context).aim.retarget
    return "" if 0 <= state.active_match < len(state.matches) else "Pick a row of the table first"


classes = (
    AIM_OT_show_correspondence,
    AIM_OT_show_landmark_pairs,
    AIM_OT_save_correspondence,
    AIM_OT_add_match,
    AIM_OT_remove_match,
)
register, unregister = bpy.utils.register_classes_factory(classes)
