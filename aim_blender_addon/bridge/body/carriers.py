# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones of a face's armature that do what bones of a body do.

A carrier has an Armature constraint to one bone of the body: it moves by what that bone does to its skin, whatever the
size, the axes and the place of both armatures. The skull hangs on the carrier of the head. What a jaw or an eye does
within the head is had by two carriers: one does all that the body's bone does; the other hangs on the head's and lies
on the first, so that its own channels are the motion within the head, which the face's bone copies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import bpy
import numpy as np

from ..data.drivers import add_variable
from ..rig.armature import editing_bones, rest_matrix, set_bone
from ..rig.own_bones import EYES, JAW, ROTATION_LIMIT, SKULL, TARGET, bone_name, find_bone

#: Custom properties: of a carrier, what it carries; of a bone that hung on another before, that bone's name.
MARK, _HUNG_ON = "aim_body_carrier", "aim_body_hung_on"
#: Custom property of the skull bone: how much of its own motion it keeps while a body carries it.
HEAD_MOTION = "head_motion"
PREFIX = "AIM Body"
_FOLLOW, _LIE = f"{PREFIX} Bone", f"{PREFIX} Within Head"
_HOLD_ROTATION, _HOLD_LOCATION = f"{PREFIX} Hold Rotation", f"{PREFIX} Hold Location"
_COLLECTION = "Body"
HEAD, CHEST = "head", "chest"


@dataclass(frozen=True)
class Carrier:
    """A carrier as it is to be made.

    Attributes:
        bone: of the body; "" for one that lies on another carrier.
        rest: [4, 4] where it rests in the face's armature.
        length: of it, Blender units.
        deforms: whether it moves skin.
        lies_on: key of the carrier on which it lies while it hangs on the head's.
    """

    bone: str
    rest: np.ndarray
    length: float
    deforms: bool = False
    lies_on: str = ""


@dataclass(frozen=True)
class Carried:
    """What of a face moves with a body beside the skull.

    Attributes:
        jaw: the jaw follows the carrier "jaw within".
        eyes: sides whose eye follows "eye_left within" or "eye_right within".
        target: the eyes' target follows the chest.
    """

    jaw: bool = False
    eyes: tuple[str, ...] = field(default=())
    target: bool = False


def find_carriers(armature: bpy.types.Object) -> dict[str, str]:
    """Names of the carriers of a face's armature by what they carry; cheap enough for draw and poll."""
    return {bone[MARK]: bone.name for bone in armature.data.bones if MARK in bone}


def write_carriers(
    armature: bpy.types.Object,
    body: bpy.types.Object,
    wanted: Mapping[str, Carrier],
    carried: Carried,
    context: bpy.types.Context,
) -> dict[str, str]:
    """Make carriers and hang the face on them; names of the carriers by key."""
    skull = bone_name(armature, SKULL)
    target = find_bone(armature, TARGET) if carried.target else ""
    parents: dict[str, str] = {}
    named: dict[str, str] = {}
    with editing_bones(armature, context) as edited:
        for key, carrier in wanted.items():
            rest, name = carrier.rest, f"body {key}"
            tail = rest[:3, 3] + carrier.length * rest[:3, 1]
            name = edited.new(name).name  # another number where the user has such a bone
            set_bone(edited, name, rest[:3, 3], tail, rest[:3, 2], carrier.deforms)
            named[key] = name
        for key, carrier in wanted.items():
            if carrier.lies_on:
                edited[named[key]].parent = edited[named[HEAD]]
        for bone, key in ((skull, HEAD), (target, CHEST)):
            if bone and key in named:
                parents[bone] = edited[bone].parent.name if edited[bone].parent else ""
                edited[bone].use_connect = False
                edited[bone].parent = edited[named[key]]
    for key, name in named.items():
        armature.data.bones[name][MARK] = key
        _set_up(armature, body, name, wanted[key], named)
    for bone, parent in parents.items():
        armature.data.bones[bone][_HUNG_ON] = parent
    _hold(armature, skull)
    if carried.jaw:
        _copy(armature, bone_name(armature, JAW), named[f"{JAW} within"], 'BEFORE_FULL', first=True)
    for side in carried.eyes:
        _copy_turn(armature, find_bone(armature, EYES[side]), named[f"{EYES[side]} within"])
    return named


def remove_carriers(armature: bpy.types.Object, context: bpy.types.Context) -> None:
    """Take carriers away, and what hangs on them back to where it hung."""
    for posed in armature.pose.bones:
        for constraint in [c for c in posed.constraints if c.name.startswith(PREFIX)]:
            constraint.driver_remove("influence")
            posed.constraints.remove(constraint)
    hung = {bone.name: bone[_HUNG_ON] for bone in armature.data.bones if _HUNG_ON in bone}
    carriers = list(find_carriers(armature).values())
    with editing_bones(armature, context) as edited:
        for bone, parent in hung.items():
            edited[bone].parent = edited.get(parent) if parent else None
        for name in carriers:
            edited.remove(edited[name])
    for bone in hung:
        del armature.data.bones[bone][_HUNG_ON]
    skull = armature.pose.bones.get(bone_name(armature, SKULL))
    if skull is not None and HEAD_MOTION in skull:
        del skull[HEAD_MOTION]
    group = armature.data.collections_all.get(_COLLECTION)
    if group is not None and group.get(MARK):
        armature.data.collections.remove(group)


def _set_up(
    armature: bpy.types.Object,
    body: bpy.types.Object,
    name: str,
    carrier: Carrier,
    named: Mapping[str, str],
) -> None:
    posed = armature.pose.bones[name]
    posed.lock_location = posed.lock_rotation = posed.lock_scale = (True, True, True)
    posed.bone.hide_select = True
    group = armature.data.collections_all.get(_COLLECTION)
    if group is None or not group.get(MARK):
        group = armature.data.collections.new(_COLLECTION)
        group[MARK] = True
        group.is_visible = False
    group.assign(posed.bone)
    if carrier.lies_on:
        lie = posed.constraints.new('COPY_TRANSFORMS')
        lie.name, lie.target, lie.subtarget = _LIE, armature, named[carrier.lies_on]
        return
    follow = posed.constraints.new('ARMATURE')
    follow.name = _FOLLOW
    target = follow.targets.new()
    target.target, target.subtarget, target.weight = body, carrier.bone, 1.0


def _hold(armature: bpy.types.Object, skull: str) -> None:
    """Let a property of the skull bone say how much of its own motion counts, that of takes and of posing."""
    posed = armature.pose.bones[skull]
    posed[HEAD_MOTION] = 1.0
    posed.id_properties_ui(HEAD_MOTION).update(
        min=0.0,
        max=1.0,
        description="How much the skull's own motion adds to what the body does; at 0 the body alone moves the head",
    )
    posed.property_overridable_library_set(f'["{HEAD_MOTION}"]', True)
    path = f'pose.bones["{bpy.utils.escape_identifier(skull)}"]["{HEAD_MOTION}"]'
    for name, kind in ((_HOLD_ROTATION, 'LIMIT_ROTATION'), (_HOLD_LOCATION, 'LIMIT_LOCATION')):
        hold = posed.constraints.new(kind)
        hold.name, hold.owner_space = name, 'LOCAL'
        for letter in "xyz":
            if kind == 'LIMIT_ROTATION':
                setattr(hold, f"use_limit_{letter}", True)
            else:
                setattr(hold, f"use_min_{letter}", True)
                setattr(hold, f"use_max_{letter}", True)
        driver = hold.driver_add("influence").driver
        driver.type = 'SCRIPTED'
        add_variable(driver, armature, path, "m")
        driver.expression = "1-m"  # a simple expression: Blender reads it without Python
    armature.update_tag()


def _copy(
    armature: bpy.types.Object, bone: str, carrier: str, mix: str, first: bool = False
) -> None:
    """Add what a carrier does within the head below the bone's own pose; ``first``: limits hold the sum."""
    constraints = armature.pose.bones[bone].constraints
    made = constraints.new('COPY_TRANSFORMS')
    made.name, made.target, made.subtarget = _FOLLOW, armature, carrier
    made.target_space = made.owner_space = 'LOCAL'
    made.mix_mode = mix
    if first and ROTATION_LIMIT in constraints:
        constraints.move(len(constraints) - 1, 0)


def _copy_turn(armature: bpy.types.Object, bone: str, carrier: str) -> None:
    """Let a carrier turn an eye's bone in place of its target and its own pose; the eye's limits still hold."""
    constraints = armature.pose.bones[bone].constraints
    made = constraints.new('COPY_ROTATION')
    made.name, made.target, made.subtarget = _FOLLOW, armature, carrier
    made.target_space = made.owner_space = 'LOCAL'
    made.mix_mode = 'REPLACE'
    limit = next((n for n, c in enumerate(constraints) if c.type == 'LIMIT_ROTATION'), None)
    if limit is not None:
        constraints.move(len(constraints) - 1, limit)


def within(rest: np.ndarray, pivot: np.ndarray) -> np.ndarray:
    """[4, 4] the rest of a carrier with the axes of a bone of the face that turns about the body's pivot [3]."""
    made = rest.copy()
    made[:3, 3] = pivot
    return made


def bone_rest(armature: bpy.types.Object, bone: str) -> tuple[np.ndarray, float]:
    """Where a bone of the face rests, and its length."""
    return rest_matrix(armature, bone), float(armature.data.bones[bone].length)
