# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give a rig the mouth and the eyes that its scans do not have."""

import bpy
from bpy.props import EnumProperty

from ... import words
from ...backend.errors import AimError, RigError
from ...backend.inside.kinds import KINDS, eyes_missing, in_order, kinds_in, loose_pieces
from ...backend.jobs.inside import InsideRequest, InsideResult
from ...bridge.controls.controls import hang_tongue
from ...bridge.data.head_space import head_space
from ...bridge.data.storage import face_object, load_model
from ...bridge.face.landmarks import corrected_landmarks
from ...bridge.face.scans import require_alive, require_own_data
from ...bridge.rig.duplicates import acting_on, active_duplicate
from ...bridge.rig.eyes import make_eyes
from ...bridge.rig.inside import NewPiece, meshes_of_others, replace_pieces
from ...bridge.rig.parts import attach_objects
from ...jobs.driver import JobRequest, WorkerJobOperator
from ...properties.enums import INSIDE_KINDS
from .. import reasons
from ..eyes.eyes import warnings

_NAMES = {identifier.lower(): name for identifier, name, _text, _number in INSIDE_KINDS}


class AIM_OT_add_mouth_and_eyes(WorkerJobOperator, bpy.types.Operator):
    """Give the rig teeth, gums, tongue, a lining of the mouth, eyes and lashes, fitted to its lips, lids and jaw. \
What the head has already stays; pieces that this has made before are made anew"""

    bl_idname = "aim.add_mouth_and_eyes"
    bl_label = "Add Mouth and Eyes"
    manual_heading = "a-mouth-and-eyes"

    pieces: EnumProperty(
        name="Pieces",
        description="What the head is to get",
        items=INSIDE_KINDS,
        options={'ENUM_FLAG'},
        default={item[0] for item in INSIDE_KINDS},
    )

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no rig, or none that can be written to."""
        return super().disabled_reason(context) or reasons.first_reason(
            context,
            reasons.not_in_object_mode,
            reasons.no_face,
            reasons.no_rig,
            reasons.no_model,
            reasons.linked_face,
            reasons.linked_rig,
            reasons.sculpting_shape,
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The skin, landmarks moved by hand, the joint, and what is missing."""
        face = face_object(context)
        model = load_model(face)
        self._duplicate = active_duplicate(face, context)
        with acting_on(face, self._duplicate):
            others = [*meshes_of_others(face, context), *loose_pieces(model.neutral)]
        there = kinds_in(others, model.joint)
        sides = eyes_missing(others, model.joint)
        if sides:
            there -= {"eyes"}
        asked = {kind for kind in KINDS if kind.upper() in self.pieces}
        wanted = in_order(asked - there)
        if not wanted:
            text = (
                "{face} has all of these already: {pieces}. Delete what is to be made anew."
                if asked
                else "Choose pieces that {face} is to get."
            )
            raise RigError(words.report(text, face=face.name, pieces=_named(in_order(asked))))
        landmarks = corrected_landmarks(face, head_space(face, context), context)
        request = InsideRequest(
            model.neutral,
            landmarks,
            model.joint,
            not model.bones_estimated,
            wanted,
            list(sides or ("left", "right")),
        )
        self._kept = in_order(asked & there)
        return JobRequest(request, "Adding Mouth and Eyes", face)

    def write(
        self, context: bpy.types.Context, target: bpy.types.Object, result: InsideResult
    ) -> str:
        """Make the objects and attach them."""
        require_alive(target)
        require_own_data(target)
        model = load_model(target)
        for note in result.notes:
            self.report({'WARNING'}, note)
        pieces = [
            NewPiece(kind, mesh, shows)
            for kind, mesh, shows in zip(result.kinds, result.meshes, result.shows, strict=True)
        ]
        if not pieces:
            return ""
        with acting_on(target, self._duplicate):
            objects = replace_pieces(target, pieces, set(result.kinds), context)
            attach_objects(target, objects, model, context)
            if "eyes" in result.kinds:
                self._turn_eyes(target, model, context)
            hang_tongue(target, model, context)
        made = _named(in_order(set(result.kinds)))
        if self._kept:
            text = "{face} has {made} now; it keeps its own {kept}."
            return words.report(text, face=target.name, made=made, kept=_named(self._kept))
        return words.report("{face} has {made} now.", face=target.name, made=made)

    def _turn_eyes(self, face: bpy.types.Object, model, context: bpy.types.Context) -> None:
        try:
            made = make_eyes(face, model, (), context)
        except AimError as error:
            self.report({'WARNING'}, str(error))
            return
        for text in warnings(made):
            self.report({'WARNING'}, text)


def _named(kinds: list[str]) -> str:
    return ", ".join(words.report(_NAMES[kind]).lower() for kind in kinds)


classes = (AIM_OT_add_mouth_and_eyes,)
register, unregister = bpy.utils.register_classes_factory(classes)
