# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes that several tests begin with: made once in a process, then read from a file."""

import os
from collections.abc import Callable
from pathlib import Path

import bpy

#: Name of the object that was returned, and file, by the function that made the scene.
_kept: dict[Callable[[], bpy.types.Object], tuple[str, Path]] = {}


def begin(make: Callable[[], bpy.types.Object]) -> bpy.types.Object:
    """The object that ``make`` returns in the scene that it makes from an empty file.

    The scene is always read anew, as a start-up file that has no name on disk, so that all tests find the same one.
    """
    if make not in _kept:
        made = make().name
        path = Path(os.environ["BLENDER_USER_RESOURCES"], f"scene {len(_kept)}.blend")
        bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
        _kept[make] = made, path
    name, path = _kept[make]
    bpy.ops.wm.read_homefile(filepath=str(path))
    return bpy.data.objects[name]
