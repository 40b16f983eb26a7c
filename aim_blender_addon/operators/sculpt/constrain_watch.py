# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Constrain by itself when Sculpt Mode is left, for faces that ask for it.

Blender tells of changed modes through its message bus; what was sculpted is told by the points of the active key.
"""

from dataclasses import dataclass

import bpy
import numpy as np
from bpy.app.handlers import persistent

from ...bridge.data import shape_keys
from ...bridge.data.storage import face_of
from ...bridge.rig.objects import rig_of

_owner = object()


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


def _subscribe() -> None:
    bpy.msgbus.clear_by_owner(_owner)
    bpy.msgbus.subscribe_rna(
        key=(bpy.types.Object, "mode"), owner=_owner, args=(), notify=mode_changed
    )


@persistent
def _subscribe_again(_file: str) -> None:
    """Opening a file ends all subscriptions."""
    global _entered
    _entered = None
    _subscribe()


def register() -> None:
    """Listen to changes of modes."""
    _subscribe()
    bpy.app.handlers.load_post.append(_subscribe_again)


def unregister() -> None:
    """Listen no more."""
    bpy.app.handlers.load_post.remove(_subscribe_again)
    bpy.msgbus.clear_by_owner(_owner)
    if bpy.app.timers.is_registered(_constrain):
        bpy.app.timers.unregister(_constrain)
