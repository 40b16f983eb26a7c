# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What moves with the bones of a rig: whole objects by a bone, skins by weights."""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy
import numpy as np
from mathutils import Matrix

from ..data import groups
from .armature import tip_matrix
from .own_bones import EYES, JAW, SKULL, TONGUE, bone_name, find_bone

#: Custom property of an object attached with weights: each of its pieces moves as a whole.
HARD = "aim_hard"


def attach_to_bone(
    obj: bpy.types.Object,
    armature: bpy.types.Object,
    bone: str,
    blend_weights: np.ndarray | None = None,
) -> None:
    """Let an object move with a bone of a rig, from where it is now while the rig rests.

    Args:
        obj: any object; a mesh where weights are given.
        armature: the rig's armature.
        bone: its bone, ``skull`` or ``jaw``.
        blend_weights: [V] in 0..1, how much each vertex follows ``bone``; the rest follows the bone's parent. None
            for an object that moves as a whole.
    """
    with at_rest(armature):
        rest = np.array(obj.matrix_world, np.float64)
        carrier = np.array(armature.matrix_world, np.float64)
    detach_weights(obj, armature)
    name = bone_name(armature, bone)
    if blend_weights is None:
        carrier = carrier @ tip_matrix(armature, name)
    else:
        weights = np.clip(np.asarray(blend_weights, np.float32), 0, 1)
        parent = armature.data.bones[name].parent
        rest_on = parent.name if parent else bone_name(armature, SKULL)
        groups.write_groups(obj, {rest_on: 1 - weights, name: weights})
        add_armature_modifier(obj, armature)
    obj.parent = armature
    obj.parent_type = 'OBJECT' if blend_weights is not None else 'BONE'
    obj.parent_bone = "" if blend_weights is not None else name
    obj.matrix_parent_inverse = Matrix((np.linalg.inv(carrier) @ rest).tolist())
    obj.matrix_basis = Matrix.Identity(4)


def attach_to_eye(obj: bpy.types.Object, armature: bpy.types.Object, eye: str) -> None:
    """Let an object whose mesh is in the armature's own space move with the bone of an eye."""
    name = bone_name(armature, eye)
    obj.parent, obj.parent_type, obj.parent_bone = armature, 'BONE', name
    obj.matrix_parent_inverse = Matrix(np.linalg.inv(tip_matrix(armature, name)).tolist())
    obj.matrix_basis = Matrix.Identity(4)


@contextmanager
def at_rest(armature: bpy.types.Object) -> Iterator[None]:
    """The rig rests meanwhile, so that what hangs on it is where it was attached."""
    before = armature.data.pose_position
    armature.data.pose_position = 'REST'
    bpy.context.view_layer.update()
    try:
        yield
    finally:
        armature.data.pose_position = before
        bpy.context.view_layer.update()


def detach_weights(obj: bpy.types.Object, armature: bpy.types.Object) -> None:
    """Take off what lets the vertices of an object move with the bones of a rig: modifier and vertex groups."""
    ours = [
        found for found in obj.modifiers if found.type == 'ARMATURE' and found.object == armature
    ]
    for modifier in ours:
        obj.modifiers.remove(modifier)
    bones = {SKULL, JAW, bone_name(armature, SKULL), bone_name(armature, JAW)}
    bones |= {name for own in (*EYES.values(), *TONGUE) if (name := find_bone(armature, own))}
    for name in sorted(bones) if ours else ():
        group = obj.vertex_groups.get(name)
        if group is not None:
            obj.vertex_groups.remove(group)


def add_armature_modifier(obj: bpy.types.Object, armature: bpy.types.Object) -> None:
    """Let the bones of a rig move the vertices, before all other modifiers; one that has lost its object is used."""
    modifier = next(
        (
            found
            for found in obj.modifiers
            if found.type == 'ARMATURE' and found.object in {armature, None}
        ),
        None,
    )
    if modifier is None:
        modifier = obj.modifiers.new("Armature", 'ARMATURE')
        obj.modifiers.move(len(obj.modifiers) - 1, 0)
    modifier.object = armature
    modifier.use_vertex_groups = True
    modifier.use_bone_envelopes = False
    modifier.use_deform_preserve_volume = False
