# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let an Action that a user puts in the place of a take's edits play as it is, and edits that come back add again.

Blender tells of another Action through its message bus; undo, redo and opening a file are looked at afterwards.
"""

import bpy
from bpy.app.handlers import persistent

from ... import compat
from ...bridge.data.linked import is_linked
from ...bridge.rig import edits

_owner = object()
#: After these an owner may have another Action without a message.
_AFTER = ("undo_post", "redo_post", "load_post")


def action_changed() -> None:
    """Some Action was put on something: settle all that takes play on."""
    for owner in (*bpy.data.objects, *bpy.data.shape_keys, *bpy.data.armatures):
        if owner.animation_data is not None and not is_linked(owner):
            edits.settle(owner)


def _subscribe() -> None:
    bpy.msgbus.clear_by_owner(_owner)
    for kind in compat.holders_of_actions():
        bpy.msgbus.subscribe_rna(key=(kind, "action"), owner=_owner, args=(), notify=action_changed)


@persistent
def _settle(*_: object) -> None:
    """Opening a file ends all subscriptions."""
    _subscribe()
    action_changed()


def register() -> None:
    """Listen to changed Actions."""
    _subscribe()
    for name in _AFTER:
        getattr(bpy.app.handlers, name).append(_settle)


def unregister() -> None:
    """Listen no more."""
    for name in _AFTER:
        getattr(bpy.app.handlers, name).remove(_settle)
    bpy.msgbus.clear_by_owner(_owner)
