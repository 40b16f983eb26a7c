# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the frames lie that a job makes of a performance."""

import hashlib
import re
import unicodedata
from pathlib import Path

import bpy

from ...backend.errors import AimError
from ...backend.io.disk import why

#: Beside the .blend.
_FOLDER = "aim_takes"
#: Letters that some file system forbids in a name.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
#: Bytes of the words of a name; systems allow 255 for all of it.
_MOST_BYTES = 120


def full_path(path: str, library: bpy.types.Library | None = None) -> str:
    """A file's path as the worker finds it, too, which has another folder of its own.

    Args:
        path: absolute, or relative to a .blend (``//``).
        library: the file that it is relative to, where that is not this one.
    """
    return str(Path(bpy.path.abspath(path, library=library)).absolute())


def path_of(group: bpy.types.PropertyGroup, name: str) -> str:
    """The full path that a property of a group holds; that of a linked object is relative to the file it lies in."""
    owner, path = group.id_data, getattr(group, name)
    library, override = owner.library, owner.override_library
    if library is None and override is not None and override.reference is not None:
        reference = override.reference
        if reference.path_resolve(f"{group.path_from_id()}.{name}") == path:
            library = reference.library
    return full_path(path, library)


def path_in_blend(path: Path) -> str:
    """A path as this .blend keeps it: relative to it where the user's preferences have it so, as Blender does."""
    if bpy.data.filepath and bpy.context.preferences.filepaths.use_relative_paths:
        try:
            return bpy.path.relpath(str(path))
        except ValueError:  # on another drive
            return str(path)
    return str(path)


def file_words(text: str) -> str:
    """``text`` as part of a file's name: letters of all languages stay, what some file system forbids does not."""
    words = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).strip(" .")
    while len(words.encode("utf-8", "replace")) > _MOST_BYTES:
        words = words[:-1]
    return words.rstrip(" .") or "_"


def result_path(shown: str, *told: str, suffix: str = ".npz") -> Path:
    """The file of frames that is called so; other texts, or the same with others in ``told``, never get it.

    It lies in a folder of this .blend alone beside it, or in a temporary one before it is saved. That holds where a
    disk takes ``A`` and ``a`` for one, too.
    """
    digest = hashlib.sha256("\0".join((shown, *told)).encode("utf-8", "surrogatepass")).hexdigest()
    return _takes_folder() / f"{file_words(shown)} {digest[:8]}{suffix}"


def _takes_folder() -> Path:
    if not bpy.data.filepath:
        return Path(bpy.app.tempdir) / _FOLDER
    saved = Path(bpy.data.filepath)
    plain = saved.suffix == ".blend" and saved.stem == saved.stem.rstrip(" .")
    return saved.parent / _FOLDER / (saved.stem if plain else saved.name)


def make_folder(path: Path, error_type: type[AimError]) -> None:
    """Make the folder of a file.

    Raises:
        AimError: of that type; nothing can be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise error_type(
            f"'{path.parent}' cannot be made ({why(error)}): save the .blend where files can be written."
        ) from error
