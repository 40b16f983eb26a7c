# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A retargeted performance on a character: shape keys and bones made where it has none, then an ordinary Action."""

from collections.abc import Sequence

import bpy
import numpy as np

from ...backend.anatomy.jaw.joint import JawJoint
from ...backend.jobs.retarget import PlayedRig, RetargetResult
from ...backend.shape_names import plain_name
from ..data import shape_keys
from ..data.fitting_names import fit_name
from ..data.head_space import HeadSpace, head_space
from ..data.meshes import transform
from ..data.name_lists import write_names
from ..data.storage import in_scene, own
from ..performance.companions import Channels, fill_still, plan_companions
from ..performance.writing import Performance, Written, write_performance
from ..rig.armature import (
    create_armature,
    jaw_limits,
    rest_matrix,
    set_rest,
    set_up_bones,
)
from ..rig.attaching import attach_to_bone
from ..rig.bone_handles import show_handles
from ..rig.carried import carry_keys
from ..rig.eye_bones import has_eyes
from ..rig.own_bones import JAW, SKULL, bone_name
from ..rig.poses import bone_channels, in_units, rest_bones
from .character_rig import CharacterRig, find_rig
from .characters import Character
from .inside import hang_on_made_bones
from .turned_bones import eye_poses

#: A head that turns by less, radians, and moves by less, mm, is still.
_HEAD_TURNS, _HEAD_MOVES_MM = 0.01, 2.0
#: A jaw bone whose matrices differ by less from rest does not move.
_JAW_RESTS = 1e-4


def write_character(
    target: bpy.types.Object,
    character: Character,
    result: RetargetResult,
    take: tuple[str, np.ndarray],
    context: bpy.types.Context,
) -> tuple[Written, CharacterRig | None]:
    """Let a character play what the worker has made for it.

    Args:
        target: its mesh object.
        character: as it was read.
        result: of the job, with what plays on its rig.
        take: name and scene frames [T].
        context: to make bones in.

    Returns:
        What was written, and the bones it plays on, if there are any.
    """
    state, space = target.aim.retarget, head_space(target, context)
    back = np.linalg.inv(character.matrix[:3, :3]).T
    played = result.rig
    names, curves = list(played.names), played.curves
    source = Channels(result.channels, result.values)
    if played.shapes is not None:
        names = _write_shapes(target, names, played.shapes @ back, curves)
    elif character.names:
        moves = [bool(shape.any()) for shape in character.shapes]
        curves = fill_still(names, curves, moves, source)
    _ensure_rest(target)
    rig = find_rig(target, space, state.use_jaw_bone)
    if rig is None and state.make_bones:
        _make_armature(target, result, space, context)
        rig = find_rig(target, space)
    elif rig is not None and rig.armature == state.armature:
        _widen(rig.armature, result.hinges, played.jaw, space)
    head, jaw, bones = played.head, played.jaw, ("", "")
    if rig is not None:
        head, jaw, bones = _poses(rig, state, played)
    name, frames = take
    armature = rig.armature if rig is not None else None
    companions = plan_companions(
        target,
        armature,
        context.scene,
        Channels(played.names, curves),
        _without_jaw(rig, state, played, source) if rig is not None else source,
        (state.source,),
        state.companions,
    )
    eyes = {}
    if result.look is not None and armature is not None and not has_eyes(armature):
        is_ours = armature == state.armature
        eyes = eye_poses(target, armature, is_ours, result.look, companions.objects)
    performance = Performance(
        name,
        frames,
        np.ones(len(frames), bool) if result.solved is None else result.solved,
        names,
        head,
        jaw,
        curves,
        played.corrective_shapes @ back,
        played.corrective_curves,
        bones,
        character.channels,
        state.layer,
        state.widen_ranges,
        look=result.look,
        lids_move=result.lids_move,
        companions=companions,
        more_bones=eyes,
        corrective_regions=played.regions,
    )
    return write_performance(target, armature, performance, 1.0), rig


def head_stays(target: bpy.types.Object, result: RetargetResult) -> bool:
    """Whether the take moves the head of a character that has no bone for it."""
    if not target.aim.retarget.head_motion or find_rig(target, head_space(target, bpy.context)):
        return False
    moved = np.abs(result.rig.head - np.eye(4)).max(axis=0)
    return bool(moved[:3, :3].max() > _HEAD_TURNS or moved[:3, 3].max() > _HEAD_MOVES_MM)


def _without_jaw(
    rig: CharacterRig, state: bpy.types.PropertyGroup, played: PlayedRig, source: Channels
) -> Channels:
    """The source's curves; without those of the jaw where a bone of the character's own moves it."""
    by_bone = rig.jaw and rig.armature != state.armature
    if not by_bone or np.abs(played.jaw - np.eye(4)).max(initial=0) < _JAW_RESTS:
        return source
    kept = [n for n, name in enumerate(source.names) if not plain_name(name)[0].startswith("jaw")]
    return Channels([source.names[n] for n in kept], source.values[:, kept])


def _poses(
    rig: CharacterRig, state: bpy.types.PropertyGroup, played: PlayedRig
) -> tuple[np.ndarray, np.ndarray, tuple[str, str]]:
    """Head and jaw [T, 4, 4] in the armature's own space and units, and the bones that take them."""
    forward, back = rig.to_armature, np.linalg.inv(rig.to_armature)
    head, jaw = (forward @ poses @ back for poses in (played.head, played.jaw))
    bones = (rig.head, rig.jaw)
    if rig.armature == state.armature:
        bones = (bone_name(rig.armature, SKULL), bone_name(rig.armature, JAW))
    head_bone, jaw_bone = bones
    if not state.head_motion:
        head_bone = ""
    carried = rig.armature.data.bones[head_bone].children_recursive if head_bone else ()
    if head_bone and jaw_bone and jaw_bone not in {bone.name for bone in carried}:
        jaw = head @ jaw
    return head, jaw, (head_bone, jaw_bone)


def _ensure_rest(target: bpy.types.Object) -> None:
    if target.data.shape_keys is None:
        target.shape_key_add(name="Basis", from_mix=False)


def _write_shapes(
    target: bpy.types.Object, names: Sequence[str], shapes: np.ndarray, curves: np.ndarray
) -> list[str]:
    """Shape keys of displacements [E, V, 3] in the object's own space; their names.

    Those of an earlier retargeting are written anew unless they are locked; the user's own stay what they are.
    """
    _ensure_rest(target)
    keys = target.data.shape_keys
    ours = shape_keys.listed_names(keys, shape_keys.RETARGETED)
    rest = shape_keys.read_points(keys.reference_key)
    written = []
    for name, shape, peak in zip(names, shapes, curves.max(axis=0, initial=1.0), strict=True):
        block = keys.key_blocks.get(name)
        if block is not None and name not in ours:
            name = fit_name(name, bpy.types.ShapeKey, " AIM")
            block = keys.key_blocks.get(name)
        if block is None:
            block = target.shape_key_add(name=name, from_mix=False)
            block.relative_key = keys.reference_key
            block.value = 0.0
        if not block.lock_shape:
            shape_keys.write_points(block, rest + shape)
        block.slider_max = max(block.slider_max, float(peak))
        written.append(block.name)
    write_names(keys, shape_keys.RETARGETED, dict.fromkeys([*ours, *written]))
    target.data.update()
    carry_keys(target, written)
    return written


def _make_armature(
    target: bpy.types.Object,
    result: RetargetResult,
    space: HeadSpace,
    context: bpy.types.Context,
) -> None:
    """Bones skull and jaw for a character that has none, and the skin on them."""
    state = target.aim.retarget
    armature = state.armature if in_scene(state.armature) else None
    if armature is None:
        armature = create_armature(f"{target.name} Armature", target.users_collection[0])
        armature.matrix_world = space.blender_matrix()
        own(target, armature)
        state.armature = armature
    joint = JawJoint(*result.hinges)
    set_rest(armature, rest_bones(joint), space.mm_per_unit, context)
    _widen(armature, result.hinges, result.rig.jaw, space)
    if target.parent is not None and target.parent != armature:
        world = armature.matrix_world.copy()
        armature.parent = target.parent
        armature.matrix_world = world
        context.view_layer.update()
    weight = result.rig.jaw_weight
    if weight is None:
        weight = np.zeros(len(target.data.vertices))
    attach_to_bone(target, armature, JAW, weight)
    hang_on_made_bones(target, armature)
    context.view_layer.update()
    rest = shape_keys.read_points(target.data.shape_keys.reference_key)
    to_armature = np.linalg.inv(np.array(armature.matrix_world)) @ np.array(target.matrix_world)
    shown = transform(rest, to_armature)
    show_handles(armature, target.name, shown, weight, target.users_collection[0])


def _widen(
    armature: bpy.types.Object,
    hinges: np.ndarray,
    jaw: np.ndarray,
    space: HeadSpace,
) -> None:
    """Limits of the jaw that hold a performance."""
    joint = JawJoint(*hinges)
    poses = in_units(jaw, space.mm_per_unit)
    location, rotation = bone_channels(poses, rest_matrix(armature, bone_name(armature, JAW)))
    set_up_bones(armature, jaw_limits(joint, space.mm_per_unit).widened(location, rotation))
