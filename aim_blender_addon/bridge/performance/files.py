# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the frames lie that a job makes of a performance."""

from pathlib import Path

import bpy

from ...backend.errors import AimError

#: Beside the .blend.
_FOLDER = "aim_takes"


def full_path(path: str) -> str:
    """A file's path as the worker finds it, too, which has another folder of its own."""
    return str(Path(bpy.path.abspath(path)).absolute())


def result_path(name: str) -> Path:
    """The file of frames of that name: beside the .blend, or in a temporary folder before it is saved."""
    saved = bpy.data.filepath
    folder = Path(saved).parent if saved else Path(bpy.app.tempdir)
    return folder / _FOLDER / f"{bpy.path.clean_name(name)}.npz"


def make_folder(path: Path, error_type: type[AimError]) -> None:
    """Make the folder of a file.

    Raises:
        AimError: of that type; nothing can be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise error_type(
            f"'{path.parent}' cannot be made ({error.strerror}): save the .blend where files can be written."
        ) from error
