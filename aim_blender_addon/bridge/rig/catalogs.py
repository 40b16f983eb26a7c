# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalog of a face's poses in the Asset Browser.

Blender offers no function that makes a catalog. A library keeps its catalogs in a text file of its folder, whose form
Blender documents. The catalog of a face has an id that follows from the face's name, so that it is the same one in
every file.
"""

import re
import uuid
from pathlib import Path

import bpy

from ...backend.errors import RigError
from ...backend.io.regular_file import read_regular
from ...backend.io.whole_file import write_whole_text

#: Blender's name of the file.
FILE = "blender_assets.cats.txt"
#: Catalogs of faces lie below this one.
_TOP = "Faces"
_NAMESPACE = uuid.UUID("0b5e7c1e-7f0a-5c53-9f3b-3c8a1f1c2d64")
_HEADER = """\
# This is an Asset Catalog Definition file for Blender.
#
# Empty lines and lines starting with `#` will be ignored.
# The first non-ignored line should be the version indicator.
# Other lines are of the format "UUID:catalog/path/for/assets:simple catalog name"

VERSION 1
"""
#: A file of catalogs is no larger, bytes.
_LARGEST = 1 << 24


def catalog_id(face: str) -> str:
    """The id of the catalog of a face, by the face's name."""
    return str(uuid.uuid5(_NAMESPACE, face))


def write(face: str, context: bpy.types.Context) -> bool:
    """Add the catalog of a face to the asset library in whose folder the .blend lies; whether it is in one.

    Raises:
        RigError: the library's file cannot be read or written; it stays as it is.
    """
    folder = _library(context)
    if folder is None:
        return False
    path = folder / FILE
    try:
        text = read_regular(path, _LARGEST).decode() if path.exists() else _HEADER
        if not re.search(r"^VERSION 1\s*$", text, re.MULTILINE):
            raise RigError(f"{path} has another form than Blender's catalogs of version 1.")
        if not re.search(rf"^\s*{catalog_id(face)}:", text, re.MULTILINE | re.IGNORECASE):
            end = "" if text.endswith("\n") else "\n"
            name = re.sub(r"[:/\\\r\n]+", "-", face).strip() or "Face"
            line = f"{catalog_id(face)}:{_TOP}/{name}:{_TOP}-{name}\n"
            write_whole_text(path, f"{text}{end}{line}")
    except (OSError, UnicodeDecodeError) as error:
        raise RigError(f"The catalogs in {path} could not be written: {error}.") from error
    return True


def _library(context: bpy.types.Context) -> Path | None:
    """The folder of the asset library that the .blend is saved in, or None."""
    if not bpy.data.filepath:
        return None
    file = Path(bpy.data.filepath).resolve()
    libraries = [
        Path(bpy.path.abspath(library.path)).resolve()
        for library in context.preferences.filepaths.asset_libraries
        if library.path
    ]
    inside = [folder for folder in libraries if folder in file.parents and folder.is_dir()]
    return max(inside, key=lambda folder: len(folder.parts), default=None)
