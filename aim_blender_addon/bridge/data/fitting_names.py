# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names as long as Blender lets them be: it cuts longer ones, so that two become one and none is found again."""

import hashlib

import bpy

#: Digits that tell two long names apart.
_DIGITS = 8


def fit_name(text: str, owner: type[bpy.types.bpy_struct], tail: str = "", room: int = 0) -> str:
    """A name with ``tail`` at its end that Blender keeps whole; two texts never get the same.

    Args:
        text: the name, of any length.
        owner: type of what has it, for its limit: ``bpy.types.ShapeKey``.
        tail: what a cut leaves as it is.
        room: bytes to leave free behind it.
    """
    most = owner.bl_rna.properties["name"].length_max - 1 - room  # one byte ends the text
    if len(f"{text}{tail}".encode()) <= most:
        return f"{text}{tail}"
    tail = f"~{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}{tail}"
    return text.encode()[: most - len(tail.encode())].decode(errors="ignore") + tail
