# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show what the model knows about the skin as colours."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty

from ..backend.errors import AimError
from ..bridge import display, storage
from ..bridge.rig import check_can_write, rig_of
from ..properties import COLOUR_MODES


class AIM_OT_show_colours(bpy.types.Operator):
    """Colour the rig by soft-tissue thickness, jaw weight or bone distance, from dark (low) to bright (high)"""

    bl_idname = "aim.show_colours"
    bl_label = "Show Colours"
    bl_options = {'REGISTER', 'UNDO'}

    mode: EnumProperty(name="Show", items=COLOUR_MODES, default='THICKNESS')
    use_range: BoolProperty(
        name="Set Range", description="Choose the values of the darkest and the brightest colour"
    )
    minimum: FloatProperty(name="Dark", description="Value of the darkest colour", default=0.0)
    maximum: FloatProperty(name="Bright", description="Value of the brightest colour", default=30.0)
    use_material: BoolProperty(
        name="For Renders",
        description="Also put a material with these colours over the rig",
        default=False,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        face = storage.face_object(context)
        if face is None or rig_of(face) is None:
            cls.poll_message_set("Bake a rig first; the colours are shown on it")
            return False
        return True

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


classes = (AIM_OT_show_colours,)
register, unregister = bpy.utils.register_classes_factory(classes)
