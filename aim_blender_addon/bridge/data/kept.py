# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in custom properties, read as the type it was written: anything else, by a script or a copy, is none."""

from collections.abc import Sequence

import bpy


def read_bytes(owner: bpy.types.ID, prop: str) -> bytes | None:
    """The bytes in the custom property ``prop`` of ``owner``, or None."""
    found = owner.get(prop)
    return found if isinstance(found, bytes) else None


def read_floats(owner: bpy.types.ID, prop: str, counts: Sequence[int]) -> list[float] | None:
    """The numbers in the custom property ``prop`` of ``owner``, or None where there are not as many as one of
    ``counts``."""
    try:
        found = [float(value) for value in owner.get(prop, ())]
    except (TypeError, ValueError):
        return None
    return found if len(found) in counts else None


def read_action(owner: bpy.types.ID, prop: str) -> bpy.types.Action | None:
    """The Action in the custom property ``prop`` of ``owner``, or None."""
    found = owner.get(prop)
    return found if isinstance(found, bpy.types.Action) else None
