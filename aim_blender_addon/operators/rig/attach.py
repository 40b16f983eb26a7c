# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let teeth, tongue, eyes and whatever else is in or on a head move with the bones of its rig."""

import bpy
from bpy.props import EnumProperty

from ... import words
from ...backend.anatomy.mouth_parts import BOTH
from ...backend.errors import AimError, RigError
from ...bridge.controls.controls import hang_tongue
from ...bridge.data.storage import face_object, load_model
from ...bridge.rig.attaching import attach_to_bone
from ...bridge.rig.carried import carry_keys, hangs, release
from ...bridge.rig.duplicates import acting_on, active_armature, active_duplicate
from ...bridge.rig.eyes import update_eyes
from ...bridge.rig.hair import release_hair
from ...bridge.rig.objects import rig_of
from ...bridge.rig.own_bones import JAW, SKULL
from ...bridge.rig.parts import attach_objects, loose_parts
from .. import reasons
from ..waiting import waiting

_BONES = {'SKULL': SKULL, 'JAW': JAW}
_ATTACHED = {
    'SKULL': "{objects}: attached to the skull of {face}.",
    'JAW': "{objects}: attached to the jaw of {face}.",
}


class AIM_OT_attach_to_bone(bpy.types.Operator):
    """Let the selected objects move with a bone of the active face's rig, from where they are now"""

    bl_idname = "aim.attach_to_bone"
    bl_label = "Attach to Face Bone"
    bl_options = {'REGISTER', 'UNDO'}

    bone: EnumProperty(
        name="Bone",
        description="What the objects move with",
        items=(
            ('SKULL', "Skull", "Upper teeth, eyes, glasses, hair"),
            ('JAW', "Jaw", "Lower teeth, tongue, beard"),
        ),
        default='JAW',
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.not_in_object_mode,
            reasons.no_face,
            reasons.no_rig,
            _no_objects,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        objects = _objects(context)
        for obj in objects:
            release(obj)
            release_hair(obj)
            attach_to_bone(obj, active_armature(face, context), _BONES[self.bone])
        names = ", ".join(obj.name for obj in objects)
        attached = _ATTACHED[self.bone]
        self.report({'INFO'}, words.report(attached, objects=names, face=face.name))
        return {'FINISHED'}


class AIM_OT_attach_parts(bpy.types.Operator):
    """Let teeth, gums, tongue and eyes move with skull, jaw or both, as anatomy has it, and let lashes, brows, beard \
and the lining of the mouth follow the skin's shapes: the selected objects, or all that is loose inside the head"""

    bl_idname = "aim.attach_parts"
    bl_label = "Attach Teeth, Tongue and Eyes"
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
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            with (
                acting_on(face, active_duplicate(face, context)),
                waiting(context, steps=3) as step,
            ):
                objects = _objects(context) or loose_parts(face, context)
                if not objects:
                    text = "No loose mesh lies inside {face}; select the objects to attach."
                    raise RigError(words.report(text, face=face.name))
                model = load_model(face)
                found = attach_objects(face, objects, model, context, carries=False)
                step()
                made = None
                try:
                    made = update_eyes(face, model, context)
                finally:
                    if made is None:  # eyes that are made carry all keys at their end
                        carry_keys(rig_of(face))
                step()
                hang_tongue(face, model, context)
                step()
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        counts = {
            where: sum(attachment.pieces[where] for attachment in found)
            for where in (SKULL, JAW, BOTH)
        }
        text = "{objects}: {skull} pieces follow the skull, {jaw} the jaw, {both} both."
        names = ", ".join(obj.name for obj in objects)
        said = words.report(text, objects=names, **counts)
        hanging = [obj.name for obj in objects if hangs(obj) or obj.type == 'CURVES']
        if hanging:
            also = words.report("Shapes of the skin move: {names}.", names=", ".join(hanging))
            said = f"{said} {also}"
        self.report({'INFO'}, said)
        return {'FINISHED'}


def _objects(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected objects that are no part of the face itself."""
    face = face_object(context)
    return [
        obj
        for obj in context.selected_objects
        if obj != face and obj.aim.face_object != face and obj.library is None
    ]


def _no_objects(context: bpy.types.Context) -> str:
    return "" if _objects(context) else "Select the objects to attach, and the rig last"


def _draw_in_menu(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.operator(AIM_OT_attach_parts.bl_idname, text="AIM Face by Anatomy")
    self.layout.operator_menu_enum(AIM_OT_attach_to_bone.bl_idname, "bone", text="AIM Face Bone")


classes = (AIM_OT_attach_parts, AIM_OT_attach_to_bone)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register() -> None:
    """Register the operator and its entry in Object > Parent."""
    _register_classes()
    bpy.types.VIEW3D_MT_object_parent.append(_draw_in_menu)


def unregister() -> None:
    """Take both back."""
    bpy.types.VIEW3D_MT_object_parent.remove(_draw_in_menu)
    _unregister_classes()
