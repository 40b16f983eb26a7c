# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of names as custom properties: one text, one name a line."""

from collections.abc import Iterable

import bpy


def read_names(owner: bpy.types.ID | None, prop: str) -> list[str]:
    """The names in the custom property ``prop`` of ``owner``; none where either is missing."""
    text = owner.get(prop, "") if owner is not None else ""
    return [name for name in str(text).split("\n") if name]


def write_names(owner: bpy.types.ID, prop: str, names: Iterable[str]) -> None:
    """Keep ``names`` in the custom property ``prop``, in place of what it held. No name may hold a line break."""
    owner[prop] = "\n".join(names)
