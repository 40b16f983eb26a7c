# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that curves move on a mesh: shape keys by their names, sliders, and properties that drive keys.

Nothing of Blender's is held from one moment to the next. Undo, deleting and renaming would leave it dangling.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import bpy

from ...backend.shape_names import ARKIT, arkit_of, pairs, plain_name
from ..controls.keys import control_keys
from ..data import shape_keys
from ..data.linked import is_linked
from ..retarget.characters import usable_keys

#: Where Blender keeps what a shape key's driver may look at.
_KINDS = {
    'OBJECT': "objects",
    'KEY': "shape_keys",
    'ARMATURE': "armatures",
    'MESH': "meshes",
    'SCENE': "scenes",
}
_ITEM = re.compile(r'^(.*)\["((?:[^"\\]|\\.)*)"\]$', re.DOTALL)


@dataclass(frozen=True)
class Ref:
    """A datablock of Blender's, by its kind, its number of this session, and its name."""

    kind: str
    uid: int
    name: str

    @classmethod
    def of(cls, block: bpy.types.ID) -> "Ref":
        """The way back to ``block``."""
        return cls(_KINDS[block.id_type], block.session_uid, block.name)

    def find(self) -> bpy.types.ID | None:
        """The datablock, whatever it is called by now; None where it is gone."""
        blocks = getattr(bpy.data, self.kind)
        found = blocks.get(self.name)
        if found is not None and found.session_uid == self.uid:
            return found
        return next((block for block in blocks if block.session_uid == self.uid), None)


@dataclass(frozen=True)
class Channel:
    """A value that curves move.

    Attributes:
        label: what it is, for messages and takes.
        key: the shape key that it moves.
        owner: the datablock.
        path: from there to the value.
        curves: the shapes of ARKit whose mean it shows.
    """

    label: str
    key: str
    owner: Ref
    path: str
    curves: tuple[str, ...]

    def value(self, values: dict[str, float]) -> float | None:
        """What it shows; None where no curve of it came."""
        there = [values[name] for name in self.curves if name in values]
        return sum(there) / len(there) if there else None


def find_channels(mesh: bpy.types.Object, before: str = "") -> tuple[list[Channel], list[str]]:
    """What ARKit's curves move on a mesh, and the names of keys that are left alone though a curve means them.

    Args:
        mesh: with shape keys.
        before: what labels begin with.
    """
    keys = mesh.data.shape_keys
    usable, driven, left_alone = usable_keys(keys, _left_out(keys))
    names = tuple(key.name for key in usable)
    channels = []
    for number, of in sorted(_curves_of(names).items()):
        owner, path = driven.get(names[number], (keys, shape_keys.key_path(names[number])))
        if owner.id_type not in _KINDS or is_linked(owner):
            left_alone.append(names[number])
            continue
        channels.append(Channel(f"{before}{names[number]}", names[number], Ref.of(owner), path, of))
    return channels, [name for name in left_alone if arkit_of(plain_name(name))]


def known_curves(keys: bpy.types.Key | None) -> frozenset[str]:
    """The shapes of ARKit that have a shape key; cheap enough for draw."""
    if keys is None:
        return frozenset()
    left_out = _left_out(keys)
    names = [key.name for key in keys.key_blocks[1:] if key.name not in left_out]
    return frozenset(curve for of in _curves_of(tuple(names)).values() for curve in of)


def set_value(owner: bpy.types.ID, path: str, value: float) -> None:
    """Set a value by its path; what is gone is left out."""
    try:
        item = _ITEM.match(path)
        if item is not None:
            place = owner.path_resolve(item[1]) if item[1] else owner
            place[bpy.utils.unescape_identifier(item[2])] = value
            return
        before, _, name = path.rpartition(".")
        place = owner.path_resolve(before) if before else owner
        setattr(place, name, value)
    except (AttributeError, KeyError, TypeError, ValueError):
        return


def _left_out(keys: bpy.types.Key) -> frozenset[str]:
    """Shape keys that no curve means: correctives of takes, and those of face controls."""
    correctives = shape_keys.listed_names(keys, shape_keys.CORRECTIVES)
    return frozenset((*correctives, *control_keys(keys).values()))


@lru_cache(maxsize=64)
def _curves_of(names: tuple[str, ...]) -> dict[int, tuple[str, ...]]:
    """The shapes of ARKit that each of the names means, by its number; kept, as panels ask at every draw."""
    curves: dict[int, list[str]] = {}
    for curve, found in zip(ARKIT, pairs(ARKIT, names), strict=True):
        for number in found:
            curves.setdefault(number, []).append(curve)
    return {number: tuple(of) for number, of in curves.items()}
