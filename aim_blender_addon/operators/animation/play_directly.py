# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Play a file of face curves straight on shape keys, jaw and eyes, without the worker."""

from pathlib import Path

import bpy

from ... import words
from ...backend.errors import AimError
from ...backend.io.curve_files import read_curves
from ...backend.io.curves import Curves
from ...bridge.data.storage import is_actor
from ...bridge.direct import target as targets
from ...bridge.direct.playing import (
    play_directly,
    says_all,
    turns_without_bones,
    without_place,
)
from ...bridge.direct.target import Target
from ...bridge.performance.files import path_of
from ...bridge.retarget.characters import target_object
from ...bridge.retarget.request import take_name
from ...bridge.rig.parts import loose_parts
from .. import reasons
from ..performance import shown_report
from ..retarget import target_reasons


def no_file(context: bpy.types.Context) -> str:
    """No file of curves was imported."""
    target = target_object(context)
    path = target.aim.retarget.curves_path if target else ""
    return "" if path else "Import a file of face curves first"


def not_in_a_mode_that_plays(context: bpy.types.Context) -> str:
    """A mesh is being edited, sculpted or painted."""
    return "" if context.mode in {'OBJECT', 'POSE'} else "Switch to Object or Pose Mode first"


def disabled_reason(context: bpy.types.Context) -> str:
    """Why curves cannot play directly now."""
    return reasons.first_reason(
        context,
        reasons.busy,
        not_in_a_mode_that_plays,
        target_reasons.no_target,
        target_reasons.linked_target,
        targets.without_names,
        target_reasons.absolute_keys,
        no_file,
    )


class AIM_OT_play_directly(bpy.types.Operator):
    """Play the curves on shape keys of their names, jaw, head and eyes: at once, without Python; Retarget refines it"""

    bl_idname = "aim.play_directly"
    bl_label = "Play Curves Directly"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, disabled_reason)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            curves = curves_of(target_object(context))
            play(self, curves, targets.find_target(context), context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        return {'FINISHED'}


def curves_of(obj: bpy.types.Object) -> Curves:
    """The curves that are imported for a face, changed as its settings say.

    Raises:
        AimError: there is no usable frame in the file.
    """
    state = obj.aim.retarget
    curves = read_curves(Path(path_of(state, "curves_path")), state.curves_fps or None)
    curves = curves.between(state.curves_first, state.curves_last)
    limits = tuple(state.curves_limits)
    return curves.processed(state.curves_smoothing, state.curves_offset, 1.0, limits)


def play_if_names_say_all(
    operator: bpy.types.Operator, curves: Curves, context: bpy.types.Context
) -> bool:
    """Play curves that were just imported, where the names of the rig say all; else say what to do.

    Raises:
        AimError: the rig cannot be moved.
    """
    if text := disabled_reason(context):
        operator.report({'INFO'}, words.report(text))
        return False
    target = targets.find_target(context)
    if not says_all(curves, target):
        missing, _share = without_place(curves, target)
        text = (
            "{face} has no shape key for much of what moves ({names}), so nothing plays yet: press Retarget "
            "Performance under Refine, or Play Directly for the rest."
        )
        if is_actor(target.face.find()):
            text = (
                "{face} has no shape key for much of what moves ({names}), so nothing plays yet: press Make ARKit "
                "Shapes, then Play Directly."
            )
        operator.report(
            {'WARNING'}, words.report(text, face=target.name, names=shown_report.some(missing))
        )
        return False
    play(operator, curves, target, context)
    return True


def play(
    operator: bpy.types.Operator, curves: Curves, target: Target, context: bpy.types.Context
) -> None:
    """Write the take, and say how it shows.

    Raises:
        AimError: it cannot be written.
    """
    face = target.face.find()
    done = play_directly(f"{take_name(face)} {face.name}", curves, target, context)
    state = face.aim.retarget
    state.played_name, state.played_frames = take_name(face), len(done.frames)
    state.correctives, state.ms_per_frame = 0, 0.0
    shown_report.keep(state, done.shown)
    text = "{take} plays on {face}: {frames} frames, {count} values. Retarget adds contacts and correctives."
    said = words.report(
        text,
        take=state.played_name,
        face=target.name,
        frames=len(done.frames),
        count=done.channels,
    )
    to_know = shown_report.sentences(done.shown, done.written)
    shown_report.say(operator, state, said, to_know + _missing(curves, target, context))


def _missing(curves: Curves, target: Target, context: bpy.types.Context) -> list[str]:
    """What of the curves does not show on a rig, a sentence each, with the way out."""
    face, found = target.face.find(), []
    missing, _share = without_place(curves, target)
    if missing:
        text = "{face} has no shape key for these curves, which move nothing: {names}"
        found.append(words.report(text, face=target.name, names=shown_report.some(missing)))
    lost = turns_without_bones(curves, target)
    if "eyes" in lost:
        text = "{face} has no bones that turn its eyes, so only its lids show the look"
        if is_actor(face):
            text = "The eyes of {face} do not turn yet: press Make Eyes, then Play Directly again"
        found.append(words.report(text, face=target.name))
    if "head" in lost:
        text = "{face} has no bone for its head, so the motion of the head is left out: turn on Make Bones in Refine"
        found.append(words.report(text, face=target.name))
    found += shown_report.left_alone(target.left_alone)
    if is_actor(face) and (loose := [obj.name for obj in loose_parts(face, context)]):
        text = "These hang on nothing and stay behind: {names}. Press Attach Teeth, Tongue and Eyes"
        found.append(words.report(text, names=shown_report.some(loose)))
    return found


register, unregister = bpy.utils.register_classes_factory((AIM_OT_play_directly,))
