# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""MakeHuman's files: the base mesh (OBJ with groups) and targets (sparse displacements as text)."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ScanError
from ..geometry.topology import component_labels


@dataclass(frozen=True)
class BaseMesh:
    """The base mesh as read.

    Attributes:
        vertices: [N, 3] in the file's units.
        quads: [F, 4] of the body.
        island: [F] number of the texture's island each of those quads lies in.
        groups: [., 4] quads of every group by name; the helper geometry is there.
    """

    vertices: np.ndarray
    quads: np.ndarray
    island: np.ndarray
    groups: dict[str, np.ndarray]


def read_base(path: Path) -> BaseMesh:
    """The base mesh: every polygon is a quad with texture coordinates."""
    vertices, texture_count, corners = [], 0, {}
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScanError(f"The sample head could not be read: {error}.") from error
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            vertices.append(rest.split())
        elif kind == "vt":
            texture_count += 1
        elif kind == "g":
            group = corners.setdefault(rest.strip(), [])
        elif kind == "f":
            group.append([corner.split("/")[:2] for corner in rest.split()])
    groups = {name: np.array(faces, np.int64) - 1 for name, faces in corners.items() if faces}
    body = groups["body"]  # [F, 4, (vertex, texture)]
    edges = np.stack([body[..., 1], np.roll(body[..., 1], 1, axis=1)], axis=2).reshape(-1, 2)
    island = component_labels(texture_count, edges)[body[:, 0, 1]]
    quads = {name: faces[..., 0] for name, faces in groups.items()}
    return BaseMesh(np.array(vertices, float), quads["body"], island, quads)


def read_target(path: Path, count: int) -> np.ndarray:
    """[count, 3] displacements of a MakeHuman target (text, maybe compressed)."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    rows = [
        line.split()
        for line in data.decode().splitlines()
        if line.strip() and not line.startswith("#")
    ]
    table = np.array(rows, float).reshape(-1, 4)
    move = np.zeros((count, 3))
    move[table[:, 0].astype(int)] = table[:, 1:]
    return move
