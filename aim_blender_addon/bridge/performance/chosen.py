# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recording that is chosen for a face: what it is called, and where its solved frames go."""

from pathlib import Path

import bpy

from ...backend.errors import SolveError
from ...backend.solving.result_file import part_folder
from . import sources
from .files import make_folder, result_path


def take_name(face: bpy.types.Object) -> str:
    """What the user calls the recording that is chosen."""
    take = face.aim.take
    return sources.solved(take).take_name(take)


def output_path(face: bpy.types.Object) -> Path:
    """Where the solved frames of the chosen recording go."""
    return result_path(f"{face.name} {take_name(face)}")


def new_output(face: bpy.types.Object) -> Path:
    """:func:`output_path`, its folder made.

    Raises:
        SolveError: nothing can be written there.
    """
    path = output_path(face)
    make_folder(path, SolveError)
    return path


def can_resume(face: bpy.types.Object) -> bool:
    """Whether a cancelled solve of the chosen recording has left frames; cheap enough for draw."""
    return part_folder(output_path(face)).is_dir()
