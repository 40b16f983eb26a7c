# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reasons why an operator cannot run now, as tooltips say them: "" when there is none. All are cheap."""

from collections.abc import Callable

import bpy
from bpy.app.translations import pgettext_tip

from .. import words
from ..bridge.data.linked import is_foreign, is_linked
from ..bridge.data.shape_keys import is_absolute
from ..bridge.data.storage import face_object, has_model, is_face, missing_face
from ..bridge.rig.objects import armature_of, rig_of
from ..bridge.rig.own_bones import has_bones
from ..bridge.shapes.session import being_sculpted
from ..jobs.driver import busy_reason

Reason = Callable[[bpy.types.Context], str]


def first_reason(context: bpy.types.Context, *reasons: Reason) -> str:
    """The first reason that holds, or ""."""
    return next((text for reason in reasons if (text := reason(context))), "")


def allow(operator: type[bpy.types.Operator], context: bpy.types.Context, *reasons: Reason) -> bool:
    """What ``poll`` returns: whether no reason holds; the first that does becomes the tooltip."""
    text = first_reason(context, *reasons)
    if text:
        operator.poll_message_set(pgettext_tip(text))
    return not text


def busy(_context: bpy.types.Context) -> str:
    """A job is running."""
    return busy_reason()


def editing(context: bpy.types.Context) -> str:
    """Blender is in an Edit Mode, where meshes are neither read nor written."""
    return "Leave Edit Mode first" if context.mode.startswith("EDIT") else ""


def not_in_object_mode(context: bpy.types.Context) -> str:
    """Blender is not in Object Mode."""
    return "" if context.mode == 'OBJECT' else "Switch to Object Mode first"


def no_face(context: bpy.types.Context) -> str:
    """Nothing active belongs to a face."""
    if face_object(context):
        return ""
    return stray(context) or "Add scans first, or select an object of a face"


def stray(context: bpy.types.Context) -> str:
    """What is active belongs to a face that is not in the scene, or shows one of another file."""
    active = context.active_object
    missing = missing_face(active)
    if missing is not None:
        text = (
            "{object} belongs to {face}, which is not in this scene: append or link {face} as well, or undo its "
            "deletion"
        )
        return words.report(text, object=active.name, face=missing.name)
    shown = active.instance_collection if active is not None else None
    if shown is not None and any(is_face(obj) or obj.aim.face_object for obj in shown.all_objects):
        text = (
            "{object} only shows a face: make it real by a library override (Object > Library Override > Make), then "
            "select an object of the face"
        )
        return words.report(text, object=active.name)
    return ""


def no_scans(context: bpy.types.Context) -> str:
    """The face has no scans to fit."""
    face = face_object(context)
    if face is None and (text := stray(context)):
        return text
    if face is None or len(face.aim.scans) == 0:
        return "Add the scans of the face first"
    if not any(scan.use for scan in face.aim.scans):
        return "Turn on at least one scan in the list"
    return ""


def no_model(context: bpy.types.Context) -> str:
    """The face has no model."""
    face = face_object(context)
    if face is None and (text := stray(context)):
        return text
    return "" if face and has_model(face) else "Fit the face first, or load a model"


def no_rig(context: bpy.types.Context) -> str:
    """The face has no rig, or one without its armature or its bones."""
    face = face_object(context)
    if face is None and (text := stray(context)):
        return text
    if not (face and rig_of(face) and armature_of(face)):
        if face and is_foreign(face) and face.aim.rig is not None:
            text = "The rig of {face} is not in this scene: link {rig} as well"
            return words.report(text, face=face.name, rig=face.aim.rig.name)
        return "Bake the rig first"
    return "" if has_bones(armature_of(face)) else "The rig has lost a bone: press Update Rig"


def sculpting_shape(context: bpy.types.Context) -> str:
    """A shape of the rig is being sculpted, which writing the rig would undo."""
    face = face_object(context)
    rig = rig_of(face) if face else None
    if rig is None or not being_sculpted(rig.data.shape_keys):
        return ""
    return "A shape is being sculpted: press Keep or Revert first"


def absolute_keys(obj: bpy.types.Object | None) -> str:
    """The shape keys of what is to play are absolute, so that nothing would show."""
    if not is_absolute(obj):
        return ""
    return "Its shape keys are absolute: press Make Keys Relative, or turn on Relative in its shape keys"


def linked_face(context: bpy.types.Context) -> str:
    """The face comes from another file, so that nothing can be kept on it."""
    face = face_object(context)
    return linked(face) if face else ""


def linked_rig(context: bpy.types.Context) -> str:
    """The rig of the face comes from another file."""
    face = face_object(context)
    rig = rig_of(face) if face else None
    return linked(rig) if rig else ""


def hidden_rig(context: bpy.types.Context) -> str:
    """The rig of the face cannot be seen, so that Blender does not work its pose out."""
    face = face_object(context)
    rig = rig_of(face) if face else None
    return "" if rig is None or rig.visible_get() else "The rig is hidden: show it first"


def needs_override(armature: bpy.types.Object | None) -> str:
    """The bones of an armature cannot keep a pose here, as it comes from another file."""
    if not is_linked(armature):
        return ""
    text = "{armature} is linked from another file: make a library override of it first"
    return words.report(text, armature=armature.name)


def linked(obj: bpy.types.Object) -> str:
    """``obj`` or its mesh comes from another file."""
    if not is_foreign(obj):
        return ""
    return "This face is linked from another file; make the object and its mesh local first"


#: What every change of a rig asks for.
WRITABLE_RIG = (busy, editing, no_face, no_rig, linked_face, linked_rig)
