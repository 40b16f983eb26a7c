# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which data comes from another file, where it cannot be changed or would lose the change."""

import bpy


def is_linked(block: bpy.types.ID | None) -> bool:
    """Whether ``block`` lies in another file and cannot be changed here. An override can be changed."""
    return block is not None and block.library is not None


def is_foreign(obj: bpy.types.Object) -> bool:
    """Whether an object or its data is linked or an override: what is written to its mesh is not saved."""
    return any(
        block is not None and (block.library is not None or block.override_library is not None)
        for block in (obj, obj.data)
    )
