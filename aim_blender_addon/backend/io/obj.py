# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OBJ files: the vertices and faces of all objects and groups together (numpy only).

Texture coordinates, normals, colours, materials, lines and curves are passed over.
"""

import re
from pathlib import Path

import numpy as np

from ..errors import ScanError
from ..geometry.mesh import Mesh
from .whole_file import write_whole_text

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CONTINUED = re.compile(rb"\\\r?\n")
_AFTER_SLASH = re.compile(rb"/[^\s]*")
_COMMENT = re.compile(rb"#[^\r\n]*")


def parse_obj(data: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices [V, 3] float64, face_vertices [L] and face_sizes [F] int64 of an OBJ file.

    Raises:
        ValueError: says what is wrong with the file, as the end of a sentence.
    """
    data = data.removeprefix(_BYTE_ORDER_MARK)
    if b"\0" in data:
        raise ValueError("is not an OBJ text file")
    if b"\\" in data:
        data = _CONTINUED.sub(b" ", data)
    if b"#" in data:
        data = _COMMENT.sub(b"", data)
    lines = [line for line in map(bytes.lstrip, data.splitlines()) if line[:1] in (b"v", b"f")]
    kinds = [line[:2] for line in lines]
    is_vertex = [kind in (b"v ", b"v\t") for kind in kinds]
    is_face = [kind in (b"f ", b"f\t") for kind in kinds]
    vertices = _obj_vertices([line for line, use in zip(lines, is_vertex, strict=True) if use])
    before = np.cumsum(is_vertex, dtype=np.int64)[np.asarray(is_face, bool)]
    faces = [line for line, use in zip(lines, is_face, strict=True) if use]
    return vertices, *_obj_faces(faces, before)


def write_obj(path: str | Path, mesh: Mesh, uv: np.ndarray | None = None) -> None:
    """Writes an OBJ file with positions to 1e-5, UV [L, 2] of the corners where given, and no other data.

    Raises:
        ScanError: the file cannot be written.
    """
    path = Path(path)
    flat = mesh.vertices.astype(np.float64).ravel().tolist()
    vertices = ("v %.5f %.5f %.5f\n" * len(mesh.vertices)) % tuple(flat)
    corners = mesh.face_vertices.astype(np.int64) + 1
    corner = " %d"
    if uv is not None:
        vertices += ("vt %.6f %.6f\n" * len(uv)) % tuple(
            np.asarray(uv, np.float64).ravel().tolist()
        )
        corners = np.stack([corners, np.arange(1, len(corners) + 1)], axis=1)
        corner = " %d/%d"
    corners = corners.ravel().tolist()
    patterns = {int(size): "f" + corner * int(size) + "\n" for size in np.unique(mesh.face_sizes)}
    faces = "".join([patterns[size] for size in mesh.face_sizes.tolist()]) % tuple(corners)
    try:
        write_whole_text(path, vertices + faces)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise ScanError(f"'{path}' cannot be written ({reason}): choose another folder.") from error


def _obj_vertices(lines: list[bytes]) -> np.ndarray:
    """[V, 3] float64; weights or colours after the position are left out."""
    rows = [line.split() for line in lines]
    if any(len(row) < 4 for row in rows):
        raise ValueError("has a vertex with fewer than three coordinates")
    try:
        tokens = [token for row in rows for token in row[1:4]]
        return np.array(tokens, np.float64).reshape(-1, 3)
    except ValueError:
        raise ValueError("has a vertex line that is not numbers") from None


def _obj_faces(lines: list[bytes], before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners [L] and sizes [F]; ``before`` [F] is the number of vertices above each face."""
    text = b"".join([line[1:] + b"\n" for line in lines])
    if b"/" in text:
        text = _AFTER_SLASH.sub(b"", text)
    sizes = np.array([len(line.split()) for line in text.split(b"\n")[:-1]], np.int64)
    try:
        corners = np.fromiter(map(int, text.split()), np.int64)
    except (ValueError, OverflowError):
        raise ValueError("has a face line that is not vertex numbers") from None
    if (corners == 0).any():
        raise ValueError("has a face with vertex number 0, but OBJ counts from 1")
    backward = corners < 0
    corners = np.where(backward, corners + np.repeat(before, sizes), corners - 1)
    return corners, sizes
