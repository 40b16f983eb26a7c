# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give a rig the mouth and the eyes that its scans do not have."""

from collections.abc import Iterable, Sequence

import bpy
import numpy as np
from bpy.props import EnumProperty

from ... import words
from ...backend.errors import AimError, RigError
from ...backend.inside.kinds import KINDS, in_order, loose_pieces, missing
from ...backend.jobs.inside import InsideRequest, InsideResult
from ...backend.jobs.inside_character import InsideCharacterResult
from ...backend.model.aim import AimModel
from ...bridge.controls.controls import hang_tongue
from ...bridge.data.head_space import head_space
from ...bridge.data.storage import face_object, load_model
from ...bridge.face.landmarks import corrected_landmarks
from ...bridge.face.scans import require_alive, require_own_data
from ...bridge.retarget.inside import character_of, give, request_of
from ...bridge.rig.duplicates import acting_on, active_duplicate
from ...bridge.rig.eyes import make_eyes
from ...bridge.rig.inside import NewPiece, meshes_of_others, replace_pieces
from ...bridge.rig.parts import attach_objects
from ...jobs.driver import JobRequest, WorkerJobOperator
from ...properties.enums import INSIDE_KINDS
from .. import reasons
from ..eyes.eyes import warnings

_NAMES = {identifier.lower(): name for identifier, name, _text, _number in INSIDE_KINDS}

_WAITS = (
    "No bone and no shape key moves the jaw of {face}: lower teeth and tongue wait for Bake Rig, or for Retarget "
    "Performance with Make Bones."
)
_EYES_STAND = "The new eyes of {face} stand still: it has no bones that turn eyes, and no shape keys of looks."


class AIM_OT_add_mouth_and_eyes(WorkerJobOperator, bpy.types.Operator):
    """Give a rig or a character teeth, gums, tongue, a lining of the mouth, eyes and lashes, fitted to its lips, lids \
and jaw. What the head has already stays; pieces that this has made before are made anew"""

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

    _kept: Sequence[str] = ()

    @classmethod
    def disabled_reason(cls, context: bpy.types.Context) -> str:
        """Also: no rig or character, or none that can be written to."""
        text = super().disabled_reason(context) or reasons.not_in_object_mode(context)
        if text:
            return text
        character = character_of(context)
        if character is not None:
            return reasons.linked(character) or reasons.absolute_keys(character)
        return reasons.first_reason(
            context,
            reasons.no_face,
            reasons.no_rig,
            reasons.no_model,
            reasons.linked_face,
            reasons.linked_rig,
            reasons.sculpting_shape,
        )

    def gather(self, context: bpy.types.Context) -> JobRequest:
        """The skin, landmarks moved by hand, the joint, and what is missing."""
        asked = in_order({kind for kind in KINDS if kind.upper() in self.pieces})
        character = character_of(context)
        face = character or face_object(context)
        if not asked:
            raise RigError(words.report("Choose pieces that {face} is to get.", face=face.name))
        if character is not None:
            require_own_data(character)
            request = request_of(character, asked, context)
            return JobRequest(request, "Adding Mouth and Eyes", character)
        model = load_model(face)
        self._duplicate = active_duplicate(face, context)
        with acting_on(face, self._duplicate):
            others = [*meshes_of_others(face, context), *loose_pieces(model.neutral)]
        wanted, sides = missing(others, model.joint, asked, model.neutral)
        if not wanted:
            raise RigError(_has_all(face, asked))
        landmarks = corrected_landmarks(face, head_space(face, context), context)
        request = InsideRequest(
            model.neutral,
            landmarks,
            model.joint,
            not model.bones_estimated,
            wanted,
            list(sides),
            _posed(model) if "teeth" in wanted else np.zeros((0, 0, 3), np.float32),
            model.jaw_poses if "teeth" in wanted else np.zeros((0, 4, 4)),
        )
        self._kept = in_order(set(asked) - set(wanted))
        return JobRequest(request, "Adding Mouth and Eyes", face)

    def write(
        self,
        context: bpy.types.Context,
        target: bpy.types.Object,
        result: InsideResult | InsideCharacterResult,
    ) -> str:
        """Make the objects and attach them."""
        require_alive(target)
        require_own_data(target)
        for note in result.notes:
            self.report({'WARNING'}, note)
        if isinstance(result, InsideCharacterResult):
            return self._give_character(context, target, result)
        model = load_model(target)
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
        return _summary(target, result.kinds, self._kept)

    def _give_character(
        self,
        context: bpy.types.Context,
        target: bpy.types.Object,
        result: InsideCharacterResult,
    ) -> str:
        if not result.kinds and not result.notes:
            raise RigError(_has_all(target, result.there))
        if not result.kinds:
            return ""
        given = give(target, result, context)
        if not given.jaw_moves and {"teeth", "tongue"} & set(result.kinds):
            self.report({'WARNING'}, words.report(_WAITS, face=target.name))
        if given.eyes_turn is False:
            self.report({'WARNING'}, words.report(_EYES_STAND, face=target.name))
        return _summary(target, result.kinds, result.there)

    def _turn_eyes(self, face: bpy.types.Object, model, context: bpy.types.Context) -> None:
        try:
            made = make_eyes(face, model, (), context)
        except AimError as error:
            self.report({'WARNING'}, str(error))
            return
        for text in warnings(made):
            self.report({'WARNING'}, text)


def _posed(model: AimModel) -> np.ndarray:
    """[E, S, 3] float32 mm: the skin in each of the actor's expressions."""
    count = len(model.expression_names)
    shape = (count, len(model.neutral.vertices), 3)
    found = [model.scan(number) for number in range(count)]
    return np.array(found, np.float32).reshape(shape)


def _summary(face: bpy.types.Object, made: Iterable[str], kept: Sequence[str]) -> str:
    new = _named(in_order({*made}))
    if kept:
        text = "{face} has {made} now; it keeps its own {kept}."
        return words.report(text, face=face.name, made=new, kept=_named(kept))
    return words.report("{face} has {made} now.", face=face.name, made=new)


def _has_all(face: bpy.types.Object, kinds: Sequence[str]) -> str:
    text = "{face} has all of these already: {pieces}. Delete what is to be made anew."
    return words.report(text, face=face.name, pieces=_named(kinds))


def _named(kinds: Iterable[str]) -> str:
    return ", ".join(words.report(_NAMES[kind]).lower() for kind in kinds)


classes = (AIM_OT_add_mouth_and_eyes,)
register, unregister = bpy.utils.register_classes_factory(classes)
