# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own poses of a rig: saved from what it shows, and made of others by mirror and by halves."""

import bpy

from ...backend.errors import RigError
from ..data import shape_keys
from ..rig import jaw_controls, pose_assets, pose_channels
from ..rig.armature import rest_matrix
from ..rig.moved import is_seen, parts_of
from ..rig.objects import armature_of, check_can_write, rig_of
from ..rig.own_bones import JAW, bone_name
from ..rig.poses import bone_channels, in_units
from . import halves, mirrored, pictures, sliders
from .pose import Pose, channels, only_moving, put_on, read, shown


def check(face: bpy.types.Object) -> None:
    """Make sure that poses of a rig can be saved.

    Raises:
        RigError: it cannot be written to, or does not show what its sliders say.
    """
    rig, armature = rig_of(face), armature_of(face)
    check_can_write(rig, armature)
    if rig.data.shape_keys is None:
        raise RigError(f"{rig.name} has no shape keys: update the rig first.")
    if shape_keys.is_absolute(rig):
        raise RigError(
            f"The shape keys of {rig.name} are absolute: press Make Keys Relative first."
        )
    if rig.show_only_shape_key:
        raise RigError(f"{rig.name} shows one shape alone: press Solo again first.")


def save(
    face: bpy.types.Object, name: str, moving_only: bool, context: bpy.types.Context
) -> bpy.types.Action:
    """Save what the rig of a face shows now as a pose asset; one of the user's of that name is written anew.

    Shape keys go along as sliders of the jaw bone. Those that are animated keep their animation: what they show goes
    into a shape key of the pose's own.

    Raises:
        RigError: see :func:`check`; nothing is changed.
    """
    check(face)
    armature, keys = armature_of(face), rig_of(face).data.shape_keys
    context.view_layer.update()
    image = pictures.draw_shown(face, _parts(face), context)
    values = sliders.free_values(keys)
    own: dict[str, float] = {}
    jaw: dict[pose_channels.Channel, float] = {}
    if values and pose_assets.has_own_animation(keys):
        jaw = _whole_jaw(armature)
        own[sliders.new_shape(face, name, sliders.motion_of(keys, values))] = 1.0
    else:
        sliders.give_sliders(face, [*sliders.set_on_show(face), *values])
    now = shown(armature, keys)
    pose = Pose({**now.bones, **jaw}, {**now.sliders, **own}, True)
    if moving_only:
        pose = only_moving(pose, armature)
    return pose_assets.save_asset(armature, name, channels(pose, armature), pose.is_whole, image)


def save_mirrored(
    face: bpy.types.Object, action: bpy.types.Action, context: bpy.types.Context
) -> bpy.types.Action:
    """Save the mirror image of a pose of the rig.

    Raises:
        RigError: see :func:`check`; nothing is changed.
    """
    check(face)
    flipped = bpy.utils.flip_name(action.name)
    name = flipped if flipped != action.name else f"{action.name} mirrored"
    pose = read(action, armature_of(face), rig_of(face).data.shape_keys)
    return _save(face, name, mirrored.mirrored(face, pose), context)


def save_half(
    face: bpy.types.Object, action: bpy.types.Action, side: str, context: bpy.types.Context
) -> bpy.types.Action:
    """Save one half of a pose of the rig, ``side`` as in :mod:`halves`.

    Raises:
        RigError: see :func:`check`; nothing is changed.
    """
    check(face)
    name = f"{action.name} {side.lower()}"
    pose = read(action, armature_of(face), rig_of(face).data.shape_keys)
    return _save(face, name, halves.half(face, pose, side, name), context)


def _save(
    face: bpy.types.Object, name: str, pose: Pose, context: bpy.types.Context
) -> bpy.types.Action:
    armature, keys = armature_of(face), rig_of(face).data.shape_keys
    with put_on(pose, armature, keys, context):
        image = pictures.draw_shown(face, _parts(face), context)
    return pose_assets.save_asset(armature, name, channels(pose, armature), pose.is_whole, image)


def _parts(face: bpy.types.Object) -> list[bpy.types.Object]:
    """Meshes that hang on the rig and are to be seen."""
    return list(filter(is_seen, parts_of(face)))


def _whole_jaw(armature: bpy.types.Object) -> dict[pose_channels.Channel, float]:
    """The jaw bone's channels that alone pose the jaw as it shows now, without what shapes add."""
    unit = armature.aim.jaw_measures[4]
    pose = in_units(jaw_controls.shown_pose(armature)[None], unit)
    location, rotation = bone_channels(pose, rest_matrix(armature, bone_name(armature, JAW)))
    values = [*location[0].tolist(), *rotation[0].tolist()]
    return dict(zip(pose_channels.of_jaw(armature), values, strict=True))
