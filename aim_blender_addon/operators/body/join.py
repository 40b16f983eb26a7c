# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face joined to the armature of a body, and separated again."""

import bpy

from ... import words
from ...backend.errors import AimError, RigError
from ...bridge.body import bodies
from ...bridge.body.join import Joined, JoinOptions, is_joined, join, separate
from ...bridge.data.storage import face_object, load_model
from ...bridge.rig.objects import armature_of
from ...properties.body import BODY
from .. import reasons

#: A border that is farther from the body than this, mm, shows a step.
_STEP = 0.5
#: More names than this are counted.
_MOST = 4


class AIM_OT_join_body(bpy.types.Operator):
    """Join the face to the armature of a body: its head bone carries the face, and its neck bones blend into the \
face's neck. The body is not changed"""

    bl_idname = "aim.join_body"
    bl_label = "Join to Body"
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
            options = _options(face, context)
            made = join(face, load_model(face).joint, options, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        face.aim.body.armature = options.body
        for text in warnings(face, options.body, made):
            self.report({'WARNING'}, text)
        self.report({'INFO'}, summary(face, options.body, made))
        return {'FINISHED'}


class AIM_OT_separate_body(bpy.types.Operator):
    """Take the face off its body again: its weights and bones are what they were, and it stays where it stands"""

    bl_idname = "aim.separate_body"
    bl_label = "Separate from Body"
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
            reasons.linked_rig,
            not_joined,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            separate(face, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        self.report({'INFO'}, words.report("{face} is on no body any more.", face=face.name))
        return {'FINISHED'}


def not_joined(context: bpy.types.Context) -> str:
    """The face is on no body."""
    face = face_object(context)
    armature = armature_of(face) if face else None
    return "" if is_joined(armature) else "Join the face to a body first"


def summary(face: bpy.types.Object, body: bpy.types.Object, made: Joined) -> str:
    """What was joined, in a sentence."""
    if made.moved_mm:
        text = "{face} went {moved:.0f} mm to {body}: {head} carries it, and {necks} move its neck."
    else:
        text = "{face} is on {body}: {head} carries it, and {necks} move its neck."
    names = {"face": face.name, "body": body.name, "head": made.head}
    return words.report(text, **names, necks=_listed(list(made.necks)), moved=made.moved_mm)


def warnings(face: bpy.types.Object, body: bpy.types.Object, made: Joined) -> list[str]:
    """What the user should know of a face that was joined, a sentence each."""
    found = []
    if not made.meshes:
        text = "{body} moves no mesh: the neck follows its bones by their distance."
        found.append(words.report(text, body=body.name))
    elif made.gap_mm > _STEP:
        text = (
            "The neck's border is up to {gap:.1f} mm away from the skin of {body}: that step stays."
        )
        found.append(words.report(text, gap=made.gap_mm, body=body.name))
    if not made.is_open:
        text = "The neck of {face} has no border: its lowest part follows {body}."
        found.append(words.report(text, face=face.name, body=body.name))
    if made.moving:
        text = "Shapes move the neck's border by up to {most:.1f} mm and open the seam: {names}."
        most = max(made.moving.values())
        found.append(words.report(text, most=most, names=_listed(list(made.moving))))
    if made.plays_head:
        text = "The Action of {face} moves its skull on top of the body: set Own Head Motion to 0 to leave it out."
        found.append(words.report(text, face=face.name))
    return found


def _options(face: bpy.types.Object, context: bpy.types.Context) -> JoinOptions:
    state = face.aim.body
    body = bodies.guess_body(face, context)
    if body is None:
        raise RigError("There is no body, or more than one: pick its armature in the panel Body.")
    mesh = state.mesh if state.mesh is not None and state.mesh.users_scene else None
    if mesh is not None and mesh not in bodies.meshes_of(body, context):
        raise RigError(f"{body.name} does not move {mesh.name}: pick a mesh of the body, or none.")
    bones = bodies.choose_bones(face, body)
    return JoinOptions(
        body, mesh, bones, state.width, state.jaw == BODY, state.eyes == BODY, state.move
    )


def _listed(names: list[str]) -> str:
    if len(names) <= _MOST:
        return ", ".join(names)
    more = words.report("and {count} more", count=len(names) - _MOST)
    return f"{', '.join(names[:_MOST])} {more}"


classes = (AIM_OT_join_body, AIM_OT_separate_body)
register, unregister = bpy.utils.register_classes_factory(classes)
