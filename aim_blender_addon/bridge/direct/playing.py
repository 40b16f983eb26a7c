# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of curves, read and played straight on the rig of the active object."""

from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.io.curves import Curves
from ..performance.shown.findings import Shown
from ..performance.writing import Written, lengthen
from ..retarget.new_eyes import keys_turn_eyes
from .target import Target, eyes_of_curves
from .writing import Played, look_at, write_curves

#: A curve that changes by less moves nothing that is seen.
_MOVES = 0.02
#: So much of what moves in the curves has a place on a rig that curves say all for.
_ENOUGH = 0.8
#: Curves that turn eyes, which bones of eyes show as well.
_LOOK = "eyeLook"
#: Heads and eyes that turn by less stay as they are, radians.
_TURNS = 0.02


@dataclass(frozen=True)
class Directly:
    """A take that plays directly.

    Attributes:
        written: Actions, and those that made room.
        shown: what of it does not show.
        frames: [T] scene frames.
        channels: how many values have curves.
    """

    written: Written
    shown: Shown
    frames: np.ndarray
    channels: int


def without_place(curves: Curves, target: Target) -> tuple[list[str], float]:
    """Curves that move and that nothing of a rig shows, and the share of all motion that is shown."""
    known = {curve for channel in target.channels for curve in channel.curves}
    spread = np.ptp(curves.values, axis=0) if len(curves.values) else np.zeros(len(curves.names))
    moving = {
        name: float(size)
        for name, size in zip(curves.names, spread, strict=True)
        if size > _MOVES and not (target.eyes is not None and name.startswith(_LOOK))
    }
    missing = [name for name in moving if name not in known]
    lost = sum(moving[name] for name in missing)
    return missing, 1.0 - lost / max(sum(moving.values()), 1e-9)


def turns_without_bones(curves: Curves, target: Target) -> list[str]:
    """Which of ``head`` and ``eyes`` turn in the curves, but have no bone on a rig, nor keys that turn new eyes."""
    found = []
    if target.head is None and np.abs(curves.head).max(initial=0.0) > _TURNS:
        found.append("head")
    eyes = eyes_of_curves(curves)
    by_keys = {curve for channel in target.channels for curve in channel.curves} & {*curves.names}
    if any(curve.startswith(_LOOK) for curve in by_keys) and keys_turn_eyes(target.mesh.find()):
        eyes = None
    if target.eyes is None and eyes is not None and np.ptp(eyes, axis=0).max(initial=0.0) > _TURNS:
        found.append("eyes")
    return found


def says_all(curves: Curves, target: Target) -> bool:
    """Whether the names say what plays: nearly all that moves in the curves has a place on the rig."""
    return without_place(curves, target)[1] >= _ENOUGH


def play_directly(
    name: str, curves: Curves, target: Target, context: bpy.types.Context
) -> Directly:
    """Write curves straight onto a rig as a take; *Retarget* of the same file replaces it.

    Args:
        name: of the take.
        curves: with values as they are to show.
        target: what they move.
        context: for the scene.
    """
    scene, state = context.scene, target.face.find().aim.retarget
    frames = scene.frame_start + curves.times * scene.render.fps / scene.render.fps_base
    has_head = state.head_motion and bool(np.abs(curves.head).max(initial=0.0) > 0)
    played = Played(
        name, curves, frames, has_head, eyes_of_curves(curves), state.layer, state.widen_ranges
    )
    written = write_curves(played, target)
    lengthen(scene, frames)
    return Directly(written, look_at(target, written, frames, context), frames, len(written.keys))
