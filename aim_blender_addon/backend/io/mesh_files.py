# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes from files, vertices and faces in the file's own order (numpy only)."""

from pathlib import Path

import numpy as np

from ..errors import ScanError, one_line
from ..geometry.mesh import Mesh
from .damage import DAMAGE, reason_of
from .formats import Format, Formats
from .obj import parse_obj, write_obj
from .ply import parse_ply
from .regular_file import read_regular

#: ``read`` takes a file's bytes; it gives vertices [V, 3], face_vertices [L] and face_sizes [F], or raises ValueError
#: with the end of a sentence. ``write`` takes a path and a Mesh.
MESH_FORMATS = Formats(
    (Format(".obj", "an OBJ", parse_obj, write_obj), Format(".ply", "a PLY", parse_ply))
)


def read_mesh(path: str | Path) -> Mesh:
    """The mesh in a file of ``MESH_FORMATS``, named after the file; lengths are the file's.

    Raises:
        ScanError: the file is missing, of another kind, damaged, or holds no faces.
    """
    path = Path(path)
    file_format = MESH_FORMATS.of(path)
    if file_format is None:
        raise ScanError(
            f"'{one_line(path.name)}' is {MESH_FORMATS.neither} file: export the mesh as one."
        )
    try:
        data = read_regular(path)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise ScanError(f"'{one_line(path)}' cannot be read ({reason}): check the path.") from error
    try:
        vertices, face_vertices, face_sizes = file_format.read(data)
        _check_faces(len(vertices), face_vertices, face_sizes)
    except ValueError as error:
        raise ScanError(f"'{one_line(path.name)}' {error}: export it again.") from error
    except DAMAGE as error:
        raise ScanError(
            f"'{one_line(path.name)}' is damaged ({reason_of(error)}): export it again."
        ) from error
    with np.errstate(
        over="ignore"
    ):  # what is too large for single precision becomes infinite, and is found so
        vertices = np.ascontiguousarray(vertices, np.float32)
    return Mesh(
        vertices,
        np.ascontiguousarray(face_vertices, np.int32),
        np.ascontiguousarray(face_sizes, np.int32),
        path.stem,
    )


def _check_faces(count: int, face_vertices: np.ndarray, face_sizes: np.ndarray) -> None:
    if not count:
        raise ValueError("holds no vertices")
    if not len(face_sizes):
        raise ValueError("holds no faces, only points or curves")
    if (face_sizes < 3).any():
        raise ValueError(f"has {int((face_sizes < 3).sum()):,} faces with fewer than three corners")
    outside = (face_vertices < 0) | (face_vertices >= count)
    if outside.any():
        raise ValueError(f"has faces that name vertices it does not hold ({count:,} vertices)")
