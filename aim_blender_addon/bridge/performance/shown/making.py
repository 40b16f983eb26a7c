# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was made of a solve, a retargeting or a bake, as :func:`look.look` compares it with the scene."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import bpy
import numpy as np

from ....backend.geometry.rigid import move_rigidly, undo_rigid
from ....backend.geometry.skinning import skin_with_jaw
from ....backend.model.aim import AimModel
from ...data import shape_keys
from ...data.evaluating import own_scene
from ...rig import actions
from ...rig.armature import rest_matrix
from ...rig.own_bones import JAW, SKULL, bone_name
from ...rig.poses import bone_channels, in_units
from ..writing import Written
from .made import SLACK_MM, Left, Made, sample


def of_take(
    written: Written,
    frames: np.ndarray,
    solved: np.ndarray,
    vertices: Sequence[np.ndarray],
    head: np.ndarray,
    to_armature: np.ndarray,
    root: str,
    left: Left,
    scale: float = 1.0,
) -> Made:
    """What a solve or a retargeting has made.

    Args:
        written: as it was written to the rig.
        frames: [T] of the Action.
        solved: [T] bool, frames that have keys.
        vertices: T rows [V, 3] mm, head space, with the head's motion.
        head: [T, 4, 4] mm, that motion; undone where no bone has it.
        to_armature: [4, 4] from head space to the armature's own space.
        root: the bone of the head, keyed or not.
        left: what the fit of the rig has left.
        scale: millimetres of an adult's face in one of these.
    """
    seen = np.flatnonzero(solved)
    moves_head = bool(written.bones[0])

    def points(row: int) -> np.ndarray:
        number = int(seen[row])
        made = np.asarray(vertices[number], np.float64)
        return made if moves_head else undo_rigid(made, head[number])

    return Made(
        frames[seen],
        points,
        to_armature,
        written.bones,
        root,
        written.keys,
        left,
        SLACK_MM / scale,
    )


def of_cache(frames: np.ndarray, vertices: Sequence[np.ndarray], mm_per_unit: float) -> Made:
    """What an object that plays solved rows [V, 3] mm itself is to show at ``frames`` [T]."""
    space = actor_space(mm_per_unit)
    return Made(frames, lambda row: np.asarray(vertices[row], np.float64), space, ("", ""), "", ())


def of_scans(
    model: AimModel,
    rig: bpy.types.Object,
    armature: bpy.types.Object,
    head_motion: bool,
    mm_per_unit: float,
) -> Made:
    """Every scan as the model has it; the user's own shape where that was sculpted.

    Args:
        model: that was baked.
        rig: its mesh object.
        armature: of the rig.
        head_motion: the head moves as in the scans.
        mm_per_unit: millimetres in a Blender unit.
    """
    names, parts = model.expression_names, model.evaluate()
    sculpted = shape_keys.sculpted_names(rig.data)

    def points(row: int) -> np.ndarray:
        moved = parts.displacements[row]
        if names[row] in sculpted:
            moved = shape_keys.difference(rig.data.shape_keys.key_blocks[names[row]]) * mm_per_unit
        skin = skin_with_jaw(parts.skin + moved, model.jaw_poses[row], parts.jaw_weight)
        return move_rigidly(skin, model.head_poses[row]) if head_motion else skin

    frames = [actions.scan_frame(row) for row in range(len(names))]
    skull, jaw = (bone_name(armature, bone) for bone in (SKULL, JAW))
    return Made(
        np.array(frames, np.float64),
        points,
        actor_space(mm_per_unit),
        (skull if head_motion else "", jaw),
        skull,
        names,
    )


def actor_space(mm_per_unit: float) -> np.ndarray:
    """[4, 4] from an actor's head space in millimetres to the space of its rig's armature."""
    return np.diag([1 / mm_per_unit, 1 / mm_per_unit, 1 / mm_per_unit, 1.0])


def posed_scans(
    model: AimModel,
    rig: bpy.types.Object,
    armature: bpy.types.Object,
    mm_per_unit: float,
    context: bpy.types.Context,
) -> Iterator[tuple[int, list[bpy.types.Object]]]:
    """Evaluated twins of a rig and its armature in the scans of ``sample``, posed by hand: for a rig that plays
    something else, or nothing. The head rests.
    """
    jaw = bone_name(armature, JAW)
    poses = in_units(model.jaw_poses, mm_per_unit)
    location, rotation = bone_channels(poses, rest_matrix(armature, jaw))
    with _loose_copies(rig, armature, context) as (layer, skin, bones):
        keys = skin.data.shape_keys.key_blocks
        for number, row in enumerate(sample(len(poses))):
            for block in keys:
                block.value = float(block.name == model.expression_names[row])
            bone = bones.pose.bones[jaw]
            bone.location, bone.rotation_euler = location[row], rotation[row]
            layer.update()
            yield number, [one.evaluated_get(layer.depsgraph) for one in (skin, bones)]


@contextmanager
def _loose_copies(
    rig: bpy.types.Object, armature: bpy.types.Object, context: bpy.types.Context
) -> Iterator[tuple[bpy.types.ViewLayer, bpy.types.Object, bpy.types.Object]]:
    """A view layer with copies of a rig and its armature that nothing animates."""
    with own_scene([rig, armature], context.scene) as (scene, (skin, bones)):
        data = rig.data.copy()
        try:
            skin.data = data
            for block in (data.shape_keys, skin, bones):
                block.animation_data_clear()
            for modifier in skin.modifiers:
                if modifier.type == 'ARMATURE' and modifier.object == armature:
                    modifier.object = bones
            if skin.parent == armature:
                inverse = skin.matrix_parent_inverse.copy()
                skin.parent = bones
                skin.matrix_parent_inverse = inverse
            for bone in bones.pose.bones:
                bone.matrix_basis.identity()
            yield scene.view_layers[0], skin, bones
        finally:
            skin.data = rig.data  # removing a mesh removes its objects too
            bpy.data.meshes.remove(data)
