# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face controls of a rig: what the worker needs for them, and what it has made written to the rig."""

import bpy
import numpy as np

from ...backend.errors import RigError
from ...backend.jobs.controls import ControlsResult
from ...backend.model.aim import AimModel
from ..data import shape_keys
from ..rig.carried import carry_keys
from ..rig.eyes import kept_balls, update_eyes
from ..rig.lid_keys import lid_keys
from ..rig.moved import parts_of
from ..rig.objects import armature_of, check_can_write, check_mode, rig_collection, rig_of
from ..rig.own_bones import TONGUE, find_bone
from ..shapes import making, shapes
from . import bones, keys, seal, tongue
from .mend import Lost, mend

FACE, BOARD = "FACE", "BOARD"


def check(face: bpy.types.Object, model: AimModel, context: bpy.types.Context) -> None:
    """Make sure that the rig of a face can have controls.

    Raises:
        RigError: it is linked, it or a piece is in another mode, or its mesh is not the model's.
    """
    check_mode(context.active_object)
    check_can_write(rig_of(face), armature_of(face))
    making.require_polygons(rig_of(face), model)
    for part in parts_of(face):
        check_mode(part)


def gather(
    face: bpy.types.Object,
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray], bool]:
    """What the rig's expressions do.

    Returns:
        Displacements [E, V, 3] mm, poses of the jaw [E, 4, 4] mm, the balls [5] of the eyes by side, and whether the
        expressions are ARKit's, which are made to add.

    Raises:
        RigError: no expression is there.
    """
    rig = rig_of(face)
    block = rig.data.shape_keys
    arkit = [name for name in shapes.arkit_names(block) if not block.key_blocks[name].mute]
    own = [n for n in shape_keys.baked_names(rig.data) if n in block.key_blocks]
    names = arkit or own
    if not names:
        raise RigError(
            f"{rig.name} has no expressions that controls could be made of: update the rig"
        )
    scale = shapes.mm_per_unit(face)
    moved = np.array([shape_keys.difference(block.key_blocks[name]) for name in names])
    balls = {
        side: np.array([*ball.centre, ball.radius, ball.error_mm])
        for side, ball in kept_balls(armature_of(face)).items()
    }
    jaws = np.array([shapes.jaw_of(face, n) for n in names])
    return moved * np.float32(scale), jaws, balls, bool(arkit)


def write(
    face: bpy.types.Object,
    model: AimModel,
    result: ControlsResult,
    place: str,
    context: bpy.types.Context,
) -> bool:
    """Put controls on the rig of a face, or bring those that are there up to date.

    Returns:
        Whether a tongue hangs on the rig, which then has bones.

    Raises:
        RigError: the rig does not allow it; nothing is changed.
    """
    check(face, model, context)
    if not result.names:
        raise RigError(f"The expressions of {face.name} move no place where a control could be")
    rig, armature, scale = rig_of(face), armature_of(face), shapes.mm_per_unit(face)
    numbers = {name: number for number, name in enumerate(result.names)}
    ranges = np.zeros((len(numbers), 3, 2))
    ways = []
    for owner, way, (axis, sign), reach in zip(
        result.owners, result.ways, result.numbers.tolist(), result.reaches, strict=True
    ):
        limit = sign * float(reach) / scale
        ranges[numbers[owner], axis, int(sign > 0)] = limit
        ways.append((owner, way, axis, limit))
    placed = bones.PlacedControls(
        result.names, result.points / scale, result.axes, result.jaw_weights, ranges
    )
    if place == BOARD:
        placed = bones.on_board(placed, result.left_up_front)
    named = bones.write_bones(armature, placed, rig_collection(face, context), context)
    roles = [f"{owner} {way}" for owner, way, *_ in ways]
    pairs = [(roles[one], roles[two]) for one, two in result.pairs.tolist()]
    sealing = seal.seal_roles(result.seal_roles)
    keys.remove_keys(rig, [*roles, *(keys.pair_role(*pair) for pair in pairs), *sealing])
    keys.write_keys(rig, armature, named, ways, result.moved / scale)
    keys.write_pairs(rig, pairs, result.pairs_moved / scale)
    seal.write_seal(
        rig,
        armature,
        result.seal_roles,
        result.seal_moved / scale,
        (result.seal_pose, result.seal_aside),
        scale,
    )
    armature.update_tag()
    if lid_keys(rig.data.shape_keys):  # lids that follow the look fade as controls shut them
        update_eyes(face, model, context)
    has_tongue = tongue.write_tongue(face, model, context)
    carry_keys(rig)
    context.view_layer.update()
    return has_tongue


def remove(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """Take the face controls of a rig away.

    Raises:
        RigError: the rig is linked or in another mode.
    """
    check_mode(context.active_object)
    rig, armature = rig_of(face), armature_of(face)
    check_can_write(rig, armature)
    keys.remove_keys(rig)
    carry_keys(rig, ())
    seal.remove_sliders(armature)
    tongue.remove_tongue(face, context)
    bones.remove_bones(armature, context)
    context.view_layer.update()


def update(face: bpy.types.Object, context: bpy.types.Context) -> Lost | None:
    """Mend the controls of a rig, as after bones were renamed or made anew.

    Returns:
        What controls have lost and cannot get back; None where there are no controls.

    Raises:
        RigError: the rig is linked or in another mode.
    """
    rig, armature = rig_of(face), armature_of(face)
    if not bones.find_controls(armature) and not keys.control_keys(rig.data.shape_keys):
        return None
    check_can_write(rig, armature)
    return mend(rig, armature, context)


def has_controls(face: bpy.types.Object | None) -> bool:
    """Whether the rig of a face has controls."""
    return face is not None and has_bones(armature_of(face))


def has_bones(armature: bpy.types.Object | None) -> bool:
    """Whether an armature has controls."""
    return bool(bones.find_controls(armature))


def hang_tongue(face: bpy.types.Object, model: AimModel, context: bpy.types.Context) -> None:
    """Where a rig has controls, or bones of a tongue, give a tongue that was attached just now its bones."""
    if has_controls(face) or find_bone(armature_of(face), TONGUE[0]):
        tongue.write_tongue(face, model, context)
