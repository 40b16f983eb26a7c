# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The armature a character already has: which of its bones are jaw and head, and what they may do."""

import re
from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.errors import RetargetError
from ..data.groups import read_groups
from ..data.head_space import HeadSpace
from ..data.linked import is_linked

#: Words in the names of jaw and head bones, in English and German.
_JAW_WORDS = ("jaw", "mandible", "kiefer", "mandibula")
_HEAD_WORDS = ("head", "skull", "kopf", "cranium")
#: Parts of names of bones that are not the bone itself.
_OTHER = ("end", "ik", "ctrl", "control", "target", "top", "nub", "tip", "upper", "master", "mch")


@dataclass(frozen=True)
class CharacterRig:
    """Bones of a character's armature; "" where there is none.

    Attributes:
        armature: the object.
        jaw, head: names of the bones.
        to_armature: [4, 4] from millimetres of the face's head space to the armature's own space.
        jaw_weight: [V] how much the jaw bone and its children move each vertex; None without a jaw bone.
    """

    armature: bpy.types.Object
    jaw: str
    head: str
    to_armature: np.ndarray
    jaw_weight: np.ndarray | None

    def rest(self) -> np.ndarray:
        """[4, 4] the jaw bone at rest: rigid, in millimetres of head space."""
        bone = np.array(self.armature.data.bones[self.jaw].matrix_local, np.float64)
        rest = np.linalg.inv(self.to_armature) @ bone
        rest[:3, :3] /= np.cbrt(np.abs(np.linalg.det(rest[:3, :3])))
        return rest

    def locks(self) -> tuple[list[bool], list[bool]]:
        """About and along which of its own axes the jaw bone may turn and move."""
        bone = self.armature.pose.bones[self.jaw]
        connected = bone.bone.use_connect and bone.parent is not None
        moves = [not (locked or connected) for locked in bone.lock_location]
        return [not locked for locked in bone.lock_rotation], moves


def armature_of(obj: bpy.types.Object) -> bpy.types.Object | None:
    """The armature that moves a mesh."""
    for modifier in obj.modifiers:
        if modifier.type == 'ARMATURE' and modifier.object is not None:
            return modifier.object
    return None


def left_behind(obj: bpy.types.Object, armature: bpy.types.Object) -> list[str]:
    """Meshes that hang on a character's mesh as a whole object, so that they stay when bones move its skin."""
    return [
        child.name
        for child in obj.children
        if child.type == 'MESH'
        and child.parent_type == 'OBJECT'
        and not any(m.type == 'ARMATURE' and m.object == armature for m in child.modifiers)
    ]


def find_rig(
    obj: bpy.types.Object, space: HeadSpace, use_jaw_bone: bool = True
) -> CharacterRig | None:
    """The rig that a character brings along, with the bones picked in its settings or found by name.

    Raises:
        RetargetError: the armature is linked from another file without an override.
    """
    armature = armature_of(obj)
    if armature is None:
        return None
    if is_linked(armature):
        raise RetargetError(
            f"{armature.name} is linked from another file: make a library override of it, so that it can be animated"
        )
    picked = obj.aim.retarget
    bones = armature.data.bones
    jaw = picked.jaw_bone if picked.jaw_bone in bones else named_bone(armature, _JAW_WORDS)
    if not use_jaw_bone:
        jaw = ""
    head = head_bone(obj, armature)
    if not head and jaw and bones[jaw].parent:
        head = bones[jaw].parent.name
    weight = jaw_weight(obj, armature, jaw) if jaw else None
    if weight is not None and not weight.any():
        jaw, weight = "", None
    world = np.array(armature.matrix_world, np.float64)
    return CharacterRig(armature, jaw, head, np.linalg.inv(world) @ space.to_world(), weight)


def head_bone(obj: bpy.types.Object, armature: bpy.types.Object) -> str:
    """The bone that moves a character's head: the one picked in its settings, or found by name; "" without any."""
    picked = obj.aim.retarget.head_bone
    return picked if picked in armature.data.bones else named_bone(armature, _HEAD_WORDS)


def named_bone(armature: bpy.types.Object, words: tuple[str, ...]) -> str:
    """The deforming bone of the plainest name with one of the words in it, or ""."""
    found = []
    for bone in armature.data.bones:
        parts = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bone.name).lower())
        if any(word in part for word in words for part in parts) and not set(parts) & set(_OTHER):
            found.append((not bone.use_deform, len(bone.name), bone.name))
    return min(found)[2] if found else ""


def deforming_bones(obj: bpy.types.Object) -> list[str]:
    """Bones of the character's armature that have a vertex group."""
    armature = armature_of(obj)
    bones = armature.data.bones if armature else ()
    return [bone.name for bone in bones if bone.use_deform and bone.name in obj.vertex_groups]


def jaw_weight(obj: bpy.types.Object, armature: bpy.types.Object, jaw: str) -> np.ndarray:
    """[V] float64 share of each vertex's weights that belongs to the jaw bone and what hangs on it."""
    names = deforming_bones(obj)
    if not names:
        return np.zeros(len(obj.data.vertices))
    carried = {jaw, *(bone.name for bone in armature.data.bones[jaw].children_recursive)}
    weights = read_groups(obj, names).astype(np.float64)
    ours = weights[[name in carried for name in names]].sum(axis=0)
    return ours / np.maximum(weights.sum(axis=0), 1e-9)
