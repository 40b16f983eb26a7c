# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rig plays, read frame by frame and keyed on the export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

from ..rig import shape_jaw
from ..rig.armature import rest_matrix
from ..rig.own_bones import JAW, bone_name


@dataclass(frozen=True)
class Frames:
    """A take.

    Attributes:
        numbers: [T] frames of the scene.
        values: [T] of each shape, by the name it goes out under.
        effects: [T, 4, 4] what each bone does to what it carries, in the armature's space.
        shape_jaw: [T, 4, 4] what of the jaw's motion the shapes make.
        below_jaw: the jaw and the bones below it.
    """

    numbers: np.ndarray
    values: dict[str, np.ndarray]
    effects: dict[str, np.ndarray]
    shape_jaw: np.ndarray
    below_jaw: set[str]


def span(armature: bpy.types.Object, keys: bpy.types.Key) -> range:
    """The frames that the Actions of a rig play; those of the scene where it has none."""
    actions = [o.animation_data.action for o in (armature, keys) if o.animation_data]
    ranges = [action.frame_range for action in actions if action is not None]
    if not ranges:
        scene = bpy.context.scene
        return range(scene.frame_start, scene.frame_end + 1)
    first = int(np.floor(min(found[0] for found in ranges)))
    return range(first, int(np.ceil(max(found[1] for found in ranges))) + 1)


def read(
    armature: bpy.types.Object,
    rig: bpy.types.Object,
    sources: Mapping[str, str],
    bones: Sequence[str],
    context: bpy.types.Context,
) -> Frames:
    """Play a rig and read it; the scene stands where it stood afterwards."""
    scene, keys = context.scene, rig.data.shape_keys
    numbers = span(armature, keys)
    before = scene.frame_current, scene.frame_subframe
    values = {name: np.zeros(len(numbers)) for name in sources}
    effects = {bone: np.zeros((len(numbers), 4, 4)) for bone in bones}
    shapes = np.zeros((len(numbers), 4, 4))
    back = {bone: np.linalg.inv(rest_matrix(armature, bone)) for bone in bones}
    try:
        for row, number in enumerate(numbers):
            scene.frame_set(number)
            for name, source in sources.items():
                block = keys.key_blocks[source]
                values[name][row] = 0.0 if block.mute else block.value
            for bone in bones:
                posed = np.array(armature.pose.bones[bone].matrix, np.float64)
                effects[bone][row] = posed @ back[bone]
            shapes[row] = shape_jaw.motion(armature)
    finally:
        scene.frame_set(before[0], subframe=before[1])
    jaw = armature.data.bones[bone_name(armature, JAW)]
    below = {jaw.name, *(bone.name for bone in jaw.children_recursive)}
    return Frames(np.array(numbers), values, effects, shapes, below)


def write(
    frames: Frames,
    out: bpy.types.Object,
    mesh: bpy.types.Object,
    named: Mapping[str, str],
    to_export: np.ndarray,
    jaw_in_keys: bool,
) -> None:
    """Key a take on an export: bones and shapes, every frame.

    Where the keys hold the jaw's motion, the bones make what is left of it: nothing moves twice.
    """
    back = np.linalg.inv(to_export)
    rests = {bone: rest_matrix(out, called) for bone, called in named.items()}
    effects = dict(frames.effects)
    if jaw_in_keys:
        undone = np.linalg.inv(frames.shape_jaw)
        for bone in set(effects) & frames.below_jaw:
            effects[bone] = effects[bone] @ undone
    posed = {bone: to_export @ effect @ back @ rests[bone] for bone, effect in effects.items()}
    own = {called: bone for bone, called in named.items()}
    for bone, called in named.items():
        parent = out.data.bones[called].parent
        if parent is None:
            local = np.linalg.inv(rests[bone]) @ posed[bone]
        else:
            above = own[parent.name]
            offset = np.linalg.inv(np.linalg.inv(rests[above]) @ rests[bone])
            local = offset @ np.linalg.inv(posed[above]) @ posed[bone]
        _key_bone(out.pose.bones[called], frames.numbers, local)
    blocks = mesh.data.shape_keys.key_blocks
    for name, values in frames.values.items():
        block = blocks[name]
        block.slider_min = min(0.0, float(values.min()))
        block.slider_max = max(1.0, float(values.max()))
        for number, value in zip(frames.numbers.tolist(), values.tolist(), strict=True):
            block.value = value
            block.keyframe_insert("value", frame=number)
    out.animation_data.action.name = mesh.data.shape_keys.animation_data.action.name = (
        f"{mesh.name} Take"
    )


def _key_bone(posed: bpy.types.PoseBone, numbers: np.ndarray, local: np.ndarray) -> None:
    before = None
    for number, matrix in zip(numbers.tolist(), local, strict=True):
        place, turn, _size = Matrix(matrix.tolist()).decompose()
        if before is not None and before.dot(turn) < 0:
            turn.negate()
        before = turn
        posed.location, posed.rotation_quaternion = place, turn
        posed.keyframe_insert("location", frame=number)
        posed.keyframe_insert("rotation_quaternion", frame=number)
