# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones of a tongue that hangs on the rig: they take over what of it followed the jaw."""

import bpy
import numpy as np

from ...backend.anatomy.mouth_parts import tongue_of
from ...backend.anatomy.tongue import tongue_chain
from ...backend.anatomy.worn import OverSkin
from ...backend.model.aim import AimModel
from ..data import groups
from ..data.linked import is_linked
from ..data.meshes import read_data
from ..rig.armature import editing_bones, set_bone, set_handle
from ..rig.attaching import at_rest
from ..rig.moved import parts_of
from ..rig.objects import armature_of, part_collection, rig_collection, rig_of
from ..rig.own_bones import JAW, TONGUE, bone_name, find_bone, mark_bone, pose_bone
from ..rig.parts import to_head
from .bones import control_group

_TITLE, _PALETTE = "Tongue", 'THEME09'
_LIMIT, _TURNS = "AIM Tongue Limits", "AIM Tongue Turns"
#: How far the first bone goes out, and every other way, over its length.
_OUT, _ASIDE = 1.2, 0.4
#: How far each bone turns up or down, to the sides, and about itself, radians.
_TURN = np.radians([70.0, 50.0, 35.0])


def write_tongue(face: bpy.types.Object, model: AimModel, context: bpy.types.Context) -> bool:
    """Give a rig's tongue its bones, or bring them up to date; whether there is a tongue."""
    armature = armature_of(face)
    parts = _parts(face)
    with at_rest(armature):
        space = to_head(face, context)
        over_skin = OverSkin(model.neutral, model.joint.head_axes, model.joint.length)
        found = tongue_of([read_data(obj, space) for obj in parts], model.joint, over_skin)
    if found is None:
        remove_tongue(face, context)
        return False
    number, vertices = found
    obj = parts[number]
    with at_rest(armature):
        points = read_data(obj, space).vertices[vertices]
    chain = tongue_chain(points, model.joint)
    _give_back(face)
    names = _write_bones(armature, chain, 1 / armature.aim.jaw_measures[4], context)
    jaw = bone_name(armature, JAW)
    on_jaw = groups.read_groups(obj, [jaw])[0]
    weights = {name: np.zeros(len(on_jaw), np.float32) for name in names}
    for name, share in zip(names, chain.shares, strict=True):
        weights[name][vertices] = share * on_jaw[vertices]
    weights[jaw] = on_jaw - sum(weights.values())
    groups.write_groups(obj, weights)
    handles = part_collection(
        rig_collection(face, context), "handles", f"{rig_of(face).name} Handles"
    )
    _set_up(armature, np.ptp(points @ model.joint.left) / armature.aim.jaw_measures[4], handles)
    return True


def remove_tongue(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """Take the tongue's bones away: it follows the jaw again."""
    armature = armature_of(face)
    names = [name for bone in TONGUE if (name := find_bone(armature, bone))]
    if not names:
        return
    _give_back(face)
    with editing_bones(armature, context) as edited:
        for name in names:
            edited.remove(edited[name])


def _parts(face: bpy.types.Object) -> list[bpy.types.Object]:
    """Meshes that follow the rig by weights and are none of its own."""
    armature = armature_of(face)
    return [
        obj
        for obj in parts_of(face)
        if not is_linked(obj)
        and not is_linked(obj.data)
        and any(m.type == 'ARMATURE' and m.object == armature for m in obj.modifiers)
    ]


def _give_back(face: bpy.types.Object) -> None:
    """Let what follows the tongue's bones follow the jaw, as before."""
    armature = armature_of(face)
    names = [name for bone in TONGUE if (name := find_bone(armature, bone))]
    jaw = bone_name(armature, JAW)
    for obj in _parts(face):
        there = [name for name in names if name in obj.vertex_groups]
        if not there:
            continue
        weights = groups.read_groups(obj, [jaw, *there])
        groups.write_groups(obj, {jaw: weights.sum(axis=0)})
        for name in there:
            obj.vertex_groups.remove(obj.vertex_groups[name])


def _write_bones(armature, chain, units_per_mm: float, context) -> list[str]:  # noqa: ANN001
    """Make the bones, or bring them to their places; their names from root to tip."""
    present = {bone: name for bone in TONGUE if (name := find_bone(armature, bone))}
    places, names = chain.places * units_per_mm, []
    with editing_bones(armature, context) as edited:
        parent = edited[bone_name(armature, JAW)]
        for bone, head, tail in zip(TONGUE, places, places[1:], strict=False):
            name = present.get(bone) or edited.new(bone).name  # another where that name is taken
            made = set_bone(edited, name, head, tail, chain.up)
            made.parent = parent
            parent = made
            names.append(name)
    for bone, name in zip(TONGUE, names, strict=True):
        mark_bone(armature, name, bone)
    return names


def _set_up(armature: bpy.types.Object, wide: float, handles: bpy.types.Collection) -> None:
    """Limits, locks, handles, colours and the collection."""
    group = control_group(armature, _TITLE)
    for number, bone in enumerate(TONGUE):
        posed = pose_bone(armature, bone)
        group.assign(posed.bone)
        posed.color.palette = _PALETTE
        new = posed.constraints.get(_TURNS) is None
        if new:
            posed.rotation_mode = 'XYZ'
        posed.lock_scale = (True, True, True)
        posed.lock_location = (number > 0,) * 3
        turns = posed.constraints.get(_TURNS) or posed.constraints.new('LIMIT_ROTATION')
        turns.name, turns.owner_space, turns.use_transform_limit = _TURNS, 'LOCAL', True
        for axis, most in zip("xzy", _TURN.tolist(), strict=True):
            setattr(turns, f"use_limit_{axis}", True)
            setattr(turns, f"min_{axis}", -most)
            setattr(turns, f"max_{axis}", most)
        length = posed.bone.length
        turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
        ring = np.stack([np.cos(turn), np.zeros(20), 0.4 * np.sin(turn)], axis=1)
        set_handle(armature, bone, 0.55 * wide * ring + [0, length, 0], handles)
        posed.use_custom_shape_bone_size = False
        if number == 0:
            _limit_location(posed, length)


def _limit_location(posed: bpy.types.PoseBone, length: float) -> None:
    limit = posed.constraints.get(_LIMIT) or posed.constraints.new('LIMIT_LOCATION')
    limit.name, limit.owner_space, limit.use_transform_limit = _LIMIT, 'LOCAL', True
    ranges = {"x": (-_ASIDE, _ASIDE), "y": (-_ASIDE, _OUT), "z": (-_ASIDE, _ASIDE)}
    for axis, ends in ranges.items():
        for end, value in zip(("min", "max"), ends, strict=True):
            setattr(limit, f"use_{end}_{axis}", True)
            setattr(limit, f"{end}_{axis}", value * length)
