# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones of the face controls: on the skin or on a board beside the face, found again by a mark on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.controls.table import CONTROLS, REGIONS, side_of
from ..rig.armature import editing_bones, set_bone
from ..rig.objects import part_collection
from ..rig.own_bones import CONTROL, JAW, SKULL, bone_name, find_controls

#: Custom property of a bone that carries controls with the skin.
_CARRIES = "aim_control_carrier"
#: And of a control's bone that hangs on the skull or the jaw itself: which.
_ON = "aim_control_on"
_COLLECTION, _CARRIERS = "Face Controls", "Face Mechanics"
_LIMIT, _CARRIED, _ROUND = "AIM Control Limits", "AIM With the Skin", "AIM Aslant Limit"
#: Controls that go no farther aslant than straight, as their skin does.
_ROUNDED = "corners"
_PALETTES = {"left": 'THEME04', "right": 'THEME01', "": 'THEME09'}
_AXES = "xyz"
#: A place that follows the jaw by less than this, or by all but this, hangs on one bone.
_ONE_BONE = 0.03
#: Length of a control's bone and radius of its ring, over the distance between left and right corner of the mouth.
_BONE, _RING = 0.09, 0.055
#: How far the ring floats before the skin, over the same.
_AHEAD = 0.03
#: The whole mouth's ring is so many times larger.
_LARGE = 3.0
#: A board is so many times as large as the face, and this far beside its middle, over the width of the controls.
_BOARD_SIZE, _BOARD_ASIDE = 1.3, 1.6


@dataclass(frozen=True)
class PlacedControls:
    """Controls as they are put on an armature.

    Attributes:
        names: N controls.
        points: [N, 3] in the armature's space.
        axes: [N, 3, 3] rows X, Y, Z.
        jaw_weights: [N] how much each place follows the jaw.
        ranges: [N, 3, 2] smallest and largest location of each, Blender units.
    """

    names: Sequence[str]
    points: np.ndarray
    axes: np.ndarray
    jaw_weights: np.ndarray
    ranges: np.ndarray


def on_board(placed: PlacedControls, left_up_front: np.ndarray) -> PlacedControls:
    """The same controls on a flat board to the left of the face."""
    left, up, front = left_up_front
    middle = placed.points.mean(axis=0)
    off = placed.points - middle
    wide = max(float(np.ptp(off @ left)), 1e-6)
    at = middle + _BOARD_ASIDE * wide * left
    flat = np.outer(off @ left, left) + np.outer(off @ up, up)
    axes = np.tile(np.stack([-left, front, up]), (len(off), 1, 1))
    return PlacedControls(
        placed.names,
        at + _BOARD_SIZE * flat,
        axes,
        np.zeros(len(off)),
        placed.ranges,
    )


def write_bones(
    armature: bpy.types.Object,
    placed: PlacedControls,
    collection: bpy.types.Collection,
    context: bpy.types.Context,
) -> dict[str, str]:
    """Make the bones, or bring those that are there up to date; their names by control.

    What is keyed on them stays.
    """
    size = _size(placed)
    there = find_controls(armature)
    remove_bones(armature, context, keep=set(placed.names))
    there = {name: bone for name, bone in there.items() if name in placed.names}
    prefix = _free_prefix(armature, [name for name in placed.names if name not in there])
    skull, jaw = bone_name(armature, SKULL), bone_name(armature, JAW)
    carriers: dict[str, str] = {}
    hung: dict[str, str] = {}
    with editing_bones(armature, context) as edited:
        for name, point, axes, weight in zip(
            placed.names, placed.points, placed.axes, placed.jaw_weights, strict=True
        ):
            bone = there.get(name) or prefix + name
            hung[name] = JAW if weight > 0.5 else SKULL
            parent = edited[jaw if weight > 0.5 else skull]
            if _ONE_BONE < weight < 1 - _ONE_BONE:
                carrier = set_bone(
                    edited, f"MCH-{bone}", point, point + _BONE * size * axes[1], axes[2], False
                )
                carrier.parent = edited[skull]
                carriers[name], parent = carrier.name, carrier
            made = set_bone(edited, bone, point, point + _BONE * size * axes[1], axes[2], False)
            made.parent = parent
            there[name] = made.name
    for name, bone in there.items():
        armature.data.bones[bone][CONTROL] = name
        armature.data.bones[bone][_ON] = "" if name in carriers else hung[name]
    for bone in carriers.values():
        armature.data.bones[bone][_CARRIES] = True
    _set_up_carriers(armature, placed, carriers, (skull, jaw))
    _set_up(armature, placed, there, collection, size)
    rounded = [name for c in CONTROLS if c.group == _ROUNDED for name in c.names()]
    for name in [name for name in rounded if name in carriers]:
        limits = placed.ranges[list(placed.names).index(name)]
        _round_off(armature, there[name], carriers[name], float(np.abs(limits).max()))
    return there


def is_off_bones(armature: bpy.types.Object) -> bool:
    """Whether a control hangs on another bone than it was given, as the jaw bone was made anew."""
    return bool(_off_bones(armature))


def hang_again(armature: bpy.types.Object, context: bpy.types.Context) -> None:
    """Hang controls on skull and jaw again, as these are now."""
    off = _off_bones(armature)
    if off:
        with editing_bones(armature, context) as edited:
            for name, parent in off.items():
                edited[name].parent = edited[parent]
    names = [bone_name(armature, bone) for bone in (SKULL, JAW)]
    for bone in armature.data.bones:
        carried = armature.pose.bones[bone.name].constraints.get(_CARRIED)
        if _CARRIES in bone and carried is not None:
            for target, name in zip(carried.targets, names, strict=False):
                target.target, target.subtarget = armature, name


def _off_bones(armature: bpy.types.Object) -> dict[str, str]:
    """The bone that each control should hang on and does not, by its own."""
    found = {}
    for bone in armature.data.bones:
        wanted = bone_name(armature, bone[_ON]) if bone.get(_ON) and CONTROL in bone else ""
        if wanted in armature.data.bones and (bone.parent is None or bone.parent.name != wanted):
            found[bone.name] = wanted
    return found


def remove_bones(
    armature: bpy.types.Object, context: bpy.types.Context, keep: set[str] | None = None
) -> None:
    """Take away the controls' bones but for those of ``keep``, and what carries them."""
    keep = keep or set()
    names = [bone for control, bone in find_controls(armature).items() if control not in keep]
    names += [bone.name for bone in armature.data.bones if _CARRIES in bone]
    if not names:
        return
    with editing_bones(armature, context) as edited:
        for name in names:
            edited.remove(edited[name])
    if not keep:
        for group in [g for g in armature.data.collections_all if g.get(CONTROL)]:
            armature.data.collections.remove(group)


def _size(placed: PlacedControls) -> float:
    """Of the face: the width of the mouth, or what can be had of it."""
    at = dict(zip(placed.names, placed.points, strict=True))
    corners = [at[n] for n in ("mouth_corner.L", "mouth_corner.R") if n in at]
    if len(corners) == 2:
        return float(np.linalg.norm(corners[0] - corners[1]))
    return max(float(np.ptp(placed.points, axis=0).max()) / 2, 1e-3)


def _free_prefix(armature: bpy.types.Object, names: Sequence[str]) -> str:
    """What to put before names so that none is a bone of the user's: mirrored names then stay a pair."""
    prefix, number = "", 1
    while any(prefix + name in armature.data.bones for name in names):
        prefix, number = f"face{'' if number == 1 else number}_", number + 1
    return prefix


def _set_up_carriers(
    armature: bpy.types.Object,
    placed: PlacedControls,
    carriers: Mapping[str, str],
    bones: tuple[str, str],
) -> None:
    """Let what carries a control move as the skin does: by shares of skull and jaw."""
    weights = dict(zip(placed.names, placed.jaw_weights, strict=True))
    for name, carrier in carriers.items():
        constraints = armature.pose.bones[carrier].constraints
        carried = constraints.get(_CARRIED) or constraints.new('ARMATURE')
        carried.name = _CARRIED
        carried.targets.clear()
        for bone, share in zip(bones, (1 - weights[name], weights[name]), strict=True):
            target = carried.targets.new()
            target.target, target.subtarget, target.weight = armature, bone, share
        group = _group(armature, _CARRIERS)
        group.is_visible = False
        group.assign(armature.data.bones[carrier])
        armature.data.bones[carrier].hide_select = True


def _set_up(
    armature: bpy.types.Object,
    placed: PlacedControls,
    named: Mapping[str, str],
    collection: bpy.types.Collection,
    size: float,
) -> None:
    """Limits, locks, shapes, colours and collections."""
    groups = {name: c.group for c in CONTROLS for name in c.names()}
    top = _group(armature, _COLLECTION)
    for control, limits in zip(placed.names, placed.ranges, strict=True):
        bone = armature.pose.bones[named[control]]
        bone.rotation_mode = 'XYZ'
        bone.lock_rotation = bone.lock_scale = (True, True, True)
        bone.lock_location = [bool(low == high) for low, high in limits]
        bone.color.palette = _PALETTES[side_of(control)]
        found = bone.constraints.get(_LIMIT) or bone.constraints.new('LIMIT_LOCATION')
        found.name, found.owner_space, found.use_transform_limit = _LIMIT, 'LOCAL', True
        for letter, (low, high) in zip(_AXES, limits.tolist(), strict=True):
            for end, value in (("min", low), ("max", high)):
                setattr(found, f"use_{end}_{letter}", True)
                setattr(found, f"{end}_{letter}", value)
        kind = "mouth" if control == "mouth" else groups[control].partition("_")[0]
        bone.custom_shape = _widget(kind, armature.name, collection)
        bone.use_custom_shape_bone_size = False
        bone.custom_shape_scale_xyz = (size,) * 3
        bone.custom_shape_wire_width = 2.0
        group = _group(armature, REGIONS[groups[control]].title, top)
        group.assign(bone.bone)


def _round_off(armature: bpy.types.Object, bone: str, carrier: str, farthest: float) -> None:
    """Keep a control this near to its place, in the armature's space."""
    constraints = armature.pose.bones[bone].constraints
    found = constraints.get(_ROUND) or constraints.new('LIMIT_DISTANCE')
    found.name, found.limit_mode = _ROUND, 'LIMITDIST_INSIDE'
    found.target, found.subtarget, found.distance = armature, carrier, farthest
    found.owner_space = found.target_space = 'POSE'


def control_group(armature: bpy.types.Object, title: str) -> bpy.types.BoneCollection:
    """The bone collection of that title within the face controls'."""
    return _group(armature, title, _group(armature, _COLLECTION))


def _group(
    armature: bpy.types.Object, title: str, parent: bpy.types.BoneCollection | None = None
) -> bpy.types.BoneCollection:
    """The bone collection of that title that is ours, or a new one."""
    for group in armature.data.collections_all:
        if group.get(CONTROL) == title:
            return group
    made = armature.data.collections.new(title, parent=parent)
    made[CONTROL] = title
    return made


def _widget(kind: str, name: str, collection: bpy.types.Collection) -> bpy.types.Object:
    """The shape of a kind of control: rings, diamonds of lips and brows, a wide ring of the whole mouth."""
    widgets = part_collection(collection, "control_shapes", f"{name} Control Shapes")
    widgets.hide_viewport = widgets.hide_render = True
    found = next((obj for obj in widgets.objects if obj.get(CONTROL) == kind), None)
    if found is not None:
        return found
    sides = 4 if kind in ("lip", "corners", "brows") else 20
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    radius = _RING * (_LARGE if kind == "mouth" else 1.0)
    flat = 0.45 if kind == "mouth" else 1.0
    ahead = _AHEAD * (6.0 if kind == "mouth" else 1.0)
    points = np.stack(
        [radius * np.cos(turn), np.full(sides, ahead), flat * radius * np.sin(turn)], axis=1
    )
    mesh = bpy.data.meshes.new(f"WGT-{kind}")
    mesh.from_pydata(points.tolist(), [(n, (n + 1) % sides) for n in range(sides)], [])
    made = bpy.data.objects.new(f"WGT-{kind}", mesh)
    made[CONTROL] = kind
    widgets.objects.link(made)
    return made
