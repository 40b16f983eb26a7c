# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of names as custom properties: one text, one name a line; JSON where a name has lines of its own."""

import json
from collections.abc import Iterable

import bpy


def read_names(owner: bpy.types.ID | None, prop: str) -> list[str]:
    """The names in the custom property ``prop`` of ``owner``; none where either is missing."""
    text = str(owner.get(prop, "")) if owner is not None else ""
    if text.startswith('["'):
        try:
            names = json.loads(text)
        except ValueError:  # a list of lines whose first begins so
            names = text.split("\n")
        if not all(isinstance(name, str) for name in names):
            names = []
    else:
        names = text.split("\n")
    return [name for name in names if name]


def write_names(owner: bpy.types.ID, prop: str, names: Iterable[str]) -> None:
    """Keep ``names`` in the custom property ``prop``, in place of what it held."""
    names = list(names)
    plain = not any("\n" in name for name in names) and not (names and names[0].startswith('["'))
    owner[prop] = "\n".join(names) if plain else json.dumps(names)
