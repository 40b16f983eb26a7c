# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Constrain by itself when Sculpt Mode is left, for faces that ask for it.

Blender tells of changed modes through its message bus; what was sculpted is told by the points of the active key.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from ...bridge.data import shape_keys
from ...bridge.data.storage import face_of
from ...bridge.rig.objects import rig_of
from ..watching import Watch


@dataclass(frozen=True)
class Entered:
    """A rig in Sculpt Mode: its ``session_uid``, the key that is sculpted, and its points [V, 3] at the start."""

    uid: int
    key: str
    points: np.ndarray


_entered: Entered | None = None


def mode_changed() -> None:
    """The mode of an object has changed: remember what is sculpted, or constrain what was."""
    global _entered
    rig = bpy.context.view_layer.objects.active
    face = face_of(rig)
    if face is None or rig_of(face) != rig or not face.aim.sculpt.constrain_on_leaving:
        _entered = None
        return
    block = rig.active_shape_key
    if rig.mode == 'SCULPT' and block is not None:
        _entered = Entered(rig.session_uid, block.name, shape_keys.read_points(block))
        return
    before, _entered = _entered, None
    if rig.mode == 'SCULPT' or before is None or not was_sculpted(rig, before):
        return
    if not bpy.app.timers.is_registered(_constrain):
        bpy.app.timers.register(_constrain, first_interval=0.0)


def was_sculpted(rig: bpy.types.Object, before: Entered) -> bool:
    """Whether the key that is active was changed in Sculpt Mode."""
    block = rig.active_shape_key
    if rig.session_uid != before.uid or block is None or block.name != before.key:
        return False
    points = shape_keys.read_points(block)
    return points.shape != before.points.shape or not np.array_equal(points, before.points)


def _constrain() -> None:
    """Out of the message bus, where operators may run."""
    windows = bpy.context.window_manager.windows
    if not windows:
        return
    with bpy.context.temp_override(window=windows[0]):
        if bpy.ops.aim.constrain_key.poll():
            bpy.ops.aim.constrain_key('INVOKE_DEFAULT')


def _forget() -> None:
    """Another file was opened: what was entered in the last one is gone."""
    global _entered
    _entered = None


_watch = Watch(lambda: [(bpy.types.Object, "mode")], mode_changed, settled=_forget)
register = _watch.register


def unregister() -> None:
    """Listen no more."""
    _watch.unregister()
    if bpy.app.timers.is_registered(_constrain):
        bpy.app.timers.unregister(_constrain)
