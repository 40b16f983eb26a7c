# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sliders on the jaw bone for the shape keys that a pose of the user's holds, and shape keys that only a pose needs."""

from collections.abc import Mapping, Sequence

import bpy
import numpy as np

from ..data import shape_keys
from ..data.driven_keys import driver_of
from ..data.name_lists import write_names
from ..rig import actions, controls, pose_assets, pose_channels
from ..rig.carried import carry_keys
from ..rig.objects import armature_of, rig_of
from ..shapes import shape_sets, shapes

#: Custom property of the Key: the shape keys that only poses need, one a line.
_MADE = "aim_pose_shapes"


def free_values(keys: bpy.types.Key) -> dict[str, float]:
    """Values of the shape keys that show and that nothing drives, by their names; those at zero are left out."""
    return {
        block.name: block.value
        for block in keys.key_blocks[1:]
        if not block.mute and block.value and driver_of(keys, block.name) is None
    }


def set_on_show(face: bpy.types.Object) -> list[str]:
    """The shapes that the rig plays: the actor's own, or ARKit's."""
    rig = rig_of(face)
    keys = rig.data.shape_keys
    if shape_sets.has_both(face) and face.aim.shapes.shown_set == shape_sets.ARKIT:
        return shapes.arkit_names(keys)
    return [name for name in shape_keys.baked_names(rig.data) if name in keys.key_blocks]


def give_sliders(face: bpy.types.Object, names: Sequence[str]) -> None:
    """Let sliders of the jaw bone move these shape keys at the values they have; shapes the user drives stay so."""
    armature, keys = armature_of(face), rig_of(face).data.shape_keys
    new = [name for name in names if driver_of(keys, name) is None]
    if not new:
        return
    values = {name: keys.key_blocks[name].value for name in new}
    there = controls.driven(keys)
    controls.keep_posed(keys, [*controls.posed(keys), *new])
    controls.set_up(armature, keys, there)
    actions.follow_controls(armature, keys, new)
    for name, value in values.items():
        pose_channels.write(armature, (controls.bone_path(armature, name), 0), value)
    pose_assets.hold_at_rest(armature, keys, new)


def new_shape(face: bpy.types.Object, name: str, motion: np.ndarray) -> str:
    """A shape key with a slider, at rest; its name, which has a number where that name is taken.

    Args:
        face: the neutral.
        name: of the shape key.
        motion: [V, 3] in the rig's units.
    """
    rig = rig_of(face)
    picked = rig.active_shape_key_index
    block = rig.shape_key_add(name=name, from_mix=False)
    block.value = 0.0
    rig.active_shape_key_index = picked
    keys = rig.data.shape_keys
    write_names(keys, _MADE, [*shape_keys.listed_names(keys, _MADE), block.name])
    write_motion(rig, block.name, motion)
    give_sliders(face, [block.name])
    return block.name


def is_made(keys: bpy.types.Key, name: str) -> bool:
    """Whether a shape key was made for poses alone."""
    return name in shape_keys.listed_names(keys, _MADE)


def write_motion(rig: bpy.types.Object, name: str, motion: np.ndarray) -> None:
    """Let a shape key move the skin by [V, 3], from its rest."""
    keys = rig.data.shape_keys
    block = keys.key_blocks[name]
    block.relative_key = keys.reference_key
    shape_keys.write_points(block, shape_keys.read_points(keys.reference_key) + motion)
    rig.data.update()
    carry_keys(rig, [name])


def motion_of(keys: bpy.types.Key, values: Mapping[str, float]) -> np.ndarray:
    """[V, 3] float64 what shape keys at these values add to the skin, in the rig's units."""
    total = np.zeros((len(keys.reference_key.points), 3))
    for name, value in values.items():
        block = keys.key_blocks[name]
        total += min(max(value, block.slider_min), block.slider_max) * shape_keys.difference(block)
    return total
