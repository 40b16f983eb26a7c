# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mirror image of a pose: bones and shapes by the sides in their names, and shapes without any by their motion.

A shape whose name has no side may be even, or the image of another one. Where it is neither, a shape key is made of
its mirror image.
"""

from collections.abc import Sequence

import bpy
import numpy as np

from ...backend.geometry.mirror import Mirror
from ...backend.shape_names import read_names
from ..data import shape_keys
from ..data.driven_keys import driver_of
from ..rig import controls, pose_channels, shape_jaw
from ..rig.objects import armature_of, rig_of
from ..shapes.making import mirror_of
from . import sliders
from .pose import Pose

#: Two shapes are images of each other where what differs is below this share of the motion (RMS),
_ALIKE = 0.1
#: or nowhere above this, mm.
_ALIKE_MM = 0.3
_SIDES = {"l": "r", "r": "l"}


def mirrored(face: bpy.types.Object, pose: Pose) -> Pose:
    """The pose with left and right exchanged; shape keys that this needs are made."""
    rig, armature = rig_of(face), armature_of(face)
    keys = rig.data.shape_keys
    image = pose_channels.mirror(armature)
    bones = {}
    if pose.is_whole:  # a control whose partner is gone stays at rest
        bones = {place: pose_channels.rest_value(*place) for place in pose.bones}
    for place, value in pose.bones.items():
        found = image(place, value)
        if found is not None:
            bones[found[0]] = found[1]
    moving = [shape for shape, value in pose.sliders.items() if value]
    found = partners(face, moving)
    values = dict.fromkeys(pose.sliders, 0.0) if pose.is_whole else {}
    if pose.is_whole:
        values |= dict.fromkeys(controls.driven(keys), 0.0)
    for shape in moving:
        values[found[shape]] = values.get(found[shape], 0.0) + pose.sliders[shape]
    return Pose(bones, values, pose.is_whole)


def partners(face: bpy.types.Object, shapes: Sequence[str]) -> dict[str, str]:
    """The shape with a slider that is the mirror image of each shape; those that are missing are made."""
    keys = rig_of(face).data.shape_keys
    usable = [
        block.name
        for block in keys.key_blocks[1:]
        if controls.is_driven(keys, block.name) or driver_of(keys, block.name) is None
    ]
    found: dict[str, str] = {}
    mirror: Mirror | None = None
    for shape in shapes:
        other = _by_name(shape, usable)
        if not other and shape in shape_jaw.poses(armature_of(face)):
            other = shape  # of ARKit's in the middle, with the jaw in it: even by definition
        if not other:
            mirror = mirror or mirror_of(face)
            other = _by_motion(face, shape, mirror)
        found[shape] = other
    sliders.give_sliders(face, list(found.values()))
    return found


def _by_name(shape: str, names: Sequence[str]) -> str:
    """The name of the other side, or "" where there is none."""
    flipped = bpy.utils.flip_name(shape)
    if flipped != shape and flipped in names:
        return flipped
    plain = dict(zip(names, read_names(names), strict=True))
    stem, side = plain.get(shape, ("", ""))
    wanted = stem, _SIDES.get(side, "")
    if not stem or not side:
        return ""
    return next((name for name in names if plain[name] == wanted), "")


def _by_motion(face: bpy.types.Object, shape: str, mirror: Mirror) -> str:
    """The shape that moves the skin as the mirror image of ``shape``: itself, another with a slider, or a new one."""
    rig = rig_of(face)
    keys = rig.data.shape_keys
    unit = armature_of(face).aim.jaw_measures[4]
    wanted = mirror.mirrored(shape_keys.difference(keys.key_blocks[shape]))
    size = max(float(np.sqrt((wanted**2).sum(axis=1).mean())), 1e-12)
    best, least = "", np.inf
    for name in [shape, *(other for other in controls.driven(keys) if other != shape)]:
        off = np.linalg.norm(shape_keys.difference(keys.key_blocks[name]) - wanted, axis=1)
        share = float(np.sqrt((off**2).mean())) / size
        if share < least and (share < _ALIKE or off.max() * unit < _ALIKE_MM):
            best, least = name, share
    return best or sliders.new_shape(face, f"{shape} mirrored", wanted)
