# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Armatures that may be a face's body: their bones as names, which of them carry what, and the meshes they move.

Nothing is ever written to a body: it may be linked, overridden or another artist's.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.body.names import SIDES, BodyBone, Guess, guess
from ...backend.errors import RigError
from ..rig.armature import rest_matrix
from ..rig.objects import armature_of
from ..rig.own_bones import SKULL, bone_name


@dataclass(frozen=True)
class BodyBones:
    """The bones of a body that move a face.

    Attributes:
        head: carries the skull.
        jaw: turns the jaw, or "".
        eyes: turn the eyes, by side.
    """

    head: str
    jaw: str
    eyes: dict[str, str]


def bones_of(body: bpy.types.Object) -> list[BodyBone]:
    """The bones of an armature object."""
    return [
        BodyBone(bone.name, bone.parent.name if bone.parent else "", bone.use_deform)
        for bone in body.data.bones
    ]


def can_be_body(obj: bpy.types.Object | None) -> bool:
    """Whether an object is an armature, and none of a face."""
    return obj is not None and obj.type == 'ARMATURE' and obj.aim.face_object is None


def guess_body(face: bpy.types.Object, context: bpy.types.Context) -> bpy.types.Object | None:
    """The armature that is picked; else the only selected one, the only one of the scene, the only one with meshes."""
    picked = face.aim.body.armature
    if picked is not None and picked.users_scene:
        return picked
    there = [obj for obj in context.scene.objects if can_be_body(obj)]
    for some in (
        [obj for obj in there if obj.select_get()],
        there,
        [obj for obj in there if meshes_of(obj, context)],
    ):
        if len(some) == 1:
            return some[0]
    return None


def meshes_of(body: bpy.types.Object, context: bpy.types.Context) -> list[bpy.types.Object]:
    """Meshes of the scene that an armature moves, by weights or by a bone; none of a face."""
    return [
        obj
        for obj in context.scene.objects
        if obj.type == 'MESH'
        and obj.aim.face_object is None
        and not obj.aim.is_face
        and (modifier_of(obj, body) is not None or hangs_on(obj, body))
    ]


def modifier_of(obj: bpy.types.Object, body: bpy.types.Object) -> bpy.types.ArmatureModifier | None:
    """The modifier by which an armature moves the vertices of a mesh object."""
    return next((m for m in obj.modifiers if m.type == 'ARMATURE' and m.object == body), None)


def hangs_on(obj: bpy.types.Object, body: bpy.types.Object) -> bool:
    """Whether an object is parented to a bone of an armature."""
    return obj.parent == body and obj.parent_type == 'BONE' and obj.parent_bone in body.data.bones


def guess_bones(face: bpy.types.Object, body: bpy.types.Object) -> Guess:
    """What the bones of a body seem to be; where no name says head, the bone nearest to the skull."""
    found = guess(bones_of(body))
    if found.heads or not len(body.data.bones):
        return found
    return Guess(found.title, (_nearest(face, body),), found.jaw, found.eyes)


def _nearest(face: bpy.types.Object, body: bpy.types.Object) -> str:
    """The bone whose middle is nearest to the middle of the skull bone, deforming ones first."""
    skull = rest_centre(armature_of(face), face_skull(face))
    bones = [bone for bone in body.data.bones if bone.use_deform] or list(body.data.bones)
    return min(bones, key=lambda bone: np.linalg.norm(rest_centre(body, bone.name) - skull)).name


def face_skull(face: bpy.types.Object) -> str:
    """The name of the skull bone of a face's rig."""
    return bone_name(armature_of(face), SKULL)


def rest_centre(armature: bpy.types.Object, bone: str) -> np.ndarray:
    """[3] the middle of a bone at rest, in the world."""
    rest = rest_matrix(armature, bone)
    middle = rest[:3, 3] + 0.5 * armature.data.bones[bone].length * rest[:3, 1]
    world = np.array(armature.matrix_world, np.float64)
    return world[:3, :3] @ middle + world[:3, 3]


def choose_bones(face: bpy.types.Object, body: bpy.types.Object) -> BodyBones:
    """The bones that the user has picked, and guesses for the others.

    Raises:
        RigError: a picked bone is not there, or several bones may carry the head.
    """
    state = face.aim.body
    for picked in (state.head_bone, state.jaw_bone, *(state.eye_bone(side) for side in SIDES)):
        if picked and picked not in body.data.bones:
            raise RigError(
                f"{body.name} has no bone {picked} any more: pick another one in the panel Body, or empty the field."
            )
    found = guess_bones(face, body)
    if not state.head_bone and len(found.heads) != 1:
        names = ", ".join(found.heads)
        raise RigError(
            f"{body.name} has several head bones ({names}): pick the Head Bone in the panel Body."
            if found.heads
            else f"{body.name} has no bones."
        )
    eyes = {side: state.eye_bone(side) or found.eyes.get(side, "") for side in SIDES}
    return BodyBones(
        state.head_bone or found.heads[0],
        state.jaw_bone or found.jaw,
        {side: bone for side, bone in eyes.items() if bone},
    )
