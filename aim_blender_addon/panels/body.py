# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Body panel: the face on the armature of a body."""

import bpy

from .. import words
from ..bridge.body import bodies
from ..bridge.body.carriers import HEAD_MOTION
from ..bridge.body.join import body_of, is_joined
from ..bridge.body.skin import is_written
from ..bridge.rig.objects import armature_of, rig_of
from ..bridge.rig.own_bones import SKULL, pose_bone
from ..properties.body import BODY
from .drawing import FacePanel, baked_face, draw_wrapped, settings_column


class AIM_PT_body(FacePanel, bpy.types.Panel):
    """Join the face to the armature of a body"""

    bl_idname = "AIM_PT_body"
    bl_options = {'DEFAULT_CLOSED'}

    def draw(self, context: bpy.types.Context) -> None:
        """The body and its bones, how the face goes along, and the buttons."""
        layout = self.layout
        face = baked_face(layout, context)
        if face is None:
            return
        armature = armature_of(face)
        state = face.aim.body
        column = settings_column(layout)
        column.prop(state, "armature")
        body = bodies.guess_body(face, context)
        if body is None:
            draw_wrapped(layout, context, "Pick the armature of the body", icon='INFO')
        elif state.armature is None:
            draw_wrapped(layout, context, words.label("Will be {body}", body=body.name))
        column = settings_column(layout)
        column.prop(state, "mesh")
        if body is not None:
            _draw_bones(column, context, face, body)
        column = settings_column(layout)
        for name in ("width", "jaw", "eyes", "move"):
            column.prop(state, name)
        joined = is_joined(armature)
        text = "Join Again" if joined else "Join to Body"
        layout.operator("aim.join_body", text=text, icon='LINKED')
        if joined:
            _draw_joined(layout, context, face, armature)


def _draw_bones(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    face: bpy.types.Object,
    body: bpy.types.Object,
) -> None:
    """Fields for the body's bones, each with its guess below while it is empty."""
    state, found = face.aim.body, bodies.guess_bones(face, body)
    rows = [("head_bone", ", ".join(found.heads))]
    if state.jaw == BODY:
        rows.append(("jaw_bone", found.jaw))
    if state.eyes == BODY:
        rows.append(("eye_left_bone", found.eyes.get("left", "")))
        rows.append(("eye_right_bone", found.eyes.get("right", "")))
    for name, guessed in rows:
        layout.prop_search(state, name, body.data, "bones")
        if getattr(state, name):
            continue
        if not guessed:
            draw_wrapped(layout, context, "No name says so: pick one", icon='INFO')
        elif name == "head_bone" and len(found.heads) > 1:
            text = words.label("Pick one of {bones}", bones=guessed)
            draw_wrapped(layout, context, text, icon='ERROR')
        else:
            draw_wrapped(layout, context, words.label("Will be {bone}", bone=guessed))


def _draw_joined(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    face: bpy.types.Object,
    armature: bpy.types.Object,
) -> None:
    body = body_of(armature)
    if body is None:
        draw_wrapped(layout, context, "The body is gone: separate the face", icon='ERROR')
    else:
        draw_wrapped(layout, context, words.label("On {body}", body=body.name), icon='CHECKMARK')
        rig = rig_of(face)
        if rig is not None and not is_written(rig):
            draw_wrapped(layout, context, "The skin is new: join again", icon='ERROR')
    skull = pose_bone(armature, SKULL)
    if skull is not None and HEAD_MOTION in skull:
        column = settings_column(layout)
        column.prop(skull, f'["{HEAD_MOTION}"]', text="Own Head Motion", slider=True)
    layout.operator("aim.separate_body", icon='UNLINKED')


class AIM_MT_body(bpy.types.Menu):
    """The face on a body"""

    bl_idname = "AIM_MT_body"
    bl_label = "Body"

    def draw(self, context: bpy.types.Context) -> None:
        """What the Body panel has as buttons."""
        layout = self.layout
        layout.operator("aim.join_body", icon='LINKED')
        layout.operator("aim.separate_body", icon='UNLINKED')


MENU = AIM_MT_body


register, unregister = bpy.utils.register_classes_factory((AIM_PT_body, AIM_MT_body))
