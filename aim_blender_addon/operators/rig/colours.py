# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show what the model knows about the skin as colours on the rig."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty

from ...backend.errors import AimError
from ...bridge.data import storage
from ...bridge.rig.objects import check_can_write, rig_of
from ...bridge.view import display
from ...properties.enums import COLOUR_MODES
from .. import reasons


class AIM_OT_show_colours(bpy.types.Operator):
    """Colour the rig by thickness of soft tissue, jaw weight, bone distance or confidence, from dark to bright"""

    bl_idname = "aim.show_colours"
    bl_label = "Show Colours"
    bl_options = {'REGISTER', 'UNDO'}

    mode: EnumProperty(name="Show", items=COLOUR_MODES, default='THICKNESS')
    use_range: BoolProperty(
        name="Set Range", description="Choose the values of the darkest and the brightest colour"
    )
    minimum: FloatProperty(
        name="From", description="Value of the darkest colour, in mm or as a share", default=0.0
    )
    maximum: FloatProperty(
        name="To", description="Value of the brightest colour, in mm or as a share", default=30.0
    )
    use_material: BoolProperty(
        name="For Renders",
        description="Also put a material with these colours over the rig",
        default=False,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, _no_rig)

    def execute(self, context: bpy.types.Context) -> set[str]:
        rig = rig_of(storage.face_object(context))
        limits = (self.minimum, self.maximum) if self.use_range else None
        if limits and self.minimum >= self.maximum:
            self.report({'ERROR'}, "The dark value must lie below the bright one.")
            return {'CANCELLED'}
        try:
            check_can_write(rig)
            if self.mode == display.OFF:
                display.hide(rig, context)
            else:
                self.minimum, self.maximum = display.show(
                    rig, self.mode, limits, self.use_material, context
                )
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        return {'FINISHED'}


def _no_rig(context: bpy.types.Context) -> str:
    face = storage.face_object(context)
    has_rig = face is not None and rig_of(face) is not None
    if not has_rig and (text := reasons.stray(context)):
        return text
    return "" if has_rig else "Bake a rig first; the colours are shown on it"


@bpy.app.handlers.persistent
def _settle(*_: object) -> None:
    display.settle(bpy.context)


#: After these the 3D views may show something else than the scene says.
_AFTER = ("undo_post", "redo_post", "load_post")
classes = (AIM_OT_show_colours,)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register() -> None:
    """Register the operator, and let the 3D views follow an undo."""
    _register_classes()
    for name in _AFTER:
        getattr(bpy.app.handlers, name).append(_settle)


def unregister() -> None:
    """Take both back."""
    for name in _AFTER:
        getattr(bpy.app.handlers, name).remove(_settle)
    _unregister_classes()
