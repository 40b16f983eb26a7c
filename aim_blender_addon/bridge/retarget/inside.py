# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouths and eyes that a character was given, or a neutral alone: they follow its bones and its shape keys.

Every piece is a child of the character's mesh and lies in that mesh's own space. Bones of the character's armature move
it where it has them. Where its shape keys hold the jaw's motion, the piece has keys of the same names, driven by them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.anatomy.jaw.joint import JawJoint
from ...backend.geometry.mesh import Mesh
from ...backend.jobs.face_pair import BoneGroups
from ...backend.jobs.inside_character import InsideCharacterRequest, InsideCharacterResult
from ..data import groups, storage
from ..data.head_space import head_space
from ..data.meshes import read_data
from ..data.same_character import lies_in
from ..face.landmarks import corrected_landmarks
from ..rig import carried
from ..rig.attaching import add_armature_modifier, at_rest, attach_to_bone
from ..rig.inside import NewPiece, made_kind, made_pieces, new_object, remove_pieces
from ..rig.moved import moved_by
from ..rig.objects import check_mode, rig_of
from ..rig.own_bones import JAW, SKULL, bone_name
from ..rig.parts import Seen
from .character_rig import CharacterRig, armature_of, deforming_bones, find_rig
from .characters import Character, read_character, target_object
from .new_eyes import keys_turn, turns_by_keys
from .turned_bones import eye_bones_of

#: Vertices of the skin that follow the jaw by less tell which bone is the head's.
_STILL = 0.05
#: A pose of the jaw whose matrix differs by less from rest moves nothing.
_RESTS = 1e-4


@dataclass(frozen=True)
class Given:
    """What a character was given.

    Attributes:
        objects: the new ones.
        jaw_moves: a bone or a shape moves the lower teeth.
        eyes_turn: there are new eyes, and bones or shape keys turn them; None without new eyes.
    """

    objects: Sequence[bpy.types.Object]
    jaw_moves: bool
    eyes_turn: bool | None


def character_of(context: bpy.types.Context) -> bpy.types.Object | None:
    """The active character's mesh, or the neutral of a face without model; None where a rig is worked on. Cheap."""
    active = context.active_object
    if active is not None and made_kind(active) is not None:
        active = active.parent
        if active is None or active.type != 'MESH':
            return None
        found = active
    else:
        found = target_object(context)
    if found is None:
        return None
    face = storage.face_of(found)
    if face is not None:
        return face if not storage.has_model(face) and rig_of(face) is None else None
    last = storage.face_object(context)
    rig = rig_of(last) if last is not None else None
    is_part = rig is not None and (found.parent == last.aim.armature or lies_in(found, rig))
    return None if is_part else found


def request_of(
    target: bpy.types.Object, asked: Sequence[str], context: bpy.types.Context
) -> InsideCharacterRequest:
    """What the worker needs to fit pieces of the kinds ``asked`` to a character.

    Raises:
        RetargetError, RigError: something cannot be read.
    """
    character = read_character(target, context, to_read=True)
    space = head_space(target, context)
    rig = find_rig(target, space)
    names: list[str] = []
    if rig is not None and not rig.jaw:
        names = deforming_bones(target)
    return InsideCharacterRequest(
        character.mesh.with_vertices(character.mesh.vertices, target.name),
        corrected_landmarks(target, space, context),
        character.names,
        character.shapes if character.names else None,
        _others(target, context),
        asked,
        BoneGroups(tuple(names), groups.read_groups(target, names)) if names else None,
    )


def give(
    target: bpy.types.Object, result: InsideCharacterResult, context: bpy.types.Context
) -> Given:
    """Make the pieces objects of a character, instead of those of their kinds that were made before.

    Raises:
        RetargetError: the character's armature is linked from another file.
    """
    character = read_character(target, context, to_read=True)
    rig = find_rig(target, head_space(target, context))
    jaw, head = _bones(target, rig, result)
    scale = np.diag([result.scale, result.scale, result.scale, 1.0])
    to_head = scale @ character.matrix
    remove_pieces(made_pieces(target), set(result.kinds))
    objects = []
    for kind, mesh, shows in zip(result.kinds, result.meshes, result.shows, strict=True):
        piece = NewPiece(kind, mesh, shows)
        obj = new_object(piece, target.name, np.linalg.inv(to_head), target.users_collection[0])
        obj.parent = target
        objects.append(obj)
    poses = {
        name: pose
        for name, pose in zip(character.names, result.jaw_poses, strict=False)
        if np.abs(pose - np.eye(4)).max() > _RESTS
    }
    own_jaw = _with_bones(rig, jaw)
    seen = _seen(character, result, to_head, own_jaw)
    eyes = eye_bones_of(rig.armature) if rig is not None else None
    pairs = zip(objects, result.meshes, seen.attachments, seen.bindings(), strict=True)
    for obj, mesh, attachment, binding in pairs:
        share = binding.follow
        weight = (1 - share) * attachment.jaw_weight
        whole = weight + share * np.clip(binding.of_skin(seen.jaw_weight), 0, 1)
        _hang(obj, rig, (jaw, head), whole, _eye_of(mesh.name, eyes))
        looks = turns_by_keys(mesh, character.names, seen.joint) if eyes is None else {}
        if looks:  # an eye keeps to the skull, so its keys turn it wholly
            carried.hang(obj, binding, to_head, to_head, (looks, np.ones(len(share))))
        elif share.any() or (poses and weight.any()):
            carried.hang(obj, binding, to_head, to_head, (poses, weight))
    carried.carry_keys(target)
    eyes_turn = eyes is not None or any(keys_turn(obj) for obj in objects)
    return Given(objects, bool(jaw or poses), eyes_turn if "eyes" in result.kinds else None)


def hang_on_made_bones(target: bpy.types.Object, armature: bpy.types.Object) -> None:
    """Let pieces that waited for bones follow those that were made for a character."""
    for obj in made_pieces(target):
        weight = groups.read_group(obj, JAW)
        if weight is not None and not any(m.type == 'ARMATURE' for m in obj.modifiers):
            attach_to_bone(obj, armature, JAW, weight)


def _others(target: bpy.types.Object, context: bpy.types.Context) -> list[Mesh]:
    """What lies in the head of a character and was not made here, in the character's head space."""
    armature = armature_of(target)
    moved = moved_by(armature) if armature is not None else []
    tied = {*moved, *target.children_recursive}
    if target.parent is not None:
        tied |= set(target.parent.children_recursive)
    found = [
        obj
        for obj in context.scene.objects
        if obj.type == 'MESH'
        and obj != target
        and len(obj.data.polygons)
        and made_kind(obj) is None
        and obj.aim.face_object is None
        and (obj in tied or obj.visible_get())
        and lies_in(obj, target)
    ]
    for obj in found:
        check_mode(obj)
    if armature is None:
        space = head_space(target, context).from_world()
        return [read_data(obj, space) for obj in found]
    with at_rest(armature):
        space = head_space(target, context).from_world()
        return [read_data(obj, space) for obj in found]


def _bones(
    target: bpy.types.Object, rig: CharacterRig | None, result: InsideCharacterResult
) -> tuple[str, str]:
    """Names of the bones of jaw and head, "" for one that is not there."""
    if rig is None:
        return "", ""
    if rig.armature == target.aim.retarget.armature:
        return bone_name(rig.armature, JAW), bone_name(rig.armature, SKULL)
    head = rig.head
    names = deforming_bones(target)
    if not head and names:  # the one that holds most of the skin that does not follow the jaw
        still = result.is_skin & (result.jaw_weight < _STILL)
        head = names[int(groups.read_groups(target, names)[:, still].sum(axis=1).argmax())]
    return rig.jaw or result.jaw_bone, head


def _with_bones(rig: CharacterRig | None, jaw: str) -> np.ndarray | None:
    """[V] how much bones let the skin follow the jaw, None where its estimate has to do."""
    return rig.jaw_weight if rig is not None and jaw and rig.jaw == jaw else None


def _seen(
    character: Character,
    result: InsideCharacterResult,
    to_head: np.ndarray,
    jaw_weight: np.ndarray | None,
) -> Seen:
    triangles = character.mesh.triangles
    points = character.mesh.vertices * np.float32(result.scale)
    skin = Mesh.from_triangles(points, triangles[result.is_skin[triangles].all(axis=1)])
    spaces = [to_head] * len(result.meshes)
    weight = result.jaw_weight if jaw_weight is None else jaw_weight
    return Seen(list(result.meshes), skin, weight, JawJoint(*result.hinges), spaces, to_head)


def _hang(
    obj: bpy.types.Object,
    rig: CharacterRig | None,
    bones: tuple[str, str],
    weight: np.ndarray,
    eye: str,
) -> None:
    """Vertex groups of a piece, and the modifier where bones move the character's skin; ``eye`` is its bone or ""."""
    jaw, head = bones
    if rig is None:  # for bones that are made later
        groups.write_groups(obj, {SKULL: 1 - weight, JAW: weight})
        return
    if not head:
        return
    if eye:
        groups.write_groups(obj, {eye: np.ones(len(weight))})
    else:
        groups.write_groups(obj, {head: 1 - weight, jaw: weight} if jaw else {head: weight * 0 + 1})
    add_armature_modifier(obj, rig.armature)


def _eye_of(name: str, eyes: tuple[str, str] | None) -> str:
    """The bone of a new eyeball by the piece's name, "" for other pieces and where there is none."""
    sides = dict(zip(("left eye", "right eye"), eyes or (), strict=False))
    return sides.get(name, "")
