# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let an Action that a user puts in the place of a take's edits play as it is, and edits that come back add again.

Blender tells of another Action through its message bus; undo, redo and opening a file are looked at afterwards.
"""

import bpy

from ... import compat
from ...bridge.data.linked import is_linked
from ...bridge.rig import edits
from ..watching import Watch

#: After these an owner may have another Action without a message.
_AFTER = ("undo_post", "redo_post", "load_post")


def action_changed() -> None:
    """Some Action was put on something: settle all that takes play on."""
    for owner in (*bpy.data.objects, *bpy.data.shape_keys, *bpy.data.armatures):
        if owner.animation_data is not None and not is_linked(owner):
            edits.settle(owner)


def _keys() -> list[tuple[type, str]]:
    return [(kind, "action") for kind in compat.holders_of_actions()]


_watch = Watch(_keys, action_changed, settled=action_changed, after=_AFTER)
register, unregister = _watch.register, _watch.unregister
