# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let what hangs on a skin show the shape that the skin shows alone, whichever shape is picked and however.

Blender tells of the picked shape and of its pin through its message bus.
"""

import bpy
from bpy.app.handlers import persistent

from ...bridge.data.storage import face_of
from ...bridge.rig.carried import follow_solo
from ...bridge.rig.objects import rig_of

_owner = object()


def solo_changed() -> None:
    """Another shape was picked or pinned on something: settle all rigs that are in the scene."""
    for obj in bpy.context.scene.objects:
        face = face_of(obj) if obj.type == 'MESH' and obj.data.shape_keys is not None else None
        if face is not None and rig_of(face) == obj:
            follow_solo(obj)


def _subscribe() -> None:
    bpy.msgbus.clear_by_owner(_owner)
    for name in ("active_shape_key_index", "show_only_shape_key"):
        bpy.msgbus.subscribe_rna(
            key=(bpy.types.Object, name), owner=_owner, args=(), notify=solo_changed
        )


@persistent
def _subscribe_again(_file: str) -> None:
    """Opening a file ends all subscriptions."""
    _subscribe()


def register() -> None:
    """Listen to picked and pinned shapes."""
    _subscribe()
    bpy.app.handlers.load_post.append(_subscribe_again)


def unregister() -> None:
    """Listen no more."""
    bpy.app.handlers.load_post.remove(_subscribe_again)
    bpy.msgbus.clear_by_owner(_owner)
