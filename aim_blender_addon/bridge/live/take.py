# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recorded stream on its rig: an Action as any take has, and a file of face curves to be retargeted."""

from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ...backend.errors import LiveError
from ...backend.io.disk import why
from ...backend.live.recording import Take, write_take
from ..data.linked import is_linked
from ..data.playing import play
from ..performance import files
from ..performance.shown import settings
from ..performance.shown.channels import Channels
from ..performance.shown.findings import Shown
from ..performance.shown.made import sample, scene_frames
from ..performance.writing import Performance, Written, lengthen, write_performance
from .target import LiveTarget

#: Custom properties of a recorded Action: the timecode of its first frame, and frames a second of the stream.
TIMECODE, RATE = "aim_timecode", "aim_stream_fps"


@dataclass(frozen=True)
class Recorded:
    """What became of a recording.

    Attributes:
        name: of the take and its Action.
        written: Actions, and those that made room.
        shown: what of it does not show as it was recorded.
        path: of the file of curves.
        frames: [T] scene frames.
    """

    name: str
    written: Written
    shown: Shown
    path: Path
    frames: np.ndarray


def keep_take(
    take: Take, target: LiveTarget, first_frame: float, subject: str, context: bpy.types.Context
) -> Recorded:
    """Write a take to its rig and to a file.

    Args:
        take: what was recorded.
        target: what it moved.
        first_frame: frame of the scene for the take's first.
        subject: who performs; "" where nobody says.
        context: for the scene.

    Raises:
        LiveError: the rig is gone, or the file cannot be written.
    """
    mesh = target.mesh.find()
    if mesh is None or not mesh.users_scene:
        raise LiveError(f"{target.name} was removed, so the recording was dropped")
    scene = context.scene
    name = _new_name(f"{subject or 'Live'} {take.timecode.partition('.')[0]}")
    path = files.result_path(name, mesh.name, take.timecode, suffix=".csv")
    files.make_folder(path, LiveError)
    try:
        write_take(path, take)
    except OSError as error:
        raise LiveError(
            f"'{path}' cannot be written ({why(error)}): make room, and record again"
        ) from error
    frames = first_frame + take.curves.times * scene.render.fps / scene.render.fps_base
    written = _write(take, target, name, frames, mesh)
    for action in written.actions:
        action[TIMECODE], action[RATE] = take.timecode, float(take.curves.fps)
    lengthen(scene, frames)
    _offer_for_retargeting(target, path)
    return Recorded(name, written, _look(target, written, frames, context), path, frames)


def _look(
    target: LiveTarget, written: Written, frames: np.ndarray, context: bpy.types.Context
) -> Shown:
    """What keeps the channels of a take from showing what was recorded; its skin was not computed before."""
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


def _write(
    take: Take, target: LiveTarget, name: str, frames: np.ndarray, mesh: bpy.types.Object
) -> Written:
    """The Action, by the way of all takes."""
    place = {curve: number for number, curve in enumerate(take.curves.names)}
    channels, columns = {}, []
    values = np.clip(take.curves.values, 0.0, 1.0)
    for channel in target.channels:
        there = [place[curve] for curve in channel.curves if curve in place]
        owner = channel.owner.find()
        if there and owner is not None:
            channels[channel.label] = (owner, channel.path)
            columns.append(values[:, there].mean(axis=1))
    armature = target.armature.find() if target.armature else None
    poses, face = _poses(take, target, armature), target.face.find()
    count = len(frames)
    still = np.tile(np.eye(4), (count, 1, 1))
    vertices = len(mesh.data.vertices)
    performance = Performance(
        name,
        frames,
        np.ones(count, bool),
        tuple(channels),
        still,
        still,
        np.stack(columns, axis=1) if columns else np.zeros((count, 0)),
        np.zeros((0, vertices, 3), np.float32),
        np.zeros((count, 0)),
        ("", ""),
        channels,
        face is None or face.aim.retarget.layer,
        poses,
    )
    return write_performance(mesh, armature, performance, 1.0)


def _poses(
    take: Take, target: LiveTarget, armature: bpy.types.Object | None
) -> dict[str, np.ndarray]:
    """Poses [T, 4, 4] of head and eyes in the armature's space, by bone."""
    if armature is None or is_linked(armature):
        return {}
    turned = []
    if target.head is not None and take.has_head:
        turned.append((target.head, take.curves.head))
    if target.eyes is not None and take.eyes is not None:
        turned += zip(target.eyes, np.moveaxis(take.eyes, 1, 0), strict=True)
    return {
        bone.name: bone.poses(armature, angles)
        for bone, angles in turned
        if bone.name in armature.pose.bones
    }


def _new_name(name: str) -> str:
    """A name that no Action has yet."""
    number, found = 1, name
    while found in bpy.data.actions:
        number += 1
        found = f"{name} {number}"
    return found


def _offer_for_retargeting(target: LiveTarget, path: Path) -> None:
    """Make the file the source of *Retarget*, where contacts and correctives are made of it."""
    face = target.face.find()
    if face is None or is_linked(face):
        return
    state = face.aim.retarget
    state.source_kind, state.curves_path = 'CURVES', str(path)
    for name in ("smoothing", "offset", "limits", "first", "last", "fps"):
        state.property_unset(f"curves_{name}")
