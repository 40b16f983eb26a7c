# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request of a retargeting: both faces, the bones, the performance and the settings."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import bpy
import numpy as np

from ...backend.errors import RetargetError
from ...backend.jobs.face_pair import BoneGroups, FacePair, StoredMap
from ...backend.jobs.retarget import ActorRigWanted, CharacterRigWanted, RetargetRequest
from ...backend.retargeting.gains import Gains
from ...backend.retargeting.jaw_bone import JawBone
from ...backend.retargeting.shape_table import Match
from ...backend.retargeting.sources import PerformanceSource, RetargetSettings, SampleFace
from ..data import shape_keys, storage
from ..data.groups import read_groups
from ..data.head_space import head_space
from ..performance import sources
from ..performance.files import make_folder, result_path
from ..rig.objects import rig_of
from . import correspondence
from .character_rig import CharacterRig, deforming_bones, find_rig
from .characters import (
    Character,
    face_source,
    fingerprint,
    has_shapes,
)


@dataclass(frozen=True)
class Faces:
    """Source and target as retargeting takes them.

    Attributes:
        pair: both, and their correspondence where it still holds.
        source, target: the characters that they are; None for an actor or the generic face.
        jaw_weight: [V] of the target's own jaw bone, or None.
        rig: what is to play on the target.
    """

    pair: FacePair
    source: Character | None
    target: Character | None
    jaw_weight: np.ndarray | None
    rig: ActorRigWanted | CharacterRigWanted


def take_name(target: bpy.types.Object) -> str:
    """What the user calls the performance that is chosen."""
    return sources.played(target).take_name(target)


def output_path(target: bpy.types.Object) -> Path:
    """Where the played frames go; no other face, performance or .blend has them there."""
    source = sources.played(target)
    performer = source.performer(target)
    who = "" if performer is None else performer.name
    told = (target.name, source.identifier, who, source.place(target))
    return result_path(f"{target.name} plays {source.take_name(target)}", *told)


def new_output(target: bpy.types.Object) -> Path:
    """:func:`output_path`, its folder made.

    Raises:
        RetargetError: nothing can be written there.
    """
    path = output_path(target)
    make_folder(path, RetargetError)
    return path


def read_faces(target: bpy.types.Object, context: bpy.types.Context) -> Faces:
    """Source, target and, where it still holds, their correspondence."""
    played, state = sources.played(target), target.aim.retarget
    obj = played.performer(target)
    source, performer = SampleFace(), None
    if obj is not None:
        source, performer = face_source(obj, context, as_mesh=played.as_mesh, to_read=True)
    face, character = face_source(target, context, plays_shapes(target))
    now, known = fingerprint(source, face), None
    if correspondence.has_map(target) and now == state.fingerprint:
        known = StoredMap(correspondence.map_bytes(target), target.name)
    bones = None
    if character is not None:
        bones = find_rig(target, head_space(target, context), state.use_jaw_bone)
    pair = FacePair(source, face, known, _groups(target, bones), now)
    weight = bones.jaw_weight if bones is not None and bones.jaw else None
    if weight is not None and plays_shapes(target) and bones.armature == state.armature:
        weight = None  # its shapes show what their artist meant; the bone that was made takes the jaw's part
    return Faces(pair, performer, character, weight, _rig(target, character, bones))


def _groups(target: bpy.types.Object, rig: CharacterRig | None) -> BoneGroups | None:
    """The bones among which the worker looks for the jaw's, where none is picked or named so."""
    if rig is None or rig.jaw or not target.aim.retarget.use_jaw_bone:
        return None
    names = deforming_bones(target)
    return BoneGroups(tuple(names), read_groups(target, names)) if names else None


def _rig(
    target: bpy.types.Object, character: Character | None, bones: CharacterRig | None
) -> ActorRigWanted | CharacterRigWanted:
    """What is to play on the target."""
    state = target.aim.retarget
    if character is None:
        largest = None if state.widen_ranges else _actor_limits(target)
        return ActorRigWanted(state.tolerance_mm, largest)
    if bones is None:
        made = state.make_bones
        return CharacterRigWanted(state.tolerance_mm, jaw_in_shapes=not made, makes_bones=made)
    if bones.jaw and bones.armature == state.armature and plays_shapes(target):
        return CharacterRigWanted(
            state.tolerance_mm, makes_bones=True, made_weight=bones.jaw_weight
        )
    if bones.jaw:
        return CharacterRigWanted(state.tolerance_mm, JawBone(bones.rest(), *bones.locks()))
    return CharacterRigWanted(state.tolerance_mm, jaw_in_shapes=bones.armature != state.armature)


def plays_shapes(target: bpy.types.Object) -> bool:
    """Whether the target plays on shape keys of its own."""
    return target.aim.retarget.own_shapes and has_shapes(target)


def retarget_request(
    target: bpy.types.Object, faces: Faces, output: Path, origin: str
) -> Callable[[PerformanceSource], RetargetRequest]:
    """What makes the request of the performance, once that is read; all else is read now.

    Args:
        target: the face that is played on.
        faces: as they were read.
        output: of the played frames.
        origin: of the performance, as the result keeps it.

    Raises:
        RetargetError: see :func:`shape_table`.
    """
    state = target.aim.retarget
    gains = Gains(state.gain, state.gain_mouth, state.gain_brows, state.gain_eyes)
    character = faces.target
    return partial(
        RetargetRequest,
        faces.pair,
        output=output,
        about={"performance": origin},
        settings=RetargetSettings(gains, state.contacts, plays_shapes(target)),
        table=shape_table(target, character),
        limits=_limits(character, state.widen_ranges),
        jaw_weight=faces.jaw_weight,
        rig=faces.rig,
    )


def _limits(character: Character | None, widen: bool) -> np.ndarray | None:
    """[N] largest values that the shape keys of a character can show, or may be made to show."""
    if character is None or not character.names:
        return None
    return np.maximum(character.limits, 1.0) if widen else character.limits


def _actor_limits(face: bpy.types.Object) -> np.ndarray | None:
    """[E] largest values that the rig of an actor can show; None where it is yet to be baked."""
    rig = rig_of(face)
    if rig is None:
        return None
    return shape_keys.largest_values(rig.data.shape_keys, storage.load_model(face).expression_names)


def shape_table(target: bpy.types.Object, character: Character | None) -> tuple[Match, ...] | None:
    """The rows of the table that are in use; None where the worker shall find them.

    Args:
        target: the face that is played on.
        character: as it was read; None for an actor.

    Raises:
        RetargetError: a row of the table names a shape key that cannot be used.
    """
    state = target.aim.retarget
    if character is None or not character.names or not len(state.matches):
        return None
    rows = [row for row in state.matches if row.use]
    wrong = next((row for row in rows if row.target not in character.names), None)
    if wrong is not None:
        raise RetargetError(
            f"The table moves the shape key '{wrong.target}', which {target.name} has not or something else "
            "moves: turn that row off, or match the shapes again"
        )
    return tuple(Match(row.name, row.target, row.weight, "hand", float("nan")) for row in rows)
