# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys that hold what simulations add: which they are, and the switch between shapes and simulation.

Keys of single poses, of the last take, and correctives that stand for the muscles.
"""

import bpy

from ..data.name_lists import read_names, write_names
from ..data.shape_keys import listed_names

#: Custom properties of the Key: keys of single poses, keys of the last take, and those that Compare has muted.
_BAKED = "aim_simulated_baked"
_POSES, _TAKE, _COMPARED = "aim_simulated", "aim_simulated_take", "aim_simulated_off"


def pose_names(keys: bpy.types.Key | None) -> list[str]:
    """Shape keys of single poses."""
    return listed_names(keys, _POSES)


def take_names(keys: bpy.types.Key | None) -> list[str]:
    """Shape keys of the last take."""
    return listed_names(keys, _TAKE)


def names(keys: bpy.types.Key | None) -> list[str]:
    """All of them."""
    return pose_names(keys) + take_names(keys) + baked_names(keys)


def baked_names(keys: bpy.types.Key | None) -> list[str]:
    """Correctives that stand for the muscles in every pose."""
    return listed_names(keys, _BAKED)


def keep_baked(keys: bpy.types.Key, found: list[str]) -> None:
    """Remember the correctives that stand for the muscles."""
    write_names(keys, _BAKED, found)


def add_pose(keys: bpy.types.Key, name: str) -> None:
    """Remember a key of a single pose."""
    write_names(keys, _POSES, [*(one for one in pose_names(keys) if one != name), name])


def keep_take(keys: bpy.types.Key, found: list[str]) -> None:
    """Remember the keys of the last take."""
    write_names(keys, _TAKE, found)


def is_compared(keys: bpy.types.Key | None) -> bool:
    """Whether the plain shapes are shown in place of the simulation."""
    return bool(read_names(keys, _COMPARED))


def compare(keys: bpy.types.Key, plain: bool) -> None:
    """Show the plain shapes, or the simulation again; keys that the user has muted stay so."""
    blocks = keys.key_blocks
    if plain and not is_compared(keys):
        off = [name for name in names(keys) if not blocks[name].mute]
        write_names(keys, _COMPARED, off)
        for name in off:
            blocks[name].mute = True
    elif not plain:
        for name in listed_names(keys, _COMPARED):
            blocks[name].mute = False
        write_names(keys, _COMPARED, [])
