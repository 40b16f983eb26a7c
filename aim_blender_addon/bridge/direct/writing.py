# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves as a take on the rig that they move, as an Action that any take has."""

from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.io.curves import Curves
from ..data.linked import is_linked
from ..data.playing import play
from ..performance.shown import settings
from ..performance.shown.channels import Channels
from ..performance.shown.findings import Shown
from ..performance.shown.made import sample, scene_frames
from ..performance.writing import Performance, Written, write_performance
from ..rig import eye_bones
from ..rig.own_bones import JAW, SKULL, bone_name
from .target import Target


@dataclass(frozen=True)
class Played:
    """What is to play.

    Attributes:
        name: of the take.
        curves: with values from 0 to 1.
        frames: [T] scene frames.
        has_head: the head's turns are known.
        eyes: [T, 2, 3] yaw to the right, pitch down and roll of both eyes, radians; None where nothing tells them.
        layered: on an NLA track, below an Action for edits.
        widen: the range of a shape key may grow where its curve goes beyond.
    """

    name: str
    curves: Curves
    frames: np.ndarray
    has_head: bool
    eyes: np.ndarray | None
    layered: bool = True
    widen: bool = False


def write_curves(played: Played, target: Target) -> Written:
    """The Action of curves, by the way of all takes.

    On a rig of a bake all bones of the take have keys, so that no other Action poses them beside it.
    """
    mesh = target.mesh.find()
    armature = target.armature.find() if target.armature else None
    place = {curve: number for number, curve in enumerate(played.curves.names)}
    channels, columns = {}, {}
    for channel in target.channels:
        there = [place[curve] for curve in channel.curves if curve in place]
        owner = channel.owner.find()
        if there and owner is not None:
            channels[channel.label] = (owner, channel.path)
            columns[channel.label] = played.curves.values[:, there].mean(axis=1)
    count = len(played.frames)
    still = np.tile(np.eye(4), (count, 1, 1))
    poses = _poses(played, target, armature)
    head, jaw, bones, look = still, still, ("", ""), None
    if target.is_ours:
        bones = (bone_name(armature, SKULL), bone_name(armature, JAW))
        head = poses.pop(target.head.name, still) if target.head else still
        if target.jaw is not None:
            values = [columns.get(label, np.zeros(count)) for label in target.jaw.labels]
            jaw = target.jaw.shown(np.stack(values, axis=1))
        if played.eyes is not None and eye_bones.has_eyes(armature):
            look = -played.eyes[..., :2]
            poses = {}
    performance = Performance(
        played.name,
        played.frames,
        np.ones(count, bool),
        tuple(channels),
        head,
        jaw,
        np.stack([*columns.values()], axis=1) if columns else np.zeros((count, 0)),
        np.zeros((0, len(mesh.data.vertices), 3), np.float32),
        np.zeros((count, 0)),
        bones,
        channels,
        played.layered,
        played.widen,
        look=look,
        lids_move=False,  # they add what shapes of the look lack, and show none twice
        more_bones=poses,
    )
    return write_performance(mesh, armature, performance, 1.0)


def look_at(
    target: Target, written: Written, frames: np.ndarray, context: bpy.types.Context
) -> Shown:
    """What keeps the channels of a take from showing what was written; its skin was not computed before."""
    mesh, armature = target.mesh.find(), target.armature.find() if target.armature else None
    channels = Channels(mesh, armature, written.actions)
    some = frames[sample(len(frames))]
    objects = [mesh] if armature is None else [mesh, armature]
    for number, twins in play(objects, scene_frames(some, context.scene), context):
        channels.look(some[number], twins[0], None if armature is None else twins[1])
    mm = context.scene.unit_settings.scale_length * 1000.0 * float(np.mean(np.abs(mesh.scale)))
    hidden = (*settings.of_rig(mesh, armature), *channels.findings(mm))
    return Shown(
        None, (*hidden, *channels.edits(), *settings.of_time(context.scene, frames)), bool(hidden)
    )


def _poses(
    played: Played, target: Target, armature: bpy.types.Object | None
) -> dict[str, np.ndarray]:
    """Poses [T, 4, 4] of head and eyes in the armature's space, by bone."""
    if armature is None or is_linked(armature):
        return {}
    turned = []
    if target.head is not None and played.has_head:
        turned.append((target.head, played.curves.head))
    if target.eyes is not None and played.eyes is not None:
        turned += zip(target.eyes, np.moveaxis(played.eyes, 1, 0), strict=True)
    return {
        bone.name: bone.poses(armature, angles)
        for bone, angles in turned
        if bone.name in armature.pose.bones
    }
