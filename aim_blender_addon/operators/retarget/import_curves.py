# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face curves of Live Link Face and ARKit: from File > Import, the panel, or dropped into the 3D view."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty, FloatProperty, FloatVectorProperty, IntProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ... import words
from ...backend.errors import AimError
from ...backend.io.curve_files import CURVE_FORMATS, read_curves
from ...bridge.performance.files import full_path
from ...bridge.retarget.characters import target_object
from .. import reasons
from ..animation import play_directly
from .target_reasons import linked_target, no_target

_ASKED = ("smoothing", "offset", "limits", "first", "last", "fps")


class AIM_OT_import_face_curves(bpy.types.Operator, ImportHelper):
    """Read face curves of Live Link Face, ARKit or a tracker as the performance for the active character"""

    bl_idname = "aim.import_face_curves"
    bl_label = "Import Face Curves"
    bl_options = {'REGISTER', 'UNDO'}

    filepath: StringProperty(subtype='FILE_PATH', options={'HIDDEN', 'SKIP_SAVE'})
    filter_glob: StringProperty(default=CURVE_FORMATS.file_filter, options={'HIDDEN'})
    smoothing: FloatProperty(
        name="Smoothing (s)",
        description="Smooth the curves over this time, without delay; 0 for none",
        min=0.0,
        soft_max=0.2,
        precision=3,
    )
    offset: FloatProperty(
        name="Offset",
        description="Added to every curve, for a recording that was not calibrated",
        soft_min=-0.5,
        soft_max=0.5,
    )
    limits: FloatVectorProperty(
        name="Range",
        description="The curves are kept between these values",
        size=2,
        default=(0.0, 1.0),
        soft_min=-1.0,
        soft_max=2.0,
    )
    first: IntProperty(
        name="First Frame", description="Where in the file the take begins", default=1, min=1
    )
    last: IntProperty(
        name="Last Frame", description="Where in the file it ends; 0 for the whole file", min=0
    )
    fps: FloatProperty(
        name="Frame Rate",
        description="Frames of the file in a second; 0 for what the file says",
        min=0.0,
        max=1000.0,
    )

    play: BoolProperty(
        name="Play Directly",
        description=(
            "Play the curves at once where the shape keys have their names; Retarget adds contacts and correctives"
        ),
        default=True,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            play_directly.not_in_a_mode_that_plays,
            linked_target,
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if self.properties.is_property_set("filepath"):  # a dropped file
            if text := no_target(context):  # where poll refuses, Blender drops a file in silence
                self.report({'ERROR'}, words.report(text))
                return {'CANCELLED'}
            return context.window_manager.invoke_props_dialog(self)
        context.window_manager.fileselect_add(self)
        return {'RUNNING_MODAL'}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        name, target = bpy.path.basename(self.filepath), target_object(context)
        text = words.label("{file} onto {face}", file=name, face=target.name if target else "")
        layout.label(text=text, icon='FILE', translate=False)
        layout.prop(self, "play")
        for name in _ASKED:
            layout.prop(self, name)

    def execute(self, context: bpy.types.Context) -> set[str]:
        if text := no_target(context):
            self.report({'ERROR'}, words.report(text))
            return {'CANCELLED'}
        path = Path(full_path(self.filepath))
        target = target_object(context)
        try:
            curves = read_curves(path, self.fps or None).between(self.first, self.last)
            limits = tuple(self.limits)
            curves = curves.processed(self.smoothing, self.offset, 1.0, limits)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        state = target.aim.retarget
        target.aim.animation.have = 'CURVES'
        state.curves_path = str(path)
        for name in _ASKED:
            setattr(state, f"curves_{name}", getattr(self, name))
        for note in curves.notes:
            self.report({'WARNING'}, words.report("{take}: {note}.", take=path.name, note=note))
        text = "{take}: {count} curves of {frames} frames, {fps:g} a second, for {face}."
        fields = {"count": len(curves.names), "frames": len(curves.times), "fps": curves.fps}
        said = words.report(text, take=path.name, face=target.name, **fields)
        self.report({'INFO'}, said)
        if self.play:
            try:
                play_directly.play_if_names_say_all(self, curves, context)
            except AimError as error:  # the curves are there to be retargeted all the same
                self.report({'WARNING'}, str(error))
        return {'FINISHED'}


class AIM_FH_import_face_curves(bpy.types.FileHandler):
    """Lets files of face curves be dropped into the 3D view."""

    bl_idname = "AIM_FH_import_face_curves"
    bl_label = "Face Curves"
    bl_import_operator = "aim.import_face_curves"
    bl_file_extensions = CURVE_FORMATS.dropped

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        return context.area is not None and context.area.type == 'VIEW_3D'


def _menu_entry(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.operator(
        AIM_OT_import_face_curves.bl_idname, text="Face Curves (.csv, .json, .txt)"
    )


classes = (AIM_OT_import_face_curves, AIM_FH_import_face_curves)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register() -> None:
    """Also add the entry to File > Import."""
    _register_classes()
    bpy.types.TOPBAR_MT_file_import.append(_menu_entry)


def unregister() -> None:
    """Take everything back."""
    bpy.types.TOPBAR_MT_file_import.remove(_menu_entry)
    _unregister_classes()
