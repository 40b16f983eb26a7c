# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let what hangs on a skin show the shape that the skin shows alone, whichever shape is picked and however.

Blender tells of the picked shape and of its pin through its message bus.
"""

import bpy

from ...bridge.data.storage import face_of
from ...bridge.rig.carried import follow_solo
from ...bridge.rig.objects import rig_of
from ..watching import Watch


def solo_changed() -> None:
    """Another shape was picked or pinned on something: settle all rigs that are in the scene."""
    for obj in bpy.context.scene.objects:
        face = face_of(obj) if obj.type == 'MESH' and obj.data.shape_keys is not None else None
        if face is not None and rig_of(face) == obj:
            follow_solo(obj)


def _keys() -> list[tuple[type, str]]:
    return [(bpy.types.Object, name) for name in ("active_shape_key_index", "show_only_shape_key")]


_watch = Watch(_keys, solo_changed)
register, unregister = _watch.register, _watch.unregister
