# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recorded stream on its rig: an Action as any take has, and a file of face curves to be retargeted."""

from dataclasses import dataclass, replace
from pathlib import Path

import bpy
import numpy as np

from ...backend.errors import LiveError
from ...backend.io.disk import why
from ...backend.live.recording import Take, write_take
from ..data.linked import is_linked
from ..direct.target import Target, eyes_of_curves
from ..direct.writing import Played, look_at, write_curves
from ..performance import files
from ..performance.shown.findings import Shown
from ..performance.writing import Written, lengthen

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
    take: Take, target: Target, first_frame: float, subject: str, context: bpy.types.Context
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
    face = target.face.find()
    values = np.clip(take.curves.values, 0.0, 1.0)
    played = Played(
        name,
        replace(take.curves, values=values),
        frames,
        take.has_head,
        eyes_of_curves(take.curves) if take.eyes is None else take.eyes,
        face is None or face.aim.retarget.layer,
    )
    written = write_curves(played, target)
    for action in written.actions:
        action[TIMECODE], action[RATE] = take.timecode, float(take.curves.fps)
    lengthen(scene, frames)
    _offer_for_retargeting(target, path)
    return Recorded(name, written, look_at(target, written, frames, context), path, frames)


def _new_name(name: str) -> str:
    """A name that no Action has yet."""
    number, found = 1, name
    while found in bpy.data.actions:
        number += 1
        found = f"{name} {number}"
    return found


def _offer_for_retargeting(target: Target, path: Path) -> None:
    """Make the file the source of *Retarget*, where contacts and correctives are made of it."""
    face = target.face.find()
    if face is None or is_linked(face):
        return
    state = face.aim.retarget
    state.source_kind, state.curves_path = 'CURVES', str(path)
    for name in ("smoothing", "offset", "limits", "first", "last", "fps"):
        state.property_unset(f"curves_{name}")
