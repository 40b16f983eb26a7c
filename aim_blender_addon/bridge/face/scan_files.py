# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scan files as they lie in a folder: which is the neutral, which are bones, and what they hold (no Blender data)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from ...backend.errors import ScanError
from ...backend.geometry.mesh import Mesh
from ...backend.io.mesh_files import MESH_FORMATS, read_mesh
from ...backend.scans.units import check_face_size, face_width, fitting_unit
from ..data.head_space import MM_PER_UNIT

#: Names of files, without their endings, that are the neutral or the bones; and the folder of the expressions.
NEUTRAL_NAMES = ("neutral", "rest", "basis")
BONE_NAMES = ("skull", "jaw")
EXPRESSION_FOLDER = "expressions"

Named = TypeVar("Named")

_UNIT_NAMES = {"millimetres": "MM", "centimetres": "CM", "metres": "M"}


@dataclass(frozen=True)
class ScanFiles:
    """Files by what they are; ``neutral`` is None where no name tells."""

    neutral: Path | None
    expressions: tuple[Path, ...]
    skull: Path | None = None
    jaw: Path | None = None


def find_files(folder: Path, names: Sequence[str] = (), neutral: str = "") -> ScanFiles:
    """The scan files among ``names`` in ``folder``; all of the folder and of its folder "expressions" without names.

    Args:
        folder: where they lie.
        names: file names.
        neutral: name of the neutral without its ending; found by its usual names when empty.

    Raises:
        ScanError: there is none, or none of the name ``neutral``.
    """
    paths = [folder / name for name in names if name] or _all_files(folder)
    paths = [path for path in paths if MESH_FORMATS.of(path)]
    if not paths:
        raise ScanError(
            f"{folder} holds no {MESH_FORMATS.either} files: choose the folder or the files of the scans."
        )
    by_name = {path.stem.lower(): path for path in reversed(paths)}
    bones = [by_name.get(name) for name in BONE_NAMES]
    found = _neutral(by_name, neutral)
    rest = sorted(
        (p for p in paths if p not in (found, *bones)), key=lambda path: path.name.lower()
    )
    return ScanFiles(found, tuple(rest), *bones)


def guess_neutral(names: Sequence[str]) -> str:
    """The name, without its ending, of the file that is probably the neutral; the first where none tells."""
    stems = [Path(name).stem for name in names if MESH_FORMATS.of(name)]
    stems = [stem for stem in stems if stem.lower() not in BONE_NAMES]
    found = _neutral({stem.lower(): stem for stem in reversed(stems)}, "") if stems else None
    return found or (sorted(stems)[0] if stems else "")


def read_file(path: Path, mm_per_unit: float, y_up: bool) -> Mesh:
    """A scan file in millimetres and with Z up; the vertices keep the file's order."""
    try:
        mesh = read_mesh(path)
    except OSError as error:
        raise ScanError(f"{path.name} cannot be read ({error.strerror or error}).") from error
    return convert(mesh, mm_per_unit, y_up, path.stem)


def convert(mesh: Mesh, mm_per_unit: float, y_up: bool, name: str) -> Mesh:
    """``mesh`` in millimetres and with Z up."""
    points = mesh.vertices.astype(np.float64) * mm_per_unit
    if y_up:
        points = turned_z_up(points)
    return mesh.with_vertices(points, name)


def turned_z_up(points: np.ndarray) -> np.ndarray:
    """Points [..., 3] of a file with Y up as Blender has them, Z up."""
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1)


def file_unit(neutral: Mesh, chosen: str) -> str:
    """The unit of a neutral as its file has it: ``chosen``, or the one that makes a face of it for "AUTO".

    Raises:
        ScanError: in that unit it is no face, or no unit makes it one.
    """
    unit = chosen
    if chosen == "AUTO":
        unit = _UNIT_NAMES.get(fitting_unit(face_width(neutral)) or "", "MM")
    factor = MM_PER_UNIT[unit]
    check_face_size(convert(neutral, factor, False, neutral.name), factor)
    return unit


def _all_files(folder: Path) -> list[Path]:
    try:
        paths = [
            path
            for place in (folder, folder / EXPRESSION_FOLDER)
            if place.is_dir()
            for path in place.iterdir()
        ]
    except OSError as error:
        raise ScanError(f"{folder} cannot be read ({error.strerror}).") from error
    return sorted(path for path in paths if path.is_file() and not path.name.startswith("."))


def _neutral(by_name: dict[str, Named], wanted: str) -> Named | None:
    """What ``by_name`` (names in lower case and without endings) holds under the neutral's name."""
    if wanted:
        name = Path(wanted).stem if MESH_FORMATS.of(wanted) else wanted
        if name.lower() not in by_name:
            raise ScanError(
                f"No file is named {wanted}: write the name of the neutral's file, or leave it empty."
            )
        return by_name[name.lower()]
    for name in NEUTRAL_NAMES:
        if name in by_name:
            return by_name[name]
    alike = [found for key, found in by_name.items() if any(name in key for name in NEUTRAL_NAMES)]
    return alike[0] if len(alike) == 1 else None
