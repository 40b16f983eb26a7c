# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a chosen performance is called, and where its solved frames lie."""

from pathlib import Path

import bpy

from ...backend.errors import SolveError
from ...backend.solving.result_file import part_folder

_FOLDER = "aim_takes"


def take_name(face: bpy.types.Object) -> str:
    """What the user calls the performance that is chosen."""
    take = face.aim.take
    if take.source == 'FILE':
        return Path(take.path.rstrip("/\\")).stem
    if take.source == 'CAMERAS':
        return " ".join(view.clip.name for view in take.views if view.clip)
    chosen = {'MESH': take.object, 'MARKERS': take.markers, 'VERTICES': take.cloud}[take.source]
    return chosen.name if chosen else ""


def full_path(path: str) -> str:
    """A file's path as the worker finds it, too, which has another folder of its own."""
    return str(Path(bpy.path.abspath(path)).absolute())


def output_path(face: bpy.types.Object) -> Path:
    """Where the solved frames of the chosen performance go: beside the .blend, or a temporary folder before it is
    saved."""
    saved = bpy.data.filepath
    folder = Path(saved).parent if saved else Path(bpy.app.tempdir)
    return folder / _FOLDER / f"{bpy.path.clean_name(f'{face.name} {take_name(face)}')}.npz"


def new_output(face: bpy.types.Object) -> Path:
    """:func:`output_path`, its folder made.

    Raises:
        SolveError: nothing can be written there.
    """
    path = output_path(face)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SolveError(
            f"'{path.parent}' cannot be made ({error.strerror}): save the .blend where files can be written."
        ) from error
    return path


def can_resume(face: bpy.types.Object) -> bool:
    """Whether a cancelled solve of the chosen performance has left frames; cheap enough for draw."""
    return part_folder(output_path(face)).is_dir()


def frame_step(take: bpy.types.PropertyGroup, scene: bpy.types.Scene) -> float:
    """Scene frames from one frame of the take to the next."""
    if take.source != 'FILE' or not take.fps:
        return 1.0
    return scene.render.fps / scene.render.fps_base / take.fps
