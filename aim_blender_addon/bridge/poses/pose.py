# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An expression as a pose: read off a rig or an Action, and put on the rig for a moment."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import bpy

from ... import compat
from ..rig import controls, pose_assets, pose_channels
from ..rig.own_bones import JAW, LOOK_BONES, find_bone
from ..rig.pose_channels import Channel

#: Channels that are nearer to rest than this do not move anything.
_STILL = 1e-6


@dataclass(frozen=True)
class Pose:
    """An expression.

    Attributes:
        bones: values of the armature's channels: jaw, look, controls.
        sliders: values of the shape keys that have a slider on the jaw bone, by their names.
        is_whole: it holds every channel, so that it replaces any other expression.
    """

    bones: Mapping[Channel, float]
    sliders: Mapping[str, float]
    is_whole: bool


def shown(armature: bpy.types.Object, keys: bpy.types.Key) -> Pose:
    """Everything that the rig shows now, but for shape keys without a slider on the jaw bone."""
    places = [
        *pose_channels.of_jaw(armature),
        *pose_channels.of_mouth(armature),
        *pose_channels.of_look(armature),
        *pose_channels.of_controls(armature),
    ]
    sliders = {
        shape: pose_channels.read(armature, (controls.bone_path(armature, shape), 0))
        for shape in controls.driven(keys)
        if controls.has_slider(armature, shape)
    }
    bones = {place: pose_channels.read(armature, place) for place in places}
    return Pose(bones, sliders, True)


def only_moving(pose: Pose, armature: bpy.types.Object) -> Pose:
    """A pose of the bones and sliders that are not at rest; the look is one, as its parts count together."""
    look = {find_bone(armature, bone) for bone in LOOK_BONES} - {""}
    jaw = find_bone(armature, JAW)

    def part(path: str) -> str:
        bone, name = pose_channels.parse(path)
        if bone == jaw and name.startswith("["):
            return path  # a slider, each for itself
        return "look" if bone in look else bone

    moving = {
        part(path)
        for (path, index), value in pose.bones.items()
        if abs(value - pose_channels.rest_value(path, index)) > _STILL
    }
    return Pose(
        {place: value for place, value in pose.bones.items() if part(place[0]) in moving},
        {shape: value for shape, value in pose.sliders.items() if abs(value) > _STILL},
        False,
    )


def read(action: bpy.types.Action, armature: bpy.types.Object, keys: bpy.types.Key) -> Pose:
    """The pose that an asset holds; what it moves that is none of the rig's any more is left out."""
    shapes = {controls.bone_path(armature, shape): shape for shape in controls.driven(keys)}
    bones: dict[Channel, float] = {}
    sliders: dict[str, float] = {}
    for curve in compat.all_curves(action):
        value = curve.evaluate(action.frame_range[0])
        found = pose_channels.parse(curve.data_path)
        if curve.data_path in shapes:
            sliders[shapes[curve.data_path]] = value
        elif found is not None and found[0] in armature.pose.bones:
            bones[curve.data_path, curve.array_index] = value
    # Those of scans have no mark, and replace any other expression, too.
    return Pose(bones, sliders, bool(action.get(pose_assets.WHOLE, True)))


def channels(pose: Pose, armature: bpy.types.Object) -> dict[Channel, float]:
    """Every channel of a pose, as an Action holds them."""
    paths = {(controls.bone_path(armature, s), 0): value for s, value in pose.sliders.items()}
    return {**pose.bones, **paths}


@contextmanager
def put_on(
    pose: Pose, armature: bpy.types.Object, keys: bpy.types.Key, context: bpy.types.Context
) -> Iterator[None]:
    """Let the rig show a pose, and all else at rest, until the block ends."""
    before = channels(shown(armature, keys), armature)
    wanted = {place: pose_channels.rest_value(*place) for place in before}
    try:
        _write(armature, {**wanted, **channels(pose, armature)}, context)
        yield
    finally:
        _write(armature, before, context)


def _write(
    armature: bpy.types.Object, values: Mapping[Channel, float], context: bpy.types.Context
) -> None:
    for place, value in values.items():
        pose_channels.write(armature, place, value)
    armature.update_tag()
    context.view_layer.update()
