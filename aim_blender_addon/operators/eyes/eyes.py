# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes of a rig: bones made for them, and the look reset and keyed."""

import bpy

from ... import words
from ...backend.errors import AimError
from ...bridge.data.storage import face_object, load_model
from ...bridge.rig import look
from ...bridge.rig.duplicates import acting_on, active_armature, active_duplicate
from ...bridge.rig.eye_bones import has_eyes
from ...bridge.rig.eyes import MadeEyes, make_eyes
from .. import reasons

_MADE = {
    2: "Both eyes of {face} turn now: {objects}.",
    1: "One eye of {face} turns now, the {side} one: {objects}.",
}
_SHUT = {
    "left": "The lids of the left eye do not follow the look: they are shut in the neutral, or there are none.",
    "right": "The lids of the right eye do not follow the look: they are shut in the neutral, or there are none.",
}
_NOT_ROUND = {
    "left": "The left eyeball is no ball ({error:.2f} mm off): the lids slide over its real surface.",
    "right": "The right eyeball is no ball ({error:.2f} mm off): the lids slide over its real surface.",
}
_HELD = "{count} shapes turned the eyeballs as well, such as {shapes}: now the eyes' bones alone turn them."


class AIM_OT_make_eyes(bpy.types.Operator):
    """Give the rig bones that turn its eyes, a target to look at, and lids that follow: eyeballs are found by their \
shape, in the selected objects or in all that is attached or loose in the head"""

    bl_idname = "aim.make_eyes"
    bl_label = "Make Eyes"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.not_in_object_mode,
            reasons.no_face,
            reasons.no_rig,
            reasons.no_model,
            reasons.linked_rig,
            reasons.sculpting_shape,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            with acting_on(face, active_duplicate(face, context)):
                made = make_eyes(face, load_model(face), _objects(context, face), context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        for text in warnings(made):
            self.report({'WARNING'}, text)
        self.report({'INFO'}, summary(face, made))
        return {'FINISHED'}


class AIM_OT_reset_look(bpy.types.Operator):
    """Bring the eyes of the rig, and what they look at, back to the neutral"""

    bl_idname = "aim.reset_look"
    bl_label = "Reset Look"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.no_face, no_eyes, _linked_look)

    def execute(self, context: bpy.types.Context) -> set[str]:
        look.reset(active_armature(face_object(context), context))
        return {'FINISHED'}


class AIM_OT_key_look(bpy.types.Operator):
    """Insert keyframes of the eyes and of their target at the current frame"""

    bl_idname = "aim.key_look"
    bl_label = "Insert Look Keyframe"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.no_face, no_eyes, _linked_look)

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = active_armature(face_object(context), context)
        look.key(armature, context.scene.frame_current_final)
        return {'FINISHED'}


def no_eyes(context: bpy.types.Context) -> str:
    """The face has no rig whose eyes turn."""
    armature = active_armature(face_object(context), context)
    if armature is None:
        return "Bake the rig first"
    return "" if has_eyes(armature) else "Make the eyes first"


def _linked_look(context: bpy.types.Context) -> str:
    face = face_object(context)
    return reasons.needs_override(active_armature(face, context)) if face else ""


def summary(face: bpy.types.Object, made: MadeEyes) -> str:
    """What was made, in a sentence."""
    objects = ", ".join(made.objects) or face.aim.rig.name
    side = next(iter(made.balls))
    return words.report(_MADE[len(made.balls)], face=face.name, objects=objects, side=side)


def warnings(made: MadeEyes) -> list[str]:
    """What the user should know about eyes that were made, a sentence each."""
    found = [words.report(_SHUT[side]) for side in made.shut]
    found += [
        words.report(_NOT_ROUND[side], error=made.balls[side].error_mm) for side in made.not_round
    ]
    if made.held:
        found.append(words.report(_HELD, count=len(made.held), shapes=", ".join(made.held[:3])))
    return found


def _objects(context: bpy.types.Context, face: bpy.types.Object) -> list[bpy.types.Object]:
    """The selected mesh objects that are no part of the face itself."""
    return [
        obj
        for obj in context.selected_objects
        if obj.type == 'MESH' and obj != face and obj.aim.face_object != face
    ]


classes = (AIM_OT_make_eyes, AIM_OT_reset_look, AIM_OT_key_look)
register, unregister = bpy.utils.register_classes_factory(classes)
