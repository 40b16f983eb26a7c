# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys that take turns in time, made such as a performance moves."""

import bpy

from ... import words
from ...bridge.data.shape_keys import is_absolute
from ...bridge.data.storage import face_object
from ...bridge.retarget.characters import played_on, target_object
from ...bridge.rig.objects import rig_of
from .. import reasons


class AIM_OT_make_keys_relative(bpy.types.Operator):
    """Turn on Relative, so that every shape key adds what it does; absolute ones take turns in time and show no take"""

    bl_idname = "aim.make_keys_relative"
    bl_label = "Make Keys Relative"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, _none_absolute, _linked)

    def execute(self, context: bpy.types.Context) -> set[str]:
        obj = _absolute(context)
        obj.data.shape_keys.use_relative = True
        text = "The shape keys of {name} are relative now: each adds what it does."
        self.report({'INFO'}, words.report(text, name=obj.name))
        return {'FINISHED'}


def _absolute(context: bpy.types.Context) -> bpy.types.Object | None:
    """The mesh with absolute shape keys that something is to play on."""
    face, target = face_object(context), target_object(context)
    found = (played_on(target) if target else None, rig_of(face) if face else None)
    return next((obj for obj in found if is_absolute(obj)), None)


def _none_absolute(context: bpy.types.Context) -> str:
    return "" if _absolute(context) else "Select a face or character with absolute shape keys first"


def _linked(context: bpy.types.Context) -> str:
    return reasons.linked(_absolute(context))


classes = (AIM_OT_make_keys_relative,)
register, unregister = bpy.utils.register_classes_factory(classes)
