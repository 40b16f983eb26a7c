# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The weights of a rig's skin: the groups of both bones, beside groups of the user's, sum to 1 at every vertex."""

import bpy
import numpy as np

from ..data import attributes, groups
from ..data.name_lists import read_names, write_names
from .own_bones import JAW, SKULL, bone_name

#: Custom property of the mesh object: the vertex groups that the bake has written.
_GROUPS = "aim_groups"
#: Weights that differ by less are the same.
_SAME = 1e-4


def write_weights(
    obj: bpy.types.Object, armature: bpy.types.Object, jaw_weight: np.ndarray, known: str
) -> None:
    """Write the groups of ``skull`` and ``jaw``, called what these bones are called.

    Groups of an earlier bake go where they would count twice, and get their names back where the user has renamed
    them. Groups of bones of the user's own stay, and ours share what they leave.

    Args:
        obj: the skin.
        armature: with both bones.
        jaw_weight: [V] in 0..1.
        known: the attribute that holds the jaw weights of the last bake.
    """
    names = {bone: bone_name(armature, bone) for bone in (SKULL, JAW)}
    for name in read_names(obj, _GROUPS) or (SKULL, JAW):
        lost = name not in names.values() and name not in armature.data.bones
        if lost and name in obj.vertex_groups:
            obj.vertex_groups.remove(obj.vertex_groups[name])
    before = attributes.read_attribute(obj.data, known)
    if before is not None and before.dtype == np.float32:
        _claim(obj, armature, names[SKULL], 1 - before)
        _claim(obj, armature, names[JAW], before)
    room = np.clip(1 - weights_of_others(obj, armature, set(names.values())), 0, 1)
    groups.write_groups(obj, {names[SKULL]: room * (1 - jaw_weight), names[JAW]: room * jaw_weight})
    write_names(obj, _GROUPS, names.values())


def crowded(obj: bpy.types.Object, armature: bpy.types.Object) -> int:
    """At how many vertices the groups of the user's own bones sum to more than 1 alone."""
    ours = {bone_name(armature, bone) for bone in (SKULL, JAW)}
    return int((weights_of_others(obj, armature, ours) > 1 + _SAME).sum())


def _claim(
    obj: bpy.types.Object, armature: bpy.types.Object, name: str, weights: np.ndarray
) -> None:
    """Take back a group that holds ``weights`` [V] of the last bake under another name than ``name``."""
    if not weights.any():
        return
    others = [group.name for group in obj.vertex_groups if group.name != name]
    for other, values in zip(others, groups.read_groups(obj, others), strict=True):
        if np.abs(values - weights).max() > _SAME:
            continue
        if other in armature.data.bones:
            obj.vertex_groups.remove(obj.vertex_groups[other])
        elif name not in obj.vertex_groups and not _is_used(obj, other):
            obj.vertex_groups[other].name = name


def _is_used(obj: bpy.types.Object, group: str) -> bool:
    """Whether a modifier or a shape key of ``obj`` names the vertex group."""
    keys = obj.data.shape_keys.key_blocks if obj.data.shape_keys else ()
    users = [*obj.modifiers, *keys]
    return any(getattr(user, "vertex_group", "") == group for user in users)


def weights_of_others(
    obj: bpy.types.Object, armature: bpy.types.Object, ours: set[str]
) -> np.ndarray:
    """[V] the sum of the groups of an armature's deforming bones but for ``ours``."""
    names = [
        bone.name
        for bone in armature.data.bones
        if bone.use_deform and bone.name not in ours and bone.name in obj.vertex_groups
    ]
    if not names:
        return np.zeros(len(obj.data.vertices), np.float32)
    return groups.read_groups(obj, names).sum(axis=0)
