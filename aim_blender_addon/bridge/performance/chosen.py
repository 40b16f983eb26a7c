# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recording that is chosen for a face: what it is called, and where its solved frames go."""

from pathlib import Path

import bpy

from ...backend.errors import SolveError
from ...backend.solving.result_file import part_folder, result_stamp
from . import sources
from .files import make_folder, path_in_blend, path_of, result_path


def take_name(face: bpy.types.Object) -> str:
    """What the user calls the recording that is chosen."""
    take = face.aim.take
    return sources.solved(take).take_name(take)


def output_path(face: bpy.types.Object) -> Path:
    """Where the solved frames of the chosen recording go; no other face, recording or .blend has them there."""
    take = face.aim.take
    source = sources.solved(take)
    told = (face.name, take.source, source.place(take))
    path = result_path(f"{face.name} {source.take_name(take)}", *told)
    others = {  # of a copy of this face, or of one that had its name before
        path_of(obj.aim.take, "solved_path")
        for obj in bpy.data.objects
        if obj.type == 'MESH' and obj != face and obj.aim.take.solved_path
    }
    free, number = path, 1
    while str(free.absolute()) in others:
        number += 1
        free = path.with_name(f"{path.stem} {number}{path.suffix}")
    return free


def new_output(face: bpy.types.Object) -> Path:
    """:func:`output_path`, its folder made.

    Raises:
        SolveError: nothing can be written there.
    """
    path = output_path(face)
    make_folder(path, SolveError)
    return path


def keep_solved(face: bpy.types.Object, output: Path) -> None:
    """Remember which file the last solve of a face has made, and what is in it."""
    take = face.aim.take
    take.solved_path, take.solved_stamp = path_in_blend(output), result_stamp(output)


def can_resume(face: bpy.types.Object) -> bool:
    """Whether a cancelled solve of the chosen recording has left frames; cheap enough for draw."""
    return part_folder(output_path(face)).is_dir()
