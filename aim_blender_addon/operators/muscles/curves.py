# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Muscles as curves: shown, reset, mirrored, drawn by the user."""

import bpy

from ... import words
from ...bridge.data.storage import face_object
from ...bridge.muscles import activations, curves
from ...bridge.view import display
from .. import reasons
from ..changing import ChangesFace
from .reasons import no_curve, no_muscle, no_muscles, picked

_WRITABLE = (reasons.busy, reasons.editing, reasons.no_face, reasons.no_model, reasons.linked_face)


class AIM_OT_show_muscles(bpy.types.Operator):
    """Show the muscles as curves under translucent skin, or put them out of sight; they can be edited like any curve"""

    bl_idname = "aim.show_muscles"
    bl_label = "Show Muscles"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, *_WRITABLE, no_muscles)

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        settings = face.aim.muscles
        if settings.shown:
            curves.hide(face)
            if not settings.bones_too and face.aim.bones_shown:
                display.hide_bones(face, context)
            return {'FINISHED'}
        settings.bones_too = face.aim.bones_shown
        curves.show(face, context)
        if activations.are_known(face):
            activations.follow(face)
        display.show_bones(face, context)
        return {'FINISHED'}


class _OfMuscle(ChangesFace):
    """Changes the picked muscle."""

    forbids = (*_WRITABLE, no_muscle)


class AIM_OT_reset_muscle(_OfMuscle, bpy.types.Operator):
    """Let the muscle picked in the list be as landmarks place it; the next build takes that"""

    bl_idname = "aim.reset_muscle"
    bl_label = "Reset Muscle"
    forbids = (*_OfMuscle.forbids, lambda context: _own(context))

    def change(self, face: bpy.types.Object, context: bpy.types.Context) -> None:
        """Reset it."""
        curves.reset(face, picked(face), context)


class AIM_OT_mirror_muscle(_OfMuscle, bpy.types.Operator):
    """Let the other side's muscle be the mirror image of the one picked in the list"""

    bl_idname = "aim.mirror_muscle"
    bl_label = "Mirror Muscle"

    def change(self, face: bpy.types.Object, context: bpy.types.Context) -> None:
        """Mirror it."""
        other = curves.mirror(face, picked(face), context)
        self.report({'INFO'}, words.report("{muscle} was mirrored.", muscle=other.name))


class AIM_OT_add_muscle(_OfMuscle, bpy.types.Operator):
    """Make the active curve a muscle of this face, from its origin to its insertion; the next build takes it"""

    bl_idname = "aim.add_muscle"
    bl_label = "Add Muscle from Curve"
    forbids = (*_WRITABLE, no_muscles, no_curve)

    def change(self, face: bpy.types.Object, context: bpy.types.Context) -> None:
        """Add it."""
        curves.add(face, context.active_object, context)


class AIM_OT_remove_muscle(_OfMuscle, bpy.types.Operator):
    """Take a muscle that you have drawn off the list; its curve stays"""

    bl_idname = "aim.remove_muscle"
    bl_label = "Remove Drawn Muscle"
    forbids = (*_OfMuscle.forbids, lambda context: _not_own(context))

    def change(self, face: bpy.types.Object, context: bpy.types.Context) -> None:
        """Remove it."""
        curves.remove_added(face, picked(face))


def _own(context: bpy.types.Context) -> str:
    muscle = picked(face_object(context))
    text = "You have drawn this muscle: there is no other place that landmarks give it"
    return text if muscle.added else ""


def _not_own(context: bpy.types.Context) -> str:
    muscle = picked(face_object(context))
    return "" if muscle.added else "Turn the muscle off instead: landmarks place it at every build"


classes = (
    AIM_OT_show_muscles,
    AIM_OT_reset_muscle,
    AIM_OT_mirror_muscle,
    AIM_OT_add_muscle,
    AIM_OT_remove_muscle,
)
register, unregister = bpy.utils.register_classes_factory(classes)
