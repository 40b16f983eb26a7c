# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One person's scans and bones from a folder (numpy only)."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..anatomy.jaw.from_teeth import ScannedPiece
from ..anatomy.jaw.pins import JawPin, read_pin
from ..errors import ScanError
from ..fitting.actor import Actor
from ..geometry.mesh import Mesh
from .damage import refusing
from .json_text import parse_json
from .mesh_files import MESH_FORMATS, read_mesh
from .regular_file import read_regular

PINS_FILE = "jaw_pins.json"
TEETH_FOLDER = "teeth"
_LARGEST_PINS = 1 << 26
_LAYOUT = "neutral.obj, expressions/*.obj and optionally skull.obj and jaw.obj, or .ply"


def read_actor(folder: str | Path, mm_per_unit: float = 1.0) -> Actor:
    """The actor in a folder with ``neutral``, ``expressions/*``, optional ``skull`` and ``jaw``.

    Files are OBJ or PLY; upper and lower case in their names are not told apart. The meshes are
    only read, see ``scans.checks`` for whether they fit each other. ``jaw_pins.json``, if there,
    holds jaw poses that are known, by scan name as for :func:`~..anatomy.jaw_pins.read_pin`, in the
    meshes' unit. ``teeth/neutral`` and ``teeth/*``, named as the scans, are teeth that came with them.

    Args:
        folder: holds the files.
        mm_per_unit: millimetres in one unit of the files.

    Raises:
        ScanError: files are missing, damaged or twice there.
        FitError: a pinned pose is not one.
    """
    if not (np.isfinite(mm_per_unit) and mm_per_unit > 0):
        raise ValueError(f"mm_per_unit must be a positive number, not {mm_per_unit}")
    folder = Path(folder)
    if not folder.is_dir():
        raise ScanError(f"'{folder}' is not a folder: give one with {_LAYOUT}.")
    parts = _mesh_files(folder)
    if "neutral" not in parts:
        raise ScanError(f"'{folder}' has no neutral.obj: put the scan in rest there ({_LAYOUT}).")
    scans = _mesh_files(_only_folder(folder, "expressions"))
    if not scans:
        raise ScanError(
            f"'{folder}' has no expressions: put at least one {MESH_FORMATS.either} scan into its "
            "folder 'expressions'."
        )

    def read(path: Path) -> Mesh:
        mesh = read_mesh(path)
        return mesh.with_vertices(mesh.vertices * np.float32(mm_per_unit))

    expressions = tuple(read(path) for path in sorted(scans.values(), key=lambda p: p.stem))
    return Actor(
        neutral=read(parts["neutral"]),
        expressions=expressions,
        skull=read(parts["skull"]) if "skull" in parts else None,
        jaw=read(parts["jaw"]) if "jaw" in parts else None,
        jaw_pins=_read_pins(folder / PINS_FILE, mm_per_unit),
        pieces=_read_teeth(folder, [scan.name for scan in expressions], read),
    )


def _read_teeth(
    folder: Path, names: list[str], read: Callable[[Path], Mesh]
) -> tuple[ScannedPiece, ...]:
    """The teeth in ``teeth/``: in the neutral, and in the scans that have them."""
    found = _mesh_files(_only_folder(folder, TEETH_FOLDER))
    if not found:
        return ()
    if "neutral" not in found:
        raise ScanError(
            f"'{folder.name}/{TEETH_FOLDER}' has no neutral.obj: put the teeth in rest there, or remove the folder."
        )
    rest = read(found["neutral"])
    scans = {}
    for name in names:
        if name.casefold() in found:
            posed = read(found[name.casefold()]).vertices
            if posed.shape != rest.vertices.shape:
                raise ScanError(
                    f"The teeth of '{name}' have {len(posed):,} vertices and those of the neutral "
                    f"{len(rest.vertices):,}: export them again with the same topology."
                )
            scans[name] = posed.astype(np.float64)
    return (ScannedPiece(rest.with_vertices(rest.vertices, TEETH_FOLDER), scans),)


def _read_pins(path: Path, mm_per_unit: float) -> dict[str, JawPin]:
    if not os.path.lexists(path):
        return {}
    with refusing(
        ScanError,
        lambda reason: f"'{path}' cannot be read ({reason}): write it again or remove it.",
    ):
        entries = parse_json(read_regular(path, _LARGEST_PINS))
    if not isinstance(entries, dict):
        raise ScanError(f"'{path}' holds no pins by scan name: write it again or remove it.")
    return {name: read_pin(name, entry, mm_per_unit) for name, entry in entries.items()}


def _only_folder(folder: Path, name: str) -> Path:
    """The folder of this name in ``folder``, whatever its case; it need not be there."""
    found = [p for p in _entries(folder) if p.name.lower() == name and p.is_dir()]
    if len(found) > 1:
        raise ScanError(
            f"'{folder.name}' holds both '{found[0].name}' and '{found[1].name}': put all {name} into one of them."
        )
    return found[0] if found else folder / name


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise ScanError(
            f"'{folder}' cannot be read ({error.strerror}): choose the folder again."
        ) from error


def _mesh_files(folder: Path) -> dict[str, Path]:
    """The folder's mesh files by lower-case name without ending; hidden files are passed over."""
    found: dict[str, Path] = {}
    for path in _entries(folder) if folder.is_dir() else ():
        if MESH_FORMATS.of(path) is None or path.name.startswith(".") or path.is_dir():
            continue
        name = path.stem.casefold()
        if path.stem.splitlines() != [path.stem]:
            raise ScanError(
                f"'{folder.name}' holds a file with a line end in its name ({path.name!r}): rename it."
            )
        if name in found:
            raise ScanError(
                f"'{folder.name}' holds both '{found[name].name}' and '{path.name}': "
                "rename or remove one of them."
            )
        found[name] = path
    return found
